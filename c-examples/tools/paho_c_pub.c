/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Publishes messages with MQTTAsync: one that the arguments give, or each line of standard input.
 *
 *     paho_c_pub topic [options]      see paho_c_pub --help
 */

#include <stdio.h>
#include <stdlib.h>

#include "async.h"

/* So many messages may be on their way; fewer than the library buffers, see maxBufferedMessages. */
#define MOST_PENDING 50

static void published(void *context, MQTTAsync_successData *data)
{
	struct session *session = context;

	(void)data;
	if (session->options->verbose)
		printf("Publish succeeded\n");
	session_end_publish(session, 1);
}

static void published5(void *context, MQTTAsync_successData5 *data)
{
	struct session *session = context;

	if (session->options->verbose)
		printf("Publish succeeded, reason code %s\n", MQTTReasonCode_toString(data->reasonCode));
	session_end_publish(session, 1);
}

static void publish_failed(void *context, MQTTAsync_failureData *data)
{
	session_complain(context, "Publish to", data->code, data->message);
	session_end_publish(context, 0);
}

static void publish_failed5(void *context, MQTTAsync_failureData5 *data)
{
	int refused = data->reasonCode >= MQTTREASONCODE_UNSPECIFIED_ERROR;

	session_complain(context, "Publish to", refused ? (int)data->reasonCode : data->code, data->message);
	session_end_publish(context, 0);
}

/* Hands a message over to the library; a callback tells what becomes of it. */
static int publish(struct session *session, const char *data, int length, const MQTTProperties *properties)
{
	const struct options *options = session->options;
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
	int rc;

	if (options->verbose)
	{
		printf("Publishing data of length %d\n", length);
		fflush(stdout);
	}
	if (options->version >= MQTTVERSION_5)
	{
		response.onSuccess5 = published5;
		response.onFailure5 = publish_failed5;
		response.properties = *properties;
	}
	else
	{
		response.onSuccess = published;
		response.onFailure = publish_failed;
	}
	response.context = session;
	/* Counted before it is sent: its callback may be faster than we are. */
	session_begin_publish(session);
	rc = MQTTAsync_send(session->client, options->topic, length, data, options->qos, options->retained, &response);
	if (rc != MQTTASYNC_SUCCESS)
	{
		session_complain(session, "Publish to", rc, NULL);
		session_end_publish(session, 0);
	}
	return rc == MQTTASYNC_SUCCESS;
}

static void publish_given(struct session *session, const MQTTProperties *properties)
{
	struct payload payload;

	if (given_payload(session->options, &payload))
		publish(session, payload.data, payload.length, properties);
	else
		session_fail(session);
	free(payload.data);
}

static void publish_input(struct session *session, const MQTTProperties *properties)
{
	char *buffer = malloc((size_t)session->options->max_length);
	int length;

	if (buffer == NULL)
		session_fail(session);
	else
		while ((length = read_message(session->options, buffer)) >= 0 && publish(session, buffer, length, properties))
			session_wait(session, MOST_PENDING);
	free(buffer);
}

int main(int argc, char **argv)
{
	struct options options = { .program = "paho_c_pub", .tool = PUBLISHER, .client_id = "paho-c-pub" };
	MQTTProperties properties = MQTTProperties_initializer;
	struct session session;
	long left;

	if (!session_open(&session, &options, argc, argv))
		return EXIT_FAILURE;
	if (!publish_properties(&options, &properties))
		session_fail(&session);
	else if (session_connect(&session))
	{
		if (payload_is_given(&options))
			publish_given(&session, &properties);
		else
			publish_input(&session, &properties);
		if ((left = session_wait(&session, 0)) > 0)
		{
			complain(&options, "Interrupted before the server had %ld message%s", left, left == 1 ? "" : "s");
			session_fail(&session);
		}
	}
	MQTTProperties_free(&properties);
	return session_close(&session) ? EXIT_SUCCESS : EXIT_FAILURE;
}
