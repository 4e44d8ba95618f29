/* fork: the child has nothing to do with the parent's clients, and may have clients of its own; the
 * parent goes on. Threads of the parent are busy in the library while it forks.
 * Arguments: uri. */

#include <signal.h>
#include <sys/wait.h>

#include "support.h"

#define ROUNDS 20

static struct counter arrived = COUNTER_INITIALIZER;
static volatile int stop;

static MQTTClient subscribed_client(const char *uri, const char *id, const char *topic)
{
	MQTTClient client = new_client(uri, id, 4);
	MQTTClient_connectOptions options = clean_options(4);

	EXPECT(0, MQTTClient_setCallbacks(client, &arrived, NULL, count_message, NULL));
	EXPECT(0, connect_any(client, &options));
	EXPECT(0, MQTTClient_subscribe(client, topic, 1));
	return client;
}

struct busy
{
	MQTTClient client;
	const char *uri;
	int number;
};

static void *publish_on(void *context)
{
	struct busy *busy = context;

	while (!stop)
		EXPECT(0, MQTTClient_publish(busy->client, "elsewhere", 5, "busy!", 0, 0, NULL));
	return NULL;
}

static void *create_on(void *context)
{
	struct busy *busy = context;
	char id[32];

	snprintf(id, sizeof(id), "short-%d", busy->number);
	while (!stop)
	{
		MQTTClient client = subscribed_client(busy->uri, id, id);

		end_client(client);
	}
	return NULL;
}

/* Everything on a handle of the parent's must fail, at once. */
static void try_parents_handle(MQTTClient client)
{
	MQTTClient_connectOptions options = clean_options(4);
	MQTTClient_deliveryToken *tokens = NULL;
	MQTTClient_message *message = NULL;
	char *topic = NULL;
	int length;
	long begun = now_ms();

	REQUIRE(MQTTClient_publish(client, "from-the-child", 3, "bad", 1, 0, NULL) != 0);
	REQUIRE(MQTTClient_subscribe(client, "from-the-child", 1) != 0);
	REQUIRE(MQTTClient_unsubscribe(client, "from-the-child") != 0);
	REQUIRE(MQTTClient_waitForCompletion(client, 1, 5000) != 0);
	REQUIRE(MQTTClient_receive(client, &topic, &length, &message, 5000) != 0);
	REQUIRE(MQTTClient_connect(client, &options) != 0);
	REQUIRE(!MQTTClient_isConnected(client));
	MQTTClient_getPendingDeliveryTokens(client, &tokens);
	MQTTClient_free(tokens);
	MQTTClient_setCallbacks(client, &arrived, NULL, count_message, NULL);
	MQTTClient_disconnect(client, 5000);
	MQTTClient_destroy(&client);
	REQUIRE(now_ms() - begun < 1000);
}

static void be_the_child(const char *uri, MQTTClient *inherited, int count, int round)
{
	char id[32];
	MQTTClient own;
	int i, before;

	for (i = 0; i < count; ++i)
		try_parents_handle(inherited[i]);
	before = counter_value(&arrived);
	snprintf(id, sizeof(id), "child-%d", round);
	own = subscribed_client(uri, id, id);
	EXPECT(0, MQTTClient_publish(own, id, 5, "hello", 1, 0, NULL));
	AWAIT(&arrived, before + 1);
	end_client(own);
	exit(0);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	MQTTClient mine[2] = { subscribed_client(uri, "parent", "parent"), connected_client(uri, "plain", 4) };
	struct busy busy[3] = { { NULL, uri, 0 }, { NULL, uri, 1 }, { NULL, uri, 2 } };
	pthread_t threads[3];
	MQTTClient_deliveryToken token;
	int i, round, status;

	busy[0].client = connected_client(uri, "busy", 4);
	pthread_create(&threads[0], NULL, publish_on, &busy[0]);
	for (i = 1; i < 3; ++i)
		pthread_create(&threads[i], NULL, create_on, &busy[i]);
	for (round = 0; round < ROUNDS; ++round)
	{
		pid_t child = fork();

		if (child == 0)
		{
			alarm(20);
			be_the_child(uri, mine, 2, round);
		}
		REQUIRE(waitpid(child, &status, 0) == child);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail("round %d: the child ended with status %x", round, status);
	}
	stop = 1;
	for (i = 0; i < 3; ++i)
		pthread_join(threads[i], NULL);
	counter_value(&arrived);
	for (i = 0; i < 2; ++i)
	{
		EXPECT(0, MQTTClient_publish(mine[i], "parent", 5, "alive", 1, 0, &token));
		EXPECT(0, MQTTClient_waitForCompletion(mine[i], token, 10000));
	}
	AWAIT(&arrived, 2);
	/* The engine is idle: a child must not have left it spinning. */
	{
		struct timespec before, after, pause = { 0, 300000000 };

		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
		nanosleep(&pause, NULL);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
		REQUIRE((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 < 100);
	}
	end_client(mine[0]);
	end_client(mine[1]);
	end_client(busy[0].client);
	say("the parent and %d children lived", ROUNDS);
	return 0;
}
