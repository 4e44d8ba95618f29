/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Publishes messages with MQTTClient: one that the arguments give, or each line of standard input.
 *
 *     paho_cs_pub topic [options]      see paho_cs_pub --help
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "client.h"

/* What the callbacks, on a thread of the library, tell the main thread: how the server acknowledged a message. */
static struct
{
	pthread_mutex_t lock;
	MQTTClient_deliveryToken token;
	enum MQTTReasonCodes reason;
} acknowledged = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void connection_lost(void *context, char *cause)
{
	const struct options *options = context;

	(void)cause; /* always NULL */
	if (options->verbose)
		printf("ConnectionLost, reconnecting\n");
	wake();
}

static void published(void *context, int token, int packet_type, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	(void)packet_type;
	(void)properties;
	pthread_mutex_lock(&acknowledged.lock);
	acknowledged.token = token;
	acknowledged.reason = reason;
	pthread_mutex_unlock(&acknowledged.lock);
	wake();
}

/* Nothing is subscribed to, but a client with callbacks must have this one. */
static int message_arrived(void *context, char *topic, int topic_length, MQTTClient_message *message)
{
	(void)context;
	(void)topic_length;
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

/* Waits for the server's word on a message. A positive return code is a reason code: the server did not take it. */
static int wait_for_acknowledgement(struct session *session, MQTTClient_deliveryToken token)
{
	for (;;)
	{
		int answered, reason;

		pthread_mutex_lock(&acknowledged.lock);
		answered = acknowledged.token == token;
		reason = (int)acknowledged.reason;
		pthread_mutex_unlock(&acknowledged.lock);
		if (answered)
			return reason >= MQTTREASONCODE_UNSPECIFIED_ERROR ? reason : MQTTCLIENT_SUCCESS;
		if (stopped() || !MQTTClient_isConnected(session->client))
			return MQTTCLIENT_DISCONNECTED;
		if (!wait_for_wake(TIMEOUT_MS))
			return MQTTCLIENT_FAILURE;
	}
}

static int publish5(struct session *session, char *data, int length, MQTTProperties *properties)
{
	const struct options *options = session->options;
	MQTTClient_deliveryToken token = 0;
	MQTTResponse response;
	int rc;

	/* With another connection, packet identifiers may be used again. */
	pthread_mutex_lock(&acknowledged.lock);
	acknowledged.token = 0;
	pthread_mutex_unlock(&acknowledged.lock);
	response = MQTTClient_publish5(session->client, options->topic, length, data, options->qos, options->retained, properties, &token);
	rc = response.reasonCode;
	MQTTResponse_free(response);
	return rc == MQTTCLIENT_SUCCESS && options->qos > 0 ? wait_for_acknowledgement(session, token) : rc;
}

static int publish3(struct session *session, char *data, int length)
{
	const struct options *options = session->options;
	MQTTClient_deliveryToken token = 0;
	int rc = MQTTClient_publish(session->client, options->topic, length, data, options->qos, options->retained, &token);

	return rc == MQTTCLIENT_SUCCESS && options->qos > 0 ? MQTTClient_waitForCompletion(session->client, token, TIMEOUT_MS) : rc;
}

static int publish_once(struct session *session, char *data, int length, MQTTProperties *properties)
{
	/* MQTT 3 acknowledges without saying how. */
	return session->options->version >= MQTTVERSION_5 ? publish5(session, data, length, properties) : publish3(session, data, length);
}

/* Publishes a message and waits until the server has it. With another connection, if this one is lost meanwhile:
 * then the server may get it twice, since it may have had it already. */
static int publish(struct session *session, char *data, int length, MQTTProperties *properties)
{
	const struct options *options = session->options;
	int rc;

	if (options->verbose)
		fprintf(stderr, "Publishing data of length %d\n", length);
	while ((rc = publish_once(session, data, length, properties)) != MQTTCLIENT_SUCCESS)
	{
		if (payload_is_given(options) || MQTTClient_isConnected(session->client))
			break;
		if (session_connect_again(session) != MQTTCLIENT_SUCCESS)
			break;
	}
	if (rc > 0)
		complain(options, "Publish to %s failed, the server's reason is %d: %s", options->topic, rc, MQTTReasonCode_toString((enum MQTTReasonCodes)rc));
	else if (rc != MQTTCLIENT_SUCCESS)
		complain(options, "Publish to %s failed, return code %d: %s", options->topic, rc, MQTTClient_strerror(rc));
	return rc == MQTTCLIENT_SUCCESS;
}

static int publish_given(struct session *session, MQTTProperties *properties)
{
	struct payload payload;
	int published = given_payload(session->options, &payload) && publish(session, payload.data, payload.length, properties);

	free(payload.data);
	return published;
}

static int publish_input(struct session *session, MQTTProperties *properties)
{
	char *buffer = malloc((size_t)session->options->max_length);
	int published = buffer != NULL, length;

	while (published && (length = read_message(session->options, buffer)) >= 0)
		published = publish(session, buffer, length, properties);
	free(buffer);
	return published;
}

int main(int argc, char **argv)
{
	struct options options = { .program = "paho_cs_pub", .tool = PUBLISHER, .client_id = "paho-cs-pub" };
	MQTTProperties properties = MQTTProperties_initializer;
	struct session session;
	int success = 0;

	if (!session_open(&session, &options, argc, argv))
		return EXIT_FAILURE;
	/* With callbacks a thread of the library keeps the connection alive while we wait for input. */
	MQTTClient_setCallbacks(session.client, &options, connection_lost, message_arrived, NULL);
	MQTTClient_setPublished(session.client, NULL, published);
	if (publish_properties(&options, &properties) && session_connect(&session) == MQTTCLIENT_SUCCESS)
		success = payload_is_given(&options) ? publish_given(&session, &properties) : publish_input(&session, &properties);
	MQTTProperties_free(&properties);
	session_close(&session);
	return success ? EXIT_SUCCESS : EXIT_FAILURE;
}
