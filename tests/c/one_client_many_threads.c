/* Eight threads publish on one client; each message arrives exactly once, and each thread's in its order.
 * Arguments: uri, messages of each thread. */

#include "support.h"

#define THREADS 8

static MQTTClient client;
static int count;
static int next[THREADS];
static struct counter arrived = COUNTER_INITIALIZER;

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	int numbers[2];

	(void)context;
	(void)length;
	REQUIRE(message->payloadlen == (int)sizeof(numbers));
	memcpy(numbers, message->payload, sizeof(numbers));
	REQUIRE(numbers[0] >= 0 && numbers[0] < THREADS);
	REQUIRE(next[numbers[0]]++ == numbers[1]);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	counter_raise(&arrived);
	return 1;
}

static void *publish_all(void *argument)
{
	int numbers[2] = { *(int *)argument, 0 };

	for (; numbers[1] < count; ++numbers[1])
		EXPECT(0, MQTTClient_publish(client, "many", (int)sizeof(numbers), numbers, 2, 0, NULL));
	return NULL;
}

int main(int argc, char **argv)
{
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);
	pthread_t threads[THREADS];
	int numbers[THREADS], i;

	client = new_client(argument(argc, argv, 1), "many", MQTTVERSION_3_1_1);
	count = atoi(argument(argc, argv, 2));
	EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, on_message, NULL));
	EXPECT(0, MQTTClient_connect(client, &options));
	EXPECT(0, MQTTClient_subscribe(client, "many", 2));
	for (i = 0; i < THREADS; ++i)
	{
		numbers[i] = i;
		EXPECT(0, pthread_create(&threads[i], NULL, publish_all, &numbers[i]));
	}
	for (i = 0; i < THREADS; ++i)
		pthread_join(threads[i], NULL);
	AWAIT(&arrived, THREADS * count);
	end_client(client);
	EXPECT(THREADS * count, counter_value(&arrived));
	say("%d messages", THREADS * count);
	return 0;
}
