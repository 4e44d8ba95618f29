/* Connects, subscribes and publishes, and tells what becomes of the connection: that it fails and why, that it is lost, that
 * the server has said goodbye, or that a message came and the client still works. Each request has one outcome.
 * Arguments: uri, MQTT version, connectTimeout. */

#include "async_support.h"

static struct counter fate = COUNTER_INITIALIZER, connected = COUNTER_INITIALIZER;

static void on_loss(void *context, char *cause)
{
	(void)context;
	(void)cause;
	say("lost");
	counter_raise(&fate);
}

static void on_goodbye(void *context, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	(void)properties;
	say("goodbye %d", reason);
	counter_raise(&fate);
}

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
	say("%.*s", message->payloadlen, (char *)message->payload);
	counter_raise(&fate);
	return forget_message(context, topic, length, message);
}

static void on_connect(void *context, MQTTAsync_successData *data)
{
	(void)context;
	(void)data;
	counter_raise(&connected);
}

static void on_connect5(void *context, MQTTAsync_successData5 *data)
{
	(void)context;
	(void)data;
	counter_raise(&connected);
}

static void on_failure(void *context, MQTTAsync_failureData *data)
{
	(void)context;
	say("failed: %d, %s", data->code, data->message);
	counter_raise(&fate);
	counter_raise(&connected);
}

static void on_failure5(void *context, MQTTAsync_failureData5 *data)
{
	(void)context;
	say("failed: %d, %s", data->reasonCode != 0 ? (int)data->reasonCode : data->code, data->message);
	counter_raise(&fate);
	counter_raise(&connected);
}

int main(int argc, char **argv)
{
	int version = atoi(argument(argc, argv, 2)), requests = 0, qos;
	struct outcomes outcomes = OUTCOMES_INITIALIZER;
	MQTTAsync client = new_client(argument(argc, argv, 1), "fate", version);
	MQTTAsync_connectOptions options = clean_options(version, NULL);
	MQTTAsync_responseOptions response = counted_in(&outcomes, version);

	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_setCallbacks(client, NULL, on_loss, on_message, NULL));
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_setDisconnected(client, NULL, on_goodbye));
	options.connectTimeout = atoi(argument(argc, argv, 3));
	options.onSuccess = version < MQTTVERSION_5 ? on_connect : NULL;
	options.onSuccess5 = version < MQTTVERSION_5 ? NULL : on_connect5;
	options.onFailure = version < MQTTVERSION_5 ? on_failure : NULL;
	options.onFailure5 = version < MQTTVERSION_5 ? NULL : on_failure5;
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_connect(client, &options));
	AWAIT(&connected, 1);
	requests += MQTTAsync_subscribe(client, "fate", 2, &response) == MQTTASYNC_SUCCESS;
	for (qos = 0; qos <= 2; ++qos)
		requests += MQTTAsync_send(client, "fate", 7, "payload", qos, 0, &response) == MQTTASYNC_SUCCESS;
	AWAIT(&fate, 1);
	MQTTAsync_destroy(&client);
	if (counter_value(&outcomes.success) + counter_value(&outcomes.failure) != requests)
		fail("%d requests, %d have succeeded, %d failed", requests, counter_value(&outcomes.success), counter_value(&outcomes.failure));
	REQUIRE(counter_value(&connected) == 1 && counter_value(&fate) == 1);
	return 0;
}
