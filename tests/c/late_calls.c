/* A program uses the library when the thread that does so has ended its own variables already: in a handler of exit,
 * or in a destructor of a thread's key.
 * Arguments: uri, "exit" | "thread", "callbacks" | "plain". */

#include "support.h"

static const char *uri;
static int with_callbacks;

static void use_library(const char *id)
{
	MQTTClient_connectOptions options = clean_options(4);
	MQTTClient client = new_client(uri, id, 4);
	MQTTClient_deliveryToken token;

	if (with_callbacks)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, forget_message, NULL));
	EXPECT(0, MQTTClient_connect(client, &options));
	EXPECT(0, MQTTClient_subscribe(client, id, 1));
	EXPECT(0, MQTTClient_publish(client, id, 5, "hello", 1, 0, &token));
	EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
	end_client(client);
}

static void be_late(void)
{
	use_library("late");
	say("worked");
}

static void be_late_in_thread(void *context)
{
	(void)context;
	be_late();
}

static void *use_in_thread(void *context)
{
	pthread_setspecific(*(pthread_key_t *)context, context);
	use_library("early");
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_key_t key;
	pthread_t thread;

	uri = argument(argc, argv, 1);
	with_callbacks = strcmp(argument(argc, argv, 3), "callbacks") == 0;
	if (strcmp(argument(argc, argv, 2), "exit") == 0)
	{
		REQUIRE(atexit(be_late) == 0);
		use_library("early");
		return 0;
	}
	REQUIRE(pthread_key_create(&key, be_late_in_thread) == 0);
	REQUIRE(pthread_create(&thread, NULL, use_in_thread, &key) == 0);
	REQUIRE(pthread_join(thread, NULL) == 0);
	return 0;
}
