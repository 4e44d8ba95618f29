/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Publishes one message and waits until the broker has it.
 *
 *     MQTTClient_publish [broker]        e.g. tcp://localhost:1883, or the variable MQTT_BROKER
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "MQTTClient.h"

#define DEFAULT_BROKER "tcp://localhost:1883"
#define CLIENT_ID "sample-publisher"
#define TOPIC "samples/greeting"
#define PAYLOAD "Hello from a sample!"
#define QOS 1
#define TIMEOUT_MS 10000L

static const char *broker_address(int argc, char **argv)
{
	const char *variable = getenv("MQTT_BROKER");

	if (argc > 1)
		return argv[1];
	return variable != NULL && variable[0] != '\0' ? variable : DEFAULT_BROKER;
}

/* Return codes of connect are the broker's own words when they are positive. */
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

int main(int argc, char **argv)
{
	const char *broker = broker_address(argc, argv);
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
	MQTTClient_message message = MQTTClient_message_initializer;
	MQTTClient_deliveryToken token;
	MQTTClient client;
	int rc, result = EXIT_FAILURE;

	if ((rc = MQTTClient_create(&client, broker, CLIENT_ID, MQTTCLIENT_PERSISTENCE_NONE, NULL)) != MQTTCLIENT_SUCCESS)
		return report("Creating the client", rc);

	options.keepAliveInterval = 20;
	options.cleansession = 1;
	if ((rc = MQTTClient_connect(client, &options)) != MQTTCLIENT_SUCCESS)
	{
		report_connect(broker, rc);
		goto destroy;
	}

	/* The payload is bytes, not text: its length is given, and it may contain zeros. */
	message.payload = PAYLOAD;
	message.payloadlen = (int)strlen(PAYLOAD);
	message.qos = QOS;
	message.retained = 0;
	if ((rc = MQTTClient_publishMessage(client, TOPIC, &message, &token)) != MQTTCLIENT_SUCCESS)
		report("Publishing", rc);
	else if ((rc = MQTTClient_waitForCompletion(client, token, TIMEOUT_MS)) != MQTTCLIENT_SUCCESS)
		report("Waiting for the delivery", rc);
	else
	{
		printf("Published to %s: %s\n", TOPIC, PAYLOAD);
		printf("The broker has it (delivery token %d).\n", token);
		result = EXIT_SUCCESS;
	}

	/* Up to so long, what is on its way is finished. */
	if ((rc = MQTTClient_disconnect(client, TIMEOUT_MS)) != MQTTCLIENT_SUCCESS)
		result = report("Disconnecting", rc);
destroy:
	MQTTClient_destroy(&client);
	return result;
}
