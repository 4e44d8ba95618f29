/* MQTT 5: properties travel in both directions, subscribe options act, reason codes come back. Argument: uri. */

#include "support.h"

static void add_number(MQTTProperties *properties, enum MQTTPropertyCodes id, unsigned int value)
{
	MQTTProperty property;

	memset(&property, 0, sizeof(property));
	property.identifier = id;
	if (MQTTProperty_getType(id) == MQTTPROPERTY_TYPE_BYTE)
		property.value.byte = (unsigned char)value;
	else if (MQTTProperty_getType(id) == MQTTPROPERTY_TYPE_TWO_BYTE_INTEGER)
		property.value.integer2 = (unsigned short)value;
	else
		property.value.integer4 = value;
	EXPECT(0, MQTTProperties_add(properties, &property));
}

static void add_text(MQTTProperties *properties, enum MQTTPropertyCodes id, const char *text, const char *value)
{
	MQTTProperty property;

	memset(&property, 0, sizeof(property));
	property.identifier = id;
	property.value.data.data = (char *)text;
	property.value.data.len = (int)strlen(text);
	if (value != NULL)
	{
		property.value.value.data = (char *)value;
		property.value.value.len = (int)strlen(value);
	}
	EXPECT(0, MQTTProperties_add(properties, &property));
}

static void show(const MQTTProperties *properties)
{
	int i;

	for (i = 0; i < properties->count; ++i)
	{
		const MQTTProperty *property = &properties->array[i];
		const char *name = MQTTPropertyName(property->identifier);

		switch (MQTTProperty_getType(property->identifier))
		{
		case MQTTPROPERTY_TYPE_BYTE:
			say("  %s %d", name, property->value.byte);
			break;
		case MQTTPROPERTY_TYPE_TWO_BYTE_INTEGER:
			say("  %s %d", name, property->value.integer2);
			break;
		case MQTTPROPERTY_TYPE_FOUR_BYTE_INTEGER:
		case MQTTPROPERTY_TYPE_VARIABLE_BYTE_INTEGER:
			say("  %s %u", name, property->value.integer4);
			break;
		case MQTTPROPERTY_TYPE_UTF_8_STRING_PAIR:
			say("  %s %.*s=%.*s", name, property->value.data.len, property->value.data.data, property->value.value.len,
					property->value.value.data);
			break;
		default:
			say("  %s %.*s", name, property->value.data.len, property->value.data.data);
		}
	}
}

static void receive_and_show(MQTTClient client)
{
	char *topic = NULL;
	int length = 0;
	MQTTClient_message *message = NULL;

	EXPECT(0, MQTTClient_receive(client, &topic, &length, &message, PATIENCE));
	REQUIRE(message != NULL);
	EXPECT(1, message->struct_version);
	say("message: %s qos %d retained %d: %.*s", topic, message->qos, message->retained, message->payloadlen,
			(char *)message->payload);
	show(&message->properties);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	MQTTClient client = new_client(uri, "", MQTTVERSION_5);
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer5;
	MQTTProperties connect_properties = MQTTProperties_initializer;
	MQTTProperties subscribe_properties = MQTTProperties_initializer;
	MQTTSubscribe_options subscribe_options[2] = { MQTTSubscribe_options_initializer, MQTTSubscribe_options_initializer };
	MQTTClient_message message = MQTTClient_message_initializer;
	MQTTClient_deliveryToken token = 0;
	char *filters[] = { "prop/one", "prop/two" };
	int qos[] = { 2, 1 };
	MQTTResponse response;

	add_number(&connect_properties, MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, 100);
	add_number(&connect_properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, 20);
	add_text(&connect_properties, MQTTPROPERTY_CODE_USER_PROPERTY, "who", "a test");
	response = MQTTClient_connect5(client, &options, &connect_properties, NULL);
	EXPECT(0, response.reasonCode);
	REQUIRE(response.properties != NULL);
	/* Property 18: its name is spelt differently in older headers. */
	say("connect: identifier assigned: %d", MQTTProperties_hasProperty(response.properties, (enum MQTTPropertyCodes)18));
	MQTTResponse_free(response);
	MQTTProperties_free(&connect_properties);

	add_number(&subscribe_properties, MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER, 23);
	subscribe_options[0].retainAsPublished = 1;
	subscribe_options[1].noLocal = 1;
	response = MQTTClient_subscribeMany5(client, 2, filters, qos, subscribe_options, &subscribe_properties);
	REQUIRE(response.reasonCodeCount == 2);
	say("subscribeMany5: %d %d", response.reasonCodes[0], response.reasonCodes[1]);
	MQTTResponse_free(response);
	MQTTProperties_free(&subscribe_properties);

	message.payload = "with properties";
	message.payloadlen = 15;
	message.qos = 2;
	message.retained = 1;
	add_number(&message.properties, MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR, 1);
	add_text(&message.properties, MQTTPROPERTY_CODE_CONTENT_TYPE, "text/plain", NULL);
	add_text(&message.properties, MQTTPROPERTY_CODE_RESPONSE_TOPIC, "answers/here", NULL);
	add_text(&message.properties, MQTTPROPERTY_CODE_CORRELATION_DATA, "c-17", NULL);
	add_text(&message.properties, MQTTPROPERTY_CODE_USER_PROPERTY, "first", "1");
	add_text(&message.properties, MQTTPROPERTY_CODE_USER_PROPERTY, "second", "2");
	/* noLocal: what this client publishes to prop/two does not come back. */
	response = MQTTClient_publishMessage5(client, "prop/two", &message, &token);
	EXPECT(0, response.reasonCode);
	MQTTResponse_free(response);
	EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
	response = MQTTClient_publishMessage5(client, "prop/one", &message, &token);
	EXPECT(0, response.reasonCode);
	MQTTResponse_free(response);
	receive_and_show(client);
	EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
	MQTTProperties_free(&message.properties);

	response = MQTTClient_unsubscribe5(client, "prop/one", NULL);
	say("unsubscribe5: %d", response.reasonCode);
	MQTTResponse_free(response);
	response = MQTTClient_unsubscribe5(client, "prop/never", NULL);
	say("unsubscribe5 of no subscription: %s", MQTTReasonCode_toString(response.reasonCode));
	MQTTResponse_free(response);

	EXPECT(0, MQTTClient_disconnect5(client, 1000, MQTTREASONCODE_NORMAL_DISCONNECTION, NULL));
	MQTTClient_destroy(&client);
	return 0;
}
