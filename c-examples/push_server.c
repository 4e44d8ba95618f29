/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Pushes messages to the clients of push_client, and shows which of them are there.
 *
 *     push_server [broker [directory]]
 *
 * Each line of standard input is a message:
 *
 *     push everyone TEXT   for all clients; those that are away get it when they are back
 *     push alice TEXT      for the client with the identifier alice
 *     keep everyone TEXT   the same, retained: the broker keeps it for clients that are yet to come, too
 *     keep alice           without a text: what was kept is forgotten
 *
 * The broker is e.g. tcp://localhost:1883, or the variable MQTT_BROKER; MQTT_USER and MQTT_PASSWORD say who
 * we are, if it asks. In the directory (default: the current one) the library keeps what is under way, so
 * that nothing it accepted is lost with us. Ends with its standard input.
 */

#define _POSIX_C_SOURCE 200809L /* getline, for compilers in a strict mode */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "MQTTClient.h"

#define DEFAULT_BROKER "tcp://localhost:1883"
#define CLIENT_ID "push-server"
#define TOPIC "push"         /* for everyone; push/<client-id> for one client */
#define PRESENCE "presence/" /* presence/<client-id>: whether that client is there */
#define QOS 1
#define TIMEOUT_MS 10000L
#define FIRST_DELAY_MS 500
#define LONGEST_DELAY_MS 60000
#define SERVER_UNAVAILABLE 3 /* of the broker's refusals, the one that passes */

/* Where connection_lost, on a thread of the library, wakes the main thread: a byte in a pipe. */
static int wake[2];

/* Where to connect to. */
static const char *broker;

/* Return codes of connect are the broker's own words when they are positive. */
static int report(const char *what, int rc)
{
	fprintf(stderr, "%s failed with return code %d: %s\n", what, rc, MQTTClient_strerror(rc));
	return rc;
}

/* Why exactly, the trace tells: MQTT_C_CLIENT_TRACE=ON, MQTT_C_CLIENT_TRACE_LEVEL=PROTOCOL. */
static int report_connect(int rc)
{
	fprintf(stderr, "Connecting to %s failed with return code %d: %s\n", broker, rc, MQTTClient_strerror(rc));
	return rc;
}

static void connection_lost(void *context, char *cause)
{
	(void)context;
	(void)cause; /* always NULL */
	while (write(wake[1], "", 1) < 0 && errno == EINTR)
		;
}

