/* Publishes as fast as it can, with QoS 1 and 2 in turn, until it is killed, and notes after each call
 * that returned success how many did. Usage: URI CLIENT_ID VERSION STORE NOTES RUN MODE
 *
 * MODE: "calling" drives the socket with the calls, "callbacks" with the library's threads; "drain"
 * publishes nothing but waits until all that is under way has arrived. */

#include "persist_progress.h"
#include "support.h"

static int arrived(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	(void)length;
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

static void drain(MQTTClient client)
{
	MQTTClient_deliveryToken *tokens = NULL;

	for (;;)
	{
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_getPendingDeliveryTokens(client, &tokens));
		if (tokens == NULL || tokens[0] == -1)
			break;
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_waitForCompletion(client, tokens[0], PATIENCE));
		MQTTClient_free(tokens);
		tokens = NULL;
	}
	MQTTClient_free(tokens);
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_disconnect(client, 1000));
	MQTTClient_destroy(&client);
}

static void flood(MQTTClient client, const char *run, volatile unsigned *done)
{
	char payload[600];
	unsigned i;

	memset(payload, '.', sizeof(payload));
	for (i = 1;; ++i)
	{
		int length = sprintf(payload, "%s %u ", run, i);

		payload[length] = '.';
		length += (int)(i * 7919 % 500);
		/* The test ends the program, never the connection. */
		EXPECT(MQTTCLIENT_SUCCESS, publish_any(client, "flood", payload, length, i % 2 == 0 ? 2 : 1, 0, NULL));
		*done = i;
	}
}

int main(int argc, char **argv)
{
	const char *mode = argument(argc, argv, 7);
	int version = atoi(argv[3]);
	volatile unsigned *done = open_notes(argv[5], 4096) + atoi(argv[6]);
	MQTTClient_createOptions options = MQTTClient_createOptions_initializer;
	MQTTClient_connectOptions connect = clean_options(version);
	MQTTClient client;

	options.MQTTVersion = version;
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_createWithOptions(&client, argv[1], argv[2], MQTTCLIENT_PERSISTENCE_DEFAULT, argv[4],
			&options));
	if (strcmp(mode, "callbacks") == 0)
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_setCallbacks(client, NULL, NULL, arrived, NULL));
	connect.cleansession = connect.cleanstart = 0;
	connect.maxInflightMessages = 300;
	connect.reliable = 0;
	EXPECT(MQTTCLIENT_SUCCESS, connect_any(client, &connect));
	if (strcmp(mode, "drain") == 0)
		drain(client);
	else
		flood(client, argv[6], done);
	return 0;
}
