/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/**
 * @file
 * The asynchronous MQTT client: libraries paho-mqtt3a and paho-mqtt3as.
 *
 * All functions may be called on any thread. None waits for the network but
 * MQTTAsync_waitForCompletion. Strings are UTF-8. A handle that is no longer valid makes a
 * call fail; it does no harm.
 *
 * Contract: docs/contract in the sources says, clause by clause, what each function does.
 */

#ifndef MQTTASYNC_H
#define MQTTASYNC_H

/* Part of ferro-mqtt. Generated from the Rust sources by build.rs: change those, then run `make headers`. */

#include <stdio.h>
#include "MQTTExportDeclarations.h"
#include "MQTTProperties.h"
#include "MQTTReasonCodes.h"
#include "MQTTSubscribeOpts.h"

#if defined(NO_PERSISTENCE)
/**
 * Nothing is kept: all there is without MQTTClientPersistence.h.
 */
#define MQTTCLIENT_PERSISTENCE_NONE 1
#else
#include "MQTTClientPersistence.h"
#endif

/**
 * The call did what it was asked to.
 */
#define MQTTASYNC_SUCCESS 0

/**
 * The call failed, for a reason that has no code of its own.
 */
#define MQTTASYNC_FAILURE -1

/**
 * The client is not connected.
 */
#define MQTTASYNC_DISCONNECTED -3

/**
 * A string is not UTF-8, or is NULL.
 */
#define MQTTASYNC_BAD_UTF8_STRING -5

/**
 * A pointer is NULL that must not be.
 */
#define MQTTASYNC_NULL_PARAMETER -6

/**
 * The first four bytes of a structure, or its version, are not what they should be.
 */
#define MQTTASYNC_BAD_STRUCTURE -8

/**
 * The QoS is not 0, 1 or 2.
 */
#define MQTTASYNC_BAD_QOS -9

/**
 * The server's URI begins with a scheme that this library does not have.
 */
#define MQTTASYNC_BAD_PROTOCOL -14

/**
 * An option does not belong to the MQTT version that was asked for.
 */
#define MQTTASYNC_BAD_MQTT_OPTION -15

/**
 * The client was created for another MQTT version.
 */
#define MQTTASYNC_WRONG_MQTT_VERSION -16

/**
 * The topic of the will is empty.
 */
#define MQTTASYNC_0_LEN_WILL_TOPIC -17

/**
 * The number in place of a granted QoS that says that the server refused a subscription.
 */
#define MQTT_BAD_SUBSCRIBE 0x80

/**
 * The store failed, or cannot be opened.
 */
#define MQTTASYNC_PERSISTENCE_ERROR -2

/**
 * Not returned by this library.
 */
#define MQTTASYNC_MAX_MESSAGES_INFLIGHT -4

/**
 * Not returned by this library.
 */
#define MQTTASYNC_TOPICNAME_TRUNCATED -7

/**
 * No packet identifier is free: too many requests are under way.
 */
#define MQTTASYNC_NO_MORE_MSGIDS -10

/**
 * The request was given up: the client was destroyed, or its session ended, before there was an answer.
 */
#define MQTTASYNC_OPERATION_INCOMPLETE -11

/**
 * As many messages wait as maxBufferedMessages allows.
 */
#define MQTTASYNC_MAX_BUFFERED_MESSAGES -12

/**
 * TLS was asked of a library that does not have it.
 */
#define MQTTASYNC_SSL_NOT_SUPPORTED -13

/**
 * The client is connecting already, and has not begun yet.
 */
#define MQTTASYNC_COMMAND_IGNORED -18

/**
 * maxBufferedMessages is less than 1.
 */
#define MQTTASYNC_MAX_BUFFERED -19

/**
 * MQTT 3.1.1, and if that fails, MQTT 3.1.
 */
#define MQTTVERSION_DEFAULT 0

/**
 * MQTT 3.1.
 */
#define MQTTVERSION_3_1 3

/**
 * MQTT 3.1.1.
 */
#define MQTTVERSION_3_1_1 4

/**
 * MQTT 5.0.
 */
#define MQTTVERSION_5 5

/**
 * Whatever TLS version both sides have.
 */
#define MQTT_SSL_VERSION_DEFAULT 0

/**
 * TLS 1.0.
 */
#define MQTT_SSL_VERSION_TLS_1_0 1

/**
 * TLS 1.1.
 */
#define MQTT_SSL_VERSION_TLS_1_1 2

/**
 * TLS 1.2.
 */
#define MQTT_SSL_VERSION_TLS_1_2 3

/**
 * 1.
 */
#define MQTTASYNC_TRUE 1

/**
 * How important a line of the trace is. A level shows the lines of its own and of all higher ones.
 */
enum MQTTASYNC_TRACE_LEVELS {
    /**
     * Everything.
     */
    MQTTASYNC_TRACE_MAXIMUM = 1,
    /**
     * A little less.
     */
    MQTTASYNC_TRACE_MEDIUM,
    /**
     * Also calls: each function of this library and each callback, when it is entered and when it is
     * left, with its thread, its return code and the time that it took. And connections. This is the
     * level if none was set.
     */
    MQTTASYNC_TRACE_MINIMUM,
    /**
     * Also the packets that are sent and received.
     */
    MQTTASYNC_TRACE_PROTOCOL,
    /**
     * Errors.
     */
    MQTTASYNC_TRACE_ERROR,
    /**
     * Errors that should not be possible.
     */
    MQTTASYNC_TRACE_SEVERE,
    /**
     * Errors after which nothing works any more.
     */
    MQTTASYNC_TRACE_FATAL
};

/**
 * A client. Made by MQTTAsync_create, and of no use after MQTTAsync_destroy.
 */
typedef void *MQTTAsync;

/**
 * Options for MQTTAsync_createWithOptions.
 */
typedef struct MQTTAsync_createOptions {
    /**
     * "MQCO".
     */
    char struct_id[4];
    /**
     * Which members there are. 0: those up to maxBufferedMessages. 1: also MQTTVersion. 2 and 3: all.
     */
    int struct_version;
    /**
     * 1: messages may be sent without a connection, once MQTTAsync_connect was called, and wait for
     * one. 0: sending fails then.
     */
    int sendWhileDisconnected;
    /**
     * How many messages may wait; at least 1. With a connection, too.
     */
    int maxBufferedMessages;
    /**
     * One of the MQTTVERSION_ constants. A client for MQTT 5.0 has to say so here.
     */
    int MQTTVersion;
    /**
     * 1: with sendWhileDisconnected, messages may also be sent before MQTTAsync_connect was called,
     * and after MQTTAsync_disconnect.
     */
    int allowDisconnectedSendAtAnyTime;
    /**
     * 1: when too many messages wait, the oldest is dropped, and its onFailure called. 0: sending
     * another fails.
     */
    int deleteOldestMessages;
    /**
     * 1: messages that waited when the last client of this name ended are sent. 0: they are dropped.
     */
    int restoreMessages;
    /**
     * 1: waiting messages of QoS 0 are stored, too.
     */
    int persistQoS0;
} MQTTAsync_createOptions;

/**
 * For MQTT 3.1.1 and 3.1.
 */
#define MQTTAsync_createOptions_initializer { { 'M', 'Q', 'C', 'O' }, 2, 0, 100, MQTTVERSION_DEFAULT, 0, 0, 1, 1 }

/**
 * For MQTT 5.0.
 */
#define MQTTAsync_createOptions_initializer5 { { 'M', 'Q', 'C', 'O' }, 2, 0, 100, MQTTVERSION_5, 0, 0, 1, 1 }

/**
 * Tells that the connection was lost; the program may connect again, even from here.
 *
 * @param context What the function was given that set this callback.
 * @param cause NULL.
 * @see Contract.
 */
typedef void MQTTAsync_connectionLost(void *context, char *cause);

/**
 * A message: to be published in one piece, or received.
 *
 * A received one belongs to the program, which frees it with MQTTAsync_freeMessage.
 */
