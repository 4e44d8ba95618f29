/*
 * Prints every size, offset, constant and initializer of the MQTTClient family, as the headers have
 * them that this is compiled with. tests/abi.rs compares what comes out under ours and under the
 * distribution's (1.3.12). What those do not have is behind ONLY_OURS.
 */

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "MQTTClient.h"
#include "print.h"

/* The members of each structure. M gets the structure and the member. */
#define MEMBERS_MQTTLenString(M, S) \
    M(S, len) M(S, data)
#define MEMBERS_MQTTProperty(M, S) \
    M(S, identifier) M(S, value) M(S, value.byte) M(S, value.integer2) M(S, value.integer4) \
    M(S, value.data) M(S, value.value)
#define MEMBERS_MQTTProperties(M, S) \
    M(S, count) M(S, max_count) M(S, length) M(S, array)
#define MEMBERS_MQTTSubscribe_options(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, noLocal) M(S, retainAsPublished) \
    M(S, retainHandling)
#define MEMBERS_MQTTClient_persistence(M, S) \
    M(S, context) M(S, popen) M(S, pclose) M(S, pput) M(S, pget) M(S, premove) M(S, pkeys) \
    M(S, pclear) M(S, pcontainskey)
#define MEMBERS_MQTTResponse(M, S) \
    M(S, version) M(S, reasonCode) M(S, reasonCodeCount) M(S, reasonCodes) M(S, properties)
#define MEMBERS_MQTTClient_nameValue(M, S) \
    M(S, name) M(S, value)
#define MEMBERS_MQTTClient_init_options(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, do_openssl_init)
#define MEMBERS_MQTTClient_createOptions(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, MQTTVersion)
#define MEMBERS_MQTTClient_message(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, payloadlen) M(S, payload) M(S, qos) \
    M(S, retained) M(S, dup) M(S, msgid) M(S, properties)
#define MEMBERS_MQTTClient_willOptions(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, topicName) M(S, message) M(S, retained) \
    M(S, qos) M(S, payload) M(S, payload.len) M(S, payload.data)
#define MEMBERS_MQTTClient_SSLOptions(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, trustStore) M(S, keyStore) M(S, privateKey) \
    M(S, privateKeyPassword) M(S, enabledCipherSuites) M(S, enableServerCertAuth) \
    M(S, sslVersion) M(S, verify) M(S, CApath) M(S, ssl_error_cb) M(S, ssl_error_context) \
    M(S, ssl_psk_cb) M(S, ssl_psk_context) M(S, disableDefaultTrustStore) M(S, protos) \
    M(S, protos_len)
#define MEMBERS_MQTTClient_connectOptions(M, S) \
    M(S, struct_id) M(S, struct_version) M(S, keepAliveInterval) M(S, cleansession) \
    M(S, reliable) M(S, will) M(S, username) M(S, password) M(S, connectTimeout) \
    M(S, retryInterval) M(S, ssl) M(S, serverURIcount) M(S, serverURIs) M(S, MQTTVersion) \
    M(S, returned) M(S, returned.serverURI) M(S, returned.MQTTVersion) \
    M(S, returned.sessionPresent) M(S, binarypwd) M(S, binarypwd.len) M(S, binarypwd.data) \
    M(S, maxInflightMessages) M(S, cleanstart) M(S, httpHeaders) M(S, httpProxy) \
    M(S, httpsProxy)

/* M gets a structure and one of its initializers. */
#define INITIALIZERS(M) \
    M(MQTTProperties, MQTTProperties_initializer) \
    M(MQTTSubscribe_options, MQTTSubscribe_options_initializer) \
    M(MQTTResponse, MQTTResponse_initializer) \
    M(MQTTClient_init_options, MQTTClient_init_options_initializer) \
    M(MQTTClient_createOptions, MQTTClient_createOptions_initializer) \
    M(MQTTClient_message, MQTTClient_message_initializer) \
    M(MQTTClient_willOptions, MQTTClient_willOptions_initializer) \
    M(MQTTClient_SSLOptions, MQTTClient_SSLOptions_initializer) \
    M(MQTTClient_connectOptions, MQTTClient_connectOptions_initializer) \
    M(MQTTClient_connectOptions, MQTTClient_connectOptions_initializer5) \
    M(MQTTClient_connectOptions, MQTTClient_connectOptions_initializer_ws) \
    M(MQTTClient_connectOptions, MQTTClient_connectOptions_initializer5_ws)

