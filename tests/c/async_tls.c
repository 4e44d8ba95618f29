/* As tls.c, with the asynchronous API. Arguments: uri, mode (any), and those of tls_support.h. */

#include "async_support.h"

#define SSL_OPTIONS MQTTAsync_SSLOptions
#include "tls_support.h"

static struct counter arrived = COUNTER_INITIALIZER, ended = COUNTER_INITIALIZER;
static int result, echoed;

static int print_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
	(void)context;
	(void)length;
	say("echo: %.*s", message->payloadlen, (char *)message->payload);
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	counter_raise(&arrived);
	return 1;
}

static void connected(void *context, MQTTAsync_successData *data)
{
	(void)context, (void)data;
	result = 0;
	counter_raise(&ended);
}

static void connected5(void *context, MQTTAsync_successData5 *data)
{
	(void)context, (void)data;
	result = 0;
	counter_raise(&ended);
}

static void failed(void *context, MQTTAsync_failureData *data)
{
	(void)context;
	fprintf(stderr, "%s\n", data->message);
	result = data->code;
	counter_raise(&ended);
}

static void failed5(void *context, MQTTAsync_failureData5 *data)
{
	(void)context;
	fprintf(stderr, "%s\n", data->message);
	result = data->code;
	counter_raise(&ended);
}

static void failed_at_once(int rc)
{
	result = rc;
	counter_raise(&ended);
}

static void echo(MQTTAsync client, int round)
{
	struct outcomes outcomes = OUTCOMES_INITIALIZER;
	MQTTAsync_responseOptions response = counted_in(&outcomes, tls.version);
	char payload[32];

	snprintf(payload, sizeof(payload), "round %d", round);
	subscribe_and_wait(client, tls.version, "tls/echo", 1);
	EXPECT(0, MQTTAsync_send(client, "tls/echo", (int)strlen(payload), payload, 1, 0, &response));
	AWAIT(&outcomes.success, 1);
	AWAIT(&arrived, ++echoed);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	MQTTAsync_SSLOptions initializer = MQTTAsync_SSLOptions_initializer;
	MQTTAsync client;
	int round;

	read_tls(argc, argv, 3, initializer);
	client = new_client(uri, "async-tls", tls.version);
	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, NULL, print_message, NULL));
	for (round = 1; round <= tls.rounds; ++round)
	{
		MQTTAsync_connectOptions options = clean_options(tls.version, NULL);
		char *servers[] = { (char *)tls.first, (char *)uri };
		long begun;
		int rc;

		prepare(round);
		options.ssl = tls.use ? &tls.options : NULL;
		options.connectTimeout = tls.timeout;
		options.serverURIs = servers;
		options.serverURIcount = tls.first != NULL ? 2 : 0;
		if (tls.version >= MQTTVERSION_5)
		{
			options.onSuccess5 = connected5;
			options.onFailure5 = failed5;
		}
		else
		{
			options.onSuccess = connected;
			options.onFailure = failed;
		}
		begun = now_ms();
		rc = MQTTAsync_connect(client, &options);
		if (rc == 0)
			AWAIT(&ended, round);
		else
			failed_at_once(rc);
		if (tls.times)
			say("took: %ld", now_ms() - begun);
		say("connect: %d", result);
		if (result != 0)
			continue;
		echo(client, round);
		disconnect_and_wait(client, tls.version);
	}
	MQTTAsync_destroy(&client);
	return 0;
}
