/* Runs sessions, and takes whatever comes of them: each request that was accepted has its outcome once, at the latest in
 * destroy. Arguments: uri, version, sessions. */

#include "async_support.h"

static struct counter accepted = COUNTER_INITIALIZER, ended = COUNTER_INITIALIZER, lost = COUNTER_INITIALIZER;

static void on_success(void *request, MQTTAsync_successData *data)
{
	(void)data;
	free(request);
	counter_raise(&ended);
}

static void on_success5(void *request, MQTTAsync_successData5 *data)
{
	(void)data;
	free(request);
	counter_raise(&ended);
}

static void on_failure(void *request, MQTTAsync_failureData *data)
{
	REQUIRE(data->message == NULL || strlen(data->message) > 0);
	free(request);
	counter_raise(&ended);
}

static void on_failure5(void *request, MQTTAsync_failureData5 *data)
{
	REQUIRE(memcmp(data->struct_id, "MQFD", 4) == 0 && data->struct_version == 0);
	free(request);
	counter_raise(&ended);
}

static void on_loss(void *context, char *cause)
{
	(void)context;
	(void)cause;
	counter_raise(&lost);
}

#define TELL(options, version) \
	do \
	{ \
		(options).context = malloc(1); \
		(options).onSuccess = (version) < 5 ? on_success : NULL; \
		(options).onFailure = (version) < 5 ? on_failure : NULL; \
		(options).onSuccess5 = (version) >= 5 ? on_success5 : NULL; \
		(options).onFailure5 = (version) >= 5 ? on_failure5 : NULL; \
	} while (0)

/* A request that was refused is none. */
static void count(int rc, void *request)
{
	if (rc == 0)
		counter_raise(&accepted);
	else
		free(request);
}

static void session(const char *uri, int version)
{
	MQTTAsync client = new_client(uri, "survive", version);
	MQTTAsync_connectOptions options = clean_options(version, NULL);
	MQTTAsync_disconnectOptions disconnect = MQTTAsync_disconnectOptions_initializer;
	int qos, before = counter_value(&ended), lost_before = counter_value(&lost);

	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, on_loss, forget_message, NULL));
	options.connectTimeout = 10;
	TELL(options, version);
	EXPECT(0, MQTTAsync_connect(client, &options));
	counter_raise(&accepted);
	AWAIT(&ended, before + 1);
	for (qos = 0; qos < 3; ++qos)
	{
		MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;

		TELL(response, version);
		count(MQTTAsync_subscribe(client, "survive/#", qos, &response), response.context);
		TELL(response, version);
		count(MQTTAsync_send(client, "survive/it", 5, "hello", qos, 0, &response), response.context);
		TELL(response, version);
		count(MQTTAsync_unsubscribe(client, "survive/#", &response), response.context);
	}
	/* All is answered, or the connection is lost, or nothing more comes. */
	while (counter_value(&ended) < counter_value(&accepted) && counter_value(&lost) == lost_before)
	{
		int so_far = counter_value(&ended);

		if (!counter_reaches(&ended, so_far + 1, 300))
			break;
	}
	disconnect.struct_version = 1;
	TELL(disconnect, version);
	count(MQTTAsync_disconnect(client, &disconnect), disconnect.context);
	MQTTAsync_destroy(&client);
	if (counter_value(&accepted) != counter_value(&ended))
		fail("%d requests, %d outcomes", counter_value(&accepted), counter_value(&ended));
}

int main(int argc, char **argv)
{
	int sessions = atoi(argument(argc, argv, 3)), i;

	for (i = 0; i < sessions; ++i)
		session(argument(argc, argv, 1), atoi(argument(argc, argv, 2)));
	say("survived");
	return 0;
}
