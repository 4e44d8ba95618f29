/* Publishes numbers to a topic it has subscribed to, as fast as it can, and checks that all come back in their order.
 * TRUST_STORE names the certificates of the server. Arguments: uri, MQTT version, number of messages. */

#include "support.h"

static struct counter arrived = COUNTER_INITIALIZER;

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	(void)length;
	REQUIRE(atoi(message->payload) == counter_value(&arrived));
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	counter_raise(&arrived);
	return 1;
}

int main(int argc, char **argv)
{
	int version = atoi(argument(argc, argv, 2)), count = atoi(argument(argc, argv, 3)), i;
	MQTTClient client = new_client(argument(argc, argv, 1), "tls-flood", version);
	MQTTClient_connectOptions options = clean_options(version);
	MQTTClient_deliveryToken token;
	char payload[16];

	use_tls_if_asked(&options);
	EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, on_message, NULL));
	EXPECT(0, connect_any(client, &options));
	EXPECT(0, subscribe_any(client, version, "flood", 0));
	for (i = 0; i < count; ++i)
	{
		snprintf(payload, sizeof(payload), "%d", i);
		EXPECT(0, publish_any(client, "flood", payload, (int)strlen(payload), 0, 0, &token));
	}
	AWAIT(&arrived, count);
	end_client(client);
	say("all");
	return 0;
}
