/*
 * The functions of 1.3.15 with their types: compiling this is the test.
 */

#include "MQTTClient.h"

static int (*const p_MQTTProperties_add)(MQTTProperties *, const MQTTProperty *) = MQTTProperties_add;
static MQTTProperties (*const p_MQTTProperties_copy)(const MQTTProperties *) = MQTTProperties_copy;
static void (*const p_MQTTProperties_free)(MQTTProperties *) = MQTTProperties_free;
static int64_t (*const p_MQTTProperties_getNumericValue)(const MQTTProperties *, enum MQTTPropertyCodes) = MQTTProperties_getNumericValue;
static int64_t (*const p_MQTTProperties_getNumericValueAt)(const MQTTProperties *, enum MQTTPropertyCodes, int) = MQTTProperties_getNumericValueAt;
static MQTTProperty *(*const p_MQTTProperties_getProperty)(const MQTTProperties *, enum MQTTPropertyCodes) = MQTTProperties_getProperty;
static MQTTProperty *(*const p_MQTTProperties_getPropertyAt)(const MQTTProperties *, enum MQTTPropertyCodes, int) = MQTTProperties_getPropertyAt;
static int (*const p_MQTTProperties_hasProperty)(const MQTTProperties *, enum MQTTPropertyCodes) = MQTTProperties_hasProperty;
static int (*const p_MQTTProperties_propertyCount)(const MQTTProperties *, enum MQTTPropertyCodes) = MQTTProperties_propertyCount;
static const char *(*const p_MQTTPropertyName)(enum MQTTPropertyCodes) = MQTTPropertyName;
static int (*const p_MQTTProperty_getType)(enum MQTTPropertyCodes) = MQTTProperty_getType;
static const char *(*const p_MQTTReasonCode_toString)(enum MQTTReasonCodes) = MQTTReasonCode_toString;
static int (*const p_MQTTClient_connect)(MQTTClient, MQTTClient_connectOptions *) = MQTTClient_connect;
static MQTTResponse (*const p_MQTTClient_connect5)(MQTTClient, MQTTClient_connectOptions *, MQTTProperties *, MQTTProperties *) = MQTTClient_connect5;
static int (*const p_MQTTClient_create)(MQTTClient *, const char *, const char *, int, void *) = MQTTClient_create;
static int (*const p_MQTTClient_createWithOptions)(MQTTClient *, const char *, const char *, int, void *, MQTTClient_createOptions *) = MQTTClient_createWithOptions;
static void (*const p_MQTTClient_destroy)(MQTTClient *) = MQTTClient_destroy;
static int (*const p_MQTTClient_disconnect)(MQTTClient, int) = MQTTClient_disconnect;
static int (*const p_MQTTClient_disconnect5)(MQTTClient, int, enum MQTTReasonCodes, MQTTProperties *) = MQTTClient_disconnect5;
static void (*const p_MQTTClient_free)(void *) = MQTTClient_free;
static void (*const p_MQTTClient_freeMessage)(MQTTClient_message **) = MQTTClient_freeMessage;
static int (*const p_MQTTClient_getPendingDeliveryTokens)(MQTTClient, MQTTClient_deliveryToken **) = MQTTClient_getPendingDeliveryTokens;
static MQTTClient_nameValue *(*const p_MQTTClient_getVersionInfo)(void) = MQTTClient_getVersionInfo;
static void (*const p_MQTTClient_global_init)(MQTTClient_init_options *) = MQTTClient_global_init;
static int (*const p_MQTTClient_isConnected)(MQTTClient) = MQTTClient_isConnected;
static void *(*const p_MQTTClient_malloc)(size_t) = MQTTClient_malloc;
static int (*const p_MQTTClient_publish)(MQTTClient, const char *, int, const void *, int, int, MQTTClient_deliveryToken *) = MQTTClient_publish;
static MQTTResponse (*const p_MQTTClient_publish5)(MQTTClient, const char *, int, const void *, int, int, MQTTProperties *, MQTTClient_deliveryToken *) = MQTTClient_publish5;
static int (*const p_MQTTClient_publishMessage)(MQTTClient, const char *, MQTTClient_message *, MQTTClient_deliveryToken *) = MQTTClient_publishMessage;
static MQTTResponse (*const p_MQTTClient_publishMessage5)(MQTTClient, const char *, MQTTClient_message *, MQTTClient_deliveryToken *) = MQTTClient_publishMessage5;
static int (*const p_MQTTClient_receive)(MQTTClient, char **, int *, MQTTClient_message **, unsigned long) = MQTTClient_receive;
static int (*const p_MQTTClient_setCallbacks)(MQTTClient, void *, MQTTClient_connectionLost *, MQTTClient_messageArrived *, MQTTClient_deliveryComplete *) = MQTTClient_setCallbacks;
static int (*const p_MQTTClient_setCommandTimeout)(MQTTClient, unsigned long) = MQTTClient_setCommandTimeout;
static int (*const p_MQTTClient_setDisconnected)(MQTTClient, void *, MQTTClient_disconnected *) = MQTTClient_setDisconnected;
static int (*const p_MQTTClient_setPublished)(MQTTClient, void *, MQTTClient_published *) = MQTTClient_setPublished;
static void (*const p_MQTTClient_setTraceCallback)(MQTTClient_traceCallback *) = MQTTClient_setTraceCallback;
static void (*const p_MQTTClient_setTraceLevel)(enum MQTTCLIENT_TRACE_LEVELS) = MQTTClient_setTraceLevel;
static const char *(*const p_MQTTClient_strerror)(int) = MQTTClient_strerror;
static int (*const p_MQTTClient_subscribe)(MQTTClient, const char *, int) = MQTTClient_subscribe;
static MQTTResponse (*const p_MQTTClient_subscribe5)(MQTTClient, const char *, int, MQTTSubscribe_options *, MQTTProperties *) = MQTTClient_subscribe5;
static int (*const p_MQTTClient_subscribeMany)(MQTTClient, int, char * const *, int *) = MQTTClient_subscribeMany;
static MQTTResponse (*const p_MQTTClient_subscribeMany5)(MQTTClient, int, char * const *, int *, MQTTSubscribe_options *, MQTTProperties *) = MQTTClient_subscribeMany5;
static int (*const p_MQTTClient_unsubscribe)(MQTTClient, const char *) = MQTTClient_unsubscribe;
static MQTTResponse (*const p_MQTTClient_unsubscribe5)(MQTTClient, const char *, MQTTProperties *) = MQTTClient_unsubscribe5;
static int (*const p_MQTTClient_unsubscribeMany)(MQTTClient, int, char * const *) = MQTTClient_unsubscribeMany;
static MQTTResponse (*const p_MQTTClient_unsubscribeMany5)(MQTTClient, int, char * const *, MQTTProperties *) = MQTTClient_unsubscribeMany5;
static int (*const p_MQTTClient_waitForCompletion)(MQTTClient, MQTTClient_deliveryToken, unsigned long) = MQTTClient_waitForCompletion;
static void (*const p_MQTTClient_yield)(void) = MQTTClient_yield;
static void (*const p_MQTTResponse_free)(MQTTResponse) = MQTTResponse_free;

