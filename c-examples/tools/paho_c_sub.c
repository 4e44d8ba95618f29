/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Prints the messages that match a topic filter, with MQTTAsync, until it is interrupted.
 *
 *     paho_c_sub topic [options]      see paho_c_sub --help
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "async.h"

/* All of these run on threads of the library. */

static int message_arrived(void *context, char *topic, int topic_length, MQTTAsync_message *message)
{
	const struct session *session = context;

	(void)topic_length;
	if (!message->retained || !session->options->no_retained)
	{
		char *heading = malloc(strlen(topic) + 20);

		if (heading == NULL)
			return 0; /* it is offered again */
		sprintf(heading, "%d %s\t", message->payloadlen, topic);
		print_message(session->options, heading, message->payload, message->payloadlen, &message->properties);
		free(heading);
	}
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	return 1;
}

/* Whether the server has granted our subscription once. Callbacks of one client never run at the same time. */
static int granted;

static void subscribed(void *context, MQTTAsync_successData *data)
{
	(void)context;
	(void)data;
	granted = 1;
}

static void subscribed5(void *context, MQTTAsync_successData5 *data)
{
	(void)context;
	(void)data;
	granted = 1;
}

/* A refusal is final. When it was only that the connection was lost, we subscribe again on the next one; but a server
 * that closes the first one instead of answering means us. */
static void on_failure(struct session *session, int code, const char *text)
{
	if (granted && code < 0)
		return;
	session_complain(session, "Subscribe to", code, text);
	session_fail(session);
}

static void subscribe_failed(void *context, MQTTAsync_failureData *data)
{
	on_failure(context, data->code, data->message);
}

static void subscribe_failed5(void *context, MQTTAsync_failureData5 *data)
{
	int refused = data->reasonCode >= MQTTREASONCODE_UNSPECIFIED_ERROR;

	on_failure(context, refused ? (int)data->reasonCode : data->code, data->message);
}

/* After the first connection and after each one that the library makes later: the server has forgotten us. */
static void connected(void *context, char *cause)
{
	struct session *session = context;
	const struct options *options = session->options;
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
	int rc;

	(void)cause;
	if (options->verbose)
	{
		printf("Subscribing to topic %s with client %s at QoS %d\n", options->topic, options->client_id, options->qos);
		fflush(stdout);
	}
	if (options->version >= MQTTVERSION_5)
	{
		response.onSuccess5 = subscribed5;
		response.onFailure5 = subscribe_failed5;
	}
	else
	{
		response.onSuccess = subscribed;
		response.onFailure = subscribe_failed;
	}
	response.context = session;
	if ((rc = MQTTAsync_subscribe(session->client, options->topic, options->qos, &response)) != MQTTASYNC_SUCCESS)
		on_failure(session, rc, NULL);
}

int main(int argc, char **argv)
{
	struct options options = { .program = "paho_c_sub", .tool = SUBSCRIBER, .client_id = "paho-c-sub" };
	struct session session;

	if (!session_open(&session, &options, argc, argv))
		return EXIT_FAILURE;
	MQTTAsync_setCallbacks(session.client, &session, NULL, message_arrived, NULL);
	MQTTAsync_setConnected(session.client, &session, connected);
	if (session_connect(&session))
		while (!stopped() && !session_has_failed(&session))
			wait_for_wake(-1);
	return session_close(&session) ? EXIT_SUCCESS : EXIT_FAILURE;
}