#define CONSTANTS(M) \
    M(MQTTCLIENT_SUCCESS) M(MQTTCLIENT_FAILURE) M(MQTTCLIENT_PERSISTENCE_ERROR) \
    M(MQTTCLIENT_DISCONNECTED) M(MQTTCLIENT_MAX_MESSAGES_INFLIGHT) \
    M(MQTTCLIENT_BAD_UTF8_STRING) M(MQTTCLIENT_NULL_PARAMETER) \
    M(MQTTCLIENT_TOPICNAME_TRUNCATED) M(MQTTCLIENT_BAD_STRUCTURE) M(MQTTCLIENT_BAD_QOS) \
    M(MQTTCLIENT_SSL_NOT_SUPPORTED) M(MQTTCLIENT_BAD_MQTT_VERSION) M(MQTTCLIENT_BAD_PROTOCOL) \
    M(MQTTCLIENT_BAD_MQTT_OPTION) M(MQTTCLIENT_WRONG_MQTT_VERSION) \
    M(MQTTCLIENT_0_LEN_WILL_TOPIC) M(MQTTVERSION_DEFAULT) M(MQTTVERSION_3_1) \
    M(MQTTVERSION_3_1_1) M(MQTTVERSION_5) M(MQTT_BAD_SUBSCRIBE) M(MQTT_SSL_VERSION_DEFAULT) \
    M(MQTT_SSL_VERSION_TLS_1_0) M(MQTT_SSL_VERSION_TLS_1_1) M(MQTT_SSL_VERSION_TLS_1_2) \
    M(MQTTCLIENT_PERSISTENCE_DEFAULT) M(MQTTCLIENT_PERSISTENCE_NONE) \
    M(MQTTCLIENT_PERSISTENCE_USER) M(MQTT_INVALID_PROPERTY_ID) \
    M(MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR) M(MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL) \
    M(MQTTPROPERTY_CODE_CONTENT_TYPE) M(MQTTPROPERTY_CODE_RESPONSE_TOPIC) \
    M(MQTTPROPERTY_CODE_CORRELATION_DATA) M(MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER) \
    M(MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL) M(MQTTPROPERTY_CODE_SERVER_KEEP_ALIVE) \
    M(MQTTPROPERTY_CODE_AUTHENTICATION_METHOD) M(MQTTPROPERTY_CODE_AUTHENTICATION_DATA) \
    M(MQTTPROPERTY_CODE_REQUEST_PROBLEM_INFORMATION) M(MQTTPROPERTY_CODE_WILL_DELAY_INTERVAL) \
    M(MQTTPROPERTY_CODE_REQUEST_RESPONSE_INFORMATION) \
    M(MQTTPROPERTY_CODE_RESPONSE_INFORMATION) M(MQTTPROPERTY_CODE_SERVER_REFERENCE) \
    M(MQTTPROPERTY_CODE_REASON_STRING) M(MQTTPROPERTY_CODE_RECEIVE_MAXIMUM) \
    M(MQTTPROPERTY_CODE_TOPIC_ALIAS_MAXIMUM) M(MQTTPROPERTY_CODE_TOPIC_ALIAS) \
    M(MQTTPROPERTY_CODE_MAXIMUM_QOS) M(MQTTPROPERTY_CODE_RETAIN_AVAILABLE) \
    M(MQTTPROPERTY_CODE_USER_PROPERTY) M(MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE) \
    M(MQTTPROPERTY_CODE_WILDCARD_SUBSCRIPTION_AVAILABLE) \
    M(MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIERS_AVAILABLE) \
    M(MQTTPROPERTY_CODE_SHARED_SUBSCRIPTION_AVAILABLE) \
    M(MQTTPROPERTY_CODE_ASSIGNED_CLIENT_IDENTIFER) M(MQTTPROPERTY_TYPE_BYTE) \
    M(MQTTPROPERTY_TYPE_TWO_BYTE_INTEGER) M(MQTTPROPERTY_TYPE_FOUR_BYTE_INTEGER) \
    M(MQTTPROPERTY_TYPE_VARIABLE_BYTE_INTEGER) M(MQTTPROPERTY_TYPE_BINARY_DATA) \
    M(MQTTPROPERTY_TYPE_UTF_8_ENCODED_STRING) M(MQTTPROPERTY_TYPE_UTF_8_STRING_PAIR) \
    M(MQTTREASONCODE_SUCCESS) M(MQTTREASONCODE_NORMAL_DISCONNECTION) \
    M(MQTTREASONCODE_GRANTED_QOS_0) M(MQTTREASONCODE_GRANTED_QOS_1) \
    M(MQTTREASONCODE_GRANTED_QOS_2) M(MQTTREASONCODE_DISCONNECT_WITH_WILL_MESSAGE) \
    M(MQTTREASONCODE_NO_MATCHING_SUBSCRIBERS) M(MQTTREASONCODE_NO_SUBSCRIPTION_FOUND) \
    M(MQTTREASONCODE_CONTINUE_AUTHENTICATION) M(MQTTREASONCODE_RE_AUTHENTICATE) \
    M(MQTTREASONCODE_UNSPECIFIED_ERROR) M(MQTTREASONCODE_MALFORMED_PACKET) \
    M(MQTTREASONCODE_PROTOCOL_ERROR) M(MQTTREASONCODE_IMPLEMENTATION_SPECIFIC_ERROR) \
    M(MQTTREASONCODE_UNSUPPORTED_PROTOCOL_VERSION) \
    M(MQTTREASONCODE_CLIENT_IDENTIFIER_NOT_VALID) M(MQTTREASONCODE_BAD_USER_NAME_OR_PASSWORD) \
    M(MQTTREASONCODE_NOT_AUTHORIZED) M(MQTTREASONCODE_SERVER_UNAVAILABLE) \
    M(MQTTREASONCODE_SERVER_BUSY) M(MQTTREASONCODE_BANNED) \
    M(MQTTREASONCODE_SERVER_SHUTTING_DOWN) M(MQTTREASONCODE_BAD_AUTHENTICATION_METHOD) \
    M(MQTTREASONCODE_KEEP_ALIVE_TIMEOUT) M(MQTTREASONCODE_SESSION_TAKEN_OVER) \
    M(MQTTREASONCODE_TOPIC_FILTER_INVALID) M(MQTTREASONCODE_TOPIC_NAME_INVALID) \
    M(MQTTREASONCODE_PACKET_IDENTIFIER_IN_USE) M(MQTTREASONCODE_PACKET_IDENTIFIER_NOT_FOUND) \
    M(MQTTREASONCODE_RECEIVE_MAXIMUM_EXCEEDED) M(MQTTREASONCODE_TOPIC_ALIAS_INVALID) \
    M(MQTTREASONCODE_PACKET_TOO_LARGE) M(MQTTREASONCODE_MESSAGE_RATE_TOO_HIGH) \
    M(MQTTREASONCODE_QUOTA_EXCEEDED) M(MQTTREASONCODE_ADMINISTRATIVE_ACTION) \
    M(MQTTREASONCODE_PAYLOAD_FORMAT_INVALID) M(MQTTREASONCODE_RETAIN_NOT_SUPPORTED) \
    M(MQTTREASONCODE_QOS_NOT_SUPPORTED) M(MQTTREASONCODE_USE_ANOTHER_SERVER) \
    M(MQTTREASONCODE_SERVER_MOVED) M(MQTTREASONCODE_SHARED_SUBSCRIPTIONS_NOT_SUPPORTED) \
    M(MQTTREASONCODE_CONNECTION_RATE_EXCEEDED) M(MQTTREASONCODE_MAXIMUM_CONNECT_TIME) \
    M(MQTTREASONCODE_SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED) \
    M(MQTTREASONCODE_WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED) M(MQTTCLIENT_TRACE_MAXIMUM) \
    M(MQTTCLIENT_TRACE_MEDIUM) M(MQTTCLIENT_TRACE_MINIMUM) M(MQTTCLIENT_TRACE_PROTOCOL) \
    M(MQTTCLIENT_TRACE_ERROR) M(MQTTCLIENT_TRACE_SEVERE) M(MQTTCLIENT_TRACE_FATAL)

