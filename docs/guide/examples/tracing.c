/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A program that takes the lines of the trace itself.
 *
 *     tracing [broker]
 */

#include <stdio.h>
#include <stdlib.h>

#include "MQTTClient.h"

/* Comes from any thread, but never twice at a time. The text is gone when this returns. */
static void trace(enum MQTTCLIENT_TRACE_LEVELS level, char *text)
{
	printf("[%d] %s\n", level, text);
}

int main(int argc, char **argv)
{
	const char *broker = argc > 1 ? argv[1] : "tcp://localhost:1883";
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
	MQTTClient_deliveryToken token;
	MQTTClient client;
	int rc;

	/* Before the first client is created, to get the head with the versions, too. */
	MQTTClient_setTraceCallback(trace);
	MQTTClient_setTraceLevel(MQTTCLIENT_TRACE_PROTOCOL);

	rc = MQTTClient_create(&client, broker, "guide-tracing", MQTTCLIENT_PERSISTENCE_NONE, NULL);
	if (rc != MQTTCLIENT_SUCCESS)
		return EXIT_FAILURE;
	rc = MQTTClient_connect(client, &options);
	if (rc == MQTTCLIENT_SUCCESS)
		rc = MQTTClient_publish(client, "guide/tracing", 5, "hello", 1, 0, &token);
	if (rc == MQTTCLIENT_SUCCESS)
		rc = MQTTClient_waitForCompletion(client, token, 10000);
	if (rc != MQTTCLIENT_SUCCESS)
		fprintf(stderr, "%d, %s\n", rc, MQTTClient_strerror(rc));
	MQTTClient_disconnect(client, 10000);
	MQTTClient_destroy(&client);
	MQTTClient_setTraceCallback(NULL);
	return rc == MQTTCLIENT_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
