/* Calls each function of MQTTAsync.h and of the headers with it once, none of them with anything to do. */

#include "common.h"

#include "MQTTAsync.h"

int main(void)
{
	MQTTAsync client = NULL;
	MQTTAsync other = NULL;
	MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
	MQTTAsync_connectOptions connect = MQTTAsync_connectOptions_initializer;
	MQTTAsync_message wanted = MQTTAsync_message_initializer;
	MQTTAsync_init_options init = MQTTAsync_init_options_initializer;
	MQTTProperties list = MQTTProperties_initializer, copy;
	MQTTProperty property;
	MQTTAsync_message *message = NULL;
	MQTTAsync_token *tokens = NULL;
	char *topics[] = { "a" };
	int qos = 0;

	EXPECT(0, MQTTAsync_create(&client, "tcp://127.0.0.1:1", "every", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	EXPECT(MQTTASYNC_NULL_PARAMETER, MQTTAsync_createWithOptions(&other, NULL, "b", MQTTCLIENT_PERSISTENCE_NONE, NULL, &options));
	MQTTAsync_global_init(&init);
	REQUIRE(MQTTAsync_getVersionInfo() != NULL);
	MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_MINIMUM);
	MQTTAsync_setTraceCallback(NULL);
	EXPECT(-1, MQTTAsync_setCallbacks(client, NULL, NULL, NULL, NULL));
	EXPECT(0, MQTTAsync_setConnectionLostCallback(client, NULL, NULL));
	EXPECT(-1, MQTTAsync_setMessageArrivedCallback(client, NULL, NULL));
	EXPECT(0, MQTTAsync_setDeliveryCompleteCallback(client, NULL, NULL));
	EXPECT(0, MQTTAsync_setConnected(client, NULL, NULL));
	EXPECT(0, MQTTAsync_setDisconnected(client, NULL, NULL));
	EXPECT(0, MQTTAsync_setUpdateConnectOptions(client, NULL, NULL));
	EXPECT(0, MQTTAsync_setBeforePersistenceWrite(client, NULL, NULL));
	EXPECT(0, MQTTAsync_setAfterPersistenceRead(client, NULL, NULL));
	EXPECT(0, MQTTAsync_isConnected(client));
	EXPECT(-3, MQTTAsync_subscribe(client, "a", 0, NULL));
	EXPECT(-3, MQTTAsync_subscribeMany(client, 1, topics, &qos, NULL));
	EXPECT(-3, MQTTAsync_unsubscribe(client, "a", NULL));
	EXPECT(-3, MQTTAsync_unsubscribeMany(client, 1, topics, NULL));
	EXPECT(-3, MQTTAsync_send(client, "a", 1, "x", 0, 0, NULL));
	EXPECT(-3, MQTTAsync_sendMessage(client, "a", &wanted, NULL));
	EXPECT(MQTTASYNC_NULL_PARAMETER, MQTTAsync_sendMessage(client, "a", NULL, NULL));
	EXPECT(1, MQTTAsync_isComplete(client, 1));
	EXPECT(-3, MQTTAsync_waitForCompletion(client, 1, 0));
	EXPECT(0, MQTTAsync_getPendingTokens(client, &tokens));
	REQUIRE(tokens == NULL);
	EXPECT(-1, MQTTAsync_reconnect(client));
	EXPECT(-3, MQTTAsync_disconnect(client, NULL));
	EXPECT(MQTTASYNC_NULL_PARAMETER, MQTTAsync_connect(client, NULL));
	EXPECT(0, MQTTAsync_connect(client, &connect));
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(MQTTAsync_malloc(1));
	REQUIRE(MQTTAsync_strerror(-1) != NULL);
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
	MQTTAsync_destroy(&client);
	REQUIRE(client == NULL);
	return 0;
}
