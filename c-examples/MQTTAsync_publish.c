/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Publishes one message with the asynchronous API: no call waits, callbacks tell how each step went.
 *
 *     MQTTAsync_publish [broker]         e.g. tcp://localhost:1883, or the variable MQTT_BROKER
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "MQTTAsync.h"

#define DEFAULT_BROKER "tcp://localhost:1883"
#define CLIENT_ID "sample-publisher"
#define TOPIC "samples/greeting"
#define PAYLOAD "Hello from a sample!"
#define QOS 1
#define TIMEOUT_MS 10000

/* What the callbacks, on a thread of the library, tell the main thread. */
struct sample
{
	MQTTAsync client;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int ended;
	int result;
};

static const char *broker_address(int argc, char **argv)
{
	const char *variable = getenv("MQTT_BROKER");

	if (argc > 1)
		return argv[1];
	return variable != NULL && variable[0] != '\0' ? variable : DEFAULT_BROKER;
}

static void end(struct sample *sample)
{
	pthread_mutex_lock(&sample->lock);
	sample->ended = 1;
	pthread_cond_signal(&sample->changed);
	pthread_mutex_unlock(&sample->lock);
}

/* A request that was not accepted: none of its callbacks will be called. */
static int report(const char *what, int rc)
{
	fprintf(stderr, "%s failed with return code %d: %s\n", what, rc, MQTTAsync_strerror(rc));
	return EXIT_FAILURE;
}

/* A request that was accepted, and failed later. Positive codes are the broker's own words. */
static void report_failure(const char *what, const MQTTAsync_failureData *failure)
{
	fprintf(stderr, "%s failed with code %d: %s\n", what, failure->code, failure->message != NULL ? failure->message : MQTTAsync_strerror(failure->code));
}

/* Of every request, exactly one of its two callbacks is called, exactly once. The data are the library's, and are
 * only valid during the call. */

static void disconnected(void *context, MQTTAsync_successData *success)
{
	(void)success;
	end(context);
}

static void disconnect_failed(void *context, MQTTAsync_failureData *failure)
{
	struct sample *sample = context;

	report_failure("Disconnecting", failure);
	sample->result = EXIT_FAILURE;
	end(sample);
}

/* Callbacks may call every function of the API: nothing waits, so each step may start the next one. */
static void disconnect(struct sample *sample)
{
	MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
	int rc;

	options.context = sample;
	options.onSuccess = disconnected;
	options.onFailure = disconnect_failed;
	options.timeout = TIMEOUT_MS; /* up to so long, what is on its way is finished */
	if ((rc = MQTTAsync_disconnect(sample->client, &options)) != MQTTASYNC_SUCCESS)
	{
		sample->result = report("Disconnecting", rc);
		end(sample);
	}
}

static void published(void *context, MQTTAsync_successData *success)
{
	struct sample *sample = context;

	printf("The broker has it (token %d).\n", success->token);
	sample->result = EXIT_SUCCESS;
	disconnect(sample);
}

static void publish_failed(void *context, MQTTAsync_failureData *failure)
{
	report_failure("Publishing", failure);
	disconnect(context);
}

static void connected(void *context, MQTTAsync_successData *success)
{
	struct sample *sample = context;
	MQTTAsync_message message = MQTTAsync_message_initializer;
	MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
	int rc;

	(void)success;
	/* The payload is bytes, not text: its length is given, and it may contain zeros. The library copies it. */
	message.payload = PAYLOAD;
	message.payloadlen = (int)strlen(PAYLOAD);
	message.qos = QOS;
	message.retained = 0;
	options.context = sample;
	options.onSuccess = published;
	options.onFailure = publish_failed;
	printf("Publishing to %s: %s\n", TOPIC, PAYLOAD);
	if ((rc = MQTTAsync_sendMessage(sample->client, TOPIC, &message, &options)) != MQTTASYNC_SUCCESS)
	{
		report("Publishing", rc);
		disconnect(sample);
	}
}

static void connect_failed(void *context, MQTTAsync_failureData *failure)
{
	report_failure("Connecting", failure);
	end(context);
}

int main(int argc, char **argv)
{
	const char *broker = broker_address(argc, argv);
	MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
	struct sample sample = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .result = EXIT_FAILURE };
	int rc;

	if ((rc = MQTTAsync_create(&sample.client, broker, CLIENT_ID, MQTTCLIENT_PERSISTENCE_NONE, NULL)) != MQTTASYNC_SUCCESS)
		return report("Creating the client", rc);

	options.keepAliveInterval = 20;
	options.cleansession = 1;
	options.context = &sample; /* what the callbacks get */
	options.onSuccess = connected;
	options.onFailure = connect_failed;
	if ((rc = MQTTAsync_connect(sample.client, &options)) != MQTTASYNC_SUCCESS)
		report("Connecting", rc);
	else
	{
		/* Here a program would go on with its own work. */
		pthread_mutex_lock(&sample.lock);
		while (!sample.ended)
			pthread_cond_wait(&sample.changed, &sample.lock);
		pthread_mutex_unlock(&sample.lock);
	}
	MQTTAsync_destroy(&sample.client);
	return sample.result;
}
