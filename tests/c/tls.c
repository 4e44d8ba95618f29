/* Connects with the TLS options of its arguments, sends itself a message, and disconnects, as often as it is told.
 * Arguments: uri, mode (calling, callbacks), and those of tls_support.h. */

#include "support.h"

#define SSL_OPTIONS MQTTClient_SSLOptions
#include "tls_support.h"

static struct counter arrived = COUNTER_INITIALIZER;
static int echoed;

static int print_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	(void)length;
	say("echo: %.*s", message->payloadlen, (char *)message->payload);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	counter_raise(&arrived);
	return 1;
}

static void echo(MQTTClient client, int has_callbacks, int round)
{
	MQTTClient_message *message = NULL;
	char *topic = NULL, payload[32];
	int length;

	snprintf(payload, sizeof(payload), "round %d", round);
	EXPECT(0, subscribe_any(client, tls.version, "tls/echo", 1));
	EXPECT(0, publish_any(client, "tls/echo", payload, (int)strlen(payload), 1, 0, NULL));
	if (has_callbacks)
		AWAIT(&arrived, ++echoed);
	else
	{
		EXPECT(0, MQTTClient_receive(client, &topic, &length, &message, PATIENCE));
		REQUIRE(message != NULL);
		print_message(NULL, topic, length, message);
	}
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1), *mode = argument(argc, argv, 2);
	int has_callbacks = strcmp(mode, "callbacks") == 0, round;
	MQTTClient_SSLOptions initializer = MQTTClient_SSLOptions_initializer;
	MQTTClient client;

	read_tls(argc, argv, 3, initializer);
	client = new_client(uri, "tls", tls.version);
	if (has_callbacks)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, print_message, NULL));
	for (round = 1; round <= tls.rounds; ++round)
	{
		MQTTClient_connectOptions options = clean_options(tls.version);
		char *servers[] = { (char *)tls.first, (char *)uri };
		long begun;
		int rc;

		prepare(round);
		options.ssl = tls.use ? &tls.options : NULL;
		options.connectTimeout = tls.timeout;
		options.serverURIs = servers;
		options.serverURIcount = tls.first != NULL ? 2 : 0;
		begun = now_ms();
		rc = connect_any(client, &options);
		if (tls.times)
			say("took: %ld", now_ms() - begun);
		say("connect: %d", rc);
		if (rc != 0)
			continue;
		echo(client, has_callbacks, round);
		EXPECT(0, MQTTClient_disconnect(client, 10000));
	}
	MQTTClient_destroy(&client);
	return 0;
}
