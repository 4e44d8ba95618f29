/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Messages that are sent before there is a connection wait for it; when too many wait, the oldest goes.
 *
 *     offline [broker]
 */

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "MQTTAsync.h"

#define TOPIC "guide/offline"
#define MESSAGES 5
#define WAITING 3

static sem_t told;

static void delivered(void *context, MQTTAsync_successData *success)
{
	(void)success;
	printf("%s: delivered\n", (char *)context);
	sem_post(&told);
}

static void not_delivered(void *context, MQTTAsync_failureData *failure)
{
	printf("%s: %d, %s\n", (char *)context, failure->code, MQTTAsync_strerror(failure->code));
	sem_post(&told);
}

static void not_connected(void *context, MQTTAsync_failureData *failure)
{
	(void)context;
	fprintf(stderr, "connect: %s\n", failure->message != NULL ? failure->message : MQTTAsync_strerror(failure->code));
	exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	static char *const texts[MESSAGES] = { "one", "two", "three", "four", "five" };
	const char *broker = argc > 1 ? argv[1] : "tcp://localhost:1883";
	MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer;
	MQTTAsync_connectOptions connect = MQTTAsync_connectOptions_initializer;
	MQTTAsync client;
	int i, rc;

	sem_init(&told, 0, 0);
	create.sendWhileDisconnected = 1;
	create.allowDisconnectedSendAtAnyTime = 1; /* also before the first connect */
	create.maxBufferedMessages = WAITING;
	create.deleteOldestMessages = 1; /* without it, a fourth message is refused with -12 */
	rc = MQTTAsync_createWithOptions(&client, broker, "guide-offline", MQTTCLIENT_PERSISTENCE_NONE, NULL, &create);
	if (rc != MQTTASYNC_SUCCESS)
		return EXIT_FAILURE;

	for (i = 0; i < MESSAGES; i++)
	{
		MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;

		options.context = texts[i];
		options.onSuccess = delivered;
		options.onFailure = not_delivered;
		rc = MQTTAsync_send(client, TOPIC, (int)strlen(texts[i]), texts[i], 1, 0, &options);
		if (rc != MQTTASYNC_SUCCESS)
			printf("%s: not accepted, %d\n", texts[i], rc);
	}
	printf("connecting\n");
	connect.onFailure = not_connected;
	if ((rc = MQTTAsync_connect(client, &connect)) != MQTTASYNC_SUCCESS)
		return EXIT_FAILURE;
	for (i = 0; i < MESSAGES; i++)
		while (sem_wait(&told) != 0)
			; /* a signal */
	MQTTAsync_destroy(&client);
	return EXIT_SUCCESS;
}
