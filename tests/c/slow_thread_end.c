/* The application ends the threads that its callbacks run on, and its destructors for them take their time. When the
 * last client is destroyed they have run: no thread of the library is left.
 *
 * usage: slow_thread_end URI */

#include "support.h"

#define THREADS 5

static pthread_key_t kept;
static char numbers[THREADS], *first = numbers, *next = numbers;

static struct counter ending = COUNTER_INITIALIZER;
static struct counter destroying = COUNTER_INITIALIZER;
static struct counter ended = COUNTER_INITIALIZER;

static void clean(void *number)
{
	const struct timespec a_while = { 0, 300000000 };

	counter_raise(&ending);
	AWAIT(&destroying, 1);
	/* The first one takes longest. */
	if (number == first)
		nanosleep(&a_while, NULL);
	counter_raise(&ended);
}

static int message_arrived(void *context, char *topic, int length, MQTTClient_message *message)
{
	forget_message(context, topic, length, message);
	REQUIRE(pthread_setspecific(kept, next++) == 0);
	pthread_exit(NULL);
}

int main(int argc, char **argv)
{
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_DEFAULT);
	MQTTClient client = new_client(argument(argc, argv, 1), "ends late", MQTTVERSION_DEFAULT);
	int count;

	REQUIRE(pthread_key_create(&kept, clean) == 0);
	EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, message_arrived, NULL));
	EXPECT(0, connect_any(client, &options));
	EXPECT(0, MQTTClient_subscribe(client, "ends", 1));
	for (count = 1; count <= THREADS; ++count)
	{
		EXPECT(0, publish_any(client, "ends", "x", 1, 1, 0, NULL));
		AWAIT(&ending, count);
	}
	EXPECT(0, MQTTClient_disconnect(client, 1000));
	counter_raise(&destroying);
	MQTTClient_destroy(&client);
	REQUIRE(counter_value(&ended) == THREADS);
	REQUIRE(threads_fall_to(1));
	say("all ended");
	return 0;
}
