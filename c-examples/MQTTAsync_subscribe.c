/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Subscribes with the asynchronous API, and prints each message that arrives, until Enter is pressed (or standard input ends).
 *
 *     MQTTAsync_subscribe [broker [topic filter]]
 *
 * The broker is e.g. tcp://localhost:1883, or the variable MQTT_BROKER.
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "MQTTAsync.h"

#define DEFAULT_BROKER "tcp://localhost:1883"
#define CLIENT_ID "sample-subscriber"
#define DEFAULT_FILTER "samples/#"
#define QOS 1
#define TIMEOUT_MS 10000

enum outcome { PENDING, DONE, FAILED };

/* What the callbacks, on a thread of the library, tell the main thread: how the request went that it waits for. */
struct request
{
	const char *name;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum outcome outcome;
};

static const char *broker_address(int argc, char **argv)
{
	const char *variable = getenv("MQTT_BROKER");

	if (argc > 1)
		return argv[1];
	return variable != NULL && variable[0] != '\0' ? variable : DEFAULT_BROKER;
}

static int report(const char *what, int rc)
{
	fprintf(stderr, "%s failed with return code %d: %s\n", what, rc, MQTTAsync_strerror(rc));
	return EXIT_FAILURE;
}

static void finish(struct request *request, enum outcome outcome)
{
	pthread_mutex_lock(&request->lock);
	request->outcome = outcome;
	pthread_cond_signal(&request->changed);
	pthread_mutex_unlock(&request->lock);
}

static void succeeded(void *context, MQTTAsync_successData *success)
{
	(void)success;
	finish(context, DONE);
}

/* Positive codes are the broker's own words; 128 is the refusal of a subscription. */
static void failed(void *context, MQTTAsync_failureData *failure)
{
	struct request *request = context;

	fprintf(stderr, "%s failed with code %d: %s\n", request->name, failure->code, failure->message != NULL ? failure->message : MQTTAsync_strerror(failure->code));
	finish(request, FAILED);
}

/* Waits for the callback of a request that was accepted (its return code is 0). Never in a callback! There, the next
 * request is started instead, as MQTTAsync_publish.c shows. */
static int wait_for(struct request *request, int rc)
{
	if (rc != MQTTASYNC_SUCCESS)
	{
		report(request->name, rc);
		return 0;
	}
	pthread_mutex_lock(&request->lock);
	while (request->outcome == PENDING)
		pthread_cond_wait(&request->changed, &request->lock);
	pthread_mutex_unlock(&request->lock);
	return request->outcome == DONE;
}

static void start(struct request *request, const char *name)
{
	request->name = name;
	request->outcome = PENDING;
}

/* Runs on a thread of the library, for one message at a time. */
static int message_arrived(void *context, char *topic, int topic_length, MQTTAsync_message *message)
{
	(void)context;
	(void)topic_length; /* the topic has a NUL behind it, too */
	printf("%s: %.*s\n", topic, message->payloadlen, (char *)message->payload);
	fflush(stdout);

	/* We have taken the message, so both are ours to free. (Returning 0 would mean: offer it again.) */
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	return 1;
}

/* MQTTAsync_reconnect.c shows what a program does that must go on without its user. */
static void connection_lost(void *context, char *cause)
{
	(void)context;
	(void)cause; /* NULL, or words for it */
	fprintf(stderr, "The connection was lost.\n");
}

static int connect_to_broker(MQTTAsync client, struct request *request)
{
	MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;

	start(request, "Connecting");
	options.keepAliveInterval = 20;
	options.cleansession = 1;
	options.context = request;
	options.onSuccess = succeeded;
	options.onFailure = failed;
	return wait_for(request, MQTTAsync_connect(client, &options));
}

static int subscribe(MQTTAsync client, struct request *request, const char *filter)
{
	MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;

	start(request, "Subscribing");
	options.context = request;
	options.onSuccess = succeeded;
	options.onFailure = failed;
	return wait_for(request, MQTTAsync_subscribe(client, filter, QOS, &options));
}

static int unsubscribe(MQTTAsync client, struct request *request, const char *filter)
{
	MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;

	start(request, "Unsubscribing");
	options.context = request;
	options.onSuccess = succeeded;
	options.onFailure = failed;
	return wait_for(request, MQTTAsync_unsubscribe(client, filter, &options));
}

static int disconnect(MQTTAsync client, struct request *request)
{
	MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;

	start(request, "Disconnecting");
	options.context = request;
	options.onSuccess = succeeded;
	options.onFailure = failed;
	options.timeout = TIMEOUT_MS;
	return wait_for(request, MQTTAsync_disconnect(client, &options));
}

int main(int argc, char **argv)
{
	const char *broker = broker_address(argc, argv);
	const char *filter = argc > 2 ? argv[2] : DEFAULT_FILTER;
	struct request request = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
	MQTTAsync client;
	int rc, key, result = EXIT_FAILURE;

	if ((rc = MQTTAsync_create(&client, broker, CLIENT_ID, MQTTCLIENT_PERSISTENCE_NONE, NULL)) != MQTTASYNC_SUCCESS)
		return report("Creating the client", rc);

	/* Callbacks are set before connecting, so that no message comes too early for them. */
	if ((rc = MQTTAsync_setCallbacks(client, NULL, connection_lost, message_arrived, NULL)) != MQTTASYNC_SUCCESS)
	{
		report("Setting the callbacks", rc);
		goto destroy;
	}
	if (!connect_to_broker(client, &request))
		goto destroy;

	if (subscribe(client, &request, filter))
	{
		printf("Subscribed to %s. Press Enter to end.\n", filter);
		fflush(stdout);
		do
			key = getchar();
		while (key != '\n' && key != EOF);
		result = EXIT_SUCCESS;
		if (!unsubscribe(client, &request, filter))
			result = EXIT_FAILURE;
	}
	if (!disconnect(client, &request))
		result = EXIT_FAILURE;
destroy:
	MQTTAsync_destroy(&client);
	return result;
}
