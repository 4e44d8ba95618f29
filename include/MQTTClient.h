/**
 * @file
 * The synchronous MQTT client: libraries paho-mqtt3c and paho-mqtt3cs.
 *
 * All functions may be called on any thread. Strings are UTF-8. A handle that is no
 * longer valid makes a call fail; it does no harm.
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
 * context is what MQTTClient_setCallbacks was given. cause is NULL.
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
 * context is what MQTTClient_setCallbacks was given. topicLen is 0 if topicName is an ordinary
 * string, and its length if it has a NUL in it.
 *
 * Returns non-zero if the message was taken: topicName and message are the program's now, which
 * frees them with MQTTClient_free and MQTTClient_freeMessage, before it returns or later. Returns 0
 * if not: the program leaves them alone, and the message is offered again, before any other.
 *
 * If a part of the message was freed with these functions, on the thread of the callback and before
 * it returned, then the message counts as taken whatever is returned; if that is 0, the library frees
 * the other parts. What is freed with free, or on another thread, the library does not see: after that
 * the callback must not return 0.
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
 * Tells that a message of QoS 1 or 2 has been delivered to the server.
 *
 * context is what MQTTClient_setCallbacks was given, dt the token of the message. It may be called
 * before the function that published the message has returned.
 */
typedef void MQTTClient_deliveryComplete(void *context, MQTTClient_deliveryToken dt);

/**
 * Tells that the server has disconnected this client, and why. MQTT 5.0 only.
 *
 * context is what MQTTClient_setDisconnected was given. properties is never NULL, and valid only
 * during the call.
 */
typedef void MQTTClient_disconnected(void *context,
                                     MQTTProperties *properties,
                                     enum MQTTReasonCodes reasonCode);

/**
 * Tells what the server said of a message of QoS 1 or 2. MQTT 5.0 only.
 *
 * context is what MQTTClient_setPublished was given, dt the token of the message. packet_type is 4
 * (PUBACK), 7 (PUBCOMP), or 5 for a PUBREC with an error. properties is never NULL, and valid only
 * during the call.
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
     * For a pre-shared key, which this library cannot use: unless it is NULL, no connection with TLS is made. It would
     * write the identity, NUL-terminated, and the key, and return the length of the key.
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
     * With neither trustStore nor CApath: 0 trusts the authorities that the system trusts, 1 none.
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
     * the server gives the client up after half as long again. 0: never.
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
 * message ends without a newline, and is valid only during the call.
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
 * The text of a return code, in English. Never NULL; not to be freed.
 *
 * A positive number is why a server refused: 1 to 5 is what MQTT 3.1.1 and 3.1 say to CONNECT, 128 and above
 * are reason codes of MQTT 5.0. For any other that is none of the MQTTCLIENT_ return codes, the text is valid until the same
 * thread asks for another such.
 */
LIBMQTT_API
const char *MQTTClient_strerror(int code);

/**
 * Creates a client, for MQTT 3.1.1 and 3.1. As MQTTClient_createWithOptions without options.
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
 * handle takes the client; if the call fails it is left alone, unless the call returns
 * MQTTCLIENT_PERSISTENCE_ERROR: then there is a client without its store, to be destroyed, unless
 * clientId is empty, for which there are no files.
 *
 * serverURI is where to connect to: "tcp://host:port" or "mqtt://host:port". Without ":port" it is
 * 1883, and "tcp://" may be left out. "ws://host:port/path" is MQTT over WebSocket: without ":port" it
 * is 80, and without a path "/mqtt"; a query may follow the path.
 * With TLS these are "ssl://", "tls://" or "mqtts://" (8883), and "wss://" (443), in the libraries that have
 * TLS; the options for it are given to connect.
 *
 * clientId tells the server who this is: UTF-8, and not the same for two clients. If it is empty,
 * the server chooses.
 *
 * persistence_type is one of the MQTTCLIENT_PERSISTENCE_ constants: where unfinished messages are
 * kept. persistence_context belongs to it.
 *
 * options may be NULL. A client for MQTT 5.0 needs them.
 *
 * After fork() the child may use the clients that had no connection at that time, as its parent may, and
 * may create others: a program can create its client, call daemon(), and connect then. A client that had
 * a connection is the parent's: in the child its calls fail, a line of level ERROR of the trace says why,
 * and destroying it frees the handle and nothing else.
 *
 * A signal handler may call the functions for clients. If it has interrupted one of them on its thread, its
 * own call fails with MQTTCLIENT_FAILURE, unless the other one only waits for something; it never waits for
 * what the interrupted call holds.
 *
 * A thread may be cancelled with pthread_cancel() while it is in a function of this library. Those that may
 * block honour that when they begin and when they return, unless they return a message or a client;
 * publishing does when it begins. In between they are not cancelled, so that nothing stays locked and other
 * threads can go on with the client. With PTHREAD_CANCEL_ASYNCHRONOUS a thread may only call the functions that
 * take a client, but for those that publish, and MQTTClient_yield.
 */
