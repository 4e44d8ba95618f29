/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/**
 * @file
 * The synchronous MQTT client: libraries paho-mqtt3c and paho-mqtt3cs.
 *
 * All functions may be called on any thread. Strings are UTF-8. A handle that is no
 * longer valid makes a call fail; it does no harm.
 *
 * Contract: docs/contract in the sources says, clause by clause, what each function does.
 */

#ifndef MQTTCLIENT_H
#define MQTTCLIENT_H

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
#define MQTTCLIENT_SUCCESS 0

/**
 * The call failed, for a reason that has no code of its own.
 */
#define MQTTCLIENT_FAILURE -1

/**
 * The client is not connected.
 */
#define MQTTCLIENT_DISCONNECTED -3

/**
 * A string is not UTF-8, or is NULL.
 */
#define MQTTCLIENT_BAD_UTF8_STRING -5

/**
 * A pointer is NULL that must not be.
 */
#define MQTTCLIENT_NULL_PARAMETER -6

/**
 * The first four bytes of a structure, or its version, are not what they should be.
 */
#define MQTTCLIENT_BAD_STRUCTURE -8

/**
 * The QoS is not 0, 1 or 2.
 */
#define MQTTCLIENT_BAD_QOS -9

/**
 * The server's URI begins with a scheme that this library does not have.
 */
#define MQTTCLIENT_BAD_PROTOCOL -14

/**
 * An option does not belong to the MQTT version that was asked for.
 */
#define MQTTCLIENT_BAD_MQTT_OPTION -15

/**
 * The client was created for another MQTT version.
 */
#define MQTTCLIENT_WRONG_MQTT_VERSION -16

/**
 * The topic of the will is empty.
 */
#define MQTTCLIENT_0_LEN_WILL_TOPIC -17

/**
 * The number in place of a granted QoS that says that the server refused a subscription.
 */
#define MQTT_BAD_SUBSCRIBE 0x80

/**
 * No packet identifier is free: too many messages are under way.
 */
#define MQTTCLIENT_MAX_MESSAGES_INFLIGHT -4

/**
 * The topic of the received message has a NUL in it, so as a string it looks shorter than it is.
 * The message is there nevertheless.
 */
#define MQTTCLIENT_TOPICNAME_TRUNCATED -7

/**
 * TLS was asked of a library that does not have it.
 */
#define MQTTCLIENT_SSL_NOT_SUPPORTED -10

/**
 * The MQTT version is not one of the MQTTVERSION_ constants.
 */
#define MQTTCLIENT_BAD_MQTT_VERSION -11

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
 * How important a line of the trace is. A level shows the lines of its own and of all higher ones.
 */
enum MQTTCLIENT_TRACE_LEVELS {
    /**
     * Everything.
     */
    MQTTCLIENT_TRACE_MAXIMUM = 1,
    /**
     * A little less.
     */
    MQTTCLIENT_TRACE_MEDIUM,
    /**
     * Also calls: each function of this library and each callback, when it is entered and when it is
     * left, with its thread, its return code and the time that it took. And connections. This is the
     * level if none was set.
     */
    MQTTCLIENT_TRACE_MINIMUM,
    /**
     * Also the packets that are sent and received.
     */
    MQTTCLIENT_TRACE_PROTOCOL,
    /**
     * Errors.
     */
    MQTTCLIENT_TRACE_ERROR,
    /**
     * Errors that should not be possible.
     */
    MQTTCLIENT_TRACE_SEVERE,
    /**
     * Errors after which nothing works any more.
     */
    MQTTCLIENT_TRACE_FATAL
};

/**
 * A client. Made by MQTTClient_create, and of no use after MQTTClient_destroy.
 */
typedef void *MQTTClient;

/**
 * Options for MQTTClient_createWithOptions.
 */
typedef struct MQTTClient_createOptions {
    /**
     * "MQCO".
     */
    char struct_id[4];
    /**
     * 0.
     */
    int struct_version;
    /**
     * One of the MQTTVERSION_ constants. A client for MQTT 5.0 has to say so here: it uses the
     * functions whose names end in 5, all others use the functions without.
     */
    int MQTTVersion;
} MQTTClient_createOptions;

/**
 * No version asked for.
 */
#define MQTTClient_createOptions_initializer { { 'M', 'Q', 'C', 'O' }, 0, MQTTVERSION_DEFAULT }

/**
 * Tells that the connection was lost; the program may connect again, even from here.
 *
 * @param context What MQTTClient_setCallbacks was given.
 * @param cause NULL.
 * @see Contract C-4.5, C-4.7, C-6.3.
 */
typedef void MQTTClient_connectionLost(void *context, char *cause);

/**
 * A message: to be published in one piece, or received.
 *
 * A received one belongs to the program, which frees it with MQTTClient_freeMessage.
 */
typedef struct MQTTClient_message {
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
} MQTTClient_message;

/**
 * An empty message.
 */
#define MQTTClient_message_initializer { { 'M', 'Q', 'T', 'M' }, 1, 0, NULL, 0, 0, 0, 0, { 0, 0, 0, NULL } }

/**
 * Takes a message that has arrived.
 *
 * If a part of the message was freed with these functions, on the thread of the callback and before it
 * returned, then the message counts as taken whatever is returned; if that is 0, the library frees the other
 * parts. What is freed with free, or on another thread, the library does not see: after that the callback
 * must not return 0.
 *
 * @param context What MQTTClient_setCallbacks was given.
 * @param topicName The topic, with a NUL behind it.
 * @param topicLen 0 if topicName is an ordinary string, and its length if it has a NUL in it.
 * @param message The message.
 * @return Non-zero if the message was taken: topicName and message are the program's now, which frees them
 *   with MQTTClient_free and MQTTClient_freeMessage, before it returns or later. 0 if not: the program
 *   leaves them alone, and the message is offered again, before any other.
 * @see Contract C-6.7 to C-6.10; decisions 3 and 15 there.
 */
