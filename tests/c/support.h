/* What the test programs of MQTTClient share. Everything is static, so that a program is one file and its headers. */

#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include "common.h"

#include "MQTTClient.h"

/* A messageArrived for programs that want no message, or not to look at it. */
UNUSED static int forget_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	(void)length;
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

/* A messageArrived that only counts, in the counter that is its context. */
UNUSED static int count_message(void *counter, char *topic, int length, MQTTClient_message *message)
{
	forget_message(NULL, topic, length, message);
	counter_raise(counter);
	return 1;
}

/* A client for this MQTT version (0, 3, 4 or 5). */
UNUSED static MQTTClient new_client(const char *uri, const char *client_id, int version)
{
	MQTTClient_createOptions options = MQTTClient_createOptions_initializer;
	MQTTClient client = NULL;

	options.MQTTVersion = version;
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_createWithOptions(&client, uri, client_id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &options));
	return client;
}

/* With the TLS options that a server with TLS needs, if TRUST_STORE names its certificates. */
UNUSED static void use_tls_if_asked(MQTTClient_connectOptions *options)
{
	static MQTTClient_SSLOptions tls = MQTTClient_SSLOptions_initializer;

	tls.trustStore = getenv("TRUST_STORE");
	if (tls.trustStore != NULL)
		options->ssl = &tls;
}

/* Options for this MQTT version that start a clean session. */
UNUSED static MQTTClient_connectOptions clean_options(int version)
{
	MQTTClient_connectOptions plain = MQTTClient_connectOptions_initializer;
	MQTTClient_connectOptions five = MQTTClient_connectOptions_initializer5;

	plain.MQTTVersion = version;
	plain.maxInflightMessages = five.maxInflightMessages = 10;
	return version >= MQTTVERSION_5 ? five : plain;
}

/* Connects with either API; gives the return code. */
UNUSED static int connect_any(MQTTClient client, MQTTClient_connectOptions *options)
{
	MQTTResponse response;
	int rc;

	if (options->MQTTVersion < MQTTVERSION_5)
		return MQTTClient_connect(client, options);
	response = MQTTClient_connect5(client, options, NULL, NULL);
	rc = response.reasonCode;
	MQTTResponse_free(response);
	return rc;
}

/* Subscribes with either API; gives the return code, or the reason code of MQTT 5. */
UNUSED static int subscribe_any(MQTTClient client, int version, const char *filter, int qos)
{
	MQTTResponse response;
	int rc;

	if (version < MQTTVERSION_5)
		return MQTTClient_subscribe(client, filter, qos);
	response = MQTTClient_subscribe5(client, filter, qos, NULL, NULL);
	rc = response.reasonCode;
	MQTTResponse_free(response);
	return rc == qos ? 0 : rc;
}

/* Publishes for any version; gives the return code. */
UNUSED static int publish_any(MQTTClient client, const char *topic, const void *payload, int length, int qos, int retained,
		MQTTClient_deliveryToken *token)
{
	MQTTResponse response = MQTTClient_publish5(client, topic, length, payload, qos, retained, NULL, token);
	int rc = response.reasonCode;

	MQTTResponse_free(response);
	return rc;
}

/* A client that is connected with a clean session, without callbacks. */
UNUSED static MQTTClient connected_client(const char *uri, const char *client_id, int version)
{
	MQTTClient client = new_client(uri, client_id, version);
	MQTTClient_connectOptions options = clean_options(version);

	EXPECT(MQTTCLIENT_SUCCESS, connect_any(client, &options));
	return client;
}

/* Disconnects in good order, and ends the client. */
UNUSED static void end_client(MQTTClient client)
{
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_disconnect(client, 10000));
	MQTTClient_destroy(&client);
	REQUIRE(client == NULL);
}

#endif