LIBMQTT_API
int MQTTClient_createWithOptions(MQTTClient *handle,
                                 const char *serverURI,
                                 const char *clientId,
                                 int persistence_type,
                                 void *persistence_context,
                                 MQTTClient_createOptions *options);

/**
 * Destroys a client, and sets the handle to NULL. Does nothing if it is NULL already.
 *
 * A connection that is still open is closed without a DISCONNECT, so that the server publishes the
 * will. Stored messages stay for the next client of the same name. May be called in a callback.
 */
LIBMQTT_API void MQTTClient_destroy(MQTTClient *handle);

/**
 * Sets how long subscribing and unsubscribing wait for the server's answer. It is 10 seconds.
 *
 * milliSeconds must be 5000 at least. Returns MQTTCLIENT_SUCCESS or MQTTCLIENT_FAILURE.
 */
LIBMQTT_API int MQTTClient_setCommandTimeout(MQTTClient handle, unsigned long milliSeconds);

/**
 * 1 if the client is connected, else 0.
 *
 * Without callbacks, a lost connection is only noticed by the next call that uses it.
 */
LIBMQTT_API int MQTTClient_isConnected(MQTTClient handle);

/**
 * Sets the callbacks for messages and for the connection. With them the next connection is served
 * in the background: MQTTClient_receive and MQTTClient_yield are not for such a client.
 *
 * From when a client with callbacks connects, until no client of the process is connected any more, all
 * clients are served in the background, also those without callbacks: what the server sends is read and
 * acknowledged, and the connection is kept alive. Their messages wait for MQTTClient_receive. A client that
 * is connected then and is given callbacks has them called from now on.
 *
 * context is passed to all three. ma must not be NULL, the others may. Callbacks may call all
 * functions of this library. Those of one client do not run at the same time.
 *
 * Nor do those of different clients of a process: a program with one set of callbacks for all of them needs
 * no locks. Only when a callback has run for a second the others go on beside it, so that one that waits or
 * hangs stalls nobody for good. What the server sends is read and acknowledged meanwhile, and the connections
 * are kept alive. MQTTClient_setCallbackTurn changes the second. Callbacks that run on a thread of the
 * program, in a call that it makes, do not wait for others: those of a program whose clients are not served
 * in the background.
 *
 * Callbacks run on threads of the library. These have the stack that a thread of the program gets if nothing
 * else is asked for (usually what "ulimit -s" says), and 8 MB at least; and they block all signals. A callback
 * may end its thread with pthread_exit, or with pthread_cancel: it counts as if it had returned 1, and further
 * callbacks come on other threads. A C++ exception must not leave it.
 *
 * When 8 MiB of messages wait for a program that takes them slowly, no more are read until it has taken some;
 * 32 MiB while it waits for an answer, which the server sends behind them. A call without a time limit fails
 * then if its callback would have to return first, or if nothing is taken for as long as a command may take.
 *
 * Returns MQTTCLIENT_SUCCESS, or MQTTCLIENT_FAILURE while the client connects or disconnects.
 */
LIBMQTT_API
int MQTTClient_setCallbacks(MQTTClient handle,
                            void *context,
                            MQTTClient_connectionLost *cl,
                            MQTTClient_messageArrived *ma,
                            MQTTClient_deliveryComplete *dc);

