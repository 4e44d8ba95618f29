/* A callback sleeps for longer than its keep alive interval allows; meanwhile the connection lives, calls return at
 * once, and another client is served. Prints how long that one had to wait for an echo at most.
 * Arguments: uri, seconds to sleep, keep alive interval. */

#include "async_support.h"

static int seconds;
static struct counter asleep = COUNTER_INITIALIZER, awake = COUNTER_INITIALIZER, echoed = COUNTER_INITIALIZER;

static int sleep_long(void *context, char *topic, int length, MQTTAsync_message *message)
{
	counter_raise(&asleep);
	sleep((unsigned int)seconds);
	counter_raise(&awake);
	return forget_message(context, topic, length, message);
}

static int count_echo(void *context, char *topic, int length, MQTTAsync_message *message)
{
	counter_raise(&echoed);
	return forget_message(context, topic, length, message);
}

static MQTTAsync start(const char *uri, char *name, int keep_alive, MQTTAsync_messageArrived *arrived)
{
	MQTTAsync client = new_client(uri, name, 4);
	struct outcomes outcomes = OUTCOMES_INITIALIZER;
	MQTTAsync_connectOptions options = clean_options(4, &outcomes);

	options.keepAliveInterval = keep_alive;
	EXPECT(0, MQTTAsync_setCallbacks(client, name, fail_on_loss, arrived, NULL));
	EXPECT(0, MQTTAsync_connect(client, &options));
	AWAIT(&outcomes.success, 1);
	subscribe_and_wait(client, 4, name, 0);
	return client;
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int keep_alive = atoi(argument(argc, argv, 3));
	MQTTAsync sleeper, other;
	long longest_echo = 0, longest_call = 0;
	int count = 0;

	seconds = atoi(argument(argc, argv, 2));
	sleeper = start(uri, "sleeper", keep_alive, sleep_long);
	other = start(uri, "other", 60, count_echo);
	EXPECT(0, MQTTAsync_send(other, "sleeper", 1, "x", 0, 0, NULL));
	AWAIT(&asleep, 1);
	while (counter_value(&awake) == 0)
	{
		long before = now_ms(), call;

		EXPECT(0, MQTTAsync_send(sleeper, "elsewhere", 1, "x", 1, 0, NULL));
		EXPECT(0, MQTTAsync_send(other, "other", 1, "x", 0, 0, NULL));
		call = now_ms() - before;
		AWAIT(&echoed, ++count);
		if (now_ms() - before > longest_echo)
			longest_echo = now_ms() - before;
		if (call > longest_call)
			longest_call = call;
		usleep(10000);
	}
	end_client(sleeper, 4);
	end_client(other, 4);
	say("%ld %ld", longest_echo, longest_call);
	return 0;
}
