/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* With which QoS a message arrives: the lower one of publishing and subscribing.
 *
 *     qos [broker]
 */

#include <stdio.h>
#include <stdlib.h>

#include "MQTTClient.h"

#define TOPIC "guide/qos"
#define TIMEOUT_MS 10000

/* Publishes with one QoS, and waits until the broker has the message and it has come back. */
static int there_and_back(MQTTClient client, int qos)
{
	MQTTClient_message *message = NULL;
	MQTTClient_deliveryToken token;
	char *topic = NULL;
	int length, rc;

	if ((rc = MQTTClient_publish(client, TOPIC, 1, "x", qos, 0, &token)) != MQTTCLIENT_SUCCESS)
		return rc;
	/* QoS 0 has no token: nobody acknowledges it. */
	if (qos > 0 && (rc = MQTTClient_waitForCompletion(client, token, TIMEOUT_MS)) != MQTTCLIENT_SUCCESS)
		return rc;
	if ((rc = MQTTClient_receive(client, &topic, &length, &message, TIMEOUT_MS)) != MQTTCLIENT_SUCCESS)
		return rc;
	if (message == NULL)
		return MQTTCLIENT_FAILURE;
	printf("published with QoS %d, arrived with QoS %d\n", qos, message->qos);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return MQTTCLIENT_SUCCESS;
}

int main(int argc, char **argv)
{
	const char *broker = argc > 1 ? argv[1] : "tcp://localhost:1883";
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
	char *filters[] = { TOPIC };
	int granted[] = { 1 }; /* what is asked for, and then what the broker gives */
	MQTTClient client;
	int qos, rc;

	rc = MQTTClient_create(&client, broker, "guide-qos", MQTTCLIENT_PERSISTENCE_NONE, NULL);
	if (rc != MQTTCLIENT_SUCCESS)
		return EXIT_FAILURE;
	rc = MQTTClient_connect(client, &options);
	if (rc == MQTTCLIENT_SUCCESS)
		rc = MQTTClient_subscribeMany(client, 1, filters, granted);
	if (rc == MQTTCLIENT_SUCCESS)
		printf("subscribed with QoS %d\n", granted[0]);
	for (qos = 0; qos <= 2 && rc == MQTTCLIENT_SUCCESS; qos++)
		rc = there_and_back(client, qos);
	if (rc != MQTTCLIENT_SUCCESS)
		fprintf(stderr, "%d, %s\n", rc, MQTTClient_strerror(rc));
	MQTTClient_disconnect(client, TIMEOUT_MS);
	MQTTClient_destroy(&client);
	return rc == MQTTCLIENT_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
