/* Uses so many megabytes of stack in every callback, and in a thread of the original's helper.
 *
 * usage: stack URI MEGABYTES */

#include "support.h"

/* No header declares it (contract A-203). */
extern void Thread_start(void *(*function)(void *), void *parameter);

static struct counter arrived = COUNTER_INITIALIZER;
static struct counter traced = COUNTER_INITIALIZER;
static struct counter delivered = COUNTER_INITIALIZER;
static struct counter started = COUNTER_INITIALIZER;
static size_t megabytes;

/* Touches each page, the nearest first, as a deep recursion does. */
static void __attribute__((noinline)) use_stack(size_t left)
{
	volatile char page[4096];

	page[0] = 1;
	if (left > sizeof(page))
		use_stack(left - sizeof(page));
	page[1] = page[0];
}

static int message_arrived(void *context, char *topic, int length, MQTTClient_message *message)
{
	use_stack(megabytes << 20);
	counter_raise(&arrived);
	return forget_message(context, topic, length, message);
}

static void delivery_complete(void *context, MQTTClient_deliveryToken token)
{
	(void)context;
	(void)token;
	use_stack(megabytes << 20);
	counter_raise(&delivered);
}

static void trace(enum MQTTCLIENT_TRACE_LEVELS level, char *message)
{
	(void)level;
	(void)message;
	if (running_threads() > 1)
	{
		use_stack(megabytes << 20);
		counter_raise(&traced);
	}
}

static void *thread(void *parameter)
{
	use_stack(megabytes << 20);
	counter_raise(parameter);
	return NULL;
}

int main(int argc, char **argv)
{
	MQTTClient client = new_client(argument(argc, argv, 1), "stack", MQTTVERSION_DEFAULT);
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_DEFAULT);

	megabytes = (size_t)atoi(argument(argc, argv, 2));
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_setCallbacks(client, NULL, NULL, message_arrived, delivery_complete));
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_connect(client, &options));
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_subscribe(client, "stack", 1));
	MQTTClient_setTraceCallback(trace);
	EXPECT(MQTTCLIENT_SUCCESS, publish_any(client, "stack", "x", 1, 1, 0, NULL));
	AWAIT(&arrived, 1);
	AWAIT(&delivered, 1);
	AWAIT(&traced, 1);
	Thread_start(thread, &started);
	AWAIT(&started, 1);
	end_client(client);
	puts("deep enough");
	return 0;
}
