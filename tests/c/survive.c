/* Goes through all that a client does, session after session, and takes whatever comes of it: the server may cut,
 * damage or delay anything. Only a hang, a crash or a leak is a failure.
 * Arguments: uri, MQTT version, receive | callback, sessions. */

#include "support.h"

static void on_loss(void *context, char *cause)
{
	(void)cause;
	/* A look at the client that is just being lost. */
	MQTTClient_isConnected(*(MQTTClient *)context);
}

static void on_completion(void *context, MQTTClient_deliveryToken token)
{
	(void)context;
	(void)token;
}

static void receive_what_comes(MQTTClient client)
{
	char *topic = NULL;
	int length = 0;
	MQTTClient_message *message = NULL;

	MQTTClient_receive(client, &topic, &length, &message, 30);
	if (message != NULL)
		MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
}

static void session(const char *uri, int version, int with_callbacks)
{
	MQTTClient client = new_client(uri, "survivor", version);
	MQTTClient_connectOptions options = clean_options(version);
	int qos;

	options.connectTimeout = 2;
	MQTTClient_setCommandTimeout(client, 5000);
	if (with_callbacks)
		EXPECT(0, MQTTClient_setCallbacks(client, &client, on_loss, forget_message, on_completion));
	connect_any(client, &options);
	subscribe_any(client, version, "survive/#", 2);
	for (qos = 0; qos <= 2; ++qos)
	{
		MQTTClient_deliveryToken token = 0;

		publish_any(client, "survive/this", "payload", 7, qos, 0, &token);
		MQTTClient_waitForCompletion(client, token, 50);
		if (!with_callbacks)
			receive_what_comes(client);
	}
	if (version < MQTTVERSION_5)
		MQTTClient_unsubscribe(client, "survive/#");
	else
		MQTTResponse_free(MQTTClient_unsubscribe5(client, "survive/#", NULL));
	MQTTClient_disconnect(client, 50);
	MQTTClient_destroy(&client);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int version = atoi(argument(argc, argv, 2));
	int with_callbacks = strcmp(argument(argc, argv, 3), "callback") == 0;
	int sessions = atoi(argument(argc, argv, 4));
	int threads = running_threads(), descriptors = open_descriptors(), i;

	for (i = 0; i < sessions; ++i)
		session(uri, version, with_callbacks);
	REQUIRE(threads_fall_to(threads));
	say("%d descriptors left", open_descriptors() - descriptors);
	return 0;
}
