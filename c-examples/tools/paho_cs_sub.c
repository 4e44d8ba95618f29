/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Prints the messages that match a topic filter, with MQTTClient, until it is interrupted.
 *
 *     paho_cs_sub topic [options]      see paho_cs_sub --help
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

/* Runs on a thread of the library. The main thread connects again; here we must not wait. */
static void connection_lost(void *context, char *cause)
{
	(void)context;
	(void)cause; /* always NULL */
	wake();
}

/* Runs on a thread of the library, for one message at a time. */
static int message_arrived(void *context, char *topic, int topic_length, MQTTClient_message *message)
{
	const struct options *options = context;

	(void)topic_length;
	if (!message->retained || !options->no_retained)
	{
		char *heading = malloc(strlen(topic) + 2);

		if (heading == NULL)
			return 0; /* it is offered again */
		sprintf(heading, "%s\t", topic);
		print_message(options, heading, message->payload, message->payloadlen, &message->properties);
		free(heading);
	}
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

static int subscribe(struct session *session)
{
	const struct options *options = session->options;
	int rc;

	if (options->version >= MQTTVERSION_5)
	{
		MQTTResponse response = MQTTClient_subscribe5(session->client, options->topic, options->qos, NULL, NULL);

		rc = response.reasonCode;
		MQTTResponse_free(response);
	}
	else
		rc = MQTTClient_subscribe(session->client, options->topic, options->qos);
	/* From MQTT 5 on, the server says with 0 to 2 which quality of service it grants. */
	if (rc >= 0 && rc <= 2)
		return MQTTCLIENT_SUCCESS;
	complain(options, "Error %d subscribing to topic %s: %s", rc, options->topic,
		rc > 0 ? "the server refuses" : MQTTClient_isConnected(session->client) ? MQTTClient_strerror(rc) : "the server closes the connection");
	return rc;
}

int main(int argc, char **argv)
{
	struct options options = { .program = "paho_cs_sub", .tool = SUBSCRIBER, .client_id = "paho-cs-sub" };
	struct session session;
	int rc;

	if (!session_open(&session, &options, argc, argv))
		return EXIT_FAILURE;
	MQTTClient_setCallbacks(session.client, &options, connection_lost, message_arrived, NULL);
	if ((rc = session_connect(&session)) == MQTTCLIENT_SUCCESS)
		rc = subscribe(&session);
	while (rc == MQTTCLIENT_SUCCESS && !stopped())
	{
		if (MQTTClient_isConnected(session.client))
			wait_for_wake(-1);
		else if ((rc = session_connect_again(&session)) == MQTTCLIENT_SUCCESS && (rc = subscribe(&session)) < 0 && !MQTTClient_isConnected(session.client))
			rc = MQTTCLIENT_SUCCESS; /* lost once more: that is no reason to end */
	}
	session_close(&session);
	return rc == MQTTCLIENT_SUCCESS || stopped() ? EXIT_SUCCESS : EXIT_FAILURE;
}