typedef int MQTTClient_messageArrived(void *context,
                                      char *topicName,
                                      int topicLen,
                                      MQTTClient_message *message);

/**
 * Stands for a message of QoS 1 or 2 while it is on its way to the server.
 */
typedef int MQTTClient_deliveryToken;

/**
 * Tells that a message of QoS 1 or 2 has been delivered to the server. It may be called before the function
 * that published the message has returned.
 *
 * @param context What MQTTClient_setCallbacks was given.
 * @param dt The token of the message.
 * @see Contract C-6.5.
 */
typedef void MQTTClient_deliveryComplete(void *context, MQTTClient_deliveryToken dt);

/**
 * Tells that the server has disconnected this client, and why. MQTT 5.0 only.
 *
 * @param context What MQTTClient_setDisconnected was given.
 * @param properties The properties of the DISCONNECT packet. Never NULL, and valid only during the call.
 * @param reasonCode The server's reason.
 * @see Contract C-4.8; MQTT 5.0 section 3.14.
 */
typedef void MQTTClient_disconnected(void *context,
                                     MQTTProperties *properties,
                                     enum MQTTReasonCodes reasonCode);

/**
 * Tells what the server said of a message of QoS 1 or 2. MQTT 5.0 only.
 *
 * @param context What MQTTClient_setPublished was given.
 * @param dt The token of the message.
 * @param packet_type The type of the server's packet: 4 (PUBACK), 7 (PUBCOMP), or 5 for a PUBREC with an
 *   error.
 * @param properties The properties of that packet. Never NULL, and valid only during the call.
 * @param reasonCode The server's reason code; from 128 on the message was refused.
 * @see Contract C-6.6; MQTT 5.0 sections 3.4 to 3.7.
 */
typedef void MQTTClient_published(void *context,
                                  int dt,
                                  int packet_type,
                                  MQTTProperties *properties,
                                  enum MQTTReasonCodes reasonCode);

/**
 * The will: a message that the server publishes if the connection ends without MQTTClient_disconnect.
 */
typedef struct MQTTClient_willOptions {
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
} MQTTClient_willOptions;

/**
 * A will without topic and message.
 */
#define MQTTClient_willOptions_initializer { { 'M', 'Q', 'T', 'W' }, 1, NULL, NULL, 0, 0, { 0, NULL } }

/**
 * TLS options, for servers with the schemes ssl, tls, mqtts and wss. TLS 1.2 and 1.3 are spoken.
 *
 * All that is pointed to is copied when they are given to a function. The files are read when a connection is made;
 * one that has changed since is used from the next connection on.
 *
 * A library without TLS does not use them.
 */
typedef struct MQTTClient_SSLOptions {
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
} MQTTClient_SSLOptions;

/**
 * The server's certificate is checked, its name is not.
 */
#define MQTTClient_SSLOptions_initializer { { 'M', 'Q', 'T', 'S' }, 5, NULL, NULL, NULL, NULL, NULL, 1, MQTT_SSL_VERSION_DEFAULT, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0 }

/**
 * A name and a value, in an array that ends with a pair whose name is NULL.
 */
typedef struct MQTTClient_nameValue {
    /**
     * The name; NULL ends the array.
     */
    const char *name;
    /**
     * The value.
     */
    const char *value;
} MQTTClient_nameValue;

/**
 * Options for MQTTClient_connect and MQTTClient_connect5.
 *
 * Start from one of the initializers. All that is pointed to is copied during the call.
 */
typedef struct MQTTClient_connectOptions {
    /**
     * "MQTC".
     */
    char struct_id[4];
    /**
     * Which members there are. 0: those up to retryInterval. 1: also ssl. 2: also serverURIs.
     * 3: also MQTTVersion. 4: also returned. 5: also binarypwd. 6: also maxInflightMessages and
     * cleanstart. 7: also httpHeaders. 8: all.
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
     * 1: one message of QoS 1 or 2 at a time. 0: up to ten. See also maxInflightMessages.
     */
    int reliable;
    /**
     * The message that the server publishes if the client vanishes. NULL: none.
     */
    MQTTClient_willOptions *will;
    /**
     * The user name, in UTF-8. NULL: none.
     */
    const char *username;
    /**
     * The password, in UTF-8. NULL: see binarypwd.
     */
    const char *password;
    /**
     * How many seconds connecting may take, for each server.
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
    MQTTClient_SSLOptions *ssl;
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
     * Filled in when the connection is made.
     */
    struct {
        /**
         * The server that accepted the connection, without "scheme://". Not to be freed: it lives in
         * serverURIs, or as long as the client.
         */
        const char *serverURI;
        /**
         * The version of the protocol that is used now: 3, 4 or 5.
         */
        int MQTTVersion;
        /**
         * 1 if the server had kept this client's session.
         */
        int sessionPresent;
    } returned;
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
     * How many messages of QoS 1 or 2 may be under way at a time. 0 or less: as reliable says.
     */
    int maxInflightMessages;
    /**
     * MQTT 5.0: 1 starts without subscriptions and unfinished messages; 0 goes on with those that
     * client and server have. Must be 0 before MQTT 5.0.
     */
    int cleanstart;
    /**
     * HTTP headers for the request of a WebSocket (schemes ws and wss), behind the library's own. The
     * array ends with an element whose name or value is NULL. They are sent as they are, but for a line
     * end, with which connecting fails. NULL: none.
     */
    const MQTTClient_nameValue *httpHeaders;
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
} MQTTClient_connectOptions;

/**
 * For MQTT 3.1.1 and 3.1.
 */
#define MQTTClient_connectOptions_initializer { { 'M', 'Q', 'T', 'C' }, 8, 60, 1, 1, NULL, NULL, NULL, 30, 0, NULL, 0, NULL, MQTTVERSION_DEFAULT, { NULL, 0, 0 }, { 0, NULL }, -1, 0, NULL, NULL, NULL }

