/* As cancelled_worker.c, with many messages in a row, and callbacks that leave their thread to be cancelled at any time:
 * it ends in a callback all the same, or where one begins, and never in the library's code between two. So no message is
 * lost but the one that it ends in.
 * Arguments: uri. */

#include "cancelled_worker.h"

#define ROUNDS 30
#define MESSAGES 500

static struct counter arrived = COUNTER_INITIALIZER;

/* The round whose last message has come. */
static int ended_round;

static int message_arrived(void *context, char *topic, int length, MQTTClient_message *message)
{
	int is_last = message->payloadlen == sizeof ended_round, of_round = 0;

	REQUIRE(pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL) == 0);
	if (is_last)
		memcpy(&of_round, message->payload, sizeof of_round);
	forget_message(context, topic, length, message);
	if (pthread_getspecific(key) == NULL)
		REQUIRE(pthread_setspecific(key, calloc(1, sizeof(int))) == 0);
	pthread_mutex_lock(&lock);
	be_the_worker();
	if (is_last)
		ended_round = of_round;
	pthread_mutex_unlock(&lock);
	if (!is_last)
		counter_raise(&arrived);
	REQUIRE(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL) == 0);
	return 1;
}

static int has_ended(int round)
{
	int has_ended;

	pthread_mutex_lock(&lock);
	has_ended = ended_round == round;
	pthread_mutex_unlock(&lock);
	return has_ended;
}

int main(int argc, char **argv)
{
	MQTTClient_connectOptions options = clean_options(4);
	MQTTClient client = new_client(argument(argc, argv, 1), "cancelled", 4);
	int round, i, cancelled = 0;

	alarm(PATIENCE / 1000);
	REQUIRE(pthread_key_create(&key, at_end) == 0);
	EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, message_arrived, NULL));
	EXPECT(0, MQTTClient_connect(client, &options));
	EXPECT(0, MQTTClient_subscribe(client, "cancelled", 0));
	for (round = 1; round <= ROUNDS; ++round)
	{
		for (i = 0; i < MESSAGES; ++i)
			EXPECT(0, MQTTClient_publish(client, "cancelled", 5, "hello", 0, 0, NULL));
		AWAIT(&arrived, (round - 1) * MESSAGES - cancelled + round);
		cancelled += cancel_worker();
		/* The message that the thread ends in may be this one. */
		while (!has_ended(round))
		{
			EXPECT(0, MQTTClient_publish(client, "cancelled", sizeof round, &round, 0, 0, NULL));
			usleep(1000);
		}
	}
	REQUIRE(cancelled > 0);
	end_client(client);
	AWAIT(&ended, cancelled);
	REQUIRE(counter_value(&arrived) >= ROUNDS * MESSAGES - cancelled);
	say("no other message lost");
	return 0;
}
