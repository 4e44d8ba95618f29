/* What the test programs of MQTTAsync share. Everything is static, so that a program is one file and its headers. */

#ifndef TESTS_ASYNC_SUPPORT_H
#define TESTS_ASYNC_SUPPORT_H

#include "common.h"

#include "MQTTAsync.h"

/* What comes of requests: each has its outcome once. */
struct outcomes
{
	struct counter success, failure;
	/* Of the last failure: its code, or the reason code of MQTT 5. */
	int code;
};

#define OUTCOMES_INITIALIZER { COUNTER_INITIALIZER, COUNTER_INITIALIZER, 0 }

UNUSED static void count_success(void *context, MQTTAsync_successData *data)
{
	(void)data;
	counter_raise(&((struct outcomes *)context)->success);
}

UNUSED static void count_success5(void *context, MQTTAsync_successData5 *data)
{
	(void)data;
	counter_raise(&((struct outcomes *)context)->success);
}

UNUSED static void count_failure(void *context, MQTTAsync_failureData *data)
{
	struct outcomes *outcomes = context;

	outcomes->code = data == NULL ? 0 : data->code;
	counter_raise(&outcomes->failure);
}

UNUSED static void count_failure5(void *context, MQTTAsync_failureData5 *data)
{
	struct outcomes *outcomes = context;

	outcomes->code = data->code != 0 ? data->code : (int)data->reasonCode;
	counter_raise(&outcomes->failure);
}

/* Response options that count in `outcomes`, which must outlive the request. */
UNUSED static MQTTAsync_responseOptions counted_in(struct outcomes *outcomes, int version)
{
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;

	response.context = outcomes;
	if (version >= MQTTVERSION_5)
	{
		response.onSuccess5 = count_success5;
		response.onFailure5 = count_failure5;
	}
	else
	{
		response.onSuccess = count_success;
		response.onFailure = count_failure;
	}
	return response;
}

/* A messageArrived for programs that want no message, or not to look at it. */
UNUSED static int forget_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
	(void)context;
	(void)length;
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	return 1;
}

/* A messageArrived that only counts, in the counter that is its context. */
UNUSED static int count_message(void *counter, char *topic, int length, MQTTAsync_message *message)
{
	forget_message(NULL, topic, length, message);
	counter_raise(counter);
	return 1;
}

/* A client for this MQTT version (0, 3, 4 or 5), without a store. */
UNUSED static MQTTAsync new_client(const char *uri, const char *client_id, int version)
{
	MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
	MQTTAsync client = NULL;

	options.MQTTVersion = version;
	options.maxBufferedMessages = 1000000;
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_createWithOptions(&client, uri, client_id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &options));
	return client;
}

/* With the TLS options that a server with TLS needs, if TRUST_STORE names its certificates. */
UNUSED static void use_tls_if_asked(MQTTAsync_connectOptions *options)
{
	static MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;

	tls.trustStore = getenv("TRUST_STORE");
	if (tls.trustStore != NULL)
		options->ssl = &tls;
}

/* Options for this MQTT version that start a clean session, and count the outcome if there is something to count in. */
UNUSED static MQTTAsync_connectOptions clean_options(int version, struct outcomes *outcomes)
{
	MQTTAsync_connectOptions plain = MQTTAsync_connectOptions_initializer;
	MQTTAsync_connectOptions five = MQTTAsync_connectOptions_initializer5;

	plain.MQTTVersion = version;
	plain.context = five.context = outcomes;
	if (outcomes != NULL)
	{
		plain.onSuccess = count_success;
		plain.onFailure = count_failure;
		five.onSuccess5 = count_success5;
		five.onFailure5 = count_failure5;
	}
	return version >= MQTTVERSION_5 ? five : plain;
}

/* Connects, and waits until that has succeeded. */
UNUSED static void connect_and_wait(MQTTAsync client, int version)
{
	struct outcomes outcomes = OUTCOMES_INITIALIZER;
	MQTTAsync_connectOptions options = clean_options(version, &outcomes);

	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_connect(client, &options));
	AWAIT(&outcomes.success, 1);
	/* Nothing of it is told later: `outcomes` ends with this function. */
}

/* Subscribes, and waits for the grant. */
UNUSED static void subscribe_and_wait(MQTTAsync client, int version, const char *filter, int qos)
{
	struct outcomes outcomes = OUTCOMES_INITIALIZER;
	MQTTAsync_responseOptions response = counted_in(&outcomes, version);

	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_subscribe(client, filter, qos, &response));
	AWAIT(&outcomes.success, 1);
}

/* Disconnects in good order, and waits until that is done. */
UNUSED static void disconnect_and_wait(MQTTAsync client, int version)
{
	struct outcomes outcomes = OUTCOMES_INITIALIZER;
	MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;

	options.struct_version = version >= MQTTVERSION_5;
	options.timeout = 10000;
	options.context = &outcomes;
	options.onSuccess = version >= MQTTVERSION_5 ? NULL : count_success;
	options.onSuccess5 = version >= MQTTVERSION_5 ? count_success5 : NULL;
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_disconnect(client, &options));
	AWAIT(&outcomes.success, 1);
}

/* The same, and ends the client. */
UNUSED static void end_client(MQTTAsync client, int version)
{
	disconnect_and_wait(client, version);
	MQTTAsync_destroy(&client);
	REQUIRE(client == NULL);
}

#endif
