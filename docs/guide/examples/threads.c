/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* One client, four threads that publish, and a callback that counts.
 *
 *     threads [broker]
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "MQTTClient.h"

#define TOPIC "guide/threads"
#define THREADS 4
#define EACH 25

/* Shared by main and the callbacks, which run on a thread of the library. */
static struct
{
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int arrived;
	int lost;
} state = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static int message_arrived(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	(void)length;
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);

	/* Short work only; what takes long is put into a queue for a thread of the program. */
	pthread_mutex_lock(&state.lock);
	state.arrived++;
	pthread_cond_signal(&state.changed);
	pthread_mutex_unlock(&state.lock);
	return 1;
}

static void connection_lost(void *context, char *cause)
{
	(void)context;
	(void)cause;
	pthread_mutex_lock(&state.lock);
	state.lost = 1;
	pthread_cond_signal(&state.changed);
	pthread_mutex_unlock(&state.lock);
}

static void *publish(void *client)
{
	int i;

	for (i = 0; i < EACH; i++)
		if (MQTTClient_publish(client, TOPIC, 1, "x", 1, 0, NULL) != MQTTCLIENT_SUCCESS)
			break;
	return NULL;
}

int main(int argc, char **argv)
{
	const char *broker = argc > 1 ? argv[1] : "tcp://localhost:1883";
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
	pthread_t threads[THREADS];
	MQTTClient client;
	int i, rc;

	if ((rc = MQTTClient_create(&client, broker, "guide-threads", MQTTCLIENT_PERSISTENCE_NONE, NULL)) != MQTTCLIENT_SUCCESS)
		return EXIT_FAILURE;
	/* Before connecting: from then on messages come to the callback. */
	MQTTClient_setCallbacks(client, NULL, connection_lost, message_arrived, NULL);
	options.reliable = 0; /* so that ten messages may be under way, not one */
	if ((rc = MQTTClient_connect(client, &options)) != MQTTCLIENT_SUCCESS
			|| (rc = MQTTClient_subscribe(client, TOPIC, 1)) != MQTTCLIENT_SUCCESS)
	{
		fprintf(stderr, "%d, %s\n", rc, MQTTClient_strerror(rc));
		MQTTClient_destroy(&client);
		return EXIT_FAILURE;
	}

	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, publish, client);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);

	pthread_mutex_lock(&state.lock);
	while (state.arrived < THREADS * EACH && !state.lost)
		pthread_cond_wait(&state.changed, &state.lock);
	printf("%d messages from %d threads\n", state.arrived, THREADS);
	pthread_mutex_unlock(&state.lock);

	MQTTClient_disconnect(client, 10000);
	MQTTClient_destroy(&client);
	return state.lost ? EXIT_FAILURE : EXIT_SUCCESS;
}
