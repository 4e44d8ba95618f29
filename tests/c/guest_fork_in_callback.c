/* A callback forks, and returns in both processes. The parent misses nothing. A child on a thread of the
 * library, which has no other thread, ends; in one on the application's thread the call fails. Another
 * thread is busy with the client meanwhile.
 * Arguments: uri. */

#include <sys/wait.h>

#include "support.h"

#define COUNT 20

static struct counter arrived = COUNTER_INITIALIZER;
static struct counter published = COUNTER_INITIALIZER;
static pid_t children[2 * COUNT];

/* The child must not touch the counter: another thread of its parent may hold the lock that it copied. */
static void fork_into(pid_t *child, struct counter *counter)
{
	*child = fork();
	if (*child != 0)
		counter_raise(counter);
}

static int fork_and_count(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	(void)length;
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	fork_into(&children[counter_value(&arrived)], &arrived);
	return 1;
}

static void fork_when_published(void *context, int token, int type, MQTTProperties *properties,
	enum MQTTReasonCodes reason)
{
	(void)context;
	(void)token;
	(void)type;
	(void)properties;
	(void)reason;
	fork_into(&children[COUNT + counter_value(&published)], &published);
}

static void publish_while_callbacks_fork(const char *uri)
{
	MQTTClient client = new_client(uri, "forks", 4);
	MQTTClient_connectOptions options = clean_options(4);
	int i;

	EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, fork_and_count, NULL));
	EXPECT(0, connect_any(client, &options));
	EXPECT(0, MQTTClient_subscribe(client, "forks", 1));
	for (i = 0; i < COUNT; ++i)
		EXPECT(0, MQTTClient_publish(client, "forks", 1, "x", 1, 0, NULL));
	while (counter_value(&arrived) < COUNT)
		EXPECT(0, MQTTClient_publish(client, "elsewhere", 1, "x", 0, 0, NULL));
	end_client(client);
}

struct busy
{
	MQTTClient client;
	volatile int stop;
};

static void *publish_on(void *context)
{
	struct busy *busy = context;

	while (!busy->stop)
		MQTTClient_publish(busy->client, "elsewhere", 5, "busy!", 0, 0, NULL);
	return NULL;
}

static void wait_while_callbacks_fork(const char *uri)
{
	MQTTClient client = new_client(uri, "forks", 5);
	MQTTClient_connectOptions options = clean_options(5);
	struct busy busy = {client, 0};
	pid_t parent = getpid();
	pthread_t thread;
	int i;

	EXPECT(0, MQTTClient_setPublished(client, NULL, fork_when_published));
	EXPECT(0, connect_any(client, &options));
	REQUIRE(pthread_create(&thread, NULL, publish_on, &busy) == 0);
	for (i = 0; i < COUNT; ++i)
	{
		MQTTClient_deliveryToken token;
		MQTTResponse response =
			MQTTClient_publish5(client, "forks", 1, "x", 1, 0, NULL, &token);
		int rc;

		REQUIRE(getpid() != parent || response.reasonCode == 0);
		rc = MQTTClient_waitForCompletion(client, token, 10000);
		if (getpid() != parent)
			_exit(rc == 0);
		EXPECT(0, rc);
	}
	busy.stop = 1;
	pthread_join(thread, NULL);
	end_client(client);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int i, status;

	publish_while_callbacks_fork(uri);
	wait_while_callbacks_fork(uri);
	for (i = 0; i < 2 * COUNT; ++i)
	{
		REQUIRE(children[i] > 0 && waitpid(children[i], &status, 0) == children[i]);
		REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	say("%d arrived, %d were published", counter_value(&arrived), counter_value(&published));
	return 0;
}
