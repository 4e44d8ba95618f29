/* Two clients in a process: A with a will and a keep alive interval of 4 s, and B. Which of them have
 * callbacks, and since when, is the second argument. Prints what becomes of them. */

#include "support.h"

static const char *uri;
static struct counter messages_a = COUNTER_INITIALIZER, messages_b = COUNTER_INITIALIZER;
static struct counter completions_a = COUNTER_INITIALIZER, completions_b = COUNTER_INITIALIZER;
static struct counter wills = COUNTER_INITIALIZER;
static pthread_t main_thread;
static volatile int completed_on_main;

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	struct counter *counter = strcmp(topic, "will") == 0 ? &wills : context;

	forget_message(context, topic, length, message);
	counter_raise(counter);
	return 1;
}

static void on_delivery(void *context, MQTTClient_deliveryToken token)
{
	(void)token;
	completed_on_main = pthread_equal(pthread_self(), main_thread);
	counter_raise(context == &messages_a ? &completions_a : &completions_b);
}

static MQTTClient create(const char *server, const char *name)
{
	MQTTClient client;

	EXPECT(0, MQTTClient_create(&client, server, name, MQTTCLIENT_PERSISTENCE_NONE, NULL));
	return client;
}

static void with_callbacks(MQTTClient client, struct counter *messages)
{
	EXPECT(0, MQTTClient_setCallbacks(client, messages, NULL, on_message, on_delivery));
}

static int try_connect(MQTTClient client, int keep_alive)
{
	MQTTClient_connectOptions options = clean_options(4);
	MQTTClient_willOptions will = MQTTClient_willOptions_initializer;

	will.topicName = "will";
	will.message = "gone";
	options.will = &will;
	options.keepAliveInterval = keep_alive;
	return MQTTClient_connect(client, &options);
}

/* Calls nothing for longer than the server waits for a ping. */
static void be_silent(void)
{
	const struct timespec silence = { 13, 0 };

	nanosleep(&silence, NULL);
}

/* Publishes to a topic, and waits for the acknowledgement. */
static void publish(MQTTClient client, const char *topic)
{
	MQTTClient_deliveryToken token;

	EXPECT(0, MQTTClient_publish(client, topic, 1, "x", 1, 0, &token));
	EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
}

static void receive(MQTTClient client, const char *what)
{
	char *topic = NULL;
	int length, rc;
	MQTTClient_message *message = NULL;

	rc = MQTTClient_receive(client, &topic, &length, &message, PATIENCE);
	say("receive %s: %d, %s", what, rc, message != NULL ? topic : "nothing");
	if (message != NULL)
		forget_message(NULL, topic, length, message);
}

static void say_usable(MQTTClient a)
{
	publish(a, "elsewhere");
	say("A lives, wills: %d", counter_value(&wills));
}

static void *receive_in_thread(void *client)
{
	receive(client, "by a thread");
	return NULL;
}

static void end(MQTTClient client)
{
	MQTTClient_disconnect(client, 1000);
	MQTTClient_destroy(&client);
}