typedef struct MQTTAsync_message {
    /**
     * "MQTM".
     */
    char struct_id[4];
    /**
     * 0: no properties. 1: all members.
     */
    int struct_version;
    /**
     * The length of the payload in bytes.
     */
    int payloadlen;
    /**
     * The payload: any bytes. In a received message a NUL follows them, which payloadlen does not
     * count, so that a payload of text is a string.
     */
    void *payload;
    /**
     * 0: the message may be lost. 1: it arrives, perhaps more than once. 2: it arrives once.
     */
    int qos;
    /**
     * To publish: 1 asks the server to keep the message for those who subscribe later. Received: 1
     * if the message was kept, 0 if it is fresh.
     */
    int retained;
    /**
     * Received: 1 if this may be a repetition of a QoS 1 message. Ignored when publishing.
     */
    int dup;
    /**
     * Received: the packet identifier, 0 for QoS 0. Ignored when publishing.
     */
    int msgid;
    /**
     * The MQTT 5.0 properties of the message.
     */
    MQTTProperties properties;
} MQTTAsync_message;

/**
 * An empty message.
 */
#define MQTTAsync_message_initializer { { 'M', 'Q', 'T', 'M' }, 1, 0, NULL, 0, 0, 0, 0, { 0, 0, 0, NULL } }

/**
 * Takes a message that has arrived.
 *
 * If a part of the message was freed with these functions, on the thread of the callback and before it
 * returned, then the message counts as taken whatever is returned; if that is 0, the library frees the other
 * parts. What is freed with free, or on another thread, the library does not see: after that the callback
 * must not return 0.
 *
 * @param context What the function was given that set this callback.
 * @param topicName The topic, with a NUL behind it.
 * @param topicLen The length of topicName, which is a string, too, unless it has a NUL in it.
 * @param message The message.
 * @return Non-zero if the message was taken: topicName and message are the program's now, which frees them
 *   with MQTTAsync_free and MQTTAsync_freeMessage, before it returns or later. 0 if not: the program leaves
 *   them alone, and the message is offered again, before any other.
 * @see Contract; decisions 3 and 15 there.
 */
typedef int MQTTAsync_messageArrived(void *context,
                                     char *topicName,
                                     int topicLen,
                                     MQTTAsync_message *message);

/**
 * Stands for a request while it is on its way. 0 for a message of QoS 0.
 */
typedef int MQTTAsync_token;

/**
 * Tells that a message of QoS 1 or 2 has been delivered to the server. It comes before the onSuccess of the
 * message.
 *
 * @param context What the function was given that set this callback.
 * @param token The token of the message.
 * @see Contract.
 */
typedef void MQTTAsync_deliveryComplete(void *context, MQTTAsync_token token);

/**
 * Tells that the client is connected: for the first time, or again.
 *
 * @param context What MQTTAsync_setConnected was given.
 * @param cause "connect onSuccess called" if the onSuccess of MQTTAsync_connect was called just before, else
 *   "automatic reconnect".
 * @see Contract.
 */
typedef void MQTTAsync_connected(void *context, char *cause);

/**
 * Tells that the server has disconnected this client, and why. MQTT 5.0 only.
 *
 * @param context What MQTTAsync_setDisconnected was given.
 * @param properties The properties of the DISCONNECT packet. Never NULL, and valid only during the call.
 * @param reasonCode The server's reason.
 * @see Contract; MQTT 5.0 section 3.14.
 */
typedef void MQTTAsync_disconnected(void *context,
                                    MQTTProperties *properties,
                                    enum MQTTReasonCodes reasonCode);

/**
 * What MQTTAsync_updateConnectOptions gets.
 */
typedef struct MQTTAsync_connectData {
    /**
     * "MQCD".
     */
    char struct_id[4];
    /**
     * 0.
     */
    int struct_version;
    /**
     * The user name. NULL: none.
     */
    const char *username;
    /**
     * The password. If its data is NULL there is none.
     */
    struct {
        /**
         * How many bytes.
         */
        int len;
        /**
         * The bytes.
         */
        const void *data;
    } binarypwd;
} MQTTAsync_connectData;

/**
 * Neither user name nor password.
 */
#define MQTTAsync_connectData_initializer { { 'M', 'Q', 'C', 'D' }, 0, NULL, { 0, NULL } }

/**
 * Called before each automatic reconnect: may change what the client logs in with.
 *
 * @param context What MQTTAsync_setUpdateConnectOptions was given.
 * @param data What is used now. Pointers that are put there must come from MQTTAsync_malloc or malloc, and
 *   are the library's from then on, which frees those that were there before.
 * @return Non-zero if data was changed, else 0.
 * @see Contract.
 */
typedef int MQTTAsync_updateConnectOptions(void *context, MQTTAsync_connectData *data);

/**
 * The will: a message that the server publishes if the connection ends without MQTTAsync_disconnect.
 */
typedef struct MQTTAsync_willOptions {
    /**
     * "MQTW".
     */
    char struct_id[4];
    /**
     * 0: no payload member. 1: all members.
     */
    int struct_version;
    /**
     * The topic to publish to; must not be NULL or empty.
     */
    const char *topicName;
    /**
     * The payload as a string. NULL if payload is used, or for an empty message.
     */
    const char *message;
    /**
     * 1: the server keeps the message for those who subscribe later.
     */
    int retained;
    /**
     * The QoS of the message: 0, 1 or 2.
     */
    int qos;
    /**
     * The payload as bytes. If its data is not NULL it is used, and message is not.
     */
    struct {
        /**
         * How many bytes.
         */
        int len;
        /**
         * The bytes; NULL if message is to be used.
         */
        const void *data;
    } payload;
} MQTTAsync_willOptions;

/**
 * A will without topic and message.
 */
#define MQTTAsync_willOptions_initializer { { 'M', 'Q', 'T', 'W' }, 1, NULL, NULL, 0, 0, { 0, NULL } }

/**
 * TLS options, for servers with the schemes ssl, tls, mqtts and wss. TLS 1.2 and 1.3 are spoken.
 *
 * All that is pointed to is copied when they are given to a function. The files are read when a connection is made;
 * one that has changed since is used from the next connection on.
 *
 * A library without TLS does not use them.
 */
typedef struct MQTTAsync_SSLOptions {
    /**
     * "MQTS".
     */
    char struct_id[4];
    /**
     * 0: the members up to enableServerCertAuth. 1: also sslVersion. 2: also verify and CApath.
     * 3: also ssl_error_cb. 4: also ssl_psk_cb and disableDefaultTrustStore. 5: all members.
     */
    int struct_version;
    /**
     * A PEM file with the certificates of the authorities to trust. NULL: see
     * disableDefaultTrustStore.
     */
    const char *trustStore;
    /**
     * A PEM file with the client's certificate, followed by those of its issuers. NULL: none.
     */
    const char *keyStore;
    /**
     * A PEM file with the client's private key. NULL: it is in keyStore.
     */
    const char *privateKey;
    /**
     * The password of the private key. NULL: it has none.
     */
    const char *privateKeyPassword;
    /**
     * The cipher suites to offer for TLS 1.2, as OpenSSL names them, separated by colons. NULL: the usual ones. Those
     * of TLS 1.3 are always offered.
     */
    const char *enabledCipherSuites;
    /**
     * 1: the server's certificate must come from a trusted authority. 0: any certificate will do,
     * which protects against nobody.
     */
    int enableServerCertAuth;
    /**
     * One of the MQTT_SSL_VERSION_ constants. It changes nothing: the highest version is used that the server has,
     * and none below TLS 1.2.
     */
    int sslVersion;
    /**
     * 1: the server's certificate must have been issued for the name of the server. 0: any name, so that whoever
     * has any certificate of a trusted authority can stand in for the server. The environment variable
     * MQTT_C_CLIENT_TLS_VERIFY=1 makes it 1 for all connections.
     */
    int verify;
    /**
     * A directory with certificates of authorities to trust, as OpenSSL lays it out. NULL: none.
     */
    const char *CApath;
    /**
     * Called while connecting with each line of what goes wrong with TLS: the text, its length with the newline
     * at its end, and ssl_error_context. The text is valid only during the call. Returns 1 for the next line, too.
     * NULL: nothing is called.
     */
    int (*ssl_error_cb)(const char *str, size_t len, void *u);
    /**
     * Passed to ssl_error_cb.
     */
    void *ssl_error_context;
    /**
     * For a pre-shared key, which this library cannot use: it is not called, and the server's certificate counts. Unless
     * it is NULL, connecting fails where no certificate is asked for: enableServerCertAuth is 0, or enabledCipherSuites
     * has only suites with PSK. A callback would write the identity, NUL-terminated, and the key, and return the length
     * of the key.
     */
    unsigned int (*ssl_psk_cb)(const char *hint,
                               char *identity,
                               unsigned int max_identity_len,
                               unsigned char *psk,
                               unsigned int max_psk_len,
                               void *u);
    /**
     * Passed to ssl_psk_cb.
     */
    void *ssl_psk_context;
    /**
     * With neither trustStore nor CApath: 0 trusts the authorities that the system trusts, 1 none. Where
     * those are, SSL_CERT_FILE and SSL_CERT_DIR may say, as they are at each connect.
     */
    int disableDefaultTrustStore;
    /**
     * The protocols to offer by ALPN: each a byte with the length, then the name. NULL: none.
     */
    const unsigned char *protos;
    /**
     * The length of protos in bytes.
     */
    unsigned int protos_len;
} MQTTAsync_SSLOptions;