/**
 * Sets how long a callback may run, in milliseconds, before callbacks of other clients run beside it: see
 * MQTTClient_setCallbacks. It is 1000 unless this is called, or the environment variable
 * MQTT_C_CLIENT_CALLBACK_TURN_MS says otherwise. With 0 callbacks of different clients run at the same time
 * from the start. A callback that runs already is seen within some 20 milliseconds.
 *
 * For all clients of the process. Not in Eclipse Paho's library.
 */
LIBMQTT_API
void MQTTClient_setCallbackTurn(unsigned long milliseconds);

/**
 * Sets the callback for a DISCONNECT from the server, with its own context. NULL removes it; then
 * connectionLost is called instead.
 *
 * Returns MQTTCLIENT_SUCCESS, or MQTTCLIENT_FAILURE while the client connects or disconnects.
 */
LIBMQTT_API
int MQTTClient_setDisconnected(MQTTClient handle,
                               void *context,
                               MQTTClient_disconnected *co);

/**
 * Sets the callback for acknowledgements of messages, with its own context. NULL removes it.
 *
 * Returns MQTTCLIENT_SUCCESS, or MQTTCLIENT_FAILURE while the client connects or disconnects.
 */
LIBMQTT_API int MQTTClient_setPublished(MQTTClient handle, void *context, MQTTClient_published *co);

/**
 * Connects a client for MQTT 3.1.1 and 3.1 to its server, and waits until that has accepted it.
 *
 * Returns MQTTCLIENT_SUCCESS; a negative return code; or a positive one, the server's word for why
 * it refused: 1 protocol version, 2 client identifier, 3 unavailable, 4 user name or password,
 * 5 not authorized.
 */
LIBMQTT_API int MQTTClient_connect(MQTTClient handle, MQTTClient_connectOptions *options);

/**
 * Connects a client for MQTT 5.0 to its server, and waits until that has accepted it.
 *
 * connectProperties go into the CONNECT packet, willProperties to the will; both may be NULL, and
 * stay the caller's. The response has the reason code and the properties of the server's answer.
 */
LIBMQTT_API
MQTTResponse MQTTClient_connect5(MQTTClient handle,
                                 MQTTClient_connectOptions *options,
                                 MQTTProperties *connectProperties,
                                 MQTTProperties *willProperties);

/**
 * Disconnects a client from its server.
 *
 * timeout is how long, in milliseconds, to wait for messages that are under way. Returns
 * MQTTCLIENT_SUCCESS, also if the client is not connected.
 *
 * If another thread is in MQTTClient_connect for this client, that call ends with MQTTCLIENT_FAILURE, and tries
 * nothing more.
 */
LIBMQTT_API
int MQTTClient_disconnect(MQTTClient handle,
                          int timeout);

/**
 * Disconnects a client for MQTT 5.0 from its server, and tells it why.
 *
 * timeout is how long, in milliseconds, to wait for messages that are under way. reason and props
 * go into the DISCONNECT packet; props may be NULL. Returns MQTTCLIENT_SUCCESS, also if the client
 * is not connected.
 */
LIBMQTT_API
int MQTTClient_disconnect5(MQTTClient handle,
                           int timeout,
                           enum MQTTReasonCodes reason,
                           MQTTProperties *props);

/**
 * Publishes a message, for MQTT 3.1.1 and 3.1.
 *
 * topicName is where to, in UTF-8. payload is payloadlen bytes, may be NULL if that is 0, and stays
 * the caller's. retained 1 asks the server to keep the message for those who subscribe later. dt
 * takes the token of a message of QoS 1 or 2, and may be NULL.
 *
 * The call does not wait until the message is delivered: see MQTTClient_waitForCompletion. But it
 * waits while as many messages are under way as the connect options allow.
 *
 * When the call returns, the message is written: it arrives even if the process is killed then. Only a thread
 * that floods, with hundreds of messages and no pause of a millisecond, has its next messages leave
 * together, within 100 microseconds, and so do messages that the server is too slow for.
 * MQTTClient_disconnect, MQTTClient_destroy and exit() send what has not left yet; a process that ends by
 * _exit(), a signal or exec loses it, unless it is stored, and so does one whose signal handler has interrupted a
 * call of this library and calls exit().
 *
 * Returns MQTTCLIENT_SUCCESS or another return code.
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
 * Publishes a message, for MQTT 5.0. As MQTTClient_publish, with properties; NULL is none.
 *
 * The response has a return code, and nothing of the server's: see MQTTClient_setPublished.
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
 * It stays the caller's, as does topicName.
 */
