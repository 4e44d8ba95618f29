/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* MQTTClient without callbacks: each call returns when its work is done.
 *
 *     synchronous [broker]
 */

#include <stdio.h>
#include <stdlib.h>

#include "MQTTClient.h"

#define TOPIC "guide/synchronous"
#define TIMEOUT_MS 10000

static int check(const char *what, int rc)
{
	if (rc != MQTTCLIENT_SUCCESS)
		fprintf(stderr, "%s: %d, %s\n", what, rc, MQTTClient_strerror(rc));
	return rc == MQTTCLIENT_SUCCESS;
}

static int talk(MQTTClient client)
{
	MQTTClient_deliveryToken token;
	MQTTClient_message *message = NULL;
	char *topic = NULL;
	int length;

	if (!check("subscribe", MQTTClient_subscribe(client, TOPIC, 1))
			|| !check("publish", MQTTClient_publish(client, TOPIC, 5, "hello", 1, 0, &token))
			|| !check("wait", MQTTClient_waitForCompletion(client, token, TIMEOUT_MS))
			|| !check("receive", MQTTClient_receive(client, &topic, &length, &message, TIMEOUT_MS)))
		return 0;
	if (message == NULL)
	{
		fprintf(stderr, "receive: no message in time\n");
		return 0;
	}
	printf("%s: %.*s\n", topic, message->payloadlen, (char *)message->payload);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

int main(int argc, char **argv)
{
	const char *broker = argc > 1 ? argv[1] : "tcp://localhost:1883";
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
	MQTTClient client;
	int good = 0;

	if (!check("create", MQTTClient_create(&client, broker, "guide-synchronous", MQTTCLIENT_PERSISTENCE_NONE, NULL)))
		return EXIT_FAILURE;
	if (check("connect", MQTTClient_connect(client, &options)))
	{
		good = talk(client);
		good &= check("disconnect", MQTTClient_disconnect(client, TIMEOUT_MS));
	}
	MQTTClient_destroy(&client);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
