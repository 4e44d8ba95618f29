/* The application ends the thread that a callback runs on. The thread must end as any other: handlers run, the
 * values that it keeps are destroyed. And the client must go on: each message and each acknowledgement is told
 * once, and everything works from other threads.
 *
 * usage: thread_ends URI CALLBACK exit|cancel [VERSION] */

#include "empty_store.h"

static const char *which;
static int by_cancel;
static int version = MQTTVERSION_DEFAULT;
static pthread_key_t kept;

static struct counter arrived = COUNTER_INITIALIZER;
static struct counter told = COUNTER_INITIALIZER;
static struct counter delivered = COUNTER_INITIALIZER;
static struct counter to_end = COUNTER_INITIALIZER;
static struct counter cleaned = COUNTER_INITIALIZER;
static struct counter ended = COUNTER_INITIALIZER;

static void clean(void *counter)
{
	counter_raise(counter);
}

/* Ends the calling thread, if this is the callback that is to do so. */
static void end_in(const char *callback)
{
	if (strcmp(callback, which) != 0)
		return;
	REQUIRE(pthread_setspecific(kept, &ended) == 0);
	counter_raise(&to_end);
	pthread_cleanup_push(clean, &cleaned);
	if (by_cancel)
	{
		pthread_cancel(pthread_self());
		pthread_testcancel();
	}
	else
		pthread_exit(NULL);
	pthread_cleanup_pop(0);
}

/* Whether the trace callback is to end this thread. */
static __thread int end_in_trace;

static int message_arrived(void *context, char *topic, int length, MQTTClient_message *message)
{
	forget_message(context, topic, length, message);
	counter_raise(&arrived);
	end_in("messageArrived");
	if (strcmp(which, "nested") == 0)
	{
		long give_up = now_ms() + PATIENCE;

		/* Two callbacks deep: the handler runs when the thread leaves this one. While another thread is in the trace
		 * callback, it gets the lines of this one, too. */
		pthread_cleanup_push(clean, &cleaned);
		end_in_trace = 1;
		while (now_ms() < give_up)
			MQTTClient_isConnected(context);
		pthread_cleanup_pop(0);
		fail("the thread lives on");
	}
	return 1;
}

static void delivery_complete(void *context, MQTTClient_deliveryToken token)
{
	(void)context;
	(void)token;
	counter_raise(&delivered);
	end_in("deliveryComplete");
}

static void published(void *context, int token, int type, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	(void)token;
	(void)type;
	(void)properties;
	(void)reason;
	counter_raise(&told);
	end_in("published");
	end_in("calling");
}

static void connection_lost(void *context, char *cause)
{
	(void)context;
	(void)cause;
	counter_raise(&told);
	end_in("connectionLost");
	/* Not every server says why it goes. */
	end_in("disconnected");
}

static void disconnected(void *context, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	(void)properties;
	(void)reason;
	counter_raise(&told);
	end_in("disconnected");
}

static void trace(enum MQTTCLIENT_TRACE_LEVELS level, char *message)
{
	(void)level;
	(void)message;
	if (!end_in_trace)
		return;
	end_in_trace = 0;
	end_in("trace");
	end_in("nested");
}

static __thread int end_in_store;

static int put(void)
{
	if (end_in_store)
	{
		end_in_store = 0;
		end_in("store");
	}
	return 0;
}

static MQTTClient client;

/* A thread of the application's that is ended in a call of the library. */
static void *call(void *unused)
{
	MQTTClient_deliveryToken token = 0;

	(void)unused;
	end_in_trace = end_in_store = 1;
	pthread_cleanup_push(clean, &cleaned);
	publish_any(client, "ends", "x", 1, 1, 0, &token);
	MQTTClient_waitForCompletion(client, token, PATIENCE);
	pthread_cleanup_pop(0);
	fail("the thread lives on");
	return NULL;
}

static void publish(int count)
{
	while (count-- > 0)
		EXPECT(MQTTCLIENT_SUCCESS, publish_any(client, "ends", "x", 1, 1, 0, NULL));
}