/**
 * The server's certificate is checked, its name is not.
 */
#define MQTTAsync_SSLOptions_initializer { { 'M', 'Q', 'T', 'S' }, 5, NULL, NULL, NULL, NULL, NULL, 1, MQTT_SSL_VERSION_DEFAULT, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0 }

/**
 * What MQTTAsync_onSuccess gets.
 */
typedef struct MQTTAsync_successData {
    /**
     * The token of the request; 0 if it has none.
     */
    MQTTAsync_token token;
    /**
     * What else there is to tell.
     */
    union {
        /**
         * Of MQTTAsync_subscribe: the granted QoS.
         */
        int qos;
        /**
         * Of MQTTAsync_subscribeMany, for more than one topic filter: the granted QoS of each, or
         * MQTT_BAD_SUBSCRIBE.
         */
        int *qosList;
        /**
         * Of MQTTAsync_send and MQTTAsync_sendMessage.
         */
        struct {
            /**
             * The message, with its payload.
             */
            MQTTAsync_message message;
            /**
             * The topic that it was published to.
             */
            char *destinationName;
        } pub;
        /**
         * Of MQTTAsync_connect.
         */
        struct {
            /**
             * The server that accepted the connection: the one of MQTTAsync_create without "scheme://", or
             * an entry of serverURIs as it is there.
             */
            char *serverURI;
            /**
             * The version of the protocol that is used now: 3, 4 or 5.
             */
            int MQTTVersion;
            /**
             * 1 if the server had kept this client's session.
             */
            int sessionPresent;
        } connect;
    } alt;
} MQTTAsync_successData;

/**
 * Tells that a request has succeeded, for MQTT 3.1.1 and 3.1.
 *
 * Of each request that was accepted the program hears once: by this callback, or by its onFailure. It may be
 * called before the function that made the request has returned. Requests that were taken out of the store
 * by a later process have no callbacks.
 *
 * @param context That of the options of the request.
 * @param response What there is to tell. Never NULL, and valid only during the call, with all that it points
 *   to.
 * @see Contract.
 */
typedef void MQTTAsync_onSuccess(void *context, MQTTAsync_successData *response);

/**
 * What MQTTAsync_onFailure gets.
 */
typedef struct MQTTAsync_failureData {
    /**
     * The token of the request; 0 if it has none.
     */
    MQTTAsync_token token;
    /**
     * One of the MQTTASYNC_ return codes, or if it is positive, the server's word.
     */
    int code;
    /**
     * Why it failed, for people. May be NULL.
     */
    const char *message;
} MQTTAsync_failureData;

/**
 * Tells that a request has failed, for MQTT 3.1.1 and 3.1. See MQTTAsync_onSuccess.
 *
 * @param context That of the options of the request.
 * @param response Why. Never NULL, and valid only during the call, with all that it points to.
 * @see Contract.
 */
typedef void MQTTAsync_onFailure(void *context, MQTTAsync_failureData *response);

/**
 * What MQTTAsync_onSuccess5 gets.
 */
typedef struct MQTTAsync_successData5 {
    /**
     * "MQSD".
     */
    char struct_id[4];
    /**
     * 0.
     */
    int struct_version;
    /**
     * The token of the request; 0 if it has none.
     */
    MQTTAsync_token token;
    /**
     * The server's reason code; the first one if there are several.
     */
    enum MQTTReasonCodes reasonCode;
    /**
     * The properties of the server's answer; of a published message, its own.
     */
    MQTTProperties properties;
    /**
     * What else there is to tell.
     */
    union {
        /**
         * Of MQTTAsync_subscribe and MQTTAsync_subscribeMany.
         */
        struct {
            /**
             * How many there are: one for each topic filter.
             */
            int reasonCodeCount;
            /**
             * The reason codes if there is more than one, else NULL.
             */
            enum MQTTReasonCodes *reasonCodes;
        } sub;
        /**
         * Of MQTTAsync_send and MQTTAsync_sendMessage.
         */
        struct {
            /**
             * The message, with its payload.
             */
            MQTTAsync_message message;
            /**
             * The topic that it was published to.
             */
            char *destinationName;
        } pub;
        /**
         * Of MQTTAsync_connect.
         */
        struct {
            /**
             * The server that accepted the connection: the one of MQTTAsync_create without "scheme://", or
             * an entry of serverURIs as it is there.
             */
            char *serverURI;
            /**
             * The version of the protocol that is used now: 3, 4 or 5.
             */
            int MQTTVersion;
            /**
             * 1 if the server had kept this client's session.
             */
            int sessionPresent;
        } connect;
        /**
         * Of MQTTAsync_unsubscribe and MQTTAsync_unsubscribeMany.
         */
        struct {
            /**
             * How many there are: one for each topic filter.
             */
            int reasonCodeCount;
            /**
             * The reason codes if there is more than one, else NULL.
             */
            enum MQTTReasonCodes *reasonCodes;
        } unsub;
    } alt;
} MQTTAsync_successData5;

/**
 * Success, and nothing else.
 */
#define MQTTAsync_successData5_initializer { { 'M', 'Q', 'S', 'D' }, 0, 0, MQTTREASONCODE_SUCCESS, { 0, 0, 0, NULL }, { { 0, NULL } } }

/**
 * Tells that a request has succeeded, for MQTT 5.0. See MQTTAsync_onSuccess.
 *
 * @param context That of the options of the request.
 * @param response What there is to tell. Never NULL, and valid only during the call, with all that it points
 *   to.
 * @see Contract.
 */
typedef void MQTTAsync_onSuccess5(void *context, MQTTAsync_successData5 *response);

/**
 * What MQTTAsync_onFailure5 gets.
 */
typedef struct MQTTAsync_failureData5 {
    /**
     * "MQFD".
     */
    char struct_id[4];
    /**
     * 0.
     */
    int struct_version;
    /**
     * The token of the request; 0 if it has none.
     */
    MQTTAsync_token token;
    /**
     * The server's reason code. From 128 on it is why the request failed; 0 if the server did not say.
     */
    enum MQTTReasonCodes reasonCode;
    /**
     * The properties of the server's answer.
     */
    MQTTProperties properties;
    /**
     * One of the MQTTASYNC_ return codes.
     */
    int code;
    /**
     * Why it failed, for people. May be NULL.
     */
    const char *message;
    /**
     * The type of the packet that reported the failure, as MQTT numbers them: 4 (PUBACK), 5 (PUBREC) or
     * 7 (PUBCOMP) for a message. 0 otherwise.
     */
    int packet_type;
} MQTTAsync_failureData5;

/**
 * Nothing told.
 */
#define MQTTAsync_failureData5_initializer { { 'M', 'Q', 'F', 'D' }, 0, 0, MQTTREASONCODE_SUCCESS, { 0, 0, 0, NULL }, 0, NULL, 0 }

/**
 * Tells that a request has failed, for MQTT 5.0. See MQTTAsync_onSuccess.
 *
 * @param context That of the options of the request.
 * @param response Why. Never NULL, and valid only during the call, with all that it points to.
 * @see Contract.
 */
typedef void MQTTAsync_onFailure5(void *context, MQTTAsync_failureData5 *response);

/**
 * A name and a value, in an array that ends with a pair whose name is NULL.
 */
typedef struct MQTTAsync_nameValue {
    /**
     * The name; NULL ends the array.
     */
    const char *name;
    /**
     * The value.
     */
    const char *value;
} MQTTAsync_nameValue;