LIBMQTT_API
int MQTTClient_publishMessage(MQTTClient handle,
                              const char *topicName,
                              MQTTClient_message *msg,
                              MQTTClient_deliveryToken *dt);

/**
 * Publishes a message, for MQTT 5.0. As MQTTClient_publish5, with the message in one piece.
 *
 * It stays the caller's, as does topicName.
 */
LIBMQTT_API
MQTTResponse MQTTClient_publishMessage5(MQTTClient handle,
                                        const char *topicName,
                                        MQTTClient_message *msg,
                                        MQTTClient_deliveryToken *dt);

/**
 * Waits until the message with this token is delivered.
 *
 * timeout is how long, in milliseconds; 0 fails at once. Returns MQTTCLIENT_SUCCESS if the message
 * is delivered, or the token is not known (any more); MQTTCLIENT_FAILURE if the time is up;
 * MQTTCLIENT_DISCONNECTED without a connection.
 */
LIBMQTT_API
int MQTTClient_waitForCompletion(MQTTClient handle,
                                 MQTTClient_deliveryToken dt,
                                 unsigned long timeout);

/**
 * Lists the tokens of the messages that are not delivered yet, the oldest first.
 *
 * tokens takes an array that ends with -1, to be freed with MQTTClient_free; NULL if there are no
 * such messages. Returns MQTTCLIENT_SUCCESS or MQTTCLIENT_FAILURE.
 */
LIBMQTT_API
int MQTTClient_getPendingDeliveryTokens(MQTTClient handle,
                                        MQTTClient_deliveryToken **tokens);

/**
 * Subscribes to a topic filter, for MQTT 3.1.1 and 3.1, and waits for the server's answer.
 *
 * topic is the filter, in UTF-8, and may have the wildcards + and #. qos is the highest QoS with
 * which messages are to come.
 *
 * Returns MQTTCLIENT_SUCCESS, MQTT_BAD_SUBSCRIBE if the server refused, or a negative return code.
 */
LIBMQTT_API int MQTTClient_subscribe(MQTTClient handle, const char *topic, int qos);

/**
 * Subscribes to a topic filter, for MQTT 5.0, and waits for the server's answer.
 *
 * As MQTTClient_subscribe; opts and props may be NULL, and stay the caller's. The response has the
 * granted QoS as reason code, or from 128 on why the server refused.
 */
LIBMQTT_API
MQTTResponse MQTTClient_subscribe5(MQTTClient handle,
                                   const char *topic,
                                   int qos,
                                   MQTTSubscribe_options *opts,
                                   MQTTProperties *props);

/**
 * Subscribes to several topic filters at once, for MQTT 3.1.1 and 3.1, and waits for the server's
 * answer.
 *
 * topic has count filters, and qos as many numbers, which become the granted ones, or
 * MQTT_BAD_SUBSCRIBE where the server refused. Returns MQTTCLIENT_SUCCESS or another return code.
 */
LIBMQTT_API
int MQTTClient_subscribeMany(MQTTClient handle,
                             int count,
                             char *const *topic,
                             int *qos);

/**
 * Subscribes to several topic filters at once, for MQTT 5.0, and waits for the server's answer.
 *
 * topic has count filters, and qos as many numbers. opts is NULL or has as many options; props may
 * be NULL. The response has a reason code for each filter: the granted QoS, or from 128 on why the
 * server refused.
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
 * topic is the filter that was subscribed to. Returns MQTTCLIENT_SUCCESS or another return code.
 */
LIBMQTT_API int MQTTClient_unsubscribe(MQTTClient handle, const char *topic);

/**
 * Ends a subscription, for MQTT 5.0, and waits for the server's answer.
 *
 * As MQTTClient_unsubscribe; props may be NULL. The response has the reason code of the answer.
 */
LIBMQTT_API
MQTTResponse MQTTClient_unsubscribe5(MQTTClient handle,
                                     const char *topic,
                                     MQTTProperties *props);

/**
 * Ends several subscriptions at once, for MQTT 3.1.1 and 3.1, and waits for the server's answer.
 *
 * topic has count filters. Returns MQTTCLIENT_SUCCESS or another return code.
 */
