/* A program that knows a thread of the library from a callback cancels it, whatever that thread does meanwhile: it
 * ends in the next callback, and each message comes once all the same.
 * Arguments: uri, a directory for the store. */

#include "cancelled_worker.h"

#define ROUNDS 30
#define MESSAGES 5

static struct counter arrived = COUNTER_INITIALIZER;

static int message_arrived(void *context, char *topic, int length, MQTTClient_message *message)
{
	forget_message(context, topic, length, message);
	if (pthread_getspecific(key) == NULL)
		REQUIRE(pthread_setspecific(key, calloc(1, sizeof(int))) == 0);
	pthread_mutex_lock(&lock);
	be_the_worker();
	pthread_mutex_unlock(&lock);
	counter_raise(&arrived);
	pthread_testcancel();
	return 1;
}

int main(int argc, char **argv)
{
	MQTTClient_connectOptions options = clean_options(4);
	MQTTClient client;
	int round, i, cancelled = 0;

	alarm(PATIENCE / 1000);
	REQUIRE(pthread_key_create(&key, at_end) == 0);
	EXPECT(0, MQTTClient_create(&client, argument(argc, argv, 1), "cancelled", MQTTCLIENT_PERSISTENCE_DEFAULT,
		(void *)argument(argc, argv, 2)));
	EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, message_arrived, NULL));
	EXPECT(0, MQTTClient_connect(client, &options));
	EXPECT(0, MQTTClient_subscribe(client, "cancelled", 2));
	for (round = 1; round <= ROUNDS; ++round)
	{
		for (i = 0; i < MESSAGES; ++i)
			EXPECT(0, MQTTClient_publish(client, "cancelled", 5, "hello", 2, 0, NULL));
		/* What it has just handed over is still to be acknowledged, and forgotten by the store. */
		AWAIT(&arrived, (round - 1) * MESSAGES + 1 + round % MESSAGES);
		cancelled += cancel_worker();
		AWAIT(&arrived, round * MESSAGES);
	}
	REQUIRE(cancelled > 0);
	end_client(client);
	AWAIT(&ended, cancelled);
	REQUIRE(counter_value(&arrived) == ROUNDS * MESSAGES);
	say("each message once");
	return 0;
}
