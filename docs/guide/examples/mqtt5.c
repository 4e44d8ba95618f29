/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* MQTT 5: properties, reason codes, and a session with a time to live.
 *
 *     mqtt5 [broker]
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "MQTTClient.h"

#define TIMEOUT_MS 10000

/* The broker's own word on each message of QoS 1 or 2. */
static void published(void *context, int token, int packet_type, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	(void)token;
	(void)packet_type;
	(void)properties;
	printf("published: %s\n", MQTTReasonCode_toString(reason));
}

static int add_pair(MQTTProperties *properties, char *name, char *value)
{
	MQTTProperty property;

	property.identifier = MQTTPROPERTY_CODE_USER_PROPERTY;
	property.value.data.data = name;
	property.value.data.len = (int)strlen(name);
	property.value.value.data = value;
	property.value.value.len = (int)strlen(value);
	return MQTTProperties_add(properties, &property); /* copies it */
}

static int publish(MQTTClient client, const char *topic, MQTTProperties *properties)
{
	MQTTClient_deliveryToken token;
	MQTTResponse response = MQTTClient_publish5(client, topic, 5, "hello", 1, 0, properties, &token);
	int rc = response.reasonCode;

	MQTTResponse_free(response);
	return rc == MQTTCLIENT_SUCCESS ? MQTTClient_waitForCompletion(client, token, TIMEOUT_MS) : rc;
}

static int receive(MQTTClient client)
{
	MQTTClient_message *message = NULL;
	MQTTProperty *pair;
	char *topic = NULL;
	int length, rc;

	rc = MQTTClient_receive(client, &topic, &length, &message, TIMEOUT_MS);
	if (rc != MQTTCLIENT_SUCCESS || message == NULL)
		return MQTTCLIENT_FAILURE;
	pair = MQTTProperties_getProperty(&message->properties, MQTTPROPERTY_CODE_USER_PROPERTY);
	if (pair != NULL)
		printf("%s: %s = %s\n", topic, pair->value.data.data, pair->value.value.data);
	MQTTClient_freeMessage(&message); /* and its properties */
	MQTTClient_free(topic);
	return MQTTCLIENT_SUCCESS;
}

/* Each call of MQTT 5 gives a response, whose code is of the library (below 0) or of the broker (from 128 on), or good. */
static int done(MQTTResponse response)
{
	int code = response.reasonCode;

	MQTTResponse_free(response);
	return code >= 0 && code < 128 ? MQTTCLIENT_SUCCESS : code;
}

int main(int argc, char **argv)
{
	const char *broker = argc > 1 ? argv[1] : "tcp://localhost:1883";
	MQTTClient_createOptions create = MQTTClient_createOptions_initializer;
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer5;
	MQTTProperties to_connect = MQTTProperties_initializer, to_publish = MQTTProperties_initializer;
	MQTTProperty expiry = { .identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, .value.integer4 = 3600 };
	MQTTClient client;
	int rc;

	create.MQTTVersion = MQTTVERSION_5;
	rc = MQTTClient_createWithOptions(&client, broker, "guide-mqtt5", MQTTCLIENT_PERSISTENCE_NONE, NULL, &create);
	if (rc != MQTTCLIENT_SUCCESS)
		return EXIT_FAILURE;
	MQTTClient_setPublished(client, NULL, published);
	MQTTProperties_add(&to_connect, &expiry);
	add_pair(&to_publish, "language", "en");

	rc = done(MQTTClient_connect5(client, &options, &to_connect, NULL));
	if (rc == MQTTCLIENT_SUCCESS)
		rc = publish(client, "guide/mqtt5/nobody", NULL);
	if (rc == MQTTCLIENT_SUCCESS)
		rc = done(MQTTClient_subscribe5(client, "guide/mqtt5", 1, NULL, NULL));
	if (rc == MQTTCLIENT_SUCCESS)
		rc = publish(client, "guide/mqtt5", &to_publish);
	if (rc == MQTTCLIENT_SUCCESS)
		rc = receive(client);
	if (rc != MQTTCLIENT_SUCCESS)
		fprintf(stderr, "%d, %s\n", rc, MQTTClient_strerror(rc));
	MQTTClient_disconnect5(client, TIMEOUT_MS, MQTTREASONCODE_NORMAL_DISCONNECTION, NULL);
	MQTTProperties_free(&to_connect);
	MQTTProperties_free(&to_publish);
	MQTTClient_destroy(&client);
	return rc == MQTTCLIENT_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
