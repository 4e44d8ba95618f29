/* A store for MQTTCLIENT_PERSISTENCE_USER that keeps nothing. Everything is static. */

#ifndef TESTS_EMPTY_STORE_H
#define TESTS_EMPTY_STORE_H

#include "support.h"

/* What the function that stores a record does, and returns; nothing, if it is NULL. */
static int (*while_putting)(void);

static int empty_open(void **handle, const char *id, const char *uri, void *context)
{
	(void)id;
	(void)uri;
	*handle = context;
	return 0;
}

static int empty_whole(void *handle)
{
	(void)handle;
	return 0;
}

static int empty_put(void *handle, char *key, int count, char **buffers, int *lengths)
{
	(void)handle;
	(void)key;
	(void)count;
	(void)buffers;
	(void)lengths;
	return while_putting == NULL ? 0 : while_putting();
}

static int empty_get(void *handle, char *key, char **buffer, int *length)
{
	(void)handle;
	(void)key;
	(void)buffer;
	(void)length;
	return MQTTCLIENT_PERSISTENCE_ERROR;
}

static int empty_key(void *handle, char *key)
{
	(void)handle;
	(void)key;
	return 0;
}

static int empty_keys(void *handle, char ***keys, int *count)
{
	(void)handle;
	*keys = NULL;
	*count = 0;
	return 0;
}

static MQTTClient_persistence empty_store = {
	&empty_store, empty_open, empty_whole, empty_put, empty_get, empty_key, empty_keys, empty_whole, empty_key,
};

#endif
