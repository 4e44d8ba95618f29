/*
 * Prints every size, offset, constant and initializer of the MQTTAsync family, as the headers have
 * them that this is compiled with. What MQTTClient.h has, too, is in listing.c. tests/abi.rs compares
 * what comes out under ours and under the distribution's (1.3.12).
 */

#include <string.h>

#include "MQTTAsync.h"
#include "print.h"

/* The members of each structure. M gets the structure and the member. */
#define MEMBERS_MQTTAsync_nameValue(M, S) \
    M(S, name) M(S, value)
#define MEMBERS_MQTTAsync_init_options(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, do_openssl_init)
#define MEMBERS_MQTTAsync_message(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, payloadlen) M(S, payload) M(S, qos) \
    M(S, retained) M(S, dup) M(S, msgid) M(S, properties)
#define MEMBERS_MQTTAsync_willOptions(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, topicName) M(S, message) M(S, retained) \
    M(S, qos) M(S, payload) M(S, payload.len) M(S, payload.data)
#define MEMBERS_MQTTAsync_SSLOptions(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, trustStore) M(S, keyStore) M(S, privateKey) \
    M(S, privateKeyPassword) M(S, enabledCipherSuites) M(S, enableServerCertAuth) \
    M(S, sslVersion) M(S, verify) M(S, CApath) M(S, ssl_error_cb) M(S, ssl_error_context) \
    M(S, ssl_psk_cb) M(S, ssl_psk_context) M(S, disableDefaultTrustStore) M(S, protos) \
    M(S, protos_len)
#define MEMBERS_MQTTAsync_createOptions(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, sendWhileDisconnected) M(S, maxBufferedMessages) \
    M(S, MQTTVersion) M(S, allowDisconnectedSendAtAnyTime) M(S, deleteOldestMessages) \
    M(S, restoreMessages) M(S, persistQoS0)
#define MEMBERS_MQTTAsync_connectOptions(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, keepAliveInterval) M(S, cleansession) \
    M(S, maxInflight) M(S, will) M(S, username) M(S, password) M(S, connectTimeout) \
    M(S, retryInterval) M(S, ssl) M(S, onSuccess) M(S, onFailure) M(S, context) \
    M(S, serverURIcount) M(S, serverURIs) M(S, MQTTVersion) M(S, automaticReconnect) \
    M(S, minRetryInterval) M(S, maxRetryInterval) M(S, binarypwd) M(S, binarypwd.len) \
    M(S, binarypwd.data) M(S, cleanstart) M(S, connectProperties) M(S, willProperties) \
    M(S, onSuccess5) M(S, onFailure5) M(S, httpHeaders) M(S, httpProxy) M(S, httpsProxy)
#define MEMBERS_MQTTAsync_disconnectOptions(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, timeout) M(S, onSuccess) M(S, onFailure) \
    M(S, context) M(S, properties) M(S, reasonCode) M(S, onSuccess5) M(S, onFailure5)
#define MEMBERS_MQTTAsync_responseOptions(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, onSuccess) M(S, onFailure) M(S, context) \
    M(S, token) M(S, onSuccess5) M(S, onFailure5) M(S, properties) M(S, subscribeOptions) \
    M(S, subscribeOptionsCount) M(S, subscribeOptionsList)
#define MEMBERS_MQTTAsync_connectData(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, username) M(S, binarypwd) M(S, binarypwd.len) \
    M(S, binarypwd.data)
#define MEMBERS_MQTTAsync_failureData(M, S) \
    M(S, token) M(S, code) M(S, message)
#define MEMBERS_MQTTAsync_failureData5(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, token) M(S, reasonCode) M(S, properties) \
    M(S, code) M(S, message) M(S, packet_type)
