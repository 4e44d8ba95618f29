/* A program that ends without having destroyed its client, which has no threads of its own: what the client needs is
 * still in use then, and not lost.
 * Arguments: uri, the MQTT version, a directory for the store or "-". */

#include "support.h"

int main(int argc, char **argv)
{
	int version = atoi(argument(argc, argv, 2)), i;
	const char *store = argument(argc, argv, 3);
	int has_store = strcmp(store, "-") != 0;
	MQTTClient_createOptions create = MQTTClient_createOptions_initializer;
	MQTTClient_connectOptions options = clean_options(version);
	MQTTClient_deliveryToken token;
	MQTTClient client;

	create.MQTTVersion = version;
	EXPECT(0, MQTTClient_createWithOptions(&client, argv[1], "undestroyed",
		has_store ? MQTTCLIENT_PERSISTENCE_DEFAULT : MQTTCLIENT_PERSISTENCE_NONE, has_store ? (void *)store : NULL, &create));
	EXPECT(0, connect_any(client, &options));
	EXPECT(0, subscribe_any(client, version, "undestroyed", 2));
	for (i = 0; i < 9; ++i)
		EXPECT(0, publish_any(client, "undestroyed", "hello", 5, i % 3, 0, &token));
	EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
	for (i = 0; i < 9; ++i)
		EXPECT(0, publish_any(client, "elsewhere", "hello", 5, i % 3, 0, &token));
	say("ends");
	return 0;
}
