/* Calls each function of the headers once, none of them with anything to do. */

#include "support.h"

int main(void)
{
	MQTTClient client = NULL;
	MQTTClient other = NULL;
	MQTTClient_createOptions options = MQTTClient_createOptions_initializer;
	MQTTClient_connectOptions connect = MQTTClient_connectOptions_initializer;
	MQTTClient_message wanted = MQTTClient_message_initializer;
	MQTTClient_init_options init = MQTTClient_init_options_initializer;
	MQTTProperties list = MQTTProperties_initializer, copy;
	MQTTProperty property;
	MQTTResponse response = MQTTResponse_initializer;
	MQTTClient_message *message = NULL;
	int *tokens = NULL;
	char *topic = NULL;
	char *topics[] = { "a" };
	int length = 0, qos = 0;

	EXPECT(0, MQTTClient_create(&client, "tcp://127.0.0.1:1", "every", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	EXPECT(MQTTCLIENT_NULL_PARAMETER, MQTTClient_createWithOptions(&other, NULL, "b", MQTTCLIENT_PERSISTENCE_NONE, NULL, &options));
	MQTTClient_global_init(&init);
	REQUIRE(MQTTClient_getVersionInfo() != NULL);
	MQTTClient_setTraceLevel(MQTTCLIENT_TRACE_MINIMUM);
	MQTTClient_setTraceCallback(NULL);
	EXPECT(MQTTCLIENT_NULL_PARAMETER, MQTTClient_connect(client, NULL));
	(void)MQTTClient_connect5(client, &connect, NULL, NULL);
	EXPECT(0, MQTTClient_isConnected(client));
	EXPECT(-1, MQTTClient_setCallbacks(client, NULL, NULL, NULL, NULL));
	EXPECT(0, MQTTClient_setDisconnected(client, NULL, NULL));
	EXPECT(0, MQTTClient_setPublished(client, NULL, NULL));
	EXPECT(-1, MQTTClient_setCommandTimeout(client, 1));
	EXPECT(-3, MQTTClient_subscribe(client, "a", 0));
	(void)MQTTClient_subscribe5(client, "a", 0, NULL, NULL);
	(void)MQTTClient_subscribeMany(client, 1, topics, &qos);
	(void)MQTTClient_subscribeMany5(client, 1, topics, &qos, NULL, NULL);
	EXPECT(-3, MQTTClient_unsubscribe(client, "a"));
	(void)MQTTClient_unsubscribe5(client, "a", NULL);
	(void)MQTTClient_unsubscribeMany(client, 1, topics);
	(void)MQTTClient_unsubscribeMany5(client, 1, topics, NULL);
	EXPECT(-3, MQTTClient_publish(client, "a", 1, "x", 0, 0, NULL));
	(void)MQTTClient_publish5(client, "a", 1, "x", 0, 0, NULL, NULL);
	EXPECT(MQTTCLIENT_NULL_PARAMETER, MQTTClient_publishMessage(client, "a", NULL, NULL));
	(void)MQTTClient_publishMessage5(client, "a", &wanted, NULL);
	EXPECT(-1, MQTTClient_waitForCompletion(client, 1, 0));
	EXPECT(0, MQTTClient_getPendingDeliveryTokens(client, &tokens));
	EXPECT(-3, MQTTClient_receive(client, &topic, &length, &message, 1));
	MQTTClient_yield();
	MQTTClient_setCallbackTurn(1000);
	EXPECT(0, MQTTClient_disconnect(client, 0));
	EXPECT(0, MQTTClient_disconnect5(client, 0, MQTTREASONCODE_SUCCESS, NULL));
	MQTTClient_freeMessage(&message);
	MQTTClient_free(MQTTClient_malloc(1));
	MQTTResponse_free(response);
	REQUIRE(MQTTClient_strerror(-1) != NULL);
	REQUIRE(MQTTReasonCode_toString(MQTTREASONCODE_SUCCESS) != NULL);
	REQUIRE(MQTTPropertyName(MQTTPROPERTY_CODE_RECEIVE_MAXIMUM) != NULL);
	REQUIRE(MQTTProperty_getType(MQTTPROPERTY_CODE_RECEIVE_MAXIMUM) == MQTTPROPERTY_TYPE_TWO_BYTE_INTEGER);
	property.identifier = MQTTPROPERTY_CODE_RECEIVE_MAXIMUM;
	property.value.integer2 = 7;
	EXPECT(0, MQTTProperties_add(&list, &property));
	copy = MQTTProperties_copy(&list);
	EXPECT(1, MQTTProperties_hasProperty(&copy, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM));
	EXPECT(1, MQTTProperties_propertyCount(&copy, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM));
	REQUIRE(MQTTProperties_getProperty(&copy, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM) != NULL);
	REQUIRE(MQTTProperties_getPropertyAt(&copy, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, 0) != NULL);
	REQUIRE(MQTTProperties_getNumericValue(&copy, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM) == 7);
	REQUIRE(MQTTProperties_getNumericValueAt(&copy, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, 0) == 7);
	MQTTProperties_free(&copy);
	MQTTProperties_free(&list);
	MQTTClient_destroy(&client);
	return 0;
}
