/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Receives what push_server sends to everyone and to this client. It stays connected for as long as it runs,
 * and gets what it missed while the network, the broker or itself was away.
 *
 *     push_client client-id [broker [directory]]
 *
 * The broker is e.g. tcp://localhost:1883, or the variable MQTT_BROKER; MQTT_USER and MQTT_PASSWORD say who
 * we are, if it asks. In the directory (default: the current one) the library keeps what is under way.
 * Ends when it is interrupted (Ctrl-C) or told to terminate.
 */

#define _POSIX_C_SOURCE 200809L /* sigaction, for compilers in a strict mode */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "MQTTClient.h"

#define DEFAULT_BROKER "tcp://localhost:1883"
#define TOPIC "push"         /* for everyone; push/<client-id> for one client */
#define PRESENCE "presence/" /* presence/<client-id>: whether that client is there */
#define QOS 1
#define TIMEOUT_MS 10000L
#define FIRST_DELAY_MS 500
#define LONGEST_DELAY_MS 60000
#define SERVER_UNAVAILABLE 3 /* of the broker's refusals, the one that passes */

struct session
{
	MQTTClient client;
	char own_topic[256], presence[256];
	int subscribed;
};

/* Callbacks and signals tell the main thread what has happened: a byte in a pipe each. */
enum event { NOTHING = 0, LOST = 'l', END = 'e' };
static int events[2];

static void tell(enum event event)
{
	char byte = (char)event;
	int saved = errno; /* we may have interrupted somebody */

	while (write(events[1], &byte, 1) < 0 && errno == EINTR)
		;
	errno = saved;
}

/* Waits for the next event; with ms < 0, for ever. */
static enum event next_event(int ms)
{
	struct pollfd pipe_end = { events[0], POLLIN, 0 };
	char byte;
	int ready;

	while ((ready = poll(&pipe_end, 1, ms)) < 0 && errno == EINTR)
		;
	return ready > 0 && read(events[0], &byte, 1) == 1 ? (enum event)byte : NOTHING;
}

static void end_requested(int number)
{
	(void)number;
	tell(END);
}

static int prepare_events(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = end_requested;
	return pipe(events) == 0 && sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0;
}

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

/* Runs on a thread of the library, as connection_lost does. That must not wait here, so it only tells. */
static void connection_lost(void *context, char *cause)
{
	(void)context;
	(void)cause; /* always NULL */
	tell(LOST);
}

/* QoS 1 means: at least once. After a loss the same message may come again, with message->dup set.
 * What a program must not lose it stores before it returns 1: then the message counts as received. */