/**
 * For MQTT 5.0.
 */
#define MQTTClient_connectOptions_initializer5 { { 'M', 'Q', 'T', 'C' }, 8, 60, 0, 1, NULL, NULL, NULL, 30, 0, NULL, 0, NULL, MQTTVERSION_5, { NULL, 0, 0 }, { 0, NULL }, -1, 1, NULL, NULL, NULL }

/**
 * For MQTT 3.1.1 and 3.1 over WebSocket: a shorter keep alive, since proxies cut idle connections.
 */
#define MQTTClient_connectOptions_initializer_ws { { 'M', 'Q', 'T', 'C' }, 8, 45, 1, 1, NULL, NULL, NULL, 30, 0, NULL, 0, NULL, MQTTVERSION_DEFAULT, { NULL, 0, 0 }, { 0, NULL }, -1, 0, NULL, NULL, NULL }

/**
 * For MQTT 5.0 over WebSocket: a shorter keep alive, since proxies cut idle connections.
 */
#define MQTTClient_connectOptions_initializer5_ws { { 'M', 'Q', 'T', 'C' }, 8, 45, 0, 1, NULL, NULL, NULL, 30, 0, NULL, 0, NULL, MQTTVERSION_5, { NULL, 0, 0 }, { 0, NULL }, -1, 1, NULL, NULL, NULL }

/**
 * What a function of MQTT 5.0 returns: the server's answer, or why there is none.
 *
 * To be freed with MQTTResponse_free.
 */
typedef struct MQTTResponse {
    /**
     * 1.
     */
    int version;
    /**
     * If negative, one of the MQTTCLIENT_ return codes: the call failed. Else the server's reason
     * code, the first one if there are several; those from 128 on report a failure.
     */
    enum MQTTReasonCodes reasonCode;
    /**
     * How many reason codes the server sent: for a subscription, one for each topic filter.
     */
    int reasonCodeCount;
    /**
     * The reason codes if there is more than one, else NULL.
     */
    enum MQTTReasonCodes *reasonCodes;
    /**
     * The properties of the answer. NULL if there are none.
     */
    MQTTProperties *properties;
} MQTTResponse;

/**
 * Success, and nothing to be freed.
 */
#define MQTTResponse_initializer { 1, MQTTREASONCODE_SUCCESS, 0, NULL, NULL }

/**
 * Takes a line of the trace.
 *
 * @param level The level of the line.
 * @param message The line, without a newline at its end. Valid only during the call.
 * @see Contract L-501.
 */
typedef void MQTTClient_traceCallback(enum MQTTCLIENT_TRACE_LEVELS level, char *message);

/**
 * Options for MQTTClient_global_init.
 */
typedef struct MQTTClient_init_options {
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
} MQTTClient_init_options;

/**
 * Nothing asked for.
 */
#define MQTTClient_init_options_initializer { { 'M', 'Q', 'T', 'G' }, 0, 0 }

/**
 * The same as MQTTClient_deliveryToken.
 */
typedef int MQTTClient_token;