/* We subscribe to presence only. */
static int message_arrived(void *context, char *topic, int topic_length, MQTTClient_message *message)
{
	(void)context;
	(void)topic_length; /* 0 for all topics but those with a NUL inside */
	printf("%s is %.*s\n", topic + strlen(PRESENCE), message->payloadlen, (char *)message->payload);
	fflush(stdout);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

/* The broker has the message, and answers for it from now on. */
static void delivery_complete(void *context, MQTTClient_deliveryToken token)
{
	(void)context;
	printf("Message %d is delivered to the broker\n", token);
	fflush(stdout);
}

/* Connects. What the broker has not confirmed yet goes out again by itself. */
static int open_session(MQTTClient client)
{
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
	int rc;

	options.MQTTVersion = MQTTVERSION_3_1_1;
	options.keepAliveInterval = 20;
	options.cleansession = 0;
	options.username = getenv("MQTT_USER");
	options.password = getenv("MQTT_PASSWORD");
	if ((rc = MQTTClient_connect(client, &options)) != MQTTCLIENT_SUCCESS)
		return report_connect(rc);
	/* Each time, although the broker may know: that gives us the present state of all clients. */
	if ((rc = MQTTClient_subscribe(client, PRESENCE "+", QOS)) != MQTTCLIENT_SUCCESS)
	{
		report("Subscribing", rc);
		MQTTClient_disconnect(client, 0);
		return MQTTCLIENT_FAILURE;
	}
	printf("Connected.\n");
	fflush(stdout);
	return MQTTCLIENT_SUCCESS;
}

/* Publishes what a line says. */
static int push(MQTTClient client, const char *line)
{
	MQTTClient_message message = MQTTClient_message_initializer;
	MQTTClient_deliveryToken token;
	char verb[8], recipient[200], topic[256];
	int rc, text_at = 0;

	if (sscanf(line, "%7s %199s %n", verb, recipient, &text_at) < 2 || text_at == 0
			|| (strcmp(verb, "push") != 0 && strcmp(verb, "keep") != 0) || strpbrk(recipient, "/+#") != NULL)
	{
		fprintf(stderr, "Not understood: %s\n", line);
		return MQTTCLIENT_SUCCESS;
	}
	if (strcmp(recipient, "everyone") == 0)
		strcpy(topic, TOPIC);
	else
		snprintf(topic, sizeof(topic), TOPIC "/%s", recipient);
	message.payload = (void *)(line + text_at);
	message.payloadlen = (int)strlen(line + text_at);
	message.qos = QOS;
	message.retained = strcmp(verb, "keep") == 0;
	if ((rc = MQTTClient_publishMessage(client, topic, &message, &token)) != MQTTCLIENT_SUCCESS)
		return report("Publishing", rc);
	printf("Message %d to %s\n", token, topic);
	fflush(stdout);
	return rc;
}

enum event { NOTHING, LOST, INPUT };

/* Waits for the end of a connection, or for input if wanted; with ms < 0, for ever. */
static enum event next_event(int with_input, int ms)
{
	struct pollfd sources[] = { { wake[0], POLLIN, 0 }, { with_input ? STDIN_FILENO : -1, POLLIN, 0 } };
	char byte;
	int ready;

	while ((ready = poll(sources, 2, ms)) < 0 && errno == EINTR)
		;
	if (ready > 0 && sources[0].revents != 0 && read(wake[0], &byte, 1) == 1)
		return LOST;
	return ready > 0 && sources[1].revents != 0 ? INPUT : NOTHING;
}

/* Pushes line after line, while there is a connection. *line is the one that is to be pushed next; it stays
 * if the connection is lost before it is accepted. Returns 0 when there are no more lines. */
static int push_lines(MQTTClient client, char **line, size_t *size)
{
	while (MQTTClient_isConnected(client))
	{
		if (*line != NULL && (*line)[0] != '\0')
		{
			if (push(client, *line) != MQTTCLIENT_SUCCESS && !MQTTClient_isConnected(client))
				break;
			(*line)[0] = '\0';
		}
		if (next_event(1, -1) == INPUT)
		{
			if (getline(line, size, stdin) < 0)
				return 0;
			(*line)[strcspn(*line, "\n")] = '\0';
		}
	}
	return 1;
}

/* Connects again whenever that is necessary, at growing intervals, until there is nothing more to push. */
static int serve(MQTTClient client)
{
	char *line = NULL;
	size_t size = 0;
	int delay = FIRST_DELAY_MS, more = 1, rc;

	while (more)
	{
		rc = open_session(client);
		if (rc > 0 && rc != SERVER_UNAVAILABLE)
			break; /* e.g. a wrong password: trying again would not help */
		if (rc == MQTTCLIENT_SUCCESS)
		{
			delay = FIRST_DELAY_MS;
			more = push_lines(client, &line, &size);
			if (!more)
				break;
			fprintf(stderr, "The connection was lost.\n");
		}
		/* Not at once, so that a broker in trouble is not kept there. */
		while (next_event(0, delay) == LOST)
			; /* we know that there is no connection */
		delay = delay * 2 < LONGEST_DELAY_MS ? delay * 2 : LONGEST_DELAY_MS;
	}
	free(line);
	return more ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const char *variable = getenv("MQTT_BROKER");
	const char *directory = argc > 2 ? argv[2] : ".";
	MQTTClient_deliveryToken *tokens = NULL;
	MQTTClient client;
	int rc, result;

	broker = argc > 1 ? argv[1] : variable != NULL && variable[0] != '\0' ? variable : DEFAULT_BROKER;
	if (pipe(wake) != 0)
	{
		perror(argv[0]);
		return EXIT_FAILURE;
	}
	/* No line may hide in a buffer where poll does not see it. */
	setvbuf(stdin, NULL, _IONBF, 0);

	rc = MQTTClient_create(&client, broker, CLIENT_ID, MQTTCLIENT_PERSISTENCE_DEFAULT, (void *)directory);
	if (rc != MQTTCLIENT_SUCCESS)
	{
		report("Creating the client", rc);
		return EXIT_FAILURE;
	}
	rc = MQTTClient_setCallbacks(client, NULL, connection_lost, message_arrived, delivery_complete);
	if (rc != MQTTCLIENT_SUCCESS)
	{
		report("Setting the callbacks", rc);
		result = EXIT_FAILURE;
	}
	else
		result = serve(client);

	/* Up to so long, what is on its way is finished. What is not goes out at the next start. */
	MQTTClient_disconnect(client, TIMEOUT_MS);
	if (MQTTClient_getPendingDeliveryTokens(client, &tokens) == MQTTCLIENT_SUCCESS && tokens != NULL)
	{
		fprintf(stderr, "Not everything was delivered; the rest is kept for the next start.\n");
		MQTTClient_free(tokens);
		result = EXIT_FAILURE;
	}
	MQTTClient_destroy(&client);
	return result;
}