LIBMQTT_API int MQTTClient_unsubscribeMany(MQTTClient handle, int count, char *const *topic);

/**
 * Ends several subscriptions at once, for MQTT 5.0, and waits for the server's answer.
 *
 * topic has count filters; props may be NULL. The response has a reason code for each filter.
 */
LIBMQTT_API
MQTTResponse MQTTClient_unsubscribeMany5(MQTTClient handle,
                                         int count,
                                         char *const *topic,
                                         MQTTProperties *props);

/**
 * Waits for a message, for clients without callbacks.
 *
 * timeout is how long, in milliseconds. topicName and message take the message, to be freed with
 * MQTTClient_free and MQTTClient_freeMessage, or NULL if none came; topicLen takes the length of the
 * topic. Programs look at message first, and at the return code then.
 *
 * With persistence the message stays in the store until the program calls MQTTClient_receive,
 * MQTTClient_disconnect or MQTTClient_destroy for this client again, or ends: if it is killed
 * before that, the message comes again.
 *
 * Returns MQTTCLIENT_SUCCESS, with or without a message; MQTTCLIENT_TOPICNAME_TRUNCATED with a
 * message whose topic has a NUL in it; MQTTCLIENT_DISCONNECTED without a connection; or
 * MQTTCLIENT_FAILURE if the connection was lost, perhaps with a last message.
 */
LIBMQTT_API
int MQTTClient_receive(MQTTClient handle,
                       char **topicName,
                       int *topicLen,
                       MQTTClient_message **message,
                       unsigned long timeout);

/**
 * Works for a tenth of a second for all clients without callbacks: reads, acknowledges, keeps
 * alive. Messages that come wait for MQTTClient_receive.
 *
 * A program without callbacks calls this, or MQTTClient_receive, from time to time.
 */
LIBMQTT_API void MQTTClient_yield(void);

/**
 * Allocates memory that the library is to free, for example in a persistence function. It is all
 * zeros. The same as calloc, so free and MQTTClient_free will do, too. NULL without memory.
 */
LIBMQTT_API void *MQTTClient_malloc(size_t size);

/**
 * Frees memory that the library has allocated, for example the topic of a message. The same as
 * free. NULL is nothing.
 *
 * As with free, memory must not be freed twice, and nothing may be given that neither the library
 * nor malloc has allocated: what happens then is undefined, and mostly the C library ends the
 * program. Only for the topic and the message that messageArrived has just now the library knows
 * better: freeing them again, before the callback returns, is ignored, with a line of level ERROR in
 * the trace.
 */
LIBMQTT_API
void MQTTClient_free(void *ptr);

/**
 * Frees a received message, with its payload and its properties but without its topic, and sets the
 * pointer to NULL. Does nothing if it is NULL already. A message must not be freed twice by way of two
 * pointers: see MQTTClient_free.
 */
LIBMQTT_API
void MQTTClient_freeMessage(MQTTClient_message **msg);

/**
 * Frees what is in a response. To be called once for each.
 */
LIBMQTT_API void MQTTResponse_free(MQTTResponse response);

/**
 * Sets from which level on lines of the trace are shown, in the trace file as to the callback.
 *
 * The trace file is named by the environment variable MQTT_C_CLIENT_TRACE, or is the standard
 * output if that is ON.
 */
LIBMQTT_API void MQTTClient_setTraceLevel(enum MQTTCLIENT_TRACE_LEVELS level);

/**
 * Sets the function that gets the lines of the trace, for all clients. NULL removes it.
 *
 * It may be called on any thread, but never twice at a time, and may call all functions of this
 * library; the trace does not tell these calls.
 */
LIBMQTT_API void MQTTClient_setTraceCallback(MQTTClient_traceCallback callback);

/**
 * The name and the version of the library: an array that ends with a NULL name. Not to be freed.
 */
LIBMQTT_API MQTTClient_nameValue *MQTTClient_getVersionInfo(void);

/**
 * Does nothing: there is nothing to be initialised before the first client is created. Other
 * libraries of this interface set up OpenSSL here.
 */
LIBMQTT_API void MQTTClient_global_init(MQTTClient_init_options *_inits);

#ifdef __cplusplus
}  /* extern "C" */
#endif  /* __cplusplus */

#endif  /* MQTTCLIENT_H */