#define MEMBERS_MQTTAsync_successData(M, S) \
    M(S, token) M(S, alt) M(S, alt.qos) M(S, alt.qosList) M(S, alt.pub) M(S, alt.pub.message) \
    M(S, alt.pub.destinationName) M(S, alt.connect) M(S, alt.connect.serverURI) \
    M(S, alt.connect.MQTTVersion) M(S, alt.connect.sessionPresent)
#define MEMBERS_MQTTAsync_successData5(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, token) M(S, reasonCode) M(S, properties) M(S, alt) \
    M(S, alt.sub) M(S, alt.sub.reasonCodeCount) M(S, alt.sub.reasonCodes) M(S, alt.pub) \
    M(S, alt.pub.message) M(S, alt.pub.destinationName) M(S, alt.connect) \
    M(S, alt.connect.serverURI) M(S, alt.connect.MQTTVersion) M(S, alt.connect.sessionPresent) \
    M(S, alt.unsub) M(S, alt.unsub.reasonCodeCount) M(S, alt.unsub.reasonCodes)
#define MEMBERS_MQTTAsync_callOptions MEMBERS_MQTTAsync_responseOptions

/* M gets a structure and one of its initializers. */
#define INITIALIZERS(M) \
    M(MQTTAsync_init_options, MQTTAsync_init_options_initializer) \
    M(MQTTAsync_message, MQTTAsync_message_initializer) \
    M(MQTTAsync_willOptions, MQTTAsync_willOptions_initializer) \
    M(MQTTAsync_SSLOptions, MQTTAsync_SSLOptions_initializer) \
    M(MQTTAsync_createOptions, MQTTAsync_createOptions_initializer) \
    M(MQTTAsync_createOptions, MQTTAsync_createOptions_initializer5) \
    M(MQTTAsync_connectOptions, MQTTAsync_connectOptions_initializer) \
    M(MQTTAsync_connectOptions, MQTTAsync_connectOptions_initializer5) \
    M(MQTTAsync_connectOptions, MQTTAsync_connectOptions_initializer_ws) \
    M(MQTTAsync_connectOptions, MQTTAsync_connectOptions_initializer5_ws) \
    M(MQTTAsync_disconnectOptions, MQTTAsync_disconnectOptions_initializer) \
    M(MQTTAsync_disconnectOptions, MQTTAsync_disconnectOptions_initializer5) \
    M(MQTTAsync_responseOptions, MQTTAsync_responseOptions_initializer) \
    M(MQTTAsync_callOptions, MQTTAsync_callOptions_initializer) \
    M(MQTTAsync_connectData, MQTTAsync_connectData_initializer) \
    M(MQTTAsync_failureData5, MQTTAsync_failureData5_initializer) \
    M(MQTTAsync_successData5, MQTTAsync_successData5_initializer)

#define CONSTANTS(M) \
    M(MQTTASYNC_SUCCESS) M(MQTTASYNC_FAILURE) M(MQTTASYNC_PERSISTENCE_ERROR) \
    M(MQTTASYNC_DISCONNECTED) M(MQTTASYNC_MAX_MESSAGES_INFLIGHT) M(MQTTASYNC_BAD_UTF8_STRING) \
    M(MQTTASYNC_NULL_PARAMETER) M(MQTTASYNC_TOPICNAME_TRUNCATED) M(MQTTASYNC_BAD_STRUCTURE) \
    M(MQTTASYNC_BAD_QOS) M(MQTTASYNC_NO_MORE_MSGIDS) M(MQTTASYNC_OPERATION_INCOMPLETE) \
    M(MQTTASYNC_MAX_BUFFERED_MESSAGES) M(MQTTASYNC_SSL_NOT_SUPPORTED) M(MQTTASYNC_BAD_PROTOCOL) \
    M(MQTTASYNC_BAD_MQTT_OPTION) M(MQTTASYNC_WRONG_MQTT_VERSION) M(MQTTASYNC_0_LEN_WILL_TOPIC) \
    M(MQTTASYNC_COMMAND_IGNORED) M(MQTTASYNC_MAX_BUFFERED) M(MQTTASYNC_TRUE) \
    M(MQTTASYNC_TRACE_MAXIMUM) M(MQTTASYNC_TRACE_MEDIUM) M(MQTTASYNC_TRACE_MINIMUM) \
    M(MQTTASYNC_TRACE_PROTOCOL) M(MQTTASYNC_TRACE_ERROR) M(MQTTASYNC_TRACE_SEVERE) \
    M(MQTTASYNC_TRACE_FATAL) M(MQTTVERSION_DEFAULT) M(MQTTVERSION_3_1) M(MQTTVERSION_3_1_1) \
    M(MQTTVERSION_5) M(MQTT_BAD_SUBSCRIBE) M(MQTT_SSL_VERSION_DEFAULT) \
    M(MQTT_SSL_VERSION_TLS_1_0) M(MQTT_SSL_VERSION_TLS_1_1) M(MQTT_SSL_VERSION_TLS_1_2) \
    M(MQTTCLIENT_PERSISTENCE_DEFAULT) M(MQTTCLIENT_PERSISTENCE_NONE) \
    M(MQTTCLIENT_PERSISTENCE_USER)

