/* A store of the program's takes long, for one client. The others are served as ever; and when the store is
 * done, the client is, too.
 *
 * usage: slow_store URI call|background
 *   The function of the store that takes long is called by a thread that publishes, or by one of the library's. */

#include "empty_store.h"

static struct counter arrived = COUNTER_INITIALIZER;
static struct counter others = COUNTER_INITIALIZER;
static struct counter in_store = COUNTER_INITIALIZER;
static struct counter go_on = COUNTER_INITIALIZER;
static volatile int takes_long;

static int put_slowly(void)
{
	if (takes_long)
	{
		takes_long = 0;
		counter_raise(&in_store);
		counter_reaches(&go_on, 1, PATIENCE);
	}
	return 0;
}

static void *publish(void *client)
{
	EXPECT(MQTTCLIENT_SUCCESS, publish_any(client, "other", "x", 1, 1, 0, NULL));
	return NULL;
}

static MQTTClient connected(const char *uri, const char *id, int persistence, void *store, struct counter *counter)
{
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_DEFAULT);
	MQTTClient client = NULL;

	/* So that there is a ping to send while the store takes long. */
	options.keepAliveInterval = 1;
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_create(&client, uri, id, persistence, store));
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_setCallbacks(client, counter, NULL, count_message, NULL));
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_connect(client, &options));
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_subscribe(client, id, 2));
	return client;
}

int main(int argc, char **argv)
{
	MQTTClient slow = connected(argument(argc, argv, 1), "slow", MQTTCLIENT_PERSISTENCE_USER, &empty_store, &arrived);
	MQTTClient other = connected(argv[1], "others", MQTTCLIENT_PERSISTENCE_NONE, NULL, &others);
	int by_call = strcmp(argument(argc, argv, 2), "call") == 0;
	long begun = now_ms();
	pthread_t publisher;
	int round;

	while_putting = put_slowly;
	takes_long = 1;
	if (by_call)
		REQUIRE(pthread_create(&publisher, NULL, publish, slow) == 0);
	else
		EXPECT(MQTTCLIENT_SUCCESS, publish_any(other, "slow", "x", 1, 2, 0, NULL));
	AWAIT(&in_store, 1);
	/* Workers come for this one, and find the client busy. */
	if (by_call)
		EXPECT(MQTTCLIENT_SUCCESS, publish_any(other, "slow", "x", 1, 2, 0, NULL));
	for (round = 1; round <= 50 || now_ms() < begun + 1500; ++round)
	{
		EXPECT(MQTTCLIENT_SUCCESS, publish_any(other, "others", "x", 1, 0, 0, NULL));
		REQUIRE(counter_reaches(&others, round, PATIENCE / 4));
	}
	REQUIRE(counter_value(&arrived) == 0);
	counter_raise(&go_on);
	AWAIT(&arrived, 1);
	if (by_call)
		REQUIRE(pthread_join(publisher, NULL) == 0);
	end_client(slow);
	end_client(other);
	puts("served");
	return 0;
}
