/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which topics a filter is for: the broker's own answer.
 *
 *     wildcards [broker]
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "MQTTClient.h"

#define END "guide-wildcards/end"
#define TIMEOUT_MS 10000

static const char *const topics[] = { "guide/home", "guide/home/kitchen", "guide/home/kitchen/light", "guide/home/hall/light" };
static const char *const filters[] = { "guide/home", "guide/home/#", "guide/home/+", "guide/home/+/light", "guide/+/kitchen/#" };

/* Subscribes to a filter, publishes to each topic, and prints what comes until the message that ends it. */
static int try_filter(MQTTClient client, const char *filter)
{
	size_t i;
	int rc, length, end = 0;

	if ((rc = MQTTClient_subscribe(client, filter, 0)) != MQTTCLIENT_SUCCESS)
		return rc;
	for (i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
		MQTTClient_publish(client, topics[i], 1, "x", 0, 0, NULL);
	MQTTClient_publish(client, END, 1, "x", 0, 0, NULL);
	printf("%s:\n", filter);
	while (!end)
	{
		MQTTClient_message *message = NULL;
		char *topic = NULL;

		if ((rc = MQTTClient_receive(client, &topic, &length, &message, TIMEOUT_MS)) != MQTTCLIENT_SUCCESS)
			return rc;
		if (message == NULL)
			return MQTTCLIENT_FAILURE;
		end = strcmp(topic, END) == 0;
		if (!end)
			printf("    %s\n", topic);
		MQTTClient_freeMessage(&message);
		MQTTClient_free(topic);
	}
	return MQTTClient_unsubscribe(client, filter);
}

int main(int argc, char **argv)
{
	const char *broker = argc > 1 ? argv[1] : "tcp://localhost:1883";
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
	MQTTClient client;
	size_t i;
	int rc;

	rc = MQTTClient_create(&client, broker, "guide-wildcards", MQTTCLIENT_PERSISTENCE_NONE, NULL);
	if (rc != MQTTCLIENT_SUCCESS)
		return EXIT_FAILURE;
	rc = MQTTClient_connect(client, &options);
	if (rc == MQTTCLIENT_SUCCESS)
		rc = MQTTClient_subscribe(client, END, 0);
	for (i = 0; i < sizeof(filters) / sizeof(filters[0]) && rc == MQTTCLIENT_SUCCESS; i++)
		rc = try_filter(client, filters[i]);
	if (rc != MQTTCLIENT_SUCCESS)
		fprintf(stderr, "%d, %s\n", rc, MQTTClient_strerror(rc));
	MQTTClient_disconnect(client, TIMEOUT_MS);
	MQTTClient_destroy(&client);
	return rc == MQTTCLIENT_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
