/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Publishes one message and goes on at once; a callback tells when the broker has it.
 *
 *     MQTTClient_publish_async [broker]  e.g. tcp://localhost:1883, or the variable MQTT_BROKER
 */

#define _POSIX_C_SOURCE 200809L /* clock_gettime, for compilers in a strict mode */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "MQTTClient.h"

#define DEFAULT_BROKER "tcp://localhost:1883"
#define CLIENT_ID "sample-async-publisher"
#define TOPIC "samples/greeting"
#define PAYLOAD "Hello from a callback!"
#define QOS 1
#define TIMEOUT_S 10
#define TIMEOUT_MS (TIMEOUT_S * 1000L)

/* What the callbacks, on a thread of the library, tell the main thread. */
struct delivery
{
	pthread_mutex_t lock;
	pthread_cond_t changed;
	MQTTClient_deliveryToken delivered; /* 0: none yet */
	int lost;
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
	fprintf(stderr, "%s failed with return code %d: %s\n", what, rc, MQTTClient_strerror(rc));
	return EXIT_FAILURE;
}

/* Why exactly, the trace tells: MQTT_C_CLIENT_TRACE=ON, MQTT_C_CLIENT_TRACE_LEVEL=PROTOCOL. */
static void report_connect(const char *broker, int rc)
{
	fprintf(stderr, "Connecting to %s failed with return code %d: %s\n", broker, rc, MQTTClient_strerror(rc));
}

static void delivery_complete(void *context, MQTTClient_deliveryToken token)
{
	struct delivery *delivery = context;

	pthread_mutex_lock(&delivery->lock);
	delivery->delivered = token;
	pthread_cond_signal(&delivery->changed);
	pthread_mutex_unlock(&delivery->lock);
}

static void connection_lost(void *context, char *cause)
{
	struct delivery *delivery = context;

	(void)cause; /* always NULL */
	pthread_mutex_lock(&delivery->lock);
	delivery->lost = 1;
	pthread_cond_signal(&delivery->changed);
	pthread_mutex_unlock(&delivery->lock);
}

/* This program subscribes to nothing, but a client with callbacks must have this one. */
static int message_arrived(void *context, char *topic, int topic_length, MQTTClient_message *message)
{
	(void)context;
	(void)topic_length;
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

/* Waits until the message with this token is delivered; 0 if it is not. */
static int wait_for_delivery(struct delivery *delivery, MQTTClient_deliveryToken token)
{
	struct timespec deadline;
	int delivered, late = 0;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += TIMEOUT_S;
	pthread_mutex_lock(&delivery->lock);
	while (delivery->delivered != token && !delivery->lost && late != ETIMEDOUT)
		late = pthread_cond_timedwait(&delivery->changed, &delivery->lock, &deadline);
	delivered = delivery->delivered == token;
	pthread_mutex_unlock(&delivery->lock);
	return delivered;
}

int main(int argc, char **argv)
{
	const char *broker = broker_address(argc, argv);
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
	MQTTClient_message message = MQTTClient_message_initializer;
	struct delivery delivery = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 };
	MQTTClient_deliveryToken token;
	MQTTClient client;
	int rc, result = EXIT_FAILURE;

	if ((rc = MQTTClient_create(&client, broker, CLIENT_ID, MQTTCLIENT_PERSISTENCE_NONE, NULL)) != MQTTCLIENT_SUCCESS)
		return report("Creating the client", rc);

	/* Callbacks are set before connecting. Each of them gets the context, here &delivery. */
	if ((rc = MQTTClient_setCallbacks(client, &delivery, connection_lost, message_arrived, delivery_complete)) != MQTTCLIENT_SUCCESS)
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

	message.payload = PAYLOAD;
	message.payloadlen = (int)strlen(PAYLOAD);
	message.qos = QOS;
	if ((rc = MQTTClient_publishMessage(client, TOPIC, &message, &token)) != MQTTCLIENT_SUCCESS)
		report("Publishing", rc);
	else
	{
		/* Here a program would go on with its own work. */
		printf("Published to %s: %s\n", TOPIC, PAYLOAD);
		if (wait_for_delivery(&delivery, token))
		{
			printf("The callback says: delivered (delivery token %d).\n", token);
			result = EXIT_SUCCESS;
		}
		else
			fprintf(stderr, "Not delivered within %d seconds, or the connection was lost.\n", TIMEOUT_S);
	}

	if ((rc = MQTTClient_disconnect(client, TIMEOUT_MS)) != MQTTCLIENT_SUCCESS)
		result = report("Disconnecting", rc);
destroy:
	MQTTClient_destroy(&client);
	return result;
}