/**
 * Options for MQTTAsync_connect.
 *
 * Start from one of the initializers. All that is pointed to is copied during the call.
 */
typedef struct MQTTAsync_connectOptions {
    /**
     * "MQTC".
     */
    char struct_id[4];
    /**
     * Which members there are. 0 and 1: those up to context, of which 0 ignores ssl. 2: also serverURIs.
     * 3: also MQTTVersion. 4: also those of automatic reconnect. 5: also binarypwd. 6: also those of
     * MQTT 5.0, from cleanstart to onFailure5. 7: also httpHeaders. 8: all.
     */
    int struct_version;
    /**
     * In seconds: after so long without traffic the client asks the server for a sign of life, and
     * the server gives the client up after half as long again. 0: never. Pings of a WebSocket, which
     * a gateway may send for a server, are no traffic.
     */
    int keepAliveInterval;
    /**
     * Before MQTT 5.0: 1 starts, and later ends, without subscriptions and unfinished messages;
     * 0 goes on with those that client and server have. Must be 0 for MQTT 5.0.
     */
    int cleansession;
    /**
     * How many messages of QoS 1 or 2 may be under way at a time; others wait. Less than 1: as many as
     * MQTT has identifiers for.
     */
    int maxInflight;
    /**
     * The message that the server publishes if the client vanishes. NULL: none.
     */
    MQTTAsync_willOptions *will;
    /**
     * The user name, in UTF-8. NULL: none.
     */
    const char *username;
    /**
     * The password, in UTF-8. NULL: see binarypwd.
     */
    const char *password;
    /**
     * How many seconds connecting may take, for each server. Less than one is three.
     */
    int connectTimeout;
    /**
     * In seconds, no fewer than 10: unacknowledged messages are sent again after so long. 0, and in
     * MQTT 5: only after a new connection.
     */
    int retryInterval;
    /**
     * TLS options. NULL: none, which will not do for a server that wants TLS.
     */
    MQTTAsync_SSLOptions *ssl;
    /**
     * Called when the client is connected. NULL: nothing is.
     */
    MQTTAsync_onSuccess *onSuccess;
    /**
     * Called when the client could not connect. NULL: nothing is.
     */
    MQTTAsync_onFailure *onFailure;
    /**
     * Passed to these callbacks.
     */
    void *context;
    /**
     * How many servers there are in serverURIs.
     */
    int serverURIcount;
    /**
     * Servers to try, in this order, instead of the one that the client was created with.
     */
    char *const *serverURIs;
    /**
     * One of the MQTTVERSION_ constants.
     */
    int MQTTVersion;
    /**
     * 1: a client that has lost its connection connects again by itself.
     */
    int automaticReconnect;
    /**
     * How many seconds to wait before the first attempt. After each failed one it is twice as long.
     */
    int minRetryInterval;
    /**
     * How many seconds to wait at most.
     */
    int maxRetryInterval;
    /**
     * A password of any bytes, used if password is NULL and data is not.
     */
    struct {
        /**
         * How many bytes.
         */
        int len;
        /**
         * The bytes.
         */
        const void *data;
    } binarypwd;
    /**
     * MQTT 5.0: 1 starts without subscriptions and unfinished messages; 0 goes on with those that
     * client and server have. Must be 0 before MQTT 5.0.
     */
    int cleanstart;
    /**
     * MQTT 5.0: properties of the CONNECT packet. NULL: none. Must be NULL before MQTT 5.0.
     */
    MQTTProperties *connectProperties;
    /**
     * MQTT 5.0: properties of the will. NULL: none. Must be NULL before MQTT 5.0.
     */
    MQTTProperties *willProperties;
    /**
     * MQTT 5.0: called in place of onSuccess, if that is NULL. Must be NULL before MQTT 5.0.
     */
    MQTTAsync_onSuccess5 *onSuccess5;
    /**
     * MQTT 5.0: called in place of onFailure, if that is NULL. Must be NULL before MQTT 5.0.
     */
    MQTTAsync_onFailure5 *onFailure5;
    /**
     * HTTP headers for the request of a WebSocket (schemes ws and wss), behind the library's own. The
     * array ends with an element whose name or value is NULL. They are sent as they are, but for a line
     * end, with which connecting fails. NULL: none.
     */
    const MQTTAsync_nameValue *httpHeaders;
    /**
     * The proxy for connections without TLS: [scheme://][user[:password]@]host[:port]. User name and password may
     * have %XX for any byte.
     *
     * The scheme is http, or nothing, for a proxy that knows CONNECT (port 8080); https means the same, without TLS on
     * the way to the proxy. socks5 is for a SOCKS5 proxy (port 1080) that is asked for an address, which is looked up
     * here; socks5h for one that is asked for the server's name, which it looks up itself.
     *
     * NULL: the one that the environment variable http_proxy names, if PAHO_C_CLIENT_USE_HTTP_PROXY begins with TRUE
     * and no_proxy does not name the server; or none. no_proxy is a list with commas and without spaces: a host, a
     * domain or *, each perhaps with a port.
     *
     * The variables are read when connect is called. A proxy that cannot be used makes connecting fail; no server is
     * then asked without it, and the trace says why.
     */
    const char *httpProxy;
    /**
     * The proxy for connections with TLS, as httpProxy. NULL: the one that the environment variable https_proxy names,
     * with the same conditions; or the one for connections without TLS.
     */
    const char *httpsProxy;
} MQTTAsync_connectOptions;

/**
 * For MQTT 3.1.1 and 3.1.
 */
#define MQTTAsync_connectOptions_initializer { { 'M', 'Q', 'T', 'C' }, 8, 60, 1, 65535, NULL, NULL, NULL, 30, 0, NULL, NULL, NULL, NULL, 0, NULL, MQTTVERSION_DEFAULT, 0, 1, 60, { 0, NULL }, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL }

/**
 * For MQTT 5.0.
 */
#define MQTTAsync_connectOptions_initializer5 { { 'M', 'Q', 'T', 'C' }, 8, 60, 0, 65535, NULL, NULL, NULL, 30, 0, NULL, NULL, NULL, NULL, 0, NULL, MQTTVERSION_5, 0, 1, 60, { 0, NULL }, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL }

/**
 * For MQTT 3.1.1 and 3.1 over WebSocket: a shorter keep alive, since proxies cut idle connections.
 */
#define MQTTAsync_connectOptions_initializer_ws { { 'M', 'Q', 'T', 'C' }, 8, 45, 1, 65535, NULL, NULL, NULL, 30, 0, NULL, NULL, NULL, NULL, 0, NULL, MQTTVERSION_DEFAULT, 0, 1, 60, { 0, NULL }, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL }

/**
 * For MQTT 5.0 over WebSocket: a shorter keep alive, since proxies cut idle connections.
 */
#define MQTTAsync_connectOptions_initializer5_ws { { 'M', 'Q', 'T', 'C' }, 8, 45, 0, 65535, NULL, NULL, NULL, 30, 0, NULL, NULL, NULL, NULL, 0, NULL, MQTTVERSION_5, 0, 1, 60, { 0, NULL }, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL }

/**
 * Options for MQTTAsync_disconnect.
 */
typedef struct MQTTAsync_disconnectOptions {
    /**
     * "MQTD".
     */
    char struct_id[4];
    /**
     * Which members there are. 0: those up to context. 1: all.
     */
    int struct_version;
    /**
     * How long, in milliseconds, to wait for messages that are under way.
     */
    int timeout;
    /**
     * Called when the client is disconnected. NULL: nothing is.
     */
    MQTTAsync_onSuccess *onSuccess;
    /**
     * Called if the client is destroyed before that. NULL: nothing is.
     */
    MQTTAsync_onFailure *onFailure;
    /**
     * Passed to these callbacks.
     */
    void *context;
    /**
     * MQTT 5.0: properties of the DISCONNECT packet.
     */
    MQTTProperties properties;
    /**
     * MQTT 5.0: why the client disconnects.
     */
    enum MQTTReasonCodes reasonCode;
    /**
     * MQTT 5.0: called in place of onSuccess, if that is NULL.
     */
    MQTTAsync_onSuccess5 *onSuccess5;
    /**
     * MQTT 5.0: called in place of onFailure, if that is NULL.
     */
    MQTTAsync_onFailure5 *onFailure5;
} MQTTAsync_disconnectOptions;