int main(void)
{
    const void *const used[] = {
        (const void *)&p_MQTTProperties_add,
        (const void *)&p_MQTTProperties_copy,
        (const void *)&p_MQTTProperties_free,
        (const void *)&p_MQTTProperties_getNumericValue,
        (const void *)&p_MQTTProperties_getNumericValueAt,
        (const void *)&p_MQTTProperties_getProperty,
        (const void *)&p_MQTTProperties_getPropertyAt,
        (const void *)&p_MQTTProperties_hasProperty,
        (const void *)&p_MQTTProperties_propertyCount,
        (const void *)&p_MQTTPropertyName,
        (const void *)&p_MQTTProperty_getType,
        (const void *)&p_MQTTReasonCode_toString,
        (const void *)&p_MQTTClient_connect,
        (const void *)&p_MQTTClient_connect5,
        (const void *)&p_MQTTClient_create,
        (const void *)&p_MQTTClient_createWithOptions,
        (const void *)&p_MQTTClient_destroy,
        (const void *)&p_MQTTClient_disconnect,
        (const void *)&p_MQTTClient_disconnect5,
        (const void *)&p_MQTTClient_free,
        (const void *)&p_MQTTClient_freeMessage,
        (const void *)&p_MQTTClient_getPendingDeliveryTokens,
        (const void *)&p_MQTTClient_getVersionInfo,
        (const void *)&p_MQTTClient_global_init,
        (const void *)&p_MQTTClient_isConnected,
        (const void *)&p_MQTTClient_malloc,
        (const void *)&p_MQTTClient_publish,
        (const void *)&p_MQTTClient_publish5,
        (const void *)&p_MQTTClient_publishMessage,
        (const void *)&p_MQTTClient_publishMessage5,
        (const void *)&p_MQTTClient_receive,
        (const void *)&p_MQTTClient_setCallbacks,
        (const void *)&p_MQTTClient_setCommandTimeout,
        (const void *)&p_MQTTClient_setDisconnected,
        (const void *)&p_MQTTClient_setPublished,
        (const void *)&p_MQTTClient_setTraceCallback,
        (const void *)&p_MQTTClient_setTraceLevel,
        (const void *)&p_MQTTClient_strerror,
        (const void *)&p_MQTTClient_subscribe,
        (const void *)&p_MQTTClient_subscribe5,
        (const void *)&p_MQTTClient_subscribeMany,
        (const void *)&p_MQTTClient_subscribeMany5,
        (const void *)&p_MQTTClient_unsubscribe,
        (const void *)&p_MQTTClient_unsubscribe5,
        (const void *)&p_MQTTClient_unsubscribeMany,
        (const void *)&p_MQTTClient_unsubscribeMany5,
        (const void *)&p_MQTTClient_waitForCompletion,
        (const void *)&p_MQTTClient_yield,
        (const void *)&p_MQTTResponse_free,
    };
    return sizeof(used) == 0;
}