/* Function types, used through pointers; Persistence_ types are pointers themselves. */
static int message_arrived(void *context, char *topic, int topic_length, MQTTClient_message *message)
{
    (void)context;
    (void)topic;
    (void)topic_length;
    (void)message;
    return 1;
}
static MQTTClient_messageArrived *const arrived = message_arrived;
static MQTTClient_deliveryComplete *const complete = NULL;
static MQTTClient_connectionLost *const lost = NULL;
static MQTTClient_disconnected *const disconnected = NULL;
static MQTTClient_published *const published = NULL;
static MQTTClient_traceCallback *const trace = NULL;
static const Persistence_open opened = NULL;
static const Persistence_close closed = NULL;
static const Persistence_put put = NULL;
static const Persistence_get get = NULL;
static const Persistence_remove removed = NULL;
static const Persistence_keys keys = NULL;
static const Persistence_clear clear = NULL;
static const Persistence_containskey contained = NULL;
static MQTTPersistence_beforeWrite *const before_write = NULL;
static MQTTPersistence_afterRead *const after_read = NULL;

int main(void)
{
    MQTTProperty property;

    PRINT_STRUCTURE(MQTTLenString)
    PRINT_STRUCTURE(MQTTProperty)
    PRINT_STRUCTURE(MQTTProperties)
    PRINT_STRUCTURE(MQTTSubscribe_options)
    PRINT_STRUCTURE(MQTTClient_persistence)
    PRINT_STRUCTURE(MQTTResponse)
    PRINT_STRUCTURE(MQTTClient_nameValue)
    PRINT_STRUCTURE(MQTTClient_init_options)
    PRINT_STRUCTURE(MQTTClient_createOptions)
    PRINT_STRUCTURE(MQTTClient_message)
    PRINT_STRUCTURE(MQTTClient_willOptions)
    PRINT_STRUCTURE(MQTTClient_SSLOptions)
    PRINT_STRUCTURE(MQTTClient_connectOptions)
    CONSTANTS(PRINT_CONSTANT)
    INITIALIZERS(PRINT_INITIALIZER)

    printf("MQTTClient: %zu bytes\n", sizeof(MQTTClient));
    printf("MQTTClient_deliveryToken: %zu bytes\n", sizeof(MQTTClient_deliveryToken));
    printf("MQTTClient_token: %zu bytes\n", sizeof(MQTTClient_token));
    printf("enum MQTTPropertyCodes: %zu bytes\n", sizeof(enum MQTTPropertyCodes));
    printf("enum MQTTPropertyTypes: %zu bytes\n", sizeof(enum MQTTPropertyTypes));
    printf("enum MQTTReasonCodes: %zu bytes\n", sizeof(enum MQTTReasonCodes));
    printf("enum MQTTCLIENT_TRACE_LEVELS: %zu bytes\n", sizeof(enum MQTTCLIENT_TRACE_LEVELS));

    /* The structure without a name, as programs use it. */
    memset(&property, 0, sizeof(property));
    property.value.data.len = 1;
    property.value.value.len = 2;
    print_bytes("MQTTProperty", "value", (const unsigned char *)&property.value, sizeof(property.value));

    /* Changed in 1.3.15. */
    printf("MQTTProperties_getNumericValue(): %zu bytes\n",
           sizeof(MQTTProperties_getNumericValue(NULL, MQTTPROPERTY_CODE_TOPIC_ALIAS)));
    printf("MQTTProperties_getNumericValueAt(): %zu bytes\n",
           sizeof(MQTTProperties_getNumericValueAt(NULL, MQTTPROPERTY_CODE_TOPIC_ALIAS, 0)));
#if defined(ONLY_OURS)
    PRINT_CONSTANT(MQTTPROPERTY_CODE_ASSIGNED_CLIENT_IDENTIFIER)
    puts(sizeof(MQTTClient_malloc(1)) == sizeof(void *) ? "MQTTClient_malloc(): a pointer" : "MQTTClient_malloc()");
#endif

    return !(arrived && !complete && !lost && !disconnected && !published && !trace && !opened && !closed
             && !put && !get && !removed && !keys && !clear && !contained && !before_write && !after_read);
}