/**
 * For MQTT 3.1.1 and 3.1.
 */
#define MQTTAsync_disconnectOptions_initializer { { 'M', 'Q', 'T', 'D' }, 0, 0, NULL, NULL, NULL, { 0, 0, 0, NULL }, MQTTREASONCODE_SUCCESS, NULL, NULL }

/**
 * For MQTT 5.0.
 */
#define MQTTAsync_disconnectOptions_initializer5 { { 'M', 'Q', 'T', 'D' }, 1, 0, NULL, NULL, NULL, { 0, 0, 0, NULL }, MQTTREASONCODE_SUCCESS, NULL, NULL }

/**
 * Options for a request.
 */
typedef struct MQTTAsync_responseOptions {
    /**
     * "MQTR".
     */
    char struct_id[4];
    /**
     * Which members there are. 0: those up to token. 1: all, which MQTT 5.0 needs.
     */
    int struct_version;
    /**
     * Called when the request has succeeded. NULL: nothing is. Must be NULL for MQTT 5.0.
     */
    MQTTAsync_onSuccess *onSuccess;
    /**
     * Called when the request has failed. NULL: nothing is. Must be NULL for MQTT 5.0.
     */
    MQTTAsync_onFailure *onFailure;
    /**
     * Passed to these callbacks.
     */
    void *context;
    /**
     * Takes the token of the request, which its callbacks are told, too.
     */
    MQTTAsync_token token;
    /**
     * Called when the request has succeeded. Must be NULL before MQTT 5.0.
     */
    MQTTAsync_onSuccess5 *onSuccess5;
    /**
     * Called when the request has failed. Must be NULL before MQTT 5.0.
     */
    MQTTAsync_onFailure5 *onFailure5;
    /**
     * MQTT 5.0: properties of the packet. They are copied, and stay the caller's.
     */
    MQTTProperties properties;
    /**
     * MQTT 5.0: the options of MQTTAsync_subscribe, and of MQTTAsync_subscribeMany for one topic filter.
     */
    MQTTSubscribe_options subscribeOptions;
    /**
     * How many options there are in subscribeOptionsList: as many as topic filters, or 0.
     */
    int subscribeOptionsCount;
    /**
     * MQTT 5.0: the options of MQTTAsync_subscribeMany for several topic filters.
     */
    MQTTSubscribe_options *subscribeOptionsList;
} MQTTAsync_responseOptions;

/**
 * Nobody to hear of the request, and nothing added.
 */
#define MQTTAsync_responseOptions_initializer { { 'M', 'Q', 'T', 'R' }, 1, NULL, NULL, NULL, 0, NULL, NULL, { 0, 0, 0, NULL }, { { 'M', 'Q', 'S', 'O' }, 0, 0, 0, 0 }, 0, NULL }

/**
 * Takes a line of the trace.
 *
 * @param level The level of the line.
 * @param message The line, without a newline at its end. Valid only during the call.
 * @see Contract L-501.
 */
typedef void MQTTAsync_traceCallback(enum MQTTASYNC_TRACE_LEVELS level, char *message);

/**
 * Options for MQTTAsync_global_init.
 */
typedef struct MQTTAsync_init_options {
    /**
     * "MQTG".
     */
    char struct_id[4];
    /**
     * 0.
     */
    int struct_version;
    /**
     * Ignored: this library does not use OpenSSL.
     */
    int do_openssl_init;
} MQTTAsync_init_options;

/**
 * Nothing asked for.
 */
#define MQTTAsync_init_options_initializer { { 'M', 'Q', 'T', 'G' }, 0, 0 }

/**
 * The same as MQTTAsync_responseOptions.
 */
typedef MQTTAsync_responseOptions MQTTAsync_callOptions;

/**
 * The same as MQTTAsync_responseOptions_initializer.
 */
#define MQTTAsync_callOptions_initializer { { 'M', 'Q', 'T', 'R' }, 1, NULL, NULL, NULL, 0, NULL, NULL, { 0, 0, 0, NULL }, { { 'M', 'Q', 'S', 'O' }, 0, 0, 0, 0 }, 0, NULL }