#ifdef __cplusplus
extern "C" {
#endif /* __cplusplus */

/**
 * The text of a return code, in English.
 *
 * @param code One of the MQTTCLIENT_ return codes, or a positive number, which is why a server refused: 1 to
 *   5 is what MQTT 3.1.1 and 3.1 say to CONNECT, 128 and above are reason codes of MQTT 5.0.
 * @return The text. Never NULL; not to be freed. That of a number which has none of its own is valid until
 *   the same thread asks for another such.
 * @see Contract C-1.1, C-1.2.
 */
LIBMQTT_API
const char *MQTTClient_strerror(int code);

/**
 * Creates a client, for MQTT 3.1.1 and 3.1. As MQTTClient_createWithOptions without options.
 *
 * @param handle Takes the client.
 * @param serverURI Where to connect to.
 * @param clientId Who this is, in UTF-8.
 * @param persistence_type One of the MQTTCLIENT_PERSISTENCE_ constants.
 * @param persistence_context What belongs to it: a directory, a store of the program's own, or NULL.
 * @return MQTTCLIENT_SUCCESS, or as MQTTClient_createWithOptions.
 * @see Contract C-2.1.
 */
LIBMQTT_API
int MQTTClient_create(MQTTClient *handle,
                      const char *serverURI,
                      const char *clientId,
                      int persistence_type,
                      void *persistence_context);

/**
 * Creates a client. It is not connected yet.
 *
 * After fork() the child may use the clients that had no connection at that time, as its parent may, and may
 * create others: a program can create its client, call daemon(), and connect then. A client that had a
 * connection is the parent's: in the child its calls fail, a line of level ERROR of the trace says why, and
 * destroying it frees the handle and nothing else.
 *
 * A signal handler may call the functions for clients. If it has interrupted one of them on its thread, its
 * own call fails with MQTTCLIENT_FAILURE, unless the other one only waits for something; it never waits for
 * what the interrupted call holds.
 *
 * A thread may be cancelled with pthread_cancel() while it is in a function of this library. Those that may
 * block honour that when they begin and when they return, unless they return a message or a client;
 * publishing does when it begins. In between they are not cancelled, so that nothing stays locked and other
 * threads can go on with the client. With PTHREAD_CANCEL_ASYNCHRONOUS a thread may only call the functions
 * that take a client, but for those that publish, and MQTTClient_yield.
 *
 * @param handle Takes the client, which is to be given to MQTTClient_destroy once. If the call fails it is
 *   left alone, but with MQTTCLIENT_PERSISTENCE_ERROR: then there is a client without its store, to be
 *   destroyed, unless clientId is empty, for which there are no files.
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
 * @param options NULL, or options that are read during the call. A client for MQTT 5.0 needs them.
 * @return MQTTCLIENT_SUCCESS; MQTTCLIENT_NULL_PARAMETER if handle, serverURI or clientId is NULL;
 *   MQTTCLIENT_BAD_UTF8_STRING for clientId; MQTTCLIENT_BAD_PROTOCOL for a scheme that this library does not
 *   have; MQTTCLIENT_BAD_STRUCTURE for options; MQTTCLIENT_PERSISTENCE_ERROR, or what the program's own
 *   store has returned, if the store cannot be opened or read.
 * @see Contract C-2.1 to C-2.5, P-102, T-101; decisions 13 and 14 there.
 */
LIBMQTT_API
int MQTTClient_createWithOptions(MQTTClient *handle,
                                 const char *serverURI,
                                 const char *clientId,
                                 int persistence_type,
                                 void *persistence_context,
                                 MQTTClient_createOptions *options);

/**
 * Destroys a client. Does nothing if the handle is NULL already.
 *
 * A connection that is still open is closed without a DISCONNECT, so that the server publishes the will.
 * Stored messages stay for the next client of the same name. A call of another thread that waits for this
 * client fails. May be called in a callback, also for the client that it is a callback of.
 *
 * @param handle The client. It becomes NULL.
 * @see Contract C-2.7 to C-2.9.
 */
LIBMQTT_API
void MQTTClient_destroy(MQTTClient *handle);

/**
 * Sets how long subscribing and unsubscribing wait for the server's answer. It is 10 seconds.
 *
 * @param handle The client.
 * @param milliSeconds How long, in milliseconds: 5000 at least.
 * @return MQTTCLIENT_SUCCESS, or MQTTCLIENT_FAILURE for fewer than 5000 or without a client.
 * @see Contract C-2.14.
 */
LIBMQTT_API int MQTTClient_setCommandTimeout(MQTTClient handle, unsigned long milliSeconds);

/**
 * Tells whether a client is connected.
 *
 * Without callbacks, a lost connection is only noticed by the next call that uses it.
 *
 * @param handle The client.
 * @return 1 if it is connected, else 0, also without a client.
 * @see Contract C-2.15.
 */
LIBMQTT_API int MQTTClient_isConnected(MQTTClient handle);

/**
 * Sets the callbacks for messages and for the connection. With them the next connection is served in the
 * background: MQTTClient_receive and MQTTClient_yield are not for such a client.
 *
 * From when a client with callbacks connects, until no client of the process is connected any more, all
 * clients are served in the background, also those without callbacks: what the server sends is read and
 * acknowledged, and the connection is kept alive. Their messages wait for MQTTClient_receive. A client that
 * is connected then and is given callbacks has them called from now on.
 *
 * Callbacks may call all functions of this library. Those of one client do not run at the same time.
 *
 * Nor do those of different clients of a process: a program with one set of callbacks for all of them needs
 * no locks. Only when a callback has run for a second the others go on beside it, so that one that waits or
 * hangs stalls nobody for good. What the server sends is read and acknowledged meanwhile, and the
 * connections are kept alive. MQTTClient_setCallbackTurn changes the second. Callbacks that run on a thread
 * of the program, in a call that it makes, do not wait for others: those of a program whose clients are not
 * served in the background.
 *
 * Callbacks run on threads of the library. These have the stack that a thread of the program gets if nothing
 * else is asked for (usually what "ulimit -s" says), and 8 MB at least; and they block all signals. A
 * callback may end its thread with pthread_exit, or with pthread_cancel: it counts as if it had returned 1,
 * and further callbacks come on other threads. A C++ exception must not leave it.
 *
 * When 8 MiB of messages wait for a program that takes them slowly, no more are read until it has taken
 * some; 32 MiB while it waits for an answer, which the server sends behind them. A call without a time limit
 * fails then if its callback would have to return first, or if nothing is taken for as long as a command may
 * take.
 *
 * @param handle The client.
 * @param context Passed to all three callbacks.
 * @param cl Called when the connection is lost. May be NULL.
 * @param ma Called for each message. Must not be NULL.
 * @param dc Called when a message of QoS 1 or 2 has been delivered. May be NULL.
 * @return MQTTCLIENT_SUCCESS; MQTTCLIENT_FAILURE without a client, if ma is NULL, or while the client
 *   connects or disconnects.
 * @see Contract C-5.1, C-6.1 to C-6.10; decisions 3 and 12 there.
 */
LIBMQTT_API
int MQTTClient_setCallbacks(MQTTClient handle,
                            void *context,
                            MQTTClient_connectionLost *cl,
                            MQTTClient_messageArrived *ma,
                            MQTTClient_deliveryComplete *dc);

/**
 * Sets how long a callback may run before callbacks of other clients run beside it: see
 * MQTTClient_setCallbacks. It is 1000 milliseconds unless this is called, or the environment variable
 * MQTT_C_CLIENT_CALLBACK_TURN_MS says otherwise. A callback that runs already is seen within some 20
 * milliseconds.
 *
 * For all clients of the process. Not in Eclipse Paho's library.
 *
 * @param milliseconds How long, in milliseconds. With 0 callbacks of different clients run at the same time
 *   from the start.
 * @see Contract, decision 12.
 */
LIBMQTT_API
void MQTTClient_setCallbackTurn(unsigned long milliseconds);

/**
 * Sets the callback for a DISCONNECT from the server, which MQTT 5.0 has. Without one connectionLost is
 * called instead.
 *
 * @param handle The client.
 * @param context Passed to the callback. It is its own, not that of MQTTClient_setCallbacks.
 * @param co The callback. NULL removes it.
 * @return MQTTCLIENT_SUCCESS; MQTTCLIENT_FAILURE without a client, or while it connects or disconnects.
 * @see Contract C-4.8, C-5.2; MQTT 5.0 section 3.14.
 */
LIBMQTT_API
int MQTTClient_setDisconnected(MQTTClient handle,
                               void *context,
                               MQTTClient_disconnected *co);

/**
 * Sets the callback for acknowledgements of messages, which tell more in MQTT 5.0.
 *
 * @param handle The client.
 * @param context Passed to the callback. It is its own, not that of MQTTClient_setCallbacks.
 * @param co The callback. NULL removes it.
 * @return MQTTCLIENT_SUCCESS; MQTTCLIENT_FAILURE without a client, or while it connects or disconnects.
 * @see Contract C-5.2, C-6.6; MQTT 5.0 sections 3.4 to 3.7.
 */
LIBMQTT_API
int MQTTClient_setPublished(MQTTClient handle,
                            void *context,
                            MQTTClient_published *co);

/**
 * Connects a client for MQTT 3.1.1 and 3.1 to its server, and waits until that has accepted it.
 *
 * @param handle The client.
 * @param options What to connect with, and what is filled in when the connection is made. All that is
 *   pointed to is copied during the call; returned.serverURI points into the options or is the client's.
 * @return MQTTCLIENT_SUCCESS. A positive number is the server's word for why it refused: 1 protocol version,
 *   2 client identifier, 3 unavailable, 4 user name or password, 5 not authorized. MQTTCLIENT_FAILURE if no
 *   server could be reached, did not answer within connectTimeout, or broke the protocol: the trace says
 *   which. MQTTCLIENT_WRONG_MQTT_VERSION for a client of MQTT 5.0. Before anything is sent:
 *   MQTTCLIENT_NULL_PARAMETER if options, the will's topic, or the TLS options of a URI with TLS are NULL;
 *   MQTTCLIENT_BAD_STRUCTURE; MQTTCLIENT_BAD_QOS or MQTTCLIENT_0_LEN_WILL_TOPIC for the will;
 *   MQTTCLIENT_BAD_UTF8_STRING for user name and password; MQTTCLIENT_BAD_MQTT_VERSION;
 *   MQTTCLIENT_BAD_MQTT_OPTION. MQTTCLIENT_DISCONNECTED if the connection was lost again while unfinished
 *   messages were sent.
 * @see Contract C-3.1 to C-3.16; MQTT 3.1.1 sections 3.1 and 3.2.
 */
LIBMQTT_API
int MQTTClient_connect(MQTTClient handle,
                       MQTTClient_connectOptions *options);

/**
 * Connects a client for MQTT 5.0 to its server, and waits until that has accepted it.
 *
 * @param handle The client.
 * @param options What to connect with: see MQTTClient_connect.
 * @param connectProperties Go into the CONNECT packet. NULL: none. They stay the caller's.
 * @param willProperties Go with the will, if there is one. NULL: none. They stay the caller's.
 * @return A response, to be freed with MQTTResponse_free. Its reasonCode is MQTTREASONCODE_SUCCESS; or from
 *   128 on why the server refused; or negative, one of the codes of MQTTClient_connect. After a success it
 *   has the properties of the server's answer.
 * @see Contract C-3.1 to C-3.16, C-8.8; MQTT 5.0 sections 3.1 and 3.2.
 */
LIBMQTT_API
MQTTResponse MQTTClient_connect5(MQTTClient handle,
                                 MQTTClient_connectOptions *options,
                                 MQTTProperties *connectProperties,
                                 MQTTProperties *willProperties);

/**
 * Disconnects a client from its server.
 *
 * If another thread is in MQTTClient_connect for this client, that call ends with MQTTCLIENT_FAILURE, and
 * tries nothing more.
 *
 * @param handle The client.
 * @param timeout How long to wait for messages of QoS 1 and 2 that are under way, in milliseconds. With 0
 *   they are not waited for. What was published and has not left yet is written in any case.
 * @return MQTTCLIENT_SUCCESS, also if the client is not connected; MQTTCLIENT_FAILURE without a client.
 * @see Contract C-4.1 to C-4.3; MQTT 3.1.1 section 3.14.
 */
LIBMQTT_API
int MQTTClient_disconnect(MQTTClient handle,
                          int timeout);

/**
 * Disconnects a client for MQTT 5.0 from its server, and tells it why.
 *
 * @param handle The client.
 * @param timeout As for MQTTClient_disconnect, in milliseconds.
 * @param reason The reason code of the DISCONNECT packet. With MQTTREASONCODE_DISCONNECT_WITH_WILL_MESSAGE
 *   the server publishes the will.
 * @param props The properties of the DISCONNECT packet. NULL: none. They stay the caller's.
 * @return MQTTCLIENT_SUCCESS, also if the client is not connected; MQTTCLIENT_FAILURE without a client, or
 *   for a reason that is no byte. For a client for another version reason and props count for nothing.
 * @see Contract C-4.1 to C-4.3; MQTT 5.0 section 3.14.
 */
LIBMQTT_API
int MQTTClient_disconnect5(MQTTClient handle,
                           int timeout,
                           enum MQTTReasonCodes reason,
                           MQTTProperties *props);

/**
 * Publishes a message, for MQTT 3.1.1 and 3.1.
 *
 * The call does not wait until the message is delivered: see MQTTClient_waitForCompletion. But it waits
 * while as many messages are under way as the connect options allow.
 *
 * When the call returns, the message is written: it arrives even if the process is killed then. Only a
 * thread that floods, with hundreds of messages and no pause of a millisecond, has its next messages leave
 * together, within 400 microseconds, and so do messages that the server is too slow for.
 * MQTTClient_disconnect, MQTTClient_destroy and exit() send what has not left yet; a process that ends by
 * _exit(), a signal or exec loses it, unless it is stored, and so does one whose signal handler has
 * interrupted a call of this library and calls exit().
 *
 * @param handle The client.
 * @param topicName Where to, in UTF-8, without wildcards. It stays the caller's.
 * @param payloadlen How many bytes the payload has.
 * @param payload The bytes. May be NULL if there are none. They stay the caller's.
 * @param qos 0: the message may be lost. 1: it arrives, perhaps more than once. 2: it arrives once.
 * @param retained 1 asks the server to keep the message for those who subscribe later, else 0.
 * @param dt Takes the token of a message of QoS 1 or 2, before any callback is told of it. May be NULL.
 * @return MQTTCLIENT_SUCCESS. For QoS 1 and 2 that means that the message is the library's now, even if the
 *   connection was lost meanwhile. MQTTCLIENT_FAILURE without a client, for what is too long for a packet,
 *   or if a message of QoS 0 could not be written; MQTTCLIENT_WRONG_MQTT_VERSION for a client of MQTT 5.0;
 *   MQTTCLIENT_DISCONNECTED; MQTTCLIENT_BAD_UTF8_STRING for topicName; MQTTCLIENT_NULL_PARAMETER for a
 *   payload that is NULL; MQTTCLIENT_BAD_QOS; MQTTCLIENT_MAX_MESSAGES_INFLIGHT if all packet identifiers are
 *   taken; MQTTCLIENT_PERSISTENCE_ERROR, or the code of the program's own store, if the message could not be
 *   stored.
 * @see Contract C-7.1 to C-7.6; MQTT 3.1.1 sections 3.3 and 4.3.
 */
LIBMQTT_API
int MQTTClient_publish(MQTTClient handle,
                       const char *topicName,
                       int payloadlen,
                       const void *payload,
                       int qos,
                       int retained,
                       MQTTClient_deliveryToken *dt);

/**
 * Publishes a message, for MQTT 5.0. As MQTTClient_publish, with properties.
 *
 * @param handle The client.
 * @param topicName Where to, in UTF-8, without wildcards. It stays the caller's.
 * @param payloadlen How many bytes the payload has.
 * @param payload The bytes. May be NULL if there are none. They stay the caller's.
 * @param qos 0, 1 or 2.
 * @param retained 1 asks the server to keep the message for those who subscribe later, else 0.
 * @param properties The properties of the message. NULL: none. They stay the caller's.
 * @param dt Takes the token of a message of QoS 1 or 2. May be NULL.
 * @return A response whose reasonCode is one of the return codes of MQTTClient_publish. It has nothing of
 *   the server's, for which see MQTTClient_setPublished, and so nothing to be freed.
 * @see Contract C-7.1 to C-7.6, C-7.9; MQTT 5.0 sections 3.3 and 4.3.
 */
LIBMQTT_API
MQTTResponse MQTTClient_publish5(MQTTClient handle,
                                 const char *topicName,
                                 int payloadlen,
                                 const void *payload,
                                 int qos,
                                 int retained,
                                 MQTTProperties *properties,
                                 MQTTClient_deliveryToken *dt);

/**
 * Publishes a message, for MQTT 3.1.1 and 3.1. As MQTTClient_publish, with the message in one piece.
 *
 * @param handle The client.
 * @param topicName Where to, in UTF-8, without wildcards. It stays the caller's.
 * @param msg The message. It stays the caller's.
 * @param dt Takes the token of a message of QoS 1 or 2. May be NULL.
 * @return As MQTTClient_publish; MQTTCLIENT_NULL_PARAMETER or MQTTCLIENT_BAD_STRUCTURE for msg.
 * @see Contract C-7.1.
 */
LIBMQTT_API
int MQTTClient_publishMessage(MQTTClient handle,
                              const char *topicName,
                              MQTTClient_message *msg,
                              MQTTClient_deliveryToken *dt);

/**
 * Publishes a message, for MQTT 5.0. As MQTTClient_publish5, with the message in one piece.
 *
 * @param handle The client.
 * @param topicName Where to, in UTF-8, without wildcards. It stays the caller's.
 * @param msg The message, with its properties. It stays the caller's.
 * @param dt Takes the token of a message of QoS 1 or 2. May be NULL.
 * @return As MQTTClient_publish5; MQTTCLIENT_NULL_PARAMETER or MQTTCLIENT_BAD_STRUCTURE for msg.
 * @see Contract C-7.1.
 */
LIBMQTT_API
MQTTResponse MQTTClient_publishMessage5(MQTTClient handle,
                                        const char *topicName,
                                        MQTTClient_message *msg,
                                        MQTTClient_deliveryToken *dt);

/**
 * Waits until the message with this token is delivered.
 *
 * @param handle The client.
 * @param dt The token that publishing has given.
 * @param timeout How long to wait, in milliseconds; 0 fails at once.
 * @return MQTTCLIENT_SUCCESS if the message is delivered, or the token is not known (any more);
 *   MQTTCLIENT_FAILURE if the time is up, or without a client; MQTTCLIENT_DISCONNECTED without a connection,
 *   or if it is lost meanwhile.
 * @see Contract C-7.7.
 */
LIBMQTT_API
int MQTTClient_waitForCompletion(MQTTClient handle,
                                 MQTTClient_deliveryToken dt,
                                 unsigned long timeout);

/**
 * Lists the tokens of the messages that are not delivered yet, the oldest first. Needs no connection.
 *
 * @param handle The client.
 * @param tokens Takes an array that ends with -1, to be freed with MQTTClient_free; NULL if there are no
 *   such messages.
 * @return MQTTCLIENT_SUCCESS; MQTTCLIENT_FAILURE without a client, or if tokens is NULL.
 * @see Contract C-7.8.
 */
LIBMQTT_API
int MQTTClient_getPendingDeliveryTokens(MQTTClient handle,
                                        MQTTClient_deliveryToken **tokens);

/**
 * Subscribes to a topic filter, for MQTT 3.1.1 and 3.1, and waits for the server's answer.
 *
 * @param handle The client.
 * @param topic The filter, in UTF-8, perhaps with the wildcards + and #. It stays the caller's.
 * @param qos The highest QoS with which messages are to come: 0, 1 or 2.
 * @return MQTTCLIENT_SUCCESS; MQTT_BAD_SUBSCRIBE if the server refused; MQTTCLIENT_FAILURE without a client,
 *   or if there was no answer in the time that MQTTClient_setCommandTimeout sets, or the connection was
 *   lost; MQTTCLIENT_WRONG_MQTT_VERSION for a client of MQTT 5.0; MQTTCLIENT_DISCONNECTED;
 *   MQTTCLIENT_BAD_UTF8_STRING; MQTTCLIENT_BAD_QOS; MQTTCLIENT_MAX_MESSAGES_INFLIGHT if all packet
 *   identifiers are taken.
 * @see Contract C-8.2 to C-8.7; MQTT 3.1.1 sections 3.8, 3.9 and 4.7.
 */
LIBMQTT_API
int MQTTClient_subscribe(MQTTClient handle,
                         const char *topic,
                         int qos);

/**
 * Subscribes to a topic filter, for MQTT 5.0, and waits for the server's answer.
 *
 * @param handle The client.
 * @param topic The filter, in UTF-8, perhaps with the wildcards + and #. It stays the caller's.
 * @param qos The highest QoS with which messages are to come: 0, 1 or 2.
 * @param opts How the subscription is to behave. NULL: as before MQTT 5.0. They stay the caller's.
 * @param props The properties of the SUBSCRIBE packet. NULL: none. They stay the caller's.
 * @return A response, to be freed with MQTTResponse_free. Its reasonCode is the granted QoS; or from 128 on
 *   why the server refused; or negative, one of the return codes of MQTTClient_subscribe.
 * @see Contract C-8.1 to C-8.7; MQTT 5.0 sections 3.8, 3.9 and 4.7.
 */
LIBMQTT_API
MQTTResponse MQTTClient_subscribe5(MQTTClient handle,
                                   const char *topic,
                                   int qos,
                                   MQTTSubscribe_options *opts,
                                   MQTTProperties *props);

/**
 * Subscribes to several topic filters at once, for MQTT 3.1.1 and 3.1, and waits for the server's answer.
 *
 * @param handle The client.
 * @param count How many filters: 1 at least.
 * @param topic The filters, in UTF-8. They stay the caller's.
 * @param qos As many numbers: the highest QoS for each filter. They become the granted ones, or
 *   MQTT_BAD_SUBSCRIBE where the server refused.
 * @return MQTTCLIENT_SUCCESS, also if the server refused some or all; or as MQTTClient_subscribe.
 * @see Contract C-8.2 to C-8.7; MQTT 3.1.1 sections 3.8 and 3.9.
 */
LIBMQTT_API
int MQTTClient_subscribeMany(MQTTClient handle,
                             int count,
                             char *const *topic,
                             int *qos);

/**
 * Subscribes to several topic filters at once, for MQTT 5.0, and waits for the server's answer.
 *
 * @param handle The client.
 * @param count How many filters: 1 at least.
 * @param topic The filters, in UTF-8. They stay the caller's.
 * @param qos As many numbers: the highest QoS for each filter. They stay as they are.
 * @param opts As many options, or NULL: as before MQTT 5.0.
 * @param props The properties of the SUBSCRIBE packet. NULL: none. They stay the caller's.
 * @return A response, to be freed with MQTTResponse_free. It has a reason code for each filter: the granted
 *   QoS, or from 128 on why the server refused. If the call failed, reasonCode is negative, as for
 *   MQTTClient_subscribe5.
 * @see Contract C-8.1 to C-8.7; MQTT 5.0 sections 3.8 and 3.9.
 */
LIBMQTT_API
MQTTResponse MQTTClient_subscribeMany5(MQTTClient handle,
                                       int count,
                                       char *const *topic,
                                       int *qos,
                                       MQTTSubscribe_options *opts,
                                       MQTTProperties *props);

/**
 * Ends a subscription, and waits for the server's answer.
 *
 * @param handle The client.
 * @param topic The filter that was subscribed to, in UTF-8. It stays the caller's.
 * @return MQTTCLIENT_SUCCESS; MQTTCLIENT_FAILURE without a client, or if there was no answer in the time
 *   that MQTTClient_setCommandTimeout sets, or the connection was lost; MQTTCLIENT_DISCONNECTED;
 *   MQTTCLIENT_BAD_UTF8_STRING; MQTTCLIENT_MAX_MESSAGES_INFLIGHT if all packet identifiers are taken. For a
 *   client of MQTT 5.0 the server's reason code.
 * @see Contract C-8.2, C-8.6; MQTT 3.1.1 sections 3.10 and 3.11.
 */
LIBMQTT_API
int MQTTClient_unsubscribe(MQTTClient handle,
                           const char *topic);

/**
 * Ends a subscription, for MQTT 5.0, and waits for the server's answer.
 *
 * @param handle The client.
 * @param topic The filter that was subscribed to, in UTF-8. It stays the caller's.
 * @param props The properties of the UNSUBSCRIBE packet. NULL: none. They stay the caller's.
 * @return A response, to be freed with MQTTResponse_free. Its reasonCode is the server's, 17 if there was no
 *   such subscription; or negative, one of the return codes of MQTTClient_unsubscribe.
 * @see Contract C-8.1 to C-8.6; MQTT 5.0 sections 3.10 and 3.11.
 */
LIBMQTT_API
MQTTResponse MQTTClient_unsubscribe5(MQTTClient handle,
                                     const char *topic,
                                     MQTTProperties *props);

/**
 * Ends several subscriptions at once, for MQTT 3.1.1 and 3.1, and waits for the server's answer.
 *
 * @param handle The client.
 * @param count How many filters: 1 at least.
 * @param topic The filters that were subscribed to, in UTF-8. They stay the caller's.
 * @return As MQTTClient_unsubscribe; MQTTCLIENT_WRONG_MQTT_VERSION for a client of MQTT 5.0.
 * @see Contract C-8.2, C-8.6; MQTT 3.1.1 sections 3.10 and 3.11.
 */
LIBMQTT_API int MQTTClient_unsubscribeMany(MQTTClient handle, int count, char *const *topic);

/**
 * Ends several subscriptions at once, for MQTT 5.0, and waits for the server's answer.
 *
 * @param handle The client.
 * @param count How many filters: 1 at least.
 * @param topic The filters that were subscribed to, in UTF-8. They stay the caller's.
 * @param props The properties of the UNSUBSCRIBE packet. NULL: none. They stay the caller's.
 * @return A response, to be freed with MQTTResponse_free, with a reason code for each filter. If the call
 *   failed, reasonCode is negative, as for MQTTClient_unsubscribe5.
 * @see Contract C-8.1 to C-8.6; MQTT 5.0 sections 3.10 and 3.11.
 */
LIBMQTT_API
MQTTResponse MQTTClient_unsubscribeMany5(MQTTClient handle,
                                         int count,
                                         char *const *topic,
                                         MQTTProperties *props);

/**
 * Waits for a message, for clients without callbacks.
 *
 * Programs look at message first, and at the return code then.
 *
 * With persistence the message stays in the store until the program calls MQTTClient_receive,
 * MQTTClient_disconnect or MQTTClient_destroy for this client again, or ends: if it is killed before that,
 * the message comes again.
 *
 * @param handle The client.
 * @param topicName Takes the topic, to be freed with MQTTClient_free, or NULL if no message came.
 * @param topicLen Takes the length of the topic, if a message came.
 * @param message Takes the message, to be freed with MQTTClient_freeMessage, or NULL if none came.
 * @param timeout How long to wait, in milliseconds.
 * @return MQTTCLIENT_SUCCESS, with or without a message; MQTTCLIENT_TOPICNAME_TRUNCATED with a message whose
 *   topic has a NUL in it; MQTTCLIENT_DISCONNECTED without a connection; MQTTCLIENT_FAILURE if the
 *   connection was lost, perhaps with a last message, or for a client with callbacks, or without a client;
 *   MQTTCLIENT_NULL_PARAMETER if one of the three is NULL.
 * @see Contract C-9.2 to C-9.6.
 */
LIBMQTT_API
int MQTTClient_receive(MQTTClient handle,
                       char **topicName,
                       int *topicLen,
                       MQTTClient_message **message,
                       unsigned long timeout);

/**
 * Works for a tenth of a second for all clients without callbacks: reads, acknowledges, keeps alive.
 * Messages that come wait for MQTTClient_receive.
 *
 * A program without callbacks calls this, or MQTTClient_receive, from time to time.
 *
 * @see Contract C-9.1, C-9.7.
 */
LIBMQTT_API
void MQTTClient_yield(void);

/**
 * Allocates memory that the library is to free, for example in a persistence function. The same as calloc,
 * so free and MQTTClient_free will do, too.
 *
 * @param size How many bytes.
 * @return The memory, all zeros; also for 0 bytes. NULL if there is none left.
 * @see Contract C-2.12; decision 10 there.
 */
LIBMQTT_API
void *MQTTClient_malloc(size_t size);

/**
 * Frees memory that the library has allocated, for example the topic of a message. The same as free.
 *
 * As with free, memory must not be freed twice, and nothing may be given that neither the library nor malloc
 * has allocated: what happens then is undefined, and mostly the C library ends the program. Only for the
 * topic and the message that messageArrived has just now the library knows better: freeing them again,
 * before the callback returns, is ignored, with a line of level ERROR in the trace.
 *
 * @param ptr The memory. NULL is nothing.
 * @see Contract C-2.12; decisions 10 and 15 there.
 */
LIBMQTT_API
void MQTTClient_free(void *ptr);

/**
 * Frees a received message, with its payload and its properties but without its topic. Does nothing if the
 * pointer is NULL already. A message must not be freed twice by way of two pointers: see MQTTClient_free.
 *
 * @param msg The pointer to the message. It becomes NULL.
 * @see Contract C-2.12; decision 15 there.
 */
LIBMQTT_API
void MQTTClient_freeMessage(MQTTClient_message **msg);

/**
 * Frees what is in a response. To be called once for each.
 *
 * @param response The response. It is given by value, so the caller's keeps pointers that are no longer
 *   valid.
 * @see Contract C-8.1.
 */
LIBMQTT_API
void MQTTResponse_free(MQTTResponse response);

/**
 * Sets from which level on lines of the trace are shown, in the trace file as to the callback. It stays
 * until it is set again.
 *
 * The trace file is named by the environment variable MQTT_C_CLIENT_TRACE, or is the standard output if that
 * is ON.
 *
 * @param level The lowest level that is shown.
 * @see Contract C-12.4, L-502; decision 7 there.
 */
LIBMQTT_API
void MQTTClient_setTraceLevel(enum MQTTCLIENT_TRACE_LEVELS level);

/**
 * Sets the function that gets the lines of the trace, for all clients.
 *
 * It may be called on any thread, but never twice at a time, and may call all functions of this library; the
 * trace does not tell these calls.
 *
 * @param callback The function. NULL removes it.
 * @see Contract C-12.3, L-501.
 */
LIBMQTT_API
void MQTTClient_setTraceCallback(MQTTClient_traceCallback callback);

/**
 * Tells the name and the version of the library, and which version of Eclipse Paho's it is compatible with.
 * May be called at any time.
 *
 * @return An array of names and values that ends with a NULL name. Not to be freed.
 * @see Contract C-2.11; decision 6 there.
 */
LIBMQTT_API
MQTTClient_nameValue *MQTTClient_getVersionInfo(void);

/**
 * Does nothing: there is nothing to be initialised before the first client is created. Other libraries of
 * this interface set up OpenSSL here.
 *
 * @param inits Not looked at. May be NULL.
 * @see Contract C-2.10.
 */
LIBMQTT_API
void MQTTClient_global_init(MQTTClient_init_options *inits);

#ifdef __cplusplus
}  /* extern "C" */
#endif  /* __cplusplus */

#endif  /* MQTTCLIENT_H */
