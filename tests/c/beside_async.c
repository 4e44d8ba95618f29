/* The synchronous API from one library and the asynchronous API from another, in one process, with properties of MQTT 5
 * that both of them make, read and free. Linked with both. Argument: uri. */

#include "support.h"

#include <MQTTAsync.h>

static struct counter done = COUNTER_INITIALIZER, async_arrived = COUNTER_INITIALIZER;

static void on_success(void *context, MQTTAsync_successData5 *response)
{
	(void)context;
	(void)response;
	counter_raise(&done);
}

static void on_failure(void *context, MQTTAsync_failureData5 *response)
{
	(void)context;
	fail("%d", response->code);
}

static void add_text(MQTTProperties *properties)
{
	MQTTProperty property;

	memset(&property, 0, sizeof(property));
	property.identifier = MQTTPROPERTY_CODE_USER_PROPERTY;
	property.value.data.data = property.value.value.data = "text";
	property.value.data.len = property.value.value.len = 4;
	EXPECT(0, MQTTProperties_add(properties, &property));
}

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
	MQTTProperties copy = MQTTProperties_copy(&message->properties);

	(void)context;
	(void)length;
	EXPECT(1, MQTTProperties_propertyCount(&copy, MQTTPROPERTY_CODE_USER_PROPERTY));
	MQTTProperties_free(&copy);
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	counter_raise(&async_arrived);
	return 1;
}

static MQTTAsync connect_async(const char *uri)
{
	MQTTAsync client;
	MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer5;
	MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer5;
	MQTTAsync_responseOptions subscribe = MQTTAsync_responseOptions_initializer;

	EXPECT(0, MQTTAsync_createWithOptions(&client, uri, "async", MQTTCLIENT_PERSISTENCE_NONE, NULL, &create));
	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, NULL, on_message, NULL));
	options.onSuccess5 = on_success;
	options.onFailure5 = on_failure;
	EXPECT(0, MQTTAsync_connect(client, &options));
	AWAIT(&done, 1);
	subscribe.onSuccess5 = on_success;
	subscribe.onFailure5 = on_failure;
	EXPECT(0, MQTTAsync_subscribe(client, "beside/#", 1, &subscribe));
	AWAIT(&done, 2);
	return client;
}

static void disconnect_async(MQTTAsync client)
{
	MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer5;

	options.onSuccess5 = on_success;
	EXPECT(0, MQTTAsync_disconnect(client, &options));
	AWAIT(&done, 3);
	MQTTAsync_destroy(&client);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	MQTTAsync async = connect_async(uri);
	MQTTClient client = connected_client(uri, "sync", MQTTVERSION_5);
	int i;

	EXPECT(0, subscribe_any(client, MQTTVERSION_5, "beside/#", 1));
	for (i = 1; i <= 20; ++i)
	{
		MQTTClient_message message = MQTTClient_message_initializer, *received = NULL;
		MQTTAsync_message other = MQTTAsync_message_initializer;
		MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
		char *topic = NULL;
		int length, n;

		message.payload = other.payload = "x";
		message.payloadlen = other.payloadlen = 1;
		message.qos = other.qos = i % 2;
		add_text(&message.properties);
		add_text(&other.properties);
		MQTTResponse_free(MQTTClient_publishMessage5(client, "beside/sync", &message, NULL));
		response.properties = other.properties;
		EXPECT(0, MQTTAsync_sendMessage(async, "beside/async", &other, &response));
		MQTTProperties_free(&message.properties);
		MQTTProperties_free(&other.properties);
		for (n = 0; n < 2; ++n)
		{
			EXPECT(0, MQTTClient_receive(client, &topic, &length, &received, PATIENCE));
			REQUIRE(received != NULL);
			EXPECT(1, MQTTProperties_propertyCount(&received->properties, MQTTPROPERTY_CODE_USER_PROPERTY));
			MQTTClient_freeMessage(&received);
			MQTTClient_free(topic);
		}
		AWAIT(&async_arrived, 2 * i);
	}
	disconnect_async(async);
	end_client(client);
	return 0;
}
