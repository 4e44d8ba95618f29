/* Threads of the parent wait in the library while it forks, again and again. Each child makes clients of its own, and
 * threads that wait for them; nothing of the parent's threads is in its way.
 * Arguments: uri, how many threads wait in receive, how many forks. */

#include <sys/wait.h>

#include "support.h"

static struct counter arrived = COUNTER_INITIALIZER;
static volatile int stop;

static void *receive_on(void *context)
{
	while (!stop)
	{
		MQTTClient_message *message = NULL;
		char *topic = NULL;
		int length;

		EXPECT(0, MQTTClient_receive((MQTTClient)context, &topic, &length, &message, 5));
		if (message != NULL)
		{
			MQTTClient_freeMessage(&message);
			MQTTClient_free(topic);
		}
	}
	return NULL;
}

static MQTTClient subscribed_client(const char *uri, const char *id)
{
	MQTTClient client = new_client(uri, id, 4);
	MQTTClient_connectOptions options = clean_options(4);

	EXPECT(0, MQTTClient_setCallbacks(client, &arrived, NULL, count_message, NULL));
	EXPECT(0, connect_any(client, &options));
	EXPECT(0, MQTTClient_subscribe(client, id, 1));
	return client;
}

static void publish_and_await(MQTTClient client, const char *topic)
{
	MQTTClient_deliveryToken token;
	int before = counter_value(&arrived);

	EXPECT(0, MQTTClient_publish(client, topic, 5, "hello", 1, 0, &token));
	EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
	AWAIT(&arrived, before + 1);
}

/* Threads that wait in receive, for a client of their own. */
struct crowd
{
	MQTTClient client;
	pthread_t threads[64];
	int size;
};

static void crowd_gathers(struct crowd *crowd, const char *uri, const char *id, int size)
{
	int i;

	REQUIRE(size <= 64);
	crowd->size = size;
	crowd->client = connected_client(uri, id, 4);
	for (i = 0; i < size; ++i)
		REQUIRE(pthread_create(&crowd->threads[i], NULL, receive_on, crowd->client) == 0);
}

static void crowd_leaves(struct crowd *crowd)
{
	int i;

	stop = 1;
	for (i = 0; i < crowd->size; ++i)
		pthread_join(crowd->threads[i], NULL);
	end_client(crowd->client);
}

static void be_the_child(const char *uri, int number, int size)
{
	struct crowd crowd;
	MQTTClient client;
	char id[32];

	alarm(PATIENCE / 1000);
	snprintf(id, sizeof(id), "child-crowd-%d", number);
	crowd_gathers(&crowd, uri, id, size);
	snprintf(id, sizeof(id), "child-%d", number);
	client = subscribed_client(uri, id);
	publish_and_await(client, id);
	end_client(client);
	crowd_leaves(&crowd);
	exit(0);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int size = atoi(argument(argc, argv, 2)), rounds = atoi(argument(argc, argv, 3)), i, status;
	MQTTClient mine = subscribed_client(uri, "parent");
	struct crowd crowd;

	crowd_gathers(&crowd, uri, "crowd", size);
	for (i = 0; i < rounds; ++i)
	{
		pid_t child = fork();

		if (child == 0)
			be_the_child(uri, i, size);
		REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail("round %d: the child ended with status %x", i, status);
		publish_and_await(mine, "parent");
	}
	crowd_leaves(&crowd);
	end_client(mine);
	say("%d children lived", rounds);
	return 0;
}