/* The program of callbacks that run on threads of the library. */
static void in_background(const char *uri)
{
	MQTTClient_connectOptions options = clean_options(version);
	MQTTClient other;
	int round;

	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_setCallbacks(client, client, connection_lost, message_arrived, delivery_complete));
	if (version >= MQTTVERSION_5)
	{
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_setPublished(client, NULL, published));
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_setDisconnected(client, NULL, disconnected));
	}
	EXPECT(MQTTCLIENT_SUCCESS, connect_any(client, &options));
	if (strcmp(which, "connectionLost") == 0 || strcmp(which, "disconnected") == 0)
	{
		for (round = 1; round <= 3; ++round)
		{
			/* Another client of the same name: the server ends this one. */
			other = connected_client(uri, "ends", version);
			AWAIT(&told, round);
			AWAIT(&ended, round);
			EXPECT(MQTTCLIENT_SUCCESS, connect_any(client, &options));
			MQTTClient_destroy(&other);
		}
	}
	else
	{
		EXPECT(MQTTCLIENT_SUCCESS, subscribe_any(client, version, "ends", 1));
		if (strcmp(which, "nested") == 0)
			MQTTClient_setTraceCallback(trace);
		publish(20);
		AWAIT(&arrived, 20);
		if (strcmp(which, "messageArrived") == 0 || strcmp(which, "nested") == 0)
			AWAIT(&ended, 20);
		AWAIT(&delivered, 20);
		if (version >= MQTTVERSION_5)
			AWAIT(&told, 20);
	}
	end_client(client);
	REQUIRE(counter_value(&arrived) <= 20 && counter_value(&told) <= 20 && counter_value(&delivered) <= 20);
}

/* And of those that run on threads of the application. */
static void in_calls(void)
{
	MQTTClient_connectOptions options = clean_options(version);
	pthread_t thread;
	int round;

	if (strcmp(which, "calling") == 0)
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_setPublished(client, NULL, published));
	EXPECT(MQTTCLIENT_SUCCESS, connect_any(client, &options));
	if (strcmp(which, "trace") == 0)
		MQTTClient_setTraceCallback(trace);
	for (round = 1; round <= 5; ++round)
	{
		MQTTClient_deliveryToken token;

		REQUIRE(pthread_create(&thread, NULL, call, NULL) == 0);
		REQUIRE(pthread_join(thread, NULL) == 0);
		REQUIRE(counter_value(&ended) == round);
		if (strcmp(which, "calling") != 0)
		{
			EXPECT(MQTTCLIENT_SUCCESS, publish_any(client, "ends", "x", 1, 1, 0, &token));
			EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_waitForCompletion(client, token, PATIENCE));
		}
	}
	EXPECT(1, MQTTClient_isConnected(client));
	MQTTClient_setTraceCallback(NULL);
	end_client(client);
	/* The one in the callback, and the one around the call. */
	REQUIRE(counter_value(&cleaned) == 2 * counter_value(&ended));
}

int main(int argc, char **argv)
{
	MQTTClient_createOptions options = MQTTClient_createOptions_initializer;
	int persistence = MQTTCLIENT_PERSISTENCE_NONE;
	long begun;

	which = argument(argc, argv, 2);
	by_cancel = strcmp(argument(argc, argv, 3), "cancel") == 0;
	if (argc > 4)
		version = atoi(argv[4]);
	REQUIRE(pthread_key_create(&kept, clean) == 0);
	options.MQTTVersion = version;
	if (strcmp(which, "store") == 0)
		persistence = MQTTCLIENT_PERSISTENCE_USER;
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_createWithOptions(&client, argv[1], "ends", persistence, &empty_store, &options));
	while_putting = put;
	begun = now_ms();
	if (strcmp(which, "calling") == 0 || strcmp(which, "trace") == 0 || strcmp(which, "store") == 0)
		in_calls();
	else
		in_background(argv[1]);
	REQUIRE(counter_value(&to_end) > 0);
	AWAIT(&ended, counter_value(&to_end));
	say("goes on");
	fprintf(stderr, "%ld ms, %d threads ended\n", now_ms() - begun, counter_value(&ended));
	return 0;
}
