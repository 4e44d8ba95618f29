/* Publishes one large message, when it is told to go on, to a server that reads it slowly, then sees whether it is still
 * connected. TRUST_STORE names the certificates of a server with TLS.
 * Arguments: uri, MQTT version, keep alive interval, size, QoS, sync | callback. */

#include "support.h"

int main(int argc, char **argv)
{
	int version = atoi(argument(argc, argv, 2)), size = atoi(argument(argc, argv, 4)), qos = atoi(argument(argc, argv, 5));
	MQTTClient client = new_client(argument(argc, argv, 1), "upload", version);
	MQTTClient_connectOptions options = clean_options(version);
	MQTTClient_deliveryToken token = 0;
	unsigned char *payload = pattern(size);

	options.keepAliveInterval = atoi(argument(argc, argv, 3));
	use_tls_if_asked(&options);
	if (strcmp(argument(argc, argv, 6), "callback") == 0)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, forget_message, NULL));
	EXPECT(0, connect_any(client, &options));
	say("connected");
	await_go();
	EXPECT(0, publish_any(client, "large", payload, size, qos, 0, &token));
	if (qos > 0)
		EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
	free(payload);
	EXPECT(0, publish_any(client, "done", "x", 1, 1, 0, &token));
	EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
	end_client(client);
	say("uploaded");
	return 0;
}
