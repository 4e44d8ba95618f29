/* A NUL stands behind each payload, topic and property text that the program gets, whatever was in that memory before.
 *
 * Arguments: uri, version (4 or 5), mode (callback or receive). */

#include <malloc.h>

#include "support.h"

#define MESSAGES 80

static struct counter arrived = COUNTER_INITIALIZER;
static int version;

static void check_text(const MQTTLenString *text)
{
	REQUIRE(text->data != NULL && text->data[text->len] == '\0');
}

static void check_properties(const MQTTProperties *properties, int texts)
{
	int i;

	for (i = 0; i < properties->count; ++i)
	{
		const MQTTProperty *property = &properties->array[i];
		int type = MQTTProperty_getType(property->identifier);

		if (type < MQTTPROPERTY_TYPE_BINARY_DATA)
			continue;
		check_text(&property->value.data);
		texts--;
		if (type == MQTTPROPERTY_TYPE_UTF_8_STRING_PAIR)
			check_text(&property->value.value);
	}
	REQUIRE(texts <= 0);
}

static void check_message(const char *topic, const MQTTClient_message *message)
{
	MQTTProperties copy;

	REQUIRE(strcmp(topic, "text/of/any/length") == 0);
	REQUIRE(((const char *)message->payload)[message->payloadlen] == '\0');
	REQUIRE(strlen(message->payload) == (size_t)message->payloadlen);
	if (version < MQTTVERSION_5)
		return;
	check_properties(&message->properties, 3);
	copy = MQTTProperties_copy(&message->properties);
	check_properties(&copy, 3);
	MQTTProperties_free(&copy);
}

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	check_message(topic, message);
	counter_raise(&arrived);
	return forget_message(context, topic, length, message);
}

static void add_text(MQTTProperties *properties, enum MQTTPropertyCodes id, int length)
{
	static char text[MESSAGES + 1];
	MQTTProperty property;

	memset(text, 'p', sizeof(text));
	memset(&property, 0, sizeof(property));
	property.identifier = id;
	property.value.data.data = property.value.value.data = text;
	property.value.data.len = property.value.value.len = length;
	EXPECT(0, MQTTProperties_add(properties, &property));
}

static void publish_text(MQTTClient client, int length)
{
	MQTTClient_message message = MQTTClient_message_initializer;
	char text[MESSAGES];
	MQTTResponse response;

	memset(text, 'x', sizeof(text));
	message.payload = text;
	message.payloadlen = length;
	message.qos = length % 3;
	if (version < MQTTVERSION_5)
	{
		EXPECT(0, MQTTClient_publishMessage(client, "text/of/any/length", &message, NULL));
		return;
	}
	add_text(&message.properties, MQTTPROPERTY_CODE_CONTENT_TYPE, length);
	add_text(&message.properties, MQTTPROPERTY_CODE_CORRELATION_DATA, length);
	add_text(&message.properties, MQTTPROPERTY_CODE_USER_PROPERTY, length);
	response = MQTTClient_publishMessage5(client, "text/of/any/length", &message, NULL);
	EXPECT(0, response.reasonCode);
	MQTTResponse_free(response);
	MQTTProperties_free(&message.properties);
}

static void receive_one(MQTTClient client)
{
	MQTTClient_message *message = NULL;
	char *topic = NULL;
	int length = 0;

	EXPECT(0, MQTTClient_receive(client, &topic, &length, &message, PATIENCE));
	REQUIRE(message != NULL && strlen(topic) == (size_t)length);
	check_message(topic, message);
	forget_message(NULL, topic, length, message);
}

static void connect_and_check(MQTTClient client)
{
	MQTTClient_connectOptions options = clean_options(version);
	MQTTResponse response;

	if (version < MQTTVERSION_5)
	{
		EXPECT(0, MQTTClient_connect(client, &options));
		return;
	}
	response = MQTTClient_connect5(client, &options, NULL, NULL);
	EXPECT(0, response.reasonCode);
	/* The server chose the client identifier. */
	check_properties(response.properties, 1);
	MQTTResponse_free(response);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int callbacks, i;
	MQTTClient client;

	/* From now on fresh memory is full of 0x5a. */
	mallopt(M_PERTURB, 0xa5);
	version = atoi(argument(argc, argv, 2));
	callbacks = strcmp(argument(argc, argv, 3), "callback") == 0;
	client = new_client(uri, "", version);
	if (callbacks)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, on_message, NULL));
	connect_and_check(client);
	EXPECT(0, subscribe_any(client, version, "text/#", 2));
	for (i = 0; i < MESSAGES; ++i)
	{
		publish_text(client, i);
		if (callbacks)
			AWAIT(&arrived, i + 1);
		else
			receive_one(client);
	}
	end_client(client);
	return 0;
}
