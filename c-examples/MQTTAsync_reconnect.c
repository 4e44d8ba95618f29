/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Publishes a number each second, and goes on while the broker is away: the library connects again by itself, at
 * growing intervals, and sends then what was published meanwhile.
 *
 *     MQTTAsync_reconnect [broker [directory]]
 *
 * The broker is e.g. tcp://localhost:1883, or the variable MQTT_BROKER. In the directory (default: the current one)
 * the library keeps what is not yet delivered, so that even the end of this program loses nothing.
 * Stop the broker and start it again, and watch. Ends when it is interrupted (Ctrl-C) or told to terminate.
 */

#define _POSIX_C_SOURCE 200809L /* sigaction, for compilers in a strict mode */

#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "MQTTAsync.h"

#define DEFAULT_BROKER "tcp://localhost:1883"
#define CLIENT_ID "sample-reconnect"
#define TOPIC "samples/count"
#define QOS 1
#define INTERVAL_S 1
#define MOST_BUFFERED 10000
#define DISCONNECT_TIMEOUT_MS 2000

static volatile sig_atomic_t ending;

static void end_requested(int number)
{
	(void)number;
	ending = 1;
}

static int catch_signals(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = end_requested;
	return sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0;
}

static int report(const char *what, int rc)
{
	fprintf(stderr, "%s failed with return code %d: %s\n", what, rc, MQTTAsync_strerror(rc));
	return EXIT_FAILURE;
}

/* Prints a line at once, also into a pipe, with the time of day before it. */
static void say(const char *text)
{
	time_t now = time(NULL);
	struct tm local;
	char clock[16] = "";

	if (localtime_r(&now, &local) != NULL)
		strftime(clock, sizeof(clock), "%H:%M:%S ", &local);
	printf("%s%s\n", clock, text);
	fflush(stdout);
}

/* All callbacks run on a thread of the library. */

/* After the first connection and after each further one. Here a program subscribes: with a clean session the broker has
 * forgotten what we asked for, and even with a persistent one it may have lost it. */
static void connected(void *context, char *cause)
{
	(void)context;
	(void)cause;
	say("Connected.");
}

/* Nothing is to be done here: the library tries again, see automaticReconnect. */
static void connection_lost(void *context, char *cause)
{
	(void)context;
	(void)cause;
	say("The connection was lost. The library tries to connect again.");
}

/* Only the first attempt is reported. Those after it are silent, until one succeeds. */
static void connect_failed(void *context, MQTTAsync_failureData *failure)
{
	char text[300];

	(void)context;
	snprintf(text, sizeof(text), "No connection yet (code %d: %s). The library goes on trying.", failure->code,
		failure->message != NULL ? failure->message : MQTTAsync_strerror(failure->code));
	say(text);
}

static void published(void *context, MQTTAsync_successData *success)
{
	char text[100];

	(void)context;
	snprintf(text, sizeof(text), "Delivered: %.*s", success->alt.pub.message.payloadlen, (char *)success->alt.pub.message.payload);
	say(text);
}

static void publish_failed(void *context, MQTTAsync_failureData *failure)
{
	char text[200];

	(void)context;
	snprintf(text, sizeof(text), "Not delivered in this run (code %d: %s).", failure->code, failure->message != NULL ? failure->message : MQTTAsync_strerror(failure->code));
	say(text);
}

/* This program subscribes to nothing, but a client with callbacks must have this one. */
static int message_arrived(void *context, char *topic, int topic_length, MQTTAsync_message *message)
{
	(void)context;
	(void)topic_length;
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	return 1;
}

static sem_t disconnected;

static void disconnect_succeeded(void *context, MQTTAsync_successData *success)
{
	(void)context;
	(void)success;
	sem_post(&disconnected);
}

static void disconnect_failed(void *context, MQTTAsync_failureData *failure)
{
	(void)context;
	(void)failure; /* the connection was lost meanwhile */
	sem_post(&disconnected);
}

/* What cannot be delivered any more stays in the directory, for the next run. */
static void disconnect(MQTTAsync client)
{
	MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;

	options.timeout = DISCONNECT_TIMEOUT_MS;
	options.onSuccess = disconnect_succeeded;
	options.onFailure = disconnect_failed;
	/* Not accepted without a connection; but then, too, the library stops trying. */
	if (MQTTAsync_disconnect(client, &options) == MQTTASYNC_SUCCESS)
		while (sem_wait(&disconnected) != 0)
			; /* interrupted by a signal */
}

static int start_connecting(MQTTAsync client)
{
	MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;

	options.keepAliveInterval = 10;
	options.cleansession = 0; /* so that what was under way when the connection broke is completed, not dropped */
	options.onFailure = connect_failed;
	/* Attempts come 1, 2, 4, 8 ... seconds apart, up to a minute, and for as long as it takes. */
	options.automaticReconnect = 1;
	options.minRetryInterval = 1;
	options.maxRetryInterval = 60;
	return MQTTAsync_connect(client, &options);
}

/* Accepted whether there is a connection or not. */
static void publish(MQTTAsync client, int number)
{
	MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
	char payload[20], text[100];
	int rc;

	snprintf(payload, sizeof(payload), "%d", number);
	options.onSuccess = published;
	options.onFailure = publish_failed;
	snprintf(text, sizeof(text), "Publishing %s%s", payload, MQTTAsync_isConnected(client) ? "" : " (for later)");
	say(text);
	/* MQTTASYNC_MAX_BUFFERED_MESSAGES means that MOST_BUFFERED are waiting. (See also deleteOldestMessages.) */
	if ((rc = MQTTAsync_send(client, TOPIC, (int)strlen(payload), payload, QOS, 0, &options)) != MQTTASYNC_SUCCESS)
		report("Publishing", rc);
}

static void sleep_unless_ending(void)
{
	struct timespec interval = { INTERVAL_S, 0 };

	if (!ending)
		nanosleep(&interval, NULL); /* a signal ends it early */
}

int main(int argc, char **argv)
{
	const char *variable = getenv("MQTT_BROKER");
	const char *broker = argc > 1 ? argv[1] : variable != NULL && variable[0] != '\0' ? variable : DEFAULT_BROKER;
	const char *directory = argc > 2 ? argv[2] : ".";
	MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer;
	MQTTAsync client;
	int rc, number = 0, result = EXIT_FAILURE;

	if (sem_init(&disconnected, 0, 0) != 0 || !catch_signals())
	{
		perror(argv[0]);
		return EXIT_FAILURE;
	}

	create.sendWhileDisconnected = 1;
	create.allowDisconnectedSendAtAnyTime = 1; /* also before the first connection */
	create.maxBufferedMessages = MOST_BUFFERED;
	rc = MQTTAsync_createWithOptions(&client, broker, CLIENT_ID, MQTTCLIENT_PERSISTENCE_DEFAULT, (void *)directory, &create);
	if (rc != MQTTASYNC_SUCCESS)
		return report("Creating the client", rc);
	if ((rc = MQTTAsync_setCallbacks(client, NULL, connection_lost, message_arrived, NULL)) != MQTTASYNC_SUCCESS
		|| (rc = MQTTAsync_setConnected(client, NULL, connected)) != MQTTASYNC_SUCCESS)
		report("Setting the callbacks", rc);
	else if ((rc = start_connecting(client)) != MQTTASYNC_SUCCESS)
		report("Connecting", rc);
	else
	{
		while (!ending)
		{
			publish(client, ++number);
			sleep_unless_ending();
		}
		result = EXIT_SUCCESS;
		say("Ending.");
	}

	disconnect(client);
	MQTTAsync_destroy(&client);
	return result;
}
