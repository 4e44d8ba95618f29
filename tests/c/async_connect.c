/* Connects, and tells each attempt's outcome, with all that its data say, and how long it took.
 * Arguments: uri, version, connect timeout, seconds to go on after that. */

#include "async_support.h"

static long started;
static struct counter outcome = COUNTER_INITIALIZER;
static const char *uri;

static void on_success(void *context, MQTTAsync_successData *data)
{
	(void)context;
	say("connected to %s, version %d", data->alt.connect.serverURI, data->alt.connect.MQTTVersion);
	counter_raise(&outcome);
}

static void on_success5(void *context, MQTTAsync_successData5 *data)
{
	(void)context;
	REQUIRE(memcmp(data->struct_id, "MQSD", 4) == 0 && data->struct_version == 0);
	say("connected to %s, version %d", data->alt.connect.serverURI, data->alt.connect.MQTTVersion);
	counter_raise(&outcome);
}

static void on_failure(void *context, MQTTAsync_failureData *data)
{
	(void)context;
	say("failed: token %d, code %d, after %ld ms: %s", data->token, data->code, now_ms() - started,
			data->message == NULL ? "no message" : data->message);
	counter_raise(&outcome);
}

static void on_failure5(void *context, MQTTAsync_failureData5 *data)
{
	(void)context;
	REQUIRE(memcmp(data->struct_id, "MQFD", 4) == 0 && data->struct_version == 0);
	say("failed: token %d, code %d, after %ld ms: %s", data->token, data->code, now_ms() - started,
			data->message == NULL ? "no message" : data->message);
	say("reason %d, packet type %d, %d properties", data->reasonCode, data->packet_type, data->properties.count);
	counter_raise(&outcome);
}

static void on_loss(void *context, char *cause)
{
	(void)context;
	(void)cause;
	say("lost");
}

int main(int argc, char **argv)
{
	int version = atoi(argument(argc, argv, 2));
	MQTTAsync_connectOptions options = clean_options(version, NULL);
	MQTTAsync client;
	long took;

	uri = argument(argc, argv, 1);
	client = new_client(uri, "connect", version);
	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, on_loss, forget_message, NULL));
	options.connectTimeout = atoi(argument(argc, argv, 3));
	options.onSuccess = version < 5 ? on_success : NULL;
	options.onFailure = version < 5 ? on_failure : NULL;
	options.onSuccess5 = version >= 5 ? on_success5 : NULL;
	options.onFailure5 = version >= 5 ? on_failure5 : NULL;
	started = now_ms();
	EXPECT(0, MQTTAsync_connect(client, &options));
	took = now_ms() - started;
	if (took > 500)
		fail("the call took %ld ms", took);
	AWAIT(&outcome, 1);
	sleep((unsigned int)atoi(argument(argc, argv, 4)));
	/* Told once, and never again. */
	REQUIRE(counter_value(&outcome) == 1);
	MQTTAsync_destroy(&client);
	return 0;
}
