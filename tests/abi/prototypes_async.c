/*
 * The functions of the asynchronous API in 1.3.15 with their types: compiling this is the test. Those that both APIs have
 * are in prototypes.c.
 */

#include "MQTTAsync.h"

static int (*const p_MQTTAsync_connect)(MQTTAsync, const MQTTAsync_connectOptions *) = MQTTAsync_connect;
static int (*const p_MQTTAsync_create)(MQTTAsync *, const char *, const char *, int, void *) = MQTTAsync_create;
static int (*const p_MQTTAsync_createWithOptions)(MQTTAsync *, const char *, const char *, int, void *, MQTTAsync_createOptions *) = MQTTAsync_createWithOptions;
static void (*const p_MQTTAsync_destroy)(MQTTAsync *) = MQTTAsync_destroy;
static int (*const p_MQTTAsync_disconnect)(MQTTAsync, const MQTTAsync_disconnectOptions *) = MQTTAsync_disconnect;
static void (*const p_MQTTAsync_free)(void *) = MQTTAsync_free;
static void (*const p_MQTTAsync_freeMessage)(MQTTAsync_message **) = MQTTAsync_freeMessage;
static int (*const p_MQTTAsync_getPendingTokens)(MQTTAsync, MQTTAsync_token **) = MQTTAsync_getPendingTokens;
static MQTTAsync_nameValue *(*const p_MQTTAsync_getVersionInfo)(void) = MQTTAsync_getVersionInfo;
static void (*const p_MQTTAsync_global_init)(MQTTAsync_init_options *) = MQTTAsync_global_init;
static int (*const p_MQTTAsync_isComplete)(MQTTAsync, MQTTAsync_token) = MQTTAsync_isComplete;
static int (*const p_MQTTAsync_isConnected)(MQTTAsync) = MQTTAsync_isConnected;
static void *(*const p_MQTTAsync_malloc)(size_t) = MQTTAsync_malloc;
static int (*const p_MQTTAsync_reconnect)(MQTTAsync) = MQTTAsync_reconnect;
static int (*const p_MQTTAsync_send)(MQTTAsync, const char *, int, const void *, int, int, MQTTAsync_responseOptions *) = MQTTAsync_send;
static int (*const p_MQTTAsync_sendMessage)(MQTTAsync, const char *, const MQTTAsync_message *, MQTTAsync_responseOptions *) = MQTTAsync_sendMessage;
static int (*const p_MQTTAsync_setAfterPersistenceRead)(MQTTAsync, void *, MQTTPersistence_afterRead *) = MQTTAsync_setAfterPersistenceRead;
static int (*const p_MQTTAsync_setBeforePersistenceWrite)(MQTTAsync, void *, MQTTPersistence_beforeWrite *) = MQTTAsync_setBeforePersistenceWrite;
static int (*const p_MQTTAsync_setCallbacks)(MQTTAsync, void *, MQTTAsync_connectionLost *, MQTTAsync_messageArrived *, MQTTAsync_deliveryComplete *) = MQTTAsync_setCallbacks;
static int (*const p_MQTTAsync_setConnected)(MQTTAsync, void *, MQTTAsync_connected *) = MQTTAsync_setConnected;
static int (*const p_MQTTAsync_setConnectionLostCallback)(MQTTAsync, void *, MQTTAsync_connectionLost *) = MQTTAsync_setConnectionLostCallback;
static int (*const p_MQTTAsync_setDeliveryCompleteCallback)(MQTTAsync, void *, MQTTAsync_deliveryComplete *) = MQTTAsync_setDeliveryCompleteCallback;
static int (*const p_MQTTAsync_setDisconnected)(MQTTAsync, void *, MQTTAsync_disconnected *) = MQTTAsync_setDisconnected;
static int (*const p_MQTTAsync_setMessageArrivedCallback)(MQTTAsync, void *, MQTTAsync_messageArrived *) = MQTTAsync_setMessageArrivedCallback;
static void (*const p_MQTTAsync_setTraceCallback)(MQTTAsync_traceCallback *) = MQTTAsync_setTraceCallback;
static void (*const p_MQTTAsync_setTraceLevel)(enum MQTTASYNC_TRACE_LEVELS) = MQTTAsync_setTraceLevel;
static int (*const p_MQTTAsync_setUpdateConnectOptions)(MQTTAsync, void *, MQTTAsync_updateConnectOptions *) = MQTTAsync_setUpdateConnectOptions;
static const char *(*const p_MQTTAsync_strerror)(int) = MQTTAsync_strerror;
static int (*const p_MQTTAsync_subscribe)(MQTTAsync, const char *, int, MQTTAsync_responseOptions *) = MQTTAsync_subscribe;
static int (*const p_MQTTAsync_subscribeMany)(MQTTAsync, int, char * const *, const int *, MQTTAsync_responseOptions *) = MQTTAsync_subscribeMany;
static int (*const p_MQTTAsync_unsubscribe)(MQTTAsync, const char *, MQTTAsync_responseOptions *) = MQTTAsync_unsubscribe;
static int (*const p_MQTTAsync_unsubscribeMany)(MQTTAsync, int, char * const *, MQTTAsync_responseOptions *) = MQTTAsync_unsubscribeMany;
static int (*const p_MQTTAsync_waitForCompletion)(MQTTAsync, MQTTAsync_token, unsigned long) = MQTTAsync_waitForCompletion;

int main(void)
{
    const void *const used[] = {
        (const void *)&p_MQTTAsync_connect,
        (const void *)&p_MQTTAsync_create,
        (const void *)&p_MQTTAsync_createWithOptions,
        (const void *)&p_MQTTAsync_destroy,
        (const void *)&p_MQTTAsync_disconnect,
        (const void *)&p_MQTTAsync_free,
        (const void *)&p_MQTTAsync_freeMessage,
        (const void *)&p_MQTTAsync_getPendingTokens,
        (const void *)&p_MQTTAsync_getVersionInfo,
        (const void *)&p_MQTTAsync_global_init,
        (const void *)&p_MQTTAsync_isComplete,
        (const void *)&p_MQTTAsync_isConnected,
        (const void *)&p_MQTTAsync_malloc,
        (const void *)&p_MQTTAsync_reconnect,
        (const void *)&p_MQTTAsync_send,
        (const void *)&p_MQTTAsync_sendMessage,
        (const void *)&p_MQTTAsync_setAfterPersistenceRead,
        (const void *)&p_MQTTAsync_setBeforePersistenceWrite,
        (const void *)&p_MQTTAsync_setCallbacks,
        (const void *)&p_MQTTAsync_setConnected,
        (const void *)&p_MQTTAsync_setConnectionLostCallback,
        (const void *)&p_MQTTAsync_setDeliveryCompleteCallback,
        (const void *)&p_MQTTAsync_setDisconnected,
        (const void *)&p_MQTTAsync_setMessageArrivedCallback,
        (const void *)&p_MQTTAsync_setTraceCallback,
        (const void *)&p_MQTTAsync_setTraceLevel,
        (const void *)&p_MQTTAsync_setUpdateConnectOptions,
        (const void *)&p_MQTTAsync_strerror,
        (const void *)&p_MQTTAsync_subscribe,
        (const void *)&p_MQTTAsync_subscribeMany,
        (const void *)&p_MQTTAsync_unsubscribe,
        (const void *)&p_MQTTAsync_unsubscribeMany,
        (const void *)&p_MQTTAsync_waitForCompletion,
    };
    return sizeof(used) == 0;
}
