/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A client that comes back by itself, and subscribes again each time.
 *
 *     reconnect [broker]
 *
 * Ends when the message "end" arrives on guide/reconnect.
 */

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "MQTTAsync.h"

#define TOPIC "guide/reconnect"

static MQTTAsync client;
static sem_t finished;

static void subscribed(void *context, MQTTAsync_successData *success)
{
	(void)context;
	(void)success;
	printf("subscribed\n");
	fflush(stdout);
}

/* After the first connect, and after every reconnect. */
static void connected(void *context, char *cause)
{
	MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;

	(void)context;
	printf("connected (%s)\n", cause);
	options.onSuccess = subscribed;
	MQTTAsync_subscribe(client, TOPIC, 1, &options);
}

/* Nothing to do: the library tries again. */
static void connection_lost(void *context, char *cause)
{
	(void)context;
	(void)cause;
	printf("lost\n");
	fflush(stdout);
}

/* The first attempt has failed. With automaticReconnect there are more. */
static void not_yet(void *context, MQTTAsync_failureData *failure)
{
	(void)context;
	fprintf(stderr, "not connected yet: %s\n", failure->message != NULL ? failure->message : "");
}

static int message_arrived(void *context, char *topic, int length, MQTTAsync_message *message)
{
	(void)context;
	(void)length;
	printf("%s: %.*s\n", topic, message->payloadlen, (char *)message->payload);
	fflush(stdout);
	if (message->payloadlen == 3 && memcmp(message->payload, "end", 3) == 0)
		sem_post(&finished);
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	return 1;
}

int main(int argc, char **argv)
{
	const char *broker = argc > 1 ? argv[1] : "tcp://localhost:1883";
	MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
	int rc;

	sem_init(&finished, 0, 0);
	rc = MQTTAsync_create(&client, broker, "guide-reconnect", MQTTCLIENT_PERSISTENCE_NONE, NULL);
	if (rc != MQTTASYNC_SUCCESS)
		return EXIT_FAILURE;
	MQTTAsync_setCallbacks(client, NULL, connection_lost, message_arrived, NULL);
	MQTTAsync_setConnected(client, NULL, connected);

	options.automaticReconnect = 1;
	options.minRetryInterval = 1;  /* seconds before the first attempt, doubled after each that fails */
	options.maxRetryInterval = 30; /* and never more than this */
	options.keepAliveInterval = 20;
	options.onFailure = not_yet;
	if ((rc = MQTTAsync_connect(client, &options)) != MQTTASYNC_SUCCESS)
		fprintf(stderr, "connect: %d, %s\n", rc, MQTTAsync_strerror(rc));
	else
		while (sem_wait(&finished) != 0)
			; /* a signal */
	MQTTAsync_destroy(&client);
	return rc == MQTTASYNC_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
