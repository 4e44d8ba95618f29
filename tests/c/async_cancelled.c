/* A thread that loops in a call of the library is cancelled. It ends, nothing stays locked, and the client works on from
 * another thread. Arguments: uri, the call, "deferred" | "asynchronous", a directory for the store or "-". */

#include "async_support.h"

#define ROUNDS 20

static const char *uri, *what, *store;
static int is_asynchronous;
static volatile int begun;

static MQTTAsync made_client(const char *id)
{
	MQTTAsync client;
	int has_store = strcmp(store, "-") != 0;

	EXPECT(0, MQTTAsync_create(&client, uri, id, has_store ? MQTTCLIENT_PERSISTENCE_DEFAULT : MQTTCLIENT_PERSISTENCE_NONE,
		has_store ? (void *)store : NULL));
	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, NULL, forget_message, NULL));
	return client;
}

static void call(MQTTAsync client)
{
	MQTTAsync_connectOptions options = clean_options(4, NULL);
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
	MQTTAsync_token *tokens = NULL;

	if (strcmp(what, "connect") == 0)
		MQTTAsync_connect(client, &options);
	else if (strcmp(what, "waitForCompletion") == 0)
	{
		MQTTAsync_send(client, "elsewhere", 5, "hello", 1, 0, &response);
		MQTTAsync_waitForCompletion(client, response.token, 1000);
	}
	else if (strcmp(what, "send") == 0)
		MQTTAsync_send(client, "elsewhere", 5, "hello", 0, 0, NULL);
	else if (strcmp(what, "send-1") == 0)
		MQTTAsync_send(client, "elsewhere", 5, "hello", 1, 0, NULL);
	else if (strcmp(what, "subscribe") == 0)
	{
		MQTTAsync_subscribe(client, "nothing", 1, NULL);
		MQTTAsync_unsubscribe(client, "nothing", NULL);
	}
	else if (strcmp(what, "disconnect") == 0)
	{
		MQTTAsync_connect(client, &options);
		MQTTAsync_disconnect(client, NULL);
	}
	else if (strcmp(what, "destroy") == 0)
	{
		MQTTAsync own = made_client("short");

		MQTTAsync_connect(own, &options);
		MQTTAsync_destroy(&own);
	}
	else if (strcmp(what, "settings") == 0)
	{
		MQTTAsync_setCallbacks(client, NULL, NULL, forget_message, NULL);
		MQTTAsync_setDisconnected(client, NULL, NULL);
		MQTTAsync_setConnected(client, NULL, NULL);
		MQTTAsync_getPendingTokens(client, &tokens);
		MQTTAsync_isConnected(client);
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
		call((MQTTAsync)context);
		begun++;
		pthread_testcancel();
	}
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned int seed = 1;
	int round;

	uri = argument(argc, argv, 1);
	what = argument(argc, argv, 2);
	is_asynchronous = strcmp(argument(argc, argv, 3), "asynchronous") == 0;
	store = argument(argc, argv, 4);
	alarm(2 * PATIENCE / 1000);
	for (round = 0; round < ROUNDS; ++round)
	{
		MQTTAsync client = made_client("cancelled");
		struct outcomes sent = OUTCOMES_INITIALIZER;
		MQTTAsync_responseOptions response = counted_in(&sent, 4);
		struct timespec pause = { 0, rand_r(&seed) % 5000000 };
		MQTTAsync_connectOptions options = clean_options(4, NULL);
		pthread_t thread;
		void *result;

		connect_and_wait(client, 4);
		begun = 0;
		REQUIRE(pthread_create(&thread, NULL, loop, client) == 0);
		while (begun == 0)
			sched_yield();
		nanosleep(&pause, NULL);
		REQUIRE(pthread_cancel(thread) == 0);
		REQUIRE(pthread_join(thread, &result) == 0);
		REQUIRE(result == PTHREAD_CANCELED);
		/* A disconnect may still be under way. */
		while (MQTTAsync_send(client, "elsewhere", 5, "hello", 1, 0, &response) != 0)
		{
			MQTTAsync_connect(client, &options);
			usleep(1000);
		}
		if (strcmp(what, "disconnect") != 0)
			AWAIT(&sent.success, 1);
		MQTTAsync_destroy(&client);
	}
	say("cancelled %d times", ROUNDS);
	return 0;
}
