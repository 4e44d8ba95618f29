/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Subscribes, and prints each message that arrives, until Enter is pressed (or standard input ends).
 *
 *     MQTTClient_subscribe [broker [topic filter]]
 *
 * The broker is e.g. tcp://localhost:1883, or the variable MQTT_BROKER.
 */

#include <stdio.h>
#include <stdlib.h>

#include "MQTTClient.h"

#define DEFAULT_BROKER "tcp://localhost:1883"
#define CLIENT_ID "sample-subscriber"
#define DEFAULT_FILTER "samples/#"
#define QOS 1
#define TIMEOUT_MS 10000

static const char *broker_address(int argc, char **argv)
{
	const char *variable = getenv("MQTT_BROKER");

	if (argc > 1)
		return argv[1];
	return variable != NULL && variable[0] != '\0' ? variable : DEFAULT_BROKER;
}

static int report(const char *what, int rc)
{
	fprintf(stderr, "%s failed with return code %d: %s\n", what, rc, MQTTClient_strerror(rc));
	return EXIT_FAILURE;
}

/* Why exactly, the trace tells: MQTT_C_CLIENT_TRACE=ON, MQTT_C_CLIENT_TRACE_LEVEL=PROTOCOL. */
static void report_connect(const char *broker, int rc)
{
	fprintf(stderr, "Connecting to %s failed with return code %d: %s\n", broker, rc, MQTTClient_strerror(rc));
}

/* Runs on a thread of the library, for one message at a time. */
static int message_arrived(void *context, char *topic, int topic_length, MQTTClient_message *message)
{
	(void)context;
	(void)topic_length; /* 0 for all topics but those with a NUL inside */
	printf("%s: %.*s\n", topic, message->payloadlen, (char *)message->payload);
	fflush(stdout);

	/* We have taken the message, so both are ours to free. (Returning 0 would mean: offer it again.) */
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

/* A program that must go on without its user would connect and subscribe again here. */
static void connection_lost(void *context, char *cause)
{
	(void)context;
	(void)cause; /* always NULL */
	fprintf(stderr, "The connection was lost.\n");
}

int main(int argc, char **argv)
{
	const char *broker = broker_address(argc, argv);
	const char *filter = argc > 2 ? argv[2] : DEFAULT_FILTER;
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
	MQTTClient client;
	int rc, key, result = EXIT_FAILURE;

	if ((rc = MQTTClient_create(&client, broker, CLIENT_ID, MQTTCLIENT_PERSISTENCE_NONE, NULL)) != MQTTCLIENT_SUCCESS)
		return report("Creating the client", rc);

	if ((rc = MQTTClient_setCallbacks(client, NULL, connection_lost, message_arrived, NULL)) != MQTTCLIENT_SUCCESS)
	{
		report("Setting the callbacks", rc);
		goto destroy;
	}

	options.keepAliveInterval = 20;
	options.cleansession = 1;
	if ((rc = MQTTClient_connect(client, &options)) != MQTTCLIENT_SUCCESS)
	{
		report_connect(broker, rc);
		goto destroy;
	}

	if ((rc = MQTTClient_subscribe(client, filter, QOS)) != MQTTCLIENT_SUCCESS)
		report("Subscribing", rc);
	else
	{
		printf("Subscribed to %s. Press Enter to end.\n", filter);
		fflush(stdout);
		do
			key = getchar();
		while (key != '\n' && key != EOF);
		result = EXIT_SUCCESS;
		if ((rc = MQTTClient_unsubscribe(client, filter)) != MQTTCLIENT_SUCCESS)
			result = report("Unsubscribing", rc);
	}

	if ((rc = MQTTClient_disconnect(client, TIMEOUT_MS)) != MQTTCLIENT_SUCCESS)
		result = report("Disconnecting", rc);
destroy:
	MQTTClient_destroy(&client);
	return result;
}