static int message_arrived(void *context, char *topic, int topic_length, MQTTClient_message *message)
{
	(void)context;
	(void)topic_length; /* 0 for all topics but those with a NUL inside */
	printf("%s%s: %.*s\n", topic, message->retained ? " (retained)" : "", message->payloadlen, (char *)message->payload);
	fflush(stdout);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

/* Says whether we are here. Retained, so that a server that comes later knows, too. */
static int publish_presence(const struct session *session, const char *state)
{
	return MQTTClient_publish(session->client, session->presence, (int)strlen(state), state, QOS, 1, NULL);
}

static int subscribe(struct session *session)
{
	char *topics[] = { TOPIC, session->own_topic };
	int qos[] = { QOS, QOS };
	int rc = MQTTClient_subscribeMany(session->client, 2, topics, qos);

	/* The broker's answer stands in qos, for each topic: 128 is a refusal. */
	if (rc == MQTTCLIENT_SUCCESS && (qos[0] > 2 || qos[1] > 2))
		rc = MQTTCLIENT_FAILURE;
	session->subscribed = rc == MQTTCLIENT_SUCCESS;
	return rc;
}

/* Connects, and sees to it that the broker has our subscriptions. */
static int open_session(struct session *session)
{
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
	MQTTClient_willOptions will = MQTTClient_willOptions_initializer;
	int rc;

	/* Published by the broker when we vanish without a word. */
	will.topicName = session->presence;
	will.message = "gone";
	will.qos = QOS;
	will.retained = 1;

	options.MQTTVersion = MQTTVERSION_3_1_1;
	options.keepAliveInterval = 20;
	options.cleansession = 0; /* the broker keeps subscriptions and messages for us while we are away */
	options.will = &will;
	options.username = getenv("MQTT_USER");
	options.password = getenv("MQTT_PASSWORD");
	if ((rc = MQTTClient_connect(session->client, &options)) != MQTTCLIENT_SUCCESS)
		return report_connect(rc);

	/* A broker that still knows our session need not be asked again: it would repeat retained messages.
	 * But once in our life we do: an earlier process may have died before it got this far. */
	if ((!session->subscribed || !options.returned.sessionPresent) && (rc = subscribe(session)) != MQTTCLIENT_SUCCESS)
		report("Subscribing", rc);
	else if ((rc = publish_presence(session, "here")) != MQTTCLIENT_SUCCESS)
		report("Publishing", rc);
	if (rc != MQTTCLIENT_SUCCESS)
	{
		MQTTClient_disconnect(session->client, 0);
		return MQTTCLIENT_FAILURE;
	}
	printf("Connected%s.\n", options.returned.sessionPresent ? " to the session that we had" : "");
	fflush(stdout);
	return rc;
}

/* Waits before the next attempt, so that a broker in trouble is not kept there. Whether to end instead. */
static int pause_or_end(int ms)
{
	enum event event;

	while ((event = next_event(ms)) == LOST)
		; /* we know that there is no connection */
	return event == END;
}

/* Connects again whenever that is necessary, at growing intervals, until the end is requested. */
static int stay_connected(struct session *session)
{
	int delay = FIRST_DELAY_MS;

	for (;;)
	{
		int rc = open_session(session);

		if (rc > 0 && rc != SERVER_UNAVAILABLE)
			return EXIT_FAILURE; /* e.g. a wrong password: trying again would not help */
		if (rc == MQTTCLIENT_SUCCESS)
		{
			delay = FIRST_DELAY_MS;
			/* Here a program would do its own work. */
			while (MQTTClient_isConnected(session->client))
				if (next_event(-1) == END)
					return EXIT_SUCCESS;
			fprintf(stderr, "The connection was lost.\n");
		}
		if (pause_or_end(delay))
			return EXIT_SUCCESS;
		delay = delay * 2 < LONGEST_DELAY_MS ? delay * 2 : LONGEST_DELAY_MS;
	}
}

int main(int argc, char **argv)
{
	const char *variable = getenv("MQTT_BROKER");
	const char *directory = argc > 3 ? argv[3] : ".";
	struct session session;
	int rc, result;

	broker = argc > 2 ? argv[2] : variable != NULL && variable[0] != '\0' ? variable : DEFAULT_BROKER;
	/* The client identifier becomes part of topics. */
	if (argc < 2 || argv[1][0] == '\0' || strlen(argv[1]) > 200 || strpbrk(argv[1], "/+#") != NULL)
	{
		fprintf(stderr, "usage: %s client-id [broker [directory]]\n", argv[0]);
		return EXIT_FAILURE;
	}
	memset(&session, 0, sizeof(session));
	snprintf(session.own_topic, sizeof(session.own_topic), TOPIC "/%s", argv[1]);
	snprintf(session.presence, sizeof(session.presence), PRESENCE "%s", argv[1]);
	if (!prepare_events())
	{
		perror(argv[0]);
		return EXIT_FAILURE;
	}

	rc = MQTTClient_create(&session.client, broker, argv[1], MQTTCLIENT_PERSISTENCE_DEFAULT, (void *)directory);
	if (rc != MQTTCLIENT_SUCCESS)
	{
		report("Creating the client", rc);
		return EXIT_FAILURE;
	}
	rc = MQTTClient_setCallbacks(session.client, NULL, connection_lost, message_arrived, NULL);
	if (rc != MQTTCLIENT_SUCCESS)
	{
		report("Setting the callbacks", rc);
		result = EXIT_FAILURE;
	}
	else
		result = stay_connected(&session);

	/* A good end: the will is not published, so we say ourselves that we are gone. The session stays. */
	if (MQTTClient_isConnected(session.client))
	{
		publish_presence(&session, "gone");
		MQTTClient_disconnect(session.client, TIMEOUT_MS);
	}
	MQTTClient_destroy(&session.client);
	return result;
}
