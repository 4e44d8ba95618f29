/* A thread that loops in a call of the library is cancelled. It ends, nothing stays locked, and the client works on
 * from another thread.
 * Arguments: uri, the call, "deferred" | "asynchronous", "callbacks" | "plain", a directory for the store or "-". */

#include "support.h"

#define ROUNDS 20

static const char *uri, *what, *store;
static int is_asynchronous, with_callbacks;
static volatile int begun;

static MQTTClient made_client(const char *id)
{
	MQTTClient client;
	int has_store = strcmp(store, "-") != 0;

	EXPECT(0, MQTTClient_create(&client, uri, id, has_store ? MQTTCLIENT_PERSISTENCE_DEFAULT : MQTTCLIENT_PERSISTENCE_NONE,
		has_store ? (void *)store : NULL));
	if (with_callbacks)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, forget_message, NULL));
	return client;
}

static void call(MQTTClient client)
{
	MQTTClient_connectOptions options = clean_options(4);
	MQTTClient_deliveryToken token = 0;
	MQTTClient_message *message = NULL;
	MQTTClient_deliveryToken *tokens = NULL;
	char *topic = NULL;
	int length;

	if (strcmp(what, "receive") == 0)
		MQTTClient_receive(client, &topic, &length, &message, 50);
	else if (strcmp(what, "yield") == 0)
		MQTTClient_yield();
	else if (strcmp(what, "connect") == 0)
		MQTTClient_connect(client, &options);
	else if (strcmp(what, "waitForCompletion") == 0)
	{
		MQTTClient_publish(client, "elsewhere", 5, "hello", 1, 0, &token);
		MQTTClient_waitForCompletion(client, token, 1000);
	}
	else if (strcmp(what, "publish") == 0)
		MQTTClient_publish(client, "elsewhere", 5, "hello", 0, 0, NULL);
	else if (strcmp(what, "publish-1") == 0)
		MQTTClient_publish(client, "elsewhere", 5, "hello", 1, 0, NULL);
	else if (strcmp(what, "subscribe") == 0)
	{
		MQTTClient_subscribe(client, "nothing", 1);
		MQTTClient_unsubscribe(client, "nothing");
	}
	else if (strcmp(what, "disconnect") == 0)
	{
		MQTTClient_connect(client, &options);
		MQTTClient_disconnect(client, 100);
	}
	else if (strcmp(what, "destroy") == 0)
	{
		MQTTClient own = made_client("short");

		MQTTClient_connect(own, &options);
		MQTTClient_destroy(&own);
	}
	else if (strcmp(what, "settings") == 0)
	{
		MQTTClient_setCallbacks(client, NULL, NULL, forget_message, NULL);
		MQTTClient_setDisconnected(client, NULL, NULL);
		MQTTClient_setPublished(client, NULL, NULL);
		MQTTClient_setCommandTimeout(client, 10000);
		MQTTClient_getPendingDeliveryTokens(client, &tokens);
		MQTTClient_isConnected(client);
	}
	else
		fail("what is %s?", what);
}

static void *loop(void *context)
{
	if (is_asynchronous)
		pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (;;)
	{
		call((MQTTClient)context);
		begun++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	MQTTClient_connectOptions options = clean_options(4);
	unsigned int seed = 1;
	int round;

	uri = argument(argc, argv, 1);
	what = argument(argc, argv, 2);
	is_asynchronous = strcmp(argument(argc, argv, 3), "asynchronous") == 0;
	with_callbacks = strcmp(argument(argc, argv, 4), "callbacks") == 0;
	store = argument(argc, argv, 5);
	alarm(PATIENCE / 1000);
	for (round = 0; round < ROUNDS; ++round)
	{
		MQTTClient client = made_client("cancelled");
		MQTTClient_deliveryToken token;
		struct timespec pause = { 0, rand_r(&seed) % 5000000 };
		pthread_t thread;
		void *result;

		EXPECT(0, MQTTClient_connect(client, &options));
		begun = 0;
		REQUIRE(pthread_create(&thread, NULL, loop, client) == 0);
		while (begun == 0)
			sched_yield();
		nanosleep(&pause, NULL);
		REQUIRE(pthread_cancel(thread) == 0);
		REQUIRE(pthread_join(thread, &result) == 0);
		REQUIRE(result == PTHREAD_CANCELED);
		if (!MQTTClient_isConnected(client))
			EXPECT(0, MQTTClient_connect(client, &options));
		EXPECT(0, MQTTClient_publish(client, "elsewhere", 5, "hello", 1, 0, &token));
		EXPECT(0, MQTTClient_waitForCompletion(client, token, 10000));
		end_client(client);
	}
	say("cancelled %d times", ROUNDS);
	return 0;
}