int main(int argc, char **argv)
{
	const char *mode = argument(argc, argv, 2);
	MQTTClient a, b, failing;
	pthread_t thread;

	uri = argument(argc, argv, 1);
	main_thread = pthread_self();
	a = create(uri, "A");
	b = create(uri, "B");

	if (strcmp(mode, "neither") == 0)
	{
		EXPECT(0, try_connect(a, 4));
		EXPECT(0, try_connect(b, 60));
		EXPECT(0, MQTTClient_subscribe(a, "a", 1));
		EXPECT(0, MQTTClient_subscribe(b, "b", 1));
		publish(a, "b");
		publish(b, "a");
		receive(a, "A");
		receive(b, "B");
		say("threads: %d", running_threads());
	}
	else if (strcmp(mode, "both") == 0)
	{
		with_callbacks(a, &messages_a);
		with_callbacks(b, &messages_b);
		EXPECT(0, try_connect(a, 4));
		EXPECT(0, try_connect(b, 60));
		EXPECT(0, MQTTClient_subscribe(b, "will", 1));
		EXPECT(0, MQTTClient_subscribe(a, "a", 1));
		EXPECT(0, MQTTClient_subscribe(b, "b", 1));
		publish(a, "b");
		publish(b, "a");
		AWAIT(&messages_a, 1);
		AWAIT(&messages_b, 1);
		AWAIT(&completions_a, 1);
		AWAIT(&completions_b, 1);
		be_silent();
		say_usable(a);
	}
	else if (strcmp(mode, "one") == 0 || strcmp(mode, "one, later") == 0)
	{
		/* A has no callbacks, and is served for B's sake, whichever of them is first. */
		with_callbacks(b, &messages_b);
		if (strcmp(mode, "one") == 0)
		{
			EXPECT(0, try_connect(b, 60));
			EXPECT(0, try_connect(a, 4));
		}
		else
		{
			EXPECT(0, try_connect(a, 4));
			EXPECT(0, try_connect(b, 60));
		}
		EXPECT(0, MQTTClient_subscribe(b, "will", 1));
		be_silent();
		say_usable(a);
		EXPECT(0, MQTTClient_disconnect(b, 1000));
		MQTTClient_destroy(&b);
		be_silent();
		say_usable(a);
	}
	else if (strcmp(mode, "failing") == 0)
	{
		/* The client with callbacks never gets a connection. */
		failing = create("tcp://127.0.0.1:1", "F");
		with_callbacks(failing, &messages_b);
		EXPECT(0, try_connect(a, 4));
		REQUIRE(try_connect(failing, 60) != 0);
		be_silent();
		say_usable(a);
		MQTTClient_destroy(&failing);
	}
	else if (strcmp(mode, "late") == 0)
	{
		/* A gets callbacks when it is connected already, and is served for B's sake. */
		with_callbacks(b, &messages_b);
		EXPECT(0, try_connect(b, 60));
		EXPECT(0, try_connect(a, 4));
		with_callbacks(a, &messages_a);
		EXPECT(0, MQTTClient_subscribe(a, "a", 1));
		publish(a, "a");
		AWAIT(&messages_a, 1);
		AWAIT(&completions_a, 1);
		/* And goes on when B has gone. */
		EXPECT(0, MQTTClient_disconnect(b, 1000));
		publish(a, "a");
		AWAIT(&messages_a, 2);
		AWAIT(&completions_a, 2);
		say("on the calling thread: %d", completed_on_main);
	}
	else if (strcmp(mode, "late and alone") == 0)
	{
		/* Nobody else has callbacks: A's calls go on as before, until it connects again. */
		EXPECT(0, try_connect(b, 60));
		EXPECT(0, try_connect(a, 4));
		with_callbacks(a, &messages_a);
		EXPECT(0, MQTTClient_subscribe(a, "a", 1));
		publish(a, "a");
		AWAIT(&completions_a, 1);
		say("on the calling thread: %d", completed_on_main);
		receive(a, "A");
		say("messages: %d", counter_value(&messages_a));
		EXPECT(0, MQTTClient_disconnect(a, 1000));
		EXPECT(0, try_connect(a, 4));
		EXPECT(0, MQTTClient_subscribe(a, "a", 1));
		publish(a, "a");
		AWAIT(&messages_a, 1);
	}
	else if (strcmp(mode, "receive") == 0)
	{
		/* The original's receive refuses while a client has callbacks; ours waits, also in the middle of
		 * that change, and takes what a worker has read. */
		EXPECT(0, try_connect(a, 4));
		EXPECT(0, MQTTClient_subscribe(a, "a", 1));
		REQUIRE(pthread_create(&thread, NULL, receive_in_thread, a) == 0);
		with_callbacks(b, &messages_b);
		EXPECT(0, try_connect(b, 60));
		publish(b, "a");
		pthread_join(thread, NULL);
		publish(b, "a");
		receive(a, "A");
		publish(b, "a");
		be_silent();
		receive(a, "A");
		say_usable(a);
		/* All are gone, so A is on its own again. */
		EXPECT(0, MQTTClient_disconnect(a, 1000));
		EXPECT(0, MQTTClient_disconnect(b, 1000));
		EXPECT(0, try_connect(a, 4));
		EXPECT(0, MQTTClient_subscribe(a, "a", 1));
		publish(a, "a");
		receive(a, "A");
	}
	else
		fail("no mode %s", mode);
	end(a);
	if (b != NULL)
		end(b);
	return 0;
}
