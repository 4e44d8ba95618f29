/* Publishes one large message over TLS when it is told to go on, then sees whether it is still connected.
 * Arguments: uri, mode (calling, callbacks), keep alive interval, size, and those of tls_support.h. */

#include "support.h"

#define SSL_OPTIONS MQTTClient_SSLOptions
#include "tls_support.h"

int main(int argc, char **argv)
{
	int has_callbacks = strcmp(argument(argc, argv, 2), "callbacks") == 0, size = atoi(argument(argc, argv, 4));
	MQTTClient_SSLOptions initializer = MQTTClient_SSLOptions_initializer;
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);
	MQTTClient client = new_client(argument(argc, argv, 1), "upload", MQTTVERSION_3_1_1);
	MQTTClient_deliveryToken token = 0;
	unsigned char *payload = pattern(size);

	read_tls(argc, argv, 5, initializer);
	options.ssl = &tls.options;
	options.keepAliveInterval = atoi(argument(argc, argv, 3));
	if (has_callbacks)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, forget_message, NULL));
	EXPECT(0, connect_any(client, &options));
	say("connected");
	await_go();
	EXPECT(0, MQTTClient_publish(client, "large", size, payload, 1, 0, &token));
	EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
	free(payload);
	EXPECT(0, publish_any(client, "done", "x", 1, 1, 0, &token));
	EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
	end_client(client);
	say("uploaded");
	return 0;
}
