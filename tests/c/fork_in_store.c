/* A function of the store forks, and returns in both processes. What the call is about is the parent's: in the child
 * the call fails, and sends nothing. Arguments: uri. */

#include <sys/wait.h>

#include "support.h"

static pid_t parent;
static int is_to_fork;

static int forks(void)
{
	int status;
	pid_t child;

	if (!is_to_fork)
		return 0;
	is_to_fork = 0;
	child = fork();
	REQUIRE(child >= 0);
	if (child > 0)
		REQUIRE(waitpid(child, &status, 0) == child && status == 0);
	return 0;
}

static int store_open(void **handle, const char *id, const char *uri, void *context)
{
	(void)id;
	(void)uri;
	*handle = context;
	return 0;
}

static int store_handle(void *handle)
{
	(void)handle;
	return 0;
}

static int store_put(void *handle, char *key, int count, char **buffers, int *lengths)
{
	(void)handle;
	(void)key;
	(void)count;
	(void)buffers;
	(void)lengths;
	return forks();
}

static int store_get(void *handle, char *key, char **buffer, int *length)
{
	(void)handle;
	(void)key;
	(void)buffer;
	(void)length;
	return MQTTCLIENT_PERSISTENCE_ERROR;
}

static int store_remove(void *handle, char *key)
{
	(void)handle;
	(void)key;
	return 0;
}

static int store_keys(void *handle, char ***keys, int *count)
{
	(void)handle;
	*keys = NULL;
	*count = 0;
	return 0;
}

int main(int argc, char **argv)
{
	MQTTClient_persistence store = { &store, store_open, store_handle, store_put, store_get, store_remove, store_keys,
		store_handle, store_remove };
	MQTTClient_connectOptions options = clean_options(4);
	MQTTClient_deliveryToken token = 0;
	MQTTClient client, other;
	int rc;

	parent = getpid();
	alarm(PATIENCE / 1000);
	EXPECT(0, MQTTClient_create(&client, argument(argc, argv, 1), "forks", MQTTCLIENT_PERSISTENCE_USER, &store));
	EXPECT(0, MQTTClient_connect(client, &options));
	is_to_fork = 1;
	rc = MQTTClient_publish(client, "once", 1, "x", 1, 0, &token);
	if (getpid() != parent)
	{
		REQUIRE(rc != 0);
		REQUIRE(!MQTTClient_isConnected(client));
		other = connected_client(argv[1], "child", 4);
		end_client(other);
		MQTTClient_destroy(&client);
		_exit(0);
	}
	EXPECT(0, rc);
	REQUIRE(!is_to_fork);
	EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
	end_client(client);
	return 0;
}