#ifdef __cplusplus
extern "C" {
#endif /* __cplusplus */

/**
 * The text of a return code, in English.
 *
 * @param code One of the MQTTASYNC_ return codes, or a positive number, which is why a server refused: 1 to
 *   5 is what MQTT 3.1.1 and 3.1 say to CONNECT, 128 and above are reason codes of MQTT 5.0.
 * @return The text. Never NULL; not to be freed. That of a number which has none of its own is valid until
 *   the same thread asks for another such.
 * @see Contract.
 */
LIBMQTT_API
const char *MQTTAsync_strerror(int code);

/**
 * Creates a client, for MQTT 3.1.1 and 3.1. As MQTTAsync_createWithOptions without options.
 *
 * @param handle Takes the client, or NULL if the call fails.
 * @param serverURI Where to connect to.
 * @param clientId Who this is, in UTF-8.
 * @param persistence_type One of the MQTTCLIENT_PERSISTENCE_ constants.
 * @param persistence_context What belongs to it: a directory, a store of the program's own, or NULL.
 * @return MQTTASYNC_SUCCESS, or as MQTTAsync_createWithOptions.
 * @see Contract.
 */
LIBMQTT_API
int MQTTAsync_create(MQTTAsync *handle,
                     const char *serverURI,
                     const char *clientId,
                     int persistence_type,
                     void *persistence_context);

/**
 * Creates a client. It is not connected yet. What an earlier client of the same name and server has left in
 * the store is taken up again.
 *
 * After fork() the child may use the clients that had no connection at that time, as its parent may, and may
 * create others: a program can create its client, call daemon(), and connect then. A client that had a
 * connection, or was about to make one, is the parent's: in the child its calls fail, a line of level ERROR
 * of the trace says why, and destroying it frees the handle and nothing else.
 *
 * A signal handler may call the functions for clients. If it has interrupted one of them on its thread, its
 * own call fails with MQTTASYNC_FAILURE, unless the other one only waits for something; it never waits for
 * what the interrupted call holds.
 *
 * A thread may be cancelled with pthread_cancel() while it is in a function of this library.
 * MQTTAsync_create, MQTTAsync_createWithOptions, MQTTAsync_destroy and MQTTAsync_waitForCompletion honour
 * that when they begin and when they return, unless they return a client; the others do not block, and leave
 * it to what the program calls next. In between no thread is cancelled, so that nothing stays locked and
 * other threads can go on with the client. With PTHREAD_CANCEL_ASYNCHRONOUS a thread may only call the
 * functions that take a client, but for MQTTAsync_send and MQTTAsync_sendMessage.
 *
 * @param handle Takes the client, which is to be given to MQTTAsync_destroy once, or NULL if the call fails.
 * @param serverURI Where to connect to: "tcp://host:port" or "mqtt://host:port". Without ":port" it is 1883,
 *   and "tcp://" may be left out. "ws://host:port/path" is MQTT over WebSocket: without ":port" it is 80,
 *   and without a path "/mqtt"; a query may follow the path. "unix://" and a path is a UNIX socket. With TLS
 *   these are "ssl://", "tls://" or "mqtts://" (8883), and "wss://" (443), in the libraries that have TLS;
 *   the options for it are given to connect. The text is copied.
 * @param clientId Tells the server who this is: UTF-8, and not the same for two clients. If it is empty, the
 *   server chooses. The text is copied.
 * @param persistence_type One of the MQTTCLIENT_PERSISTENCE_ constants: where unfinished messages are kept.
 * @param persistence_context What belongs to it. For files the directory, a string, or NULL for the current
 *   one; for a store of the program's own an MQTTClient_persistence, whose functions are used until the
 *   client is destroyed.
 * @param options What is pointed to is read during the call. May be NULL: then messages can only be sent
 *   while there is a connection. A client for MQTT 5.0 needs them.
 * @return MQTTASYNC_SUCCESS; MQTTASYNC_NULL_PARAMETER if handle, serverURI or clientId is NULL;
 *   MQTTASYNC_BAD_UTF8_STRING for clientId; MQTTASYNC_BAD_PROTOCOL for a scheme that this library does not
 *   have; MQTTASYNC_MAX_BUFFERED or MQTTASYNC_BAD_STRUCTURE for options; MQTTASYNC_PERSISTENCE_ERROR, or
 *   what the program's own store has returned, if the store cannot be opened or read, or if clientId is
 *   empty and there are to be files.
 * @see Contract, P-102, T-101; decisions 13 and 14 there.
 */
LIBMQTT_API
int MQTTAsync_createWithOptions(MQTTAsync *handle,
                                const char *serverURI,
                                const char *clientId,
                                int persistence_type,
                                void *persistence_context,
                                MQTTAsync_createOptions *options);

/**
 * Destroys a client. Does nothing if the handle is NULL already.
 *
 * A client that is connected sends DISCONNECT first. Requests that have had no answer fail with
 * MQTTASYNC_OPERATION_INCOMPLETE. Whoever has not heard yet of the outcome of a request hears of it now, on
 * this thread, before the call returns. No callback of the client runs after that, except the one that this
 * is called from. The call waits for a callback of the client that runs on another thread, ten seconds at
 * most.
 *
 * Stored messages stay for the next client of the same name. May be called in a callback, also for the
 * client that it is a callback of.
 *
 * @param handle The client. It becomes NULL.
 * @see Contract.
 */
LIBMQTT_API
void MQTTAsync_destroy(MQTTAsync *handle);

/**
 * Tells whether a client is connected.
 *
 * @param handle The client.
 * @return MQTTASYNC_TRUE, which is 1, if it is connected, else 0, also without a client.
 * @see Contract.
 */
LIBMQTT_API int MQTTAsync_isConnected(MQTTAsync handle);

/**
 * Sets the callbacks for messages and for the connection, all with the same context. They are best set
 * before MQTTAsync_connect: messages may come as soon as the client is connected.
 *
 * Callbacks may call all functions of this library, for their own client and for others. Those of one client
 * come in order and do not run at the same time. They run on threads of the library, with two exceptions, on
 * the thread that makes the call: requests that MQTTAsync_destroy gives up, and a message that
 * MQTTAsync_send drops for a newer one. No function of the library waits for a callback, but for
 * MQTTAsync_destroy.
 *
 * Nor do callbacks of different clients of a process run at the same time: a program with one set of
 * callbacks for all of them needs no locks. Only when a callback has run for a second the others go on
 * beside it, so that one that waits or hangs stalls nobody for good. The environment variable
 * MQTT_C_CLIENT_CALLBACK_TURN_MS changes the second; 0 has callbacks of different clients run at the same
 * time from the start. Whatever a callback does, what the servers send is read, and acknowledged as far as
 * that need not wait for the program; connections are kept alive; and what other threads request is sent.
 *
 * The threads of the library have the stack that a thread of the program gets if nothing else is asked for
 * (usually what "ulimit -s" says), and 8 MB at least; and they block all signals. There are none before the
 * first MQTTAsync_connect and after the last MQTTAsync_destroy, and no more with many clients than with a
 * few. A callback may end its thread with pthread_exit, or with pthread_cancel: it counts as if it had
 * returned 1, and further callbacks come on other threads. A C++ exception must not leave it.
 *
 * When 8 MiB of messages wait for a program that takes them slowly, no more are read until it has taken
 * some.
 *
 * @param handle The client.
 * @param context Passed to all three callbacks.
 * @param cl Called when the connection is lost. May be NULL.
 * @param ma Called for each message. Must not be NULL. As long as a client has none, messages wait.
 * @param dc Called when a message of QoS 1 or 2 has been delivered. May be NULL.
 * @return MQTTASYNC_SUCCESS; MQTTASYNC_FAILURE without a client, if ma is NULL, or while the client connects
 *   or disconnects.
 * @see Contract; decisions 3 and 12 there.
 */
LIBMQTT_API
int MQTTAsync_setCallbacks(MQTTAsync handle,
                           void *context,
                           MQTTAsync_connectionLost *cl,
                           MQTTAsync_messageArrived *ma,
                           MQTTAsync_deliveryComplete *dc);

/**
 * Sets the callback for a connection that is lost.
 *
 * @param handle The client.
 * @param context Passed to the callback. It is its own.
 * @param cl The callback. NULL removes it.
 * @return MQTTASYNC_SUCCESS; MQTTASYNC_FAILURE without a client, or while it connects or disconnects.
 * @see Contract.
 */
LIBMQTT_API
int MQTTAsync_setConnectionLostCallback(MQTTAsync handle,
                                        void *context,
                                        MQTTAsync_connectionLost *cl);

/**
 * Sets the callback for messages.
 *
 * @param handle The client.
 * @param context Passed to the callback. It is its own.
 * @param ma The callback. Must not be NULL.
 * @return MQTTASYNC_SUCCESS; MQTTASYNC_FAILURE without a client, if ma is NULL, or while the client connects
 *   or disconnects.
 * @see Contract.
 */
LIBMQTT_API
int MQTTAsync_setMessageArrivedCallback(MQTTAsync handle,
                                        void *context,
                                        MQTTAsync_messageArrived *ma);

/**
 * Sets the callback for messages that are delivered.
 *
 * @param handle The client.
 * @param context Passed to the callback. It is its own.
 * @param dc The callback. NULL removes it.
 * @return MQTTASYNC_SUCCESS; MQTTASYNC_FAILURE without a client, or while it connects or disconnects.
 * @see Contract.
 */
LIBMQTT_API
int MQTTAsync_setDeliveryCompleteCallback(MQTTAsync handle,
                                          void *context,
                                          MQTTAsync_deliveryComplete *dc);

/**
 * Sets the callback for connections that are made.
 *
 * It is the only one that hears of connections that were made again. Subscriptions of a clean session are
 * renewed here.
 *
 * @param handle The client.
 * @param context Passed to the callback. It is its own.
 * @param co The callback. NULL removes it.
 * @return MQTTASYNC_SUCCESS; MQTTASYNC_FAILURE without a client, or while it connects or disconnects.
 * @see Contract.
 */
LIBMQTT_API
int MQTTAsync_setConnected(MQTTAsync handle,
                           void *context,
                           MQTTAsync_connected *co);

/**
 * Sets the callback for a DISCONNECT from the server, which MQTT 5.0 has. After it connectionLost is not
 * called.
 *
 * @param handle The client.
 * @param context Passed to the callback. It is its own.
 * @param co The callback. NULL removes it.
 * @return MQTTASYNC_SUCCESS; MQTTASYNC_FAILURE without a client, or while it connects or disconnects.
 * @see Contract; MQTT 5.0 section 3.14.
 */
LIBMQTT_API
int MQTTAsync_setDisconnected(MQTTAsync handle,
                              void *context,
                              MQTTAsync_disconnected *co);

/**
 * Sets the callback for what the client logs in with when it connects again by itself. At any time.
 *
 * @param handle The client.
 * @param context Passed to the callback. It is its own.
 * @param co The callback. NULL removes it.
 * @return MQTTASYNC_SUCCESS, or MQTTASYNC_FAILURE without a client.
 * @see Contract.
 */
LIBMQTT_API
int MQTTAsync_setUpdateConnectOptions(MQTTAsync handle,
                                      void *context,
                                      MQTTAsync_updateConnectOptions *co);

#if !defined(NO_PERSISTENCE)
/**
 * Sets the callback for records that are about to be stored. At any time. The callback must not call this
 * library, but for MQTTAsync_malloc and MQTTAsync_free.
 *
 * @param handle The client.
 * @param context Passed to the callback. It is its own.
 * @param co The callback. NULL removes it.
 * @return MQTTASYNC_SUCCESS, or MQTTASYNC_FAILURE without a client.
 * @see Contract, P-701 to P-703.
 */
LIBMQTT_API
int MQTTAsync_setBeforePersistenceWrite(MQTTAsync handle,
                                        void *context,
                                        MQTTPersistence_beforeWrite *co);
#endif

#if !defined(NO_PERSISTENCE)
/**
 * Sets the callback for records that were read from the store. At any time; but for records that an earlier
 * client has left, before the client is used for anything else than to set callbacks. The callback must not
 * call this library, but for MQTTAsync_malloc and MQTTAsync_free.
 *
 * @param handle The client.
 * @param context Passed to the callback. It is its own.
 * @param co The callback. NULL removes it.
 * @return MQTTASYNC_SUCCESS, or MQTTASYNC_FAILURE without a client.
 * @see Contract, P-701, P-704, P-705.
 */
LIBMQTT_API
int MQTTAsync_setAfterPersistenceRead(MQTTAsync handle,
                                      void *context,
                                      MQTTPersistence_afterRead *co);
#endif

/**
 * Connects a client to its server, in the background: the call returns at once.
 *
 * When the server has accepted the client, onSuccess of the options is called, or onSuccess5; when it could
 * not be connected, onFailure or onFailure5, once. Names are resolved, and servers and addresses are tried
 * one after the other, without stopping anybody: each server has connectTimeout for all of it. With
 * MQTTVERSION_DEFAULT each is asked for MQTT 3.1.1 first, and then for 3.1.
 *
 * Until MQTTAsync_disconnect is called, the client is to be connected: with automaticReconnect it connects
 * again by itself whenever the connection is lost, and also if it could not be made at first. It waits for
 * minRetryInterval before the first attempt, twice as long after each failed one, but no longer than
 * maxRetryInterval, and each time by up to a fifth more or less, so that not all clients of a server come at
 * the same moment. Each attempt tries all servers. MQTTAsync_setConnected tells when it succeeds.
 *
 * Who asks again while a connection is being made hears what comes of it, in place of the one who asked
 * before. That attempt goes on with the options that it began with; the new ones are for the next.
 *
 * @param handle The client.
 * @param options What to connect with, and who is to hear of it. All that is pointed to is copied during the
 *   call.
 * @return MQTTASYNC_SUCCESS if the client will be connected, or is connected already, when nothing is sent
 *   and no callback is called. MQTTASYNC_COMMAND_IGNORED if it is about to connect, whose callbacks are
 *   those that will be called. MQTTASYNC_FAILURE without a client. MQTTASYNC_NULL_PARAMETER if options, the
 *   will's topic, or the TLS options of a URI with TLS are NULL; MQTTASYNC_BAD_STRUCTURE; MQTTASYNC_BAD_QOS
 *   or MQTTASYNC_0_LEN_WILL_TOPIC for the will; MQTTASYNC_BAD_UTF8_STRING for user name and password;
 *   MQTTASYNC_WRONG_MQTT_VERSION and MQTTASYNC_BAD_MQTT_OPTION for what does not belong to the client's
 *   version; MQTTASYNC_SSL_NOT_SUPPORTED for TLS options in a library without TLS.
 * @see Contract; MQTT 3.1.1 and MQTT 5.0 sections 3.1 and 3.2.
 */
LIBMQTT_API
int MQTTAsync_connect(MQTTAsync handle,
                      const MQTTAsync_connectOptions *options);

/**
 * Connects a client again, with the options of its last MQTTAsync_connect; the call returns at once.
 *
 * With automaticReconnect the client does not wait for its next attempt, and the time between attempts
 * begins at minRetryInterval again. That is only for a client that is to be connected: after
 * MQTTAsync_disconnect the call fails. Nothing happens if the client is connected already.
 * MQTTAsync_setConnected tells when it is.
 *
 * @param handle The client.
 * @return MQTTASYNC_SUCCESS; MQTTASYNC_COMMAND_IGNORED if the client is about to connect; MQTTASYNC_FAILURE
 *   without a client, or if MQTTAsync_connect was never called for it.
 * @see Contract.
 */
LIBMQTT_API
int MQTTAsync_reconnect(MQTTAsync handle);

/**
 * Disconnects a client from its server, in the background: the call returns at once.
 *
 * What was requested before is sent first, and messages that are under way may be delivered still: that
 * takes the timeout of the options, in milliseconds, at most. Then the connection ends, requests fail that
 * have had no answer and do not outlive it, and onSuccess of the options is called, or onSuccess5.
 *
 * @param handle The client.
 * @param options For how long, and who is to hear of it. NULL: no time, and nobody. All that is pointed to
 *   is copied during the call.
 * @return MQTTASYNC_SUCCESS; MQTTASYNC_DISCONNECTED if there is no connection, which ends an attempt to
 *   connect and automatic reconnects nevertheless; MQTTASYNC_BAD_STRUCTURE; MQTTASYNC_FAILURE without a
 *   client, or for a reason that is no byte.
 * @see Contract; MQTT 3.1.1 and MQTT 5.0 section 3.14.
 */
LIBMQTT_API
int MQTTAsync_disconnect(MQTTAsync handle,
                         const MQTTAsync_disconnectOptions *options);

/**
 * Sends a message; the call returns at once.
 *
 * onSuccess of response is called when a message of QoS 0 is written, or one of QoS 1 or 2 is delivered, and
 * onFailure if that will not happen any more.
 *
 * Messages leave in the order in which they were sent. They wait while others of QoS 1 and 2 are under way,
 * as many as maxInflight allows; while the server takes nothing; and for a connection, if the client was
 * created with sendWhileDisconnected and is to be connected, or allowDisconnectedSendAtAnyTime. With a store
 * they wait there, too, and outlive the process.
 *
 * When the call returns, a message that need not wait is written: it arrives even if the process is killed
 * then. Only a thread that floods, with hundreds of messages and no pause of a millisecond, has its next
 * messages leave together, within 400 microseconds. MQTTAsync_disconnect and exit() send what has not left
 * yet; a process that ends by _exit(), a signal or exec loses it, unless it is stored, and so does one whose
 * signal handler has interrupted a call of this library and calls exit().
 *
 * @param handle The client.
 * @param destinationName The topic, in UTF-8, without wildcards. It stays the caller's.
 * @param payloadlen How many bytes the payload has.
 * @param payload The bytes. May be NULL if there are none. They stay the caller's: what is not written at
 *   once is copied.
 * @param qos 0: the message may be lost. 1: it arrives, perhaps more than once. 2: it arrives once.
 * @param retained Other than 0: asks the server to keep the message for those who subscribe later.
 * @param response Who is to hear of the message; takes its token. NULL: nobody. For a client of MQTT 5.0 it
 *   has the properties of the message.
 * @return MQTTASYNC_SUCCESS: the message is sent, or waits. MQTTASYNC_DISCONNECTED without a connection, if
 *   it may not wait for one; MQTTASYNC_MAX_BUFFERED_MESSAGES if as many wait as may;
 *   MQTTASYNC_NO_MORE_MSGIDS if all packet identifiers are taken; MQTTASYNC_BAD_UTF8_STRING for
 *   destinationName; MQTTASYNC_NULL_PARAMETER for a payload that is NULL; MQTTASYNC_BAD_QOS;
 *   MQTTASYNC_BAD_STRUCTURE or MQTTASYNC_BAD_MQTT_OPTION for response; MQTTASYNC_PERSISTENCE_ERROR, or the
 *   code of the program's own store, if the message could not be stored; MQTTASYNC_FAILURE without a client,
 *   or for what is too long for a packet.
 * @see Contract; MQTT 3.1.1 and MQTT 5.0 sections 3.3 and 4.3.
 */
LIBMQTT_API
int MQTTAsync_send(MQTTAsync handle,
                   const char *destinationName,
                   int payloadlen,
                   const void *payload,
                   int qos,
                   int retained,
                   MQTTAsync_responseOptions *response);

/**
 * Sends a message. As MQTTAsync_send, with the message in one piece.
 *
 * For a client of MQTT 5.0 the message has its properties itself. Afterwards the properties of response are
 * those of the message, not a copy: they are still the caller's, once.
 *
 * @param handle The client.
 * @param destinationName The topic, in UTF-8, without wildcards. It stays the caller's.
 * @param msg The message. It stays the caller's.
 * @param response Who is to hear of the message; takes its token. NULL: nobody.
 * @return As MQTTAsync_send; MQTTASYNC_NULL_PARAMETER or MQTTASYNC_BAD_STRUCTURE for msg.
 * @see Contract.
 */
LIBMQTT_API
int MQTTAsync_sendMessage(MQTTAsync handle,
                          const char *destinationName,
                          const MQTTAsync_message *msg,
                          MQTTAsync_responseOptions *response);

/**
 * Tells whether a request is complete. One that is not known (any more) is.
 *
 * @param handle The client.
 * @param token The token of the request.
 * @return 1 if it is complete; 0 if it waits to be sent, or is a message that is not delivered yet;
 *   MQTTASYNC_FAILURE without a client.
 * @see Contract.
 */
LIBMQTT_API int MQTTAsync_isComplete(MQTTAsync handle, MQTTAsync_token token);

/**
 * Waits until a request is complete, as MQTTAsync_isComplete has it. The only function that waits for the
 * network.
 *
 * @param handle The client.
 * @param token The token of the request.
 * @param timeout How long to wait, in milliseconds.
 * @return MQTTASYNC_SUCCESS if it is complete; MQTTASYNC_FAILURE if the time is up, or without a client;
 *   MQTTASYNC_DISCONNECTED without a connection, or if it is lost meanwhile.
 * @see Contract.
 */
LIBMQTT_API
int MQTTAsync_waitForCompletion(MQTTAsync handle,
                                MQTTAsync_token token,
                                unsigned long timeout);

/**
 * Lists the tokens of the messages that are not delivered yet: first those that wait to be sent, then those
 * that are under way. Messages of QoS 0 that wait have the token 0. Needs no connection.
 *
 * @param handle The client.
 * @param tokens Takes an array that ends with -1, to be freed with MQTTAsync_free; NULL if there are no such
 *   messages.
 * @return MQTTASYNC_SUCCESS; MQTTASYNC_FAILURE without a client, or if tokens is NULL.
 * @see Contract.
 */
LIBMQTT_API
int MQTTAsync_getPendingTokens(MQTTAsync handle,
                               MQTTAsync_token **tokens);

/**
 * Subscribes to a topic filter; the call returns at once.
 *
 * @param handle The client.
 * @param topic The filter, in UTF-8, perhaps with the wildcards + and #. It stays the caller's.
 * @param qos The highest QoS with which messages are to come: 0, 1 or 2.
 * @param response Who is to hear of the server's answer; takes the token of the request. NULL: nobody.
 *   onSuccess gets the granted QoS; onFailure is called if the server refuses, or if there will be no
 *   answer. For a client of MQTT 5.0 it has properties and subscribeOptions, too.
 * @return MQTTASYNC_SUCCESS: the request is sent, or waits for those before it. MQTTASYNC_DISCONNECTED
 *   without a connection; MQTTASYNC_BAD_UTF8_STRING for topic; MQTTASYNC_BAD_QOS; MQTTASYNC_NO_MORE_MSGIDS
 *   if all packet identifiers are taken; MQTTASYNC_BAD_STRUCTURE or MQTTASYNC_BAD_MQTT_OPTION for response;
 *   MQTTASYNC_FAILURE without a client, or for what is too long for a packet.
 * @see Contract; MQTT 3.1.1 and MQTT 5.0 sections 3.8, 3.9 and 4.7.
 */
LIBMQTT_API
int MQTTAsync_subscribe(MQTTAsync handle,
                        const char *topic,
                        int qos,
                        MQTTAsync_responseOptions *response);

/**
 * Subscribes to several topic filters at once; the call returns at once.
 *
 * @param handle The client.
 * @param count How many filters: 1 at least.
 * @param topic The filters, in UTF-8. They stay the caller's.
 * @param qos As many numbers: the highest QoS for each filter.
 * @param response Who is to hear of the server's answer; takes the token of the request. NULL: nobody.
 *   onSuccess gets the granted QoS of each, or MQTT_BAD_SUBSCRIBE where the server refused; with MQTT 5.0
 *   onSuccess5 gets a reason code for each. For a client of MQTT 5.0 subscribeOptionsList has the options of
 *   each filter, or subscribeOptionsCount is 0.
 * @return As MQTTAsync_subscribe; MQTTASYNC_BAD_MQTT_OPTION also for a subscribeOptionsCount that is neither
 *   0 nor count; MQTTASYNC_FAILURE also for a count below 1.
 * @see Contract, W-701; MQTT 3.1.1 and MQTT 5.0 sections 3.8 and 3.9.
 */
LIBMQTT_API
int MQTTAsync_subscribeMany(MQTTAsync handle,
                            int count,
                            char *const *topic,
                            const int *qos,
                            MQTTAsync_responseOptions *response);

/**
 * Ends a subscription; the call returns at once.
 *
 * @param handle The client.
 * @param topic The filter that was subscribed to, in UTF-8. It stays the caller's.
 * @param response Who is to hear of the server's answer; takes the token of the request. NULL: nobody. With
 *   MQTT 5.0 onSuccess5 gets the reason code, also if it says that there was no such subscription.
 * @return As MQTTAsync_subscribe.
 * @see Contract; MQTT 3.1.1 and MQTT 5.0 sections 3.10 and 3.11.
 */
LIBMQTT_API
int MQTTAsync_unsubscribe(MQTTAsync handle,
                          const char *topic,
                          MQTTAsync_responseOptions *response);

/**
 * Ends several subscriptions at once; the call returns at once.
 *
 * @param handle The client.
 * @param count How many filters: 1 at least.
 * @param topic The filters that were subscribed to, in UTF-8. They stay the caller's.
 * @param response As for MQTTAsync_unsubscribe; with MQTT 5.0 onSuccess5 gets a reason code for each filter.
 * @return As MQTTAsync_subscribe; MQTTASYNC_FAILURE also for a count below 1.
 * @see Contract; MQTT 3.1.1 and MQTT 5.0 sections 3.10 and 3.11.
 */
LIBMQTT_API
int MQTTAsync_unsubscribeMany(MQTTAsync handle,
                              int count,
                              char *const *topic,
                              MQTTAsync_responseOptions *response);

/**
 * Allocates memory that the library is to free, for example in a persistence function. The same as calloc,
 * so free and MQTTAsync_free will do, too.
 *
 * @param size How many bytes.
 * @return The memory, all zeros; also for 0 bytes. NULL if there is none left.
 * @see Contract; decision 10 there.
 */
LIBMQTT_API
void *MQTTAsync_malloc(size_t size);

/**
 * Frees memory that the library has allocated, for example the topic of a message. The same as free.
 *
 * As with free, memory must not be freed twice, and nothing may be given that neither the library nor malloc
 * has allocated: what happens then is undefined, and mostly the C library ends the program. Only for the
 * topic and the message that messageArrived has just now the library knows better: freeing them again,
 * before the callback returns, is ignored, with a line of level ERROR in the trace.
 *
 * @param ptr The memory. NULL is nothing.
 * @see Contract; decisions 10 and 15 there.
 */
LIBMQTT_API
void MQTTAsync_free(void *ptr);

/**
 * Frees a received message, with its payload and its properties but without its topic. Does nothing if the
 * pointer is NULL already. A message must not be freed twice by way of two pointers: see MQTTAsync_free.
 *
 * @param msg The pointer to the message. It becomes NULL.
 * @see Contract; decision 15 there.
 */
LIBMQTT_API
void MQTTAsync_freeMessage(MQTTAsync_message **msg);

/**
 * Sets from which level on lines of the trace are shown, in the trace file as to the callback. It stays
 * until it is set again.
 *
 * The trace file is named by the environment variable MQTT_C_CLIENT_TRACE, or is the standard output if that
 * is ON.
 *
 * @param level The lowest level that is shown.
 * @see Contract, L-502; decision 7 there.
 */
LIBMQTT_API
void MQTTAsync_setTraceLevel(enum MQTTASYNC_TRACE_LEVELS level);

/**
 * Sets the function that gets the lines of the trace, for all clients.
 *
 * It may be called on any thread, but never twice at a time, and may call all functions of this library; the
 * trace does not tell these calls.
 *
 * @param callback The function. NULL removes it.
 * @see Contract, L-501.
 */
LIBMQTT_API
void MQTTAsync_setTraceCallback(MQTTAsync_traceCallback callback);

/**
 * Tells the name and the version of the library, and which version of Eclipse Paho's it is compatible with.
 * May be called at any time.
 *
 * @return An array of names and values that ends with a NULL name. Not to be freed.
 * @see Contract; decision 6 there.
 */
LIBMQTT_API
MQTTAsync_nameValue *MQTTAsync_getVersionInfo(void);

/**
 * Does nothing: there is nothing to be initialised before the first client is created. Other libraries of
 * this interface set up OpenSSL here.
 *
 * @param inits Not looked at. May be NULL.
 * @see Contract.
 */
LIBMQTT_API
void MQTTAsync_global_init(MQTTAsync_init_options *inits);

#ifdef __cplusplus
}  /* extern "C" */
#endif  /* __cplusplus */

#endif  /* MQTTASYNC_H */
