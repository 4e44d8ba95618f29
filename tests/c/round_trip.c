/* Publishes payloads of the given sizes to a topic it has subscribed to, and checks that each comes back whole.
 * Arguments: uri, MQTT version, QoS, receive | callback, sizes... */

#include "support.h"

static struct counter arrived = COUNTER_INITIALIZER;
static struct counter completed = COUNTER_INITIALIZER;
static unsigned char *expected;
static int expected_size;
static int expected_qos;

static void check(const char *topic, const MQTTClient_message *message)
{
	REQUIRE(strcmp(topic, "round/trip") == 0);
	REQUIRE(message->payloadlen == expected_size);
	REQUIRE(memcmp(message->payload, expected, (size_t)expected_size) == 0);
	REQUIRE(message->qos == expected_qos);
	REQUIRE(message->retained == 0 && message->dup == 0);
	REQUIRE((message->msgid != 0) == (expected_qos > 0));
}

static int on_message(void *context, char *topic, int topic_length, MQTTClient_message *message)
{
	(void)context;
	(void)topic_length;
	check(topic, message);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	counter_raise(&arrived);
	return 1;
}

static void on_completion(void *context, MQTTClient_deliveryToken token)
{
	(void)context;
	(void)token;
	counter_raise(&completed);
}

static void receive_one(MQTTClient client)
{
	char *topic = NULL;
	int topic_length = 0;
	MQTTClient_message *message = NULL;

	EXPECT(0, MQTTClient_receive(client, &topic, &topic_length, &message, PATIENCE));
	REQUIRE(message != NULL);
	REQUIRE(topic_length == (int)strlen("round/trip"));
	check(topic, message);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int version = atoi(argument(argc, argv, 2));
	int with_callbacks = strcmp(argument(argc, argv, 4), "callback") == 0;
	MQTTClient client = new_client(uri, "round-trip", version);
	MQTTClient_connectOptions options = clean_options(version);
	int i;

	expected_qos = atoi(argv[3]);
	if (with_callbacks)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, on_message, on_completion));
	EXPECT(0, connect_any(client, &options));
	EXPECT(version == 0 ? 4 : version, options.returned.MQTTVersion);
	EXPECT(0, subscribe_any(client, version, "round/#", expected_qos));
	for (i = 5; i < argc; ++i)
	{
		MQTTClient_deliveryToken token = -1;

		expected_size = atoi(argv[i]);
		expected = pattern(expected_size);
		EXPECT(0, publish_any(client, "round/trip", expected, expected_size, expected_qos, 0, &token));
		REQUIRE((token > 0) == (expected_qos > 0));
		if (with_callbacks)
		{
			AWAIT(&arrived, i - 4);
			if (expected_qos > 0)
				AWAIT(&completed, i - 4);
		}
		else
		{
			receive_one(client);
			EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
		}
		say("%d bytes", expected_size);
		free(expected);
	}
	end_client(client);
	return 0;
}
