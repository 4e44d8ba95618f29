/* Uses so many megabytes of stack in every callback, and in a thread of the original's helper.
 *
 * usage: async_stack URI MEGABYTES */

#include "async_support.h"

/* No header declares it (contract A-203). */
extern void Thread_start(void *(*function)(void *), void *parameter);

static struct counter arrived = COUNTER_INITIALIZER;
static struct counter traced = COUNTER_INITIALIZER;
static struct counter delivered = COUNTER_INITIALIZER;
static struct counter succeeded = COUNTER_INITIALIZER;
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

static int message_arrived(void *context, char *topic, int length, MQTTAsync_message *message)
{
	use_stack(megabytes << 20);
	counter_raise(&arrived);
	return forget_message(context, topic, length, message);
}

static void delivery_complete(void *context, MQTTAsync_token token)
{
	(void)context;
	(void)token;
	use_stack(megabytes << 20);
	counter_raise(&delivered);
}

static void on_success(void *context, MQTTAsync_successData *data)
{
	(void)context;
	(void)data;
	use_stack(megabytes << 20);
	counter_raise(&succeeded);
}

static void trace(enum MQTTASYNC_TRACE_LEVELS level, char *message)
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
	MQTTAsync client = new_client(argument(argc, argv, 1), "stack", MQTTVERSION_DEFAULT);
	MQTTAsync_connectOptions options = clean_options(MQTTVERSION_DEFAULT, NULL);
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;

	megabytes = (size_t)atoi(argument(argc, argv, 2));
	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, NULL, message_arrived, delivery_complete));
	options.onSuccess = response.onSuccess = on_success;
	EXPECT(0, MQTTAsync_connect(client, &options));
	AWAIT(&succeeded, 1);
	EXPECT(0, MQTTAsync_subscribe(client, "stack", 1, &response));
	AWAIT(&succeeded, 2);
	MQTTAsync_setTraceCallback(trace);
	EXPECT(0, MQTTAsync_send(client, "stack", 1, "x", 1, 0, &response));
	AWAIT(&succeeded, 3);
	AWAIT(&arrived, 1);
	AWAIT(&delivered, 1);
	AWAIT(&traced, 1);
	Thread_start(thread, &started);
	AWAIT(&started, 1);
	end_client(client, 4);
	puts("deep enough");
	return 0;
}
