/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A message that outlives its process: one run stores it, another one sends it.
 *
 *     persistence store DIRECTORY text
 *     persistence send DIRECTORY [broker]
 */

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "MQTTAsync.h"

/* The name of the store is made of both, so they must be the same in each run. */
#define CLIENT_ID "guide-persistence"
#define SERVER "tcp://localhost:1883"

#define TOPIC "guide/persistence"

static sem_t finished;
static int result = EXIT_FAILURE;

static void delivered(void *context, MQTTAsync_token token)
{
	(void)context;
	printf("delivered: %d\n", token);
	result = EXIT_SUCCESS;
	sem_post(&finished);
}

static void failed(void *context, MQTTAsync_failureData *failure)
{
	(void)context;
	fprintf(stderr, "connect: %d, %s\n", failure->code, failure->message != NULL ? failure->message : "");
	sem_post(&finished);
}

static int message_arrived(void *context, char *topic, int length, MQTTAsync_message *message)
{
	(void)context;
	(void)length;
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	return 1;
}

static void store(MQTTAsync client, char *text)
{
	int rc = MQTTAsync_send(client, TOPIC, (int)strlen(text), text, 1, 0, NULL);

	printf("stored: %s\n", MQTTAsync_strerror(rc));
	if (rc == MQTTASYNC_SUCCESS)
		result = EXIT_SUCCESS;
}

static void send_stored(MQTTAsync client, char *broker)
{
	MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
	MQTTAsync_token *tokens = NULL;

	MQTTAsync_getPendingTokens(client, &tokens);
	if (tokens == NULL)
	{
		printf("nothing is waiting\n");
		return;
	}
	MQTTAsync_free(tokens);
	options.cleansession = 0; /* the session, too, outlives its connection */
	options.serverURIs = &broker;
	options.serverURIcount = 1;
	options.onFailure = failed;
	if (MQTTAsync_connect(client, &options) != MQTTASYNC_SUCCESS)
		return;
	while (sem_wait(&finished) != 0)
		; /* a signal */
}

int main(int argc, char **argv)
{
	MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
	MQTTAsync client;
	int rc;

	if (argc < 3)
		return EXIT_FAILURE;
	sem_init(&finished, 0, 0);
	options.sendWhileDisconnected = 1;
	options.allowDisconnectedSendAtAnyTime = 1;
	rc = MQTTAsync_createWithOptions(&client, SERVER, CLIENT_ID, MQTTCLIENT_PERSISTENCE_DEFAULT, argv[2], &options);
	if (rc != MQTTASYNC_SUCCESS)
	{
		fprintf(stderr, "create: %d, %s\n", rc, MQTTAsync_strerror(rc));
		return EXIT_FAILURE;
	}
	MQTTAsync_setCallbacks(client, NULL, NULL, message_arrived, delivered);
	if (strcmp(argv[1], "store") == 0)
		store(client, argc > 3 ? argv[3] : "hello");
	else
		send_stored(client, argc > 3 ? argv[3] : SERVER);
	MQTTAsync_destroy(&client);
	return result;
}
