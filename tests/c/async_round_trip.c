/* Sends payloads of the given sizes to a topic it has subscribed to, and checks that each comes back whole.
 * Arguments: uri, MQTT version, QoS, sizes... */

#include "async_support.h"

static struct counter arrived = COUNTER_INITIALIZER;
static unsigned char *expected;
static int expected_size;

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
	REQUIRE(strcmp(topic, "round/trip") == 0);
	REQUIRE(message->payloadlen == expected_size);
	REQUIRE(memcmp(message->payload, expected, (size_t)expected_size) == 0);
	counter_raise(&arrived);
	return forget_message(context, topic, length, message);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int version = atoi(argument(argc, argv, 2)), qos = atoi(argument(argc, argv, 3)), i;
	struct outcomes connected = OUTCOMES_INITIALIZER, subscribed = OUTCOMES_INITIALIZER, sent = OUTCOMES_INITIALIZER;
	MQTTAsync client = new_client(uri, "round-trip", version);
	MQTTAsync_connectOptions options = clean_options(version, &connected);
	MQTTAsync_responseOptions response = counted_in(&subscribed, version);

	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, NULL, on_message, NULL));
	EXPECT(0, MQTTAsync_connect(client, &options));
	AWAIT(&connected.success, 1);
	EXPECT(0, MQTTAsync_subscribe(client, "round/#", qos, &response));
	AWAIT(&subscribed.success, 1);
	response = counted_in(&sent, version);
	for (i = 4; i < argc; ++i)
	{
		expected_size = atoi(argv[i]);
		expected = pattern(expected_size);
		EXPECT(0, MQTTAsync_send(client, "round/trip", expected_size, expected, qos, 0, &response));
		AWAIT(&arrived, i - 3);
		AWAIT(&sent.success, i - 3);
		say("%d bytes", expected_size);
		free(expected);
	}
	end_client(client, version);
	return 0;
}
