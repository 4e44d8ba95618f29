/* A second client with the same identifier: the first is thrown out and told. Arguments: uri, MQTT version. */

#include "support.h"

static struct counter told = COUNTER_INITIALIZER;

static void on_loss(void *context, char *cause)
{
	say("lost, connected: %d, cause: %s", MQTTClient_isConnected(*(MQTTClient *)context), cause == NULL ? "none" : cause);
	counter_raise(&told);
}

static void on_disconnect(void *context, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	REQUIRE(properties != NULL);
	say("told: %s", MQTTReasonCode_toString(reason));
	counter_raise(&told);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int version = atoi(argument(argc, argv, 2));
	MQTTClient first = new_client(uri, "same", version), second;
	MQTTClient_connectOptions options = clean_options(version);

	EXPECT(0, MQTTClient_setCallbacks(first, &first, on_loss, forget_message, NULL));
	if (version >= MQTTVERSION_5)
		EXPECT(0, MQTTClient_setDisconnected(first, &first, on_disconnect));
	EXPECT(0, connect_any(first, &options));
	second = connected_client(uri, "same", version);
	AWAIT(&told, 1);
	EXPECT(1, MQTTClient_isConnected(second));
	EXPECT(MQTTCLIENT_DISCONNECTED, publish_any(first, "a", "b", 1, 0, 0, NULL));
	end_client(second);
	MQTTClient_destroy(&first);
	EXPECT(1, counter_value(&told));
	return 0;
}
