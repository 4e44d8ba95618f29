/* A server that floods the client, and a thread that waits for what the server never sends. The messages are
 * taken slowly, or not at all. Prints how much memory the process had at most, in MiB.
 * Arguments: uri, who waits: completion, publish, subscribe, disconnect, in a callback, publish in a callback,
 * without callbacks, yield. */

#include "support.h"

#define WAIT 3000

static const char *who;
static MQTTClient client;
static struct counter arrived = COUNTER_INITIALIZER, done = COUNTER_INITIALIZER;
static MQTTClient_deliveryToken unanswered;

static long peak_mib(void)
{
	char line[256];
	long kib = 0;
	FILE *status = fopen("/proc/self/status", "r");

	REQUIRE(status != NULL);
	while (fgets(line, sizeof(line), status) != NULL)
		sscanf(line, "VmHWM: %ld", &kib);
	fclose(status);
	return kib / 1024;
}

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	const struct timespec slowly = { 0, 100000000 };

	forget_message(context, topic, length, message);
	if (strcmp(who, "in a callback") == 0 && counter_value(&arrived) == 0)
	{
		REQUIRE(MQTTClient_waitForCompletion(client, unanswered, WAIT) != 0);
		counter_raise(&done);
	}
	else if (strcmp(who, "publish in a callback") == 0 && counter_value(&arrived) == 0)
	{
		/* Nothing is taken before this returns, so it does. */
		REQUIRE(publish_any(client, "a", "x", 1, 1, 0, NULL) != 0);
		counter_raise(&done);
	}
	else
		nanosleep(&slowly, NULL);
	counter_raise(&arrived);
	return 1;
}

static void *publish_blocked(void *unused)
{
	(void)unused;
	REQUIRE(publish_any(client, "a", "x", 1, 1, 0, NULL) != 0);
	counter_raise(&done);
	return NULL;
}

int main(int argc, char **argv)
{
	const struct timespec wait = { WAIT / 1000, 0 };
	MQTTClient_connectOptions options = clean_options(4);
	pthread_t thread;
	int i, calls;

	who = argument(argc, argv, 2);
	calls = strcmp(who, "without callbacks") == 0 || strcmp(who, "yield") == 0;
	client = new_client(argument(argc, argv, 1), "flooded", 4);
	options.maxInflightMessages = 1;
	if (!calls)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, on_message, NULL));
	EXPECT(0, connect_any(client, &options));
	EXPECT(0, MQTTClient_setCommandTimeout(client, 5000));
	EXPECT(0, publish_any(client, "a", "x", 1, 1, 0, &unanswered));
	if (strcmp(who, "completion") == 0 || strcmp(who, "without callbacks") == 0)
		REQUIRE(MQTTClient_waitForCompletion(client, unanswered, WAIT) != 0);
	else if (strcmp(who, "publish") == 0)
	{
		REQUIRE(pthread_create(&thread, NULL, publish_blocked, NULL) == 0);
		nanosleep(&wait, NULL);
		EXPECT(0, MQTTClient_disconnect(client, 0));
		AWAIT(&done, 1);
		pthread_join(thread, NULL);
	}
	else if (strcmp(who, "subscribe") == 0)
		REQUIRE(MQTTClient_subscribe(client, "a", 0) != 0);
	else if (strcmp(who, "disconnect") == 0)
		EXPECT(0, MQTTClient_disconnect(client, WAIT));
	else if (strcmp(who, "yield") == 0)
		for (i = 0; i < WAIT / 100; i++)
			MQTTClient_yield();
	else
		AWAIT(&done, 1);
	say("%ld", peak_mib());
	EXPECT(0, MQTTClient_disconnect(client, 0));
	MQTTClient_destroy(&client);
	return 0;
}