/* Function types, used through pointers. */
static int message_arrived(void *context, char *topic, int topic_length, MQTTAsync_message *message)
{
    (void)context;
    (void)topic;
    (void)topic_length;
    (void)message;
    return 1;
}
static void on_success5(void *context, MQTTAsync_successData5 *response)
{
    (void)context;
    (void)response;
}
static MQTTAsync_messageArrived *const arrived = message_arrived;
static MQTTAsync_onSuccess5 *const succeeded5 = on_success5;
static MQTTAsync_onSuccess *const succeeded = NULL;
static MQTTAsync_onFailure *const failed = NULL;
static MQTTAsync_onFailure5 *const failed5 = NULL;
static MQTTAsync_deliveryComplete *const complete = NULL;
static MQTTAsync_connectionLost *const lost = NULL;
static MQTTAsync_connected *const connected = NULL;
static MQTTAsync_disconnected *const disconnected = NULL;
static MQTTAsync_updateConnectOptions *const update = NULL;
static MQTTAsync_traceCallback *const trace = NULL;

int main(void)
{
    PRINT_STRUCTURE(MQTTAsync_nameValue)
    PRINT_STRUCTURE(MQTTAsync_init_options)
    PRINT_STRUCTURE(MQTTAsync_message)
    PRINT_STRUCTURE(MQTTAsync_willOptions)
    PRINT_STRUCTURE(MQTTAsync_SSLOptions)
    PRINT_STRUCTURE(MQTTAsync_createOptions)
    PRINT_STRUCTURE(MQTTAsync_connectOptions)
    PRINT_STRUCTURE(MQTTAsync_disconnectOptions)
    PRINT_STRUCTURE(MQTTAsync_responseOptions)
    PRINT_STRUCTURE(MQTTAsync_callOptions)
    PRINT_STRUCTURE(MQTTAsync_connectData)
    PRINT_STRUCTURE(MQTTAsync_failureData)
    PRINT_STRUCTURE(MQTTAsync_failureData5)
    PRINT_STRUCTURE(MQTTAsync_successData)
    PRINT_STRUCTURE(MQTTAsync_successData5)
    CONSTANTS(PRINT_CONSTANT)
    INITIALIZERS(PRINT_INITIALIZER)

    printf("MQTTAsync: %zu bytes\n", sizeof(MQTTAsync));
    printf("MQTTAsync_token: %zu bytes\n", sizeof(MQTTAsync_token));
    printf("enum MQTTASYNC_TRACE_LEVELS: %zu bytes\n", sizeof(enum MQTTASYNC_TRACE_LEVELS));

    return !(arrived && succeeded5 && !succeeded && !failed && !failed5 && !complete && !lost && !connected
             && !disconnected && !update && !trace);
}
