/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/**
 * @file
 * Where unfinished messages are kept.
 */

#ifndef MQTTCLIENTPERSISTENCE_H
#define MQTTCLIENTPERSISTENCE_H

/* Part of ferro-mqtt. Generated from the Rust sources by build.rs: change those, then run `make headers`. */



/**
 * Unfinished messages are kept in files, in a directory of the client's own below the directory
 * that persistence_context names (a C string; NULL is the current directory).
 */
#define MQTTCLIENT_PERSISTENCE_DEFAULT 0

/**
 * Nothing is kept: unfinished messages end with the process. persistence_context is ignored.
 */
#define MQTTCLIENT_PERSISTENCE_NONE 1

/**
 * The program keeps them: persistence_context points to an MQTTClient_persistence.
 */
#define MQTTCLIENT_PERSISTENCE_USER 2

/**
 * What a persistence function returns if it failed.
 */
#define MQTTCLIENT_PERSISTENCE_ERROR -2

/**
 * Opens the store of one client. Called once, while the client is created.
 *
 * @param handle Takes a pointer of the program's choice, which is passed to all other functions.
 * @param clientID The client's identifier.
 * @param serverURI Its server without "scheme://". Together they name the store.
 * @param context The member of MQTTClient_persistence.
 * @return 0, or MQTTCLIENT_PERSISTENCE_ERROR, which creating the client then returns.
 * @see Contract P-110, P-121.
 */
typedef int (*Persistence_open)(void **handle,
                                const char *clientID,
                                const char *serverURI,
                                void *context);

/**
 * Closes the store; what is in it stays. Called while the client is destroyed.
 *
 * @param handle What opening has given.
 * @return 0, or MQTTCLIENT_PERSISTENCE_ERROR.
 * @see Contract P-117, P-121.
 */
typedef int (*Persistence_close)(void *handle);

/**
 * Stores a record, replacing what was there. The record is the buffers, one after the other. All of them are
 * the library's, and valid only during the call.
 *
 * @param handle What opening has given.
 * @param key The name of the record.
 * @param bufcount How many buffers.
 * @param buffers The buffers.
 * @param buflens The length of each, in bytes.
 * @return 0, or MQTTCLIENT_PERSISTENCE_ERROR: then the message is not sent, or not taken for safe.
 * @see Contract P-113, P-121.
 */
typedef int (*Persistence_put)(void *handle, char *key, int bufcount, char **buffers, int *buflens);

/**
 * Fetches a record.
 *
 * @param handle What opening has given.
 * @param key The name of the record.
 * @param buffer Takes the record, in memory that the function allocates, with MQTTClient_malloc or malloc.
 *   The library frees it.
 * @param buflen Takes its length, in bytes.
 * @return 0, or MQTTCLIENT_PERSISTENCE_ERROR.
 * @see Contract P-112, P-120, P-121.
 */
typedef int (*Persistence_get)(void *handle, char *key, char **buffer, int *buflen);

/**
 * Removes a record.
 *
 * @param handle What opening has given.
 * @param key The name of the record.
 * @return 0, also if there is none, or MQTTCLIENT_PERSISTENCE_ERROR.
 * @see Contract P-114, P-121.
 */
typedef int (*Persistence_remove)(void *handle, char *key);

/**
 * Lists the names of all records. Without records keys may be NULL.
 *
 * @param handle What opening has given.
 * @param keys Takes an array of strings. The function allocates it and each of them, with MQTTClient_malloc
 *   or malloc; the library frees them.
 * @param nkeys Takes how many there are.
 * @return 0, or MQTTCLIENT_PERSISTENCE_ERROR.
 * @see Contract P-111, P-120, P-121.
 */
typedef int (*Persistence_keys)(void *handle, char ***keys, int *nkeys);

/**
 * Removes all records.
 *
 * @param handle What opening has given.
 * @return 0, or MQTTCLIENT_PERSISTENCE_ERROR.
 * @see Contract P-116, P-121.
 */
typedef int (*Persistence_clear)(void *handle);

/**
 * Tells whether there is a record.
 *
 * @param handle What opening has given.
 * @param key The name of the record.
 * @return 0 if there is one, else MQTTCLIENT_PERSISTENCE_ERROR.
 * @see Contract P-115.
 */
typedef int (*Persistence_containskey)(void *handle, char *key);

/**
 * A store that the program implements, for MQTTCLIENT_PERSISTENCE_USER.
 *
 * No member may be NULL. The functions of one client never run at the same time, and they must not
 * call this library. The structure must outlive the client.
 */
typedef struct MQTTClient_persistence {
    /**
     * Passed to popen.
     */
    void *context;
    /**
     * Opens the store.
     */
    Persistence_open popen;
    /**
     * Closes the store.
     */
    Persistence_close pclose;
    /**
     * Stores a record.
     */
    Persistence_put pput;
    /**
     * Fetches a record.
     */
    Persistence_get pget;
    /**
     * Removes a record.
     */
    Persistence_remove premove;
    /**
     * Lists the keys.
     */
    Persistence_keys pkeys;
    /**
     * Removes all records.
     */
    Persistence_clear pclear;
    /**
     * Tells whether there is a record.
     */
    Persistence_containskey pcontainskey;
} MQTTClient_persistence;

/**
 * Called before a record is stored; may change it, for example to encrypt it.
 *
 * The record is the buffers, one after the other. The function may change their bytes, or put other buffers
 * and lengths in place of them: those must stay valid until its next call, and the library does not free
 * them.
 *
 * @param context What MQTTAsync_setBeforePersistenceWrite was given.
 * @param bufcount How many buffers.
 * @param buffers The buffers.
 * @param buflens The length of each, in bytes.
 * @return 0; anything else keeps the record from being stored.
 * @see Contract P-702, P-703.
 */
typedef int MQTTPersistence_beforeWrite(void *context, int bufcount, char **buffers, int *buflens);

/**
 * Called after a record was fetched; undoes what MQTTPersistence_beforeWrite did.
 *
 * @param context What MQTTAsync_setAfterPersistenceRead was given.
 * @param buffer The record. The function may change its bytes, or free it with MQTTAsync_free and put in its
 *   place one that it got from MQTTAsync_malloc; the library frees what is there in the end.
 * @param buflen Its length in bytes, which the function may change.
 * @return 0; anything else means that the record cannot be read.
 * @see Contract P-704, P-705.
 */
typedef int MQTTPersistence_afterRead(void *context, char **buffer, int *buflen);

#endif  /* MQTTCLIENTPERSISTENCE_H */
