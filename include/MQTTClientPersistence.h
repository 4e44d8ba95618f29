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
 * handle takes a pointer of the program's choice, which is passed to all other functions.
 * clientID is the client's identifier and serverURI its server without "scheme://"; together they
 * name the store. context is the member of MQTTClient_persistence. Returns 0, or
 * MQTTCLIENT_PERSISTENCE_ERROR.
 */
typedef int (*Persistence_open)(void **handle,
                                const char *clientID,
                                const char *serverURI,
                                void *context);

/**
 * Closes the store; what is in it stays. Called while the client is destroyed. Returns 0, or
 * MQTTCLIENT_PERSISTENCE_ERROR.
 */
typedef int (*Persistence_close)(void *handle);

/**
 * Stores a record under key, replacing what was there.
 *
 * The record is the bufcount buffers, of the lengths in buflens, one after the other. They are the
 * library's, and valid only during the call. Returns 0, or MQTTCLIENT_PERSISTENCE_ERROR.
 */
typedef int (*Persistence_put)(void *handle, char *key, int bufcount, char **buffers, int *buflens);

/**
 * Fetches the record of key into memory that the function allocates, with MQTTClient_malloc or
 * malloc; the library frees it. Returns 0, or MQTTCLIENT_PERSISTENCE_ERROR.
 */
typedef int (*Persistence_get)(void *handle, char *key, char **buffer, int *buflen);

/**
 * Removes the record of key. Returns 0, also if there is none, or MQTTCLIENT_PERSISTENCE_ERROR.
 */
typedef int (*Persistence_remove)(void *handle, char *key);

/**
 * Lists the keys of all records: nkeys strings, and an array of pointers to them in keys.
 *
 * The function allocates each string and the array, with MQTTClient_malloc or malloc; the library
 * frees them. Without records, nkeys is 0 and keys may be NULL. Returns 0, or
 * MQTTCLIENT_PERSISTENCE_ERROR.
 */
typedef int (*Persistence_keys)(void *handle, char ***keys, int *nkeys);

/**
 * Removes all records. Returns 0, or MQTTCLIENT_PERSISTENCE_ERROR.
 */
typedef int (*Persistence_clear)(void *handle);

/**
 * Whether there is a record of key: 0 if so, else MQTTCLIENT_PERSISTENCE_ERROR.
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
 * The record is the bufcount buffers, of the lengths in buflens. The function may change their
 * bytes, or put other buffers and lengths in place of them: those must stay valid until its next
 * call, and the library does not free them. It returns 0; anything else keeps the record from
 * being stored.
 */
typedef int MQTTPersistence_beforeWrite(void *context, int bufcount, char **buffers, int *buflens);

/**
 * Called after a record was fetched; undoes what MQTTPersistence_beforeWrite did.
 *
 * The function may change the bytes of buffer and its length buflen, or free it with
 * MQTTAsync_free and put in its place one that it got from MQTTAsync_malloc; the library frees what
 * is there in the end. It returns 0; anything else means that the record cannot be read.
 */
typedef int MQTTPersistence_afterRead(void *context, char **buffer, int *buflen);

#endif  /* MQTTCLIENTPERSISTENCE_H */
