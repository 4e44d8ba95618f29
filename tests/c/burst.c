/* Receives a number of messages, however they are cut or heaped, in order; then publishes one.
 * Arguments: uri, MQTT version, receive | callback, number of messages. */

#include "support.h"

static struct counter arrived = COUNTER_INITIALIZER;

static void check(const MQTTClient_message *message, int expected)
{
	char number[16];
	int length = snprintf(number, sizeof(number), "%d", expected);

	REQUIRE(message->payloadlen == length && memcmp(message->payload, number, (size_t)length) == 0);
}

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	(void)length;
	check(message, counter_value(&arrived));
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	counter_raise(&arrived);
	return 1;
}

int main(int argc, char **argv)
{
	int version = atoi(argument(argc, argv, 2)), count = atoi(argument(argc, argv, 4)), i;
	MQTTClient client = new_client(argument(argc, argv, 1), "burst", version);
	MQTTClient_connectOptions options = clean_options(version);
	MQTTClient_deliveryToken token = 0;
	int with_callbacks = strcmp(argument(argc, argv, 3), "callback") == 0;

	if (with_callbacks)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, on_message, NULL));
	EXPECT(0, connect_any(client, &options));
	EXPECT(0, subscribe_any(client, version, "burst", 2));
	if (with_callbacks)
		AWAIT(&arrived, count);
	for (i = 0; i < count && !with_callbacks; ++i)
	{
		char *topic = NULL;
		int length = 0;
		MQTTClient_message *message = NULL;

		EXPECT(0, MQTTClient_receive(client, &topic, &length, &message, PATIENCE));
		REQUIRE(message != NULL);
		check(message, i);
		MQTTClient_freeMessage(&message);
		MQTTClient_free(topic);
	}
	EXPECT(0, publish_any(client, "done", "x", 1, 2, 0, &token));
	EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
	end_client(client);
	say("all");
	return 0;
}
