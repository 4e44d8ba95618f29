/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* MQTTAsync: each call returns at once, and a callback goes on when its work is done.
 *
 *     asynchronous [broker]
 */

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#include "MQTTAsync.h"

#define TOPIC "guide/asynchronous"

static MQTTAsync client;
static sem_t finished;
static int result = EXIT_FAILURE;

/* The end of every way: main is waiting for it. */
static void finish(int with)
{
	result = with;
	sem_post(&finished);
}

static void failed(void *context, MQTTAsync_failureData *failure)
{
	const char *text = failure->message != NULL ? failure->message : MQTTAsync_strerror(failure->code);

	fprintf(stderr, "%s: %d, %s\n", (char *)context, failure->code, text);
	finish(EXIT_FAILURE);
}

static void check(const char *what, int rc)
{
	if (rc == MQTTASYNC_SUCCESS)
		return;
	fprintf(stderr, "%s: %d, %s\n", what, rc, MQTTAsync_strerror(rc));
	finish(EXIT_FAILURE);
}

static void disconnected(void *context, MQTTAsync_successData *success)
{
	(void)context;
	(void)success;
	finish(EXIT_SUCCESS);
}

static int message_arrived(void *context, char *topic, int length, MQTTAsync_message *message)
{
	MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;

	(void)context;
	(void)length;
	printf("%s: %.*s\n", topic, message->payloadlen, (char *)message->payload);
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);

	options.context = "disconnect";
	options.onSuccess = disconnected;
	options.onFailure = failed;
	options.timeout = 10000;
	check("disconnect", MQTTAsync_disconnect(client, &options));
	return 1;
}

static void subscribed(void *context, MQTTAsync_successData *success)
{
	MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;

	(void)context;
	(void)success;
	options.context = "send";
	options.onFailure = failed;
	check("send", MQTTAsync_send(client, TOPIC, 5, "hello", 1, 0, &options));
}

static void connected(void *context, MQTTAsync_successData *success)
{
	MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;

	(void)context;
	(void)success;
	options.context = "subscribe";
	options.onSuccess = subscribed;
	options.onFailure = failed;
	check("subscribe", MQTTAsync_subscribe(client, TOPIC, 1, &options));
}

int main(int argc, char **argv)
{
	const char *broker = argc > 1 ? argv[1] : "tcp://localhost:1883";
	MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
	int rc;

	sem_init(&finished, 0, 0);
	rc = MQTTAsync_create(&client, broker, "guide-asynchronous", MQTTCLIENT_PERSISTENCE_NONE, NULL);
	if (rc != MQTTASYNC_SUCCESS)
	{
		fprintf(stderr, "create: %d, %s\n", rc, MQTTAsync_strerror(rc));
		return EXIT_FAILURE;
	}
	MQTTAsync_setCallbacks(client, NULL, NULL, message_arrived, NULL);
	options.context = "connect";
	options.onSuccess = connected;
	options.onFailure = failed;
	check("connect", MQTTAsync_connect(client, &options));

	while (sem_wait(&finished) != 0)
		; /* a signal */
	MQTTAsync_destroy(&client);
	return result;
}
