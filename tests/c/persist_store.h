/* A store in memory, for MQTTCLIENT_PERSISTENCE_USER, that prints every call and can be made to fail. */

#ifndef TESTS_PERSIST_STORE_H
#define TESTS_PERSIST_STORE_H

#include "support.h"

#define RECORDS 64

static struct
{
	char key[32];
	char *bytes;
	int length;
} records[RECORDS];

/* Which calls fail, as FUNCTION:KEY:CODE, where KEY is the beginning of a key, and perhaps empty. */
static char **failures;

/* The client whose functions each pput tries to call, if any. */
static MQTTClient *called_back;

static int failure(const char *function, const char *key)
{
	char **each;

	for (each = failures; each != NULL && *each != NULL; ++each)
	{
		const char *wanted = strchr(*each, ':');
		const char *code = wanted == NULL ? NULL : strchr(wanted + 1, ':');

		if (code != NULL && strlen(function) == (size_t)(wanted - *each) && strncmp(function, *each, strlen(function)) == 0 &&
				strncmp(key, wanted + 1, (size_t)(code - wanted - 1)) == 0)
			return atoi(code + 1);
	}
	return 0;
}

/* Gives its place, or that of a free record. */
static int find(const char *key)
{
	int i;

	for (i = 0; i < RECORDS && strcmp(records[i].key, key) != 0; ++i)
		;
	REQUIRE(key[0] != '\0' || i < RECORDS);
	return i;
}

static void forget(int i)
{
	free(records[i].bytes);
	records[i].bytes = NULL;
	records[i].key[0] = '\0';
}

static void keep(const char *key, char *bytes, int length)
{
	int i = find(key) < RECORDS ? find(key) : find("");

	forget(i);
	snprintf(records[i].key, sizeof(records[i].key), "%s", key);
	records[i].bytes = bytes;
	records[i].length = length;
}

/* The handle that popen gives out. */
static int opened;

static int store_open(void **handle, const char *client_id, const char *server, void *context)
{
	say("popen %s %s %s", client_id, server, (char *)context);
	if (failure("popen", "") == 0)
		*handle = &opened;
	return failure("popen", "");
}

static int store_close(void *handle)
{
	say("pclose%s", handle == &opened ? "" : " of what was not opened");
	return failure("pclose", "");
}

static void call_back(void)
{
	MQTTClient client = *called_back;
	MQTTClient_deliveryToken *tokens = NULL;
	int rc = MQTTClient_publish(client, "t", 1, "x", 1, 0, NULL);

	say("called back: %d %d %d %d %d", rc, MQTTClient_subscribe(client, "t", 1), MQTTClient_disconnect(client, 1000),
			MQTTClient_getPendingDeliveryTokens(client, &tokens), MQTTClient_isConnected(client));
	MQTTClient_destroy(&client);
}

static int store_put(void *handle, char *key, int count, char *buffers[], int lengths[])
{
	char line[4096] = "";
	char *record;
	int i, j, length = 0;

	REQUIRE(handle == &opened);
	for (i = 0; i < count; ++i)
		length += lengths[i];
	record = malloc((size_t)length + 1);
	for (length = 0, i = 0; i < count; ++i)
	{
		memcpy(record + length, buffers[i], (size_t)lengths[i]);
		length += lengths[i];
		for (j = 0; j < lengths[i]; ++j)
			sprintf(line + strlen(line), "%02x", (unsigned char)buffers[i][j]);
		strcat(line, i + 1 < count ? "|" : "");
	}
	say("pput %s %s", key, line);
	if (called_back != NULL)
		call_back();
	if (failure("pput", key) != 0)
		free(record);
	else
		keep(key, record, length);
	return failure("pput", key);
}

static int store_get(void *handle, char *key, char **buffer, int *length)
{
	int i = find(key);

	REQUIRE(handle == &opened && i < RECORDS);
	say("pget %s", key);
	if (failure("pget", key) != 0)
		return failure("pget", key);
	*buffer = malloc((size_t)records[i].length + 1);
	memcpy(*buffer, records[i].bytes, (size_t)records[i].length);
	*length = records[i].length;
	return 0;
}

static int store_remove(void *handle, char *key)
{
	REQUIRE(handle == &opened);
	say("premove %s", key);
	if (failure("premove", key) == 0 && find(key) < RECORDS)
		forget(find(key));
	return failure("premove", key);
}

static int store_keys(void *handle, char ***keys, int *count)
{
	static int calls;
	char call[16];
	int i;

	REQUIRE(handle == &opened);
	snprintf(call, sizeof(call), "%d", ++calls);
	*count = 0;
	*keys = NULL;
	say("pkeys");
	if (failure("pkeys", call) != 0)
		return failure("pkeys", call);
	for (i = 0; i < RECORDS; ++i)
	{
		if (records[i].key[0] == '\0')
			continue;
		if (*keys == NULL)
			*keys = malloc(RECORDS * sizeof(char *));
		(*keys)[*count] = malloc(sizeof(records[i].key));
		strcpy((*keys)[(*count)++], records[i].key);
	}
	return 0;
}

static int store_clear(void *handle)
{
	int i;

	REQUIRE(handle == &opened);
	say("pclear");
	if (failure("pclear", "") == 0)
		for (i = 0; i < RECORDS; ++i)
			forget(i);
	return failure("pclear", "");
}

static int store_contains(void *handle, char *key)
{
	REQUIRE(handle == &opened);
	say("pcontainskey %s", key);
	return find(key) < RECORDS ? 0 : MQTTCLIENT_PERSISTENCE_ERROR;
}

/* Takes the records of a directory, if it is there, in the order of their names. */
static void load(const char *directory)
{
	struct dirent **names;
	int i, count = scandir(directory, &names, NULL, alphasort);

	for (i = 0; i < count; ++i)
	{
		char path[1024];
		char *end = strstr(names[i]->d_name, ".msg");

		snprintf(path, sizeof(path), "%s/%s", directory, names[i]->d_name);
		if (end != NULL)
		{
			FILE *file = fopen(path, "rb");
			char *bytes = malloc(1 << 16);

			REQUIRE(file != NULL);
			*end = '\0';
			keep(names[i]->d_name, bytes, (int)fread(bytes, 1, 1 << 16, file));
			fclose(file);
		}
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

static MQTTClient_persistence store = { "context", store_open, store_close, store_put, store_get, store_remove, store_keys,
	store_clear, store_contains };

#endif
