/* One client, many threads: connect, disconnect, publish, subscribe, receive, waitForCompletion,
 * setCallbacks and destroy, all at once, again and again. Nothing crashes, hangs, or stays behind.
 * Arguments: uri, rounds. */

#include "support.h"

static MQTTClient shared;
static volatile int stop;

static int ignore_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	(void)length;
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

static void is_delivered(void *context, MQTTClient_deliveryToken token)
{
	(void)context;
	(void)token;
}

static void is_lost(void *context, char *cause)
{
	(void)context;
	(void)cause;
}

static void *hammer(void *context)
{
	unsigned seed = (unsigned)(size_t)context;
	MQTTClient client = shared;

	while (!stop)
	{
		MQTTClient_connectOptions options = clean_options(4);
		MQTTClient_message *message = NULL;
		MQTTClient_deliveryToken token, *tokens = NULL;
		char *topic = NULL;
		int length;

		options.connectTimeout = 5;
		switch (rand_r(&seed) % 12)
		{
		case 0:
			MQTTClient_connect(client, &options);
			break;
		case 1:
			MQTTClient_disconnect(client, rand_r(&seed) % 3 * 5);
			break;
		case 2:
		case 3:
		case 4:
			if (MQTTClient_publish(client, "hammer", 6, "hammer", rand_r(&seed) % 3, 0, &token) == 0)
				MQTTClient_waitForCompletion(client, token, rand_r(&seed) % 50);
			break;
		case 5:
			MQTTClient_subscribe(client, "hammer", rand_r(&seed) % 3);
			break;
		case 6:
			MQTTClient_unsubscribe(client, "hammer");
			break;
		case 7:
			if (MQTTClient_receive(client, &topic, &length, &message, rand_r(&seed) % 20) >= -100 && message != NULL)
			{
				MQTTClient_freeMessage(&message);
				MQTTClient_free(topic);
			}
			break;
		case 8:
			if (rand_r(&seed) % 2)
				MQTTClient_setCallbacks(client, NULL, is_lost, ignore_message, is_delivered);
			else
				MQTTClient_setCallbacks(client, NULL, NULL, ignore_message, NULL);
			break;
		case 9:
			MQTTClient_getPendingDeliveryTokens(client, &tokens);
			MQTTClient_free(tokens);
			break;
		case 10:
			MQTTClient_isConnected(client);
			break;
		default:
			if (rand_r(&seed) % 8 == 0)
			{
				MQTTClient_yield();
			}
			break;
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int rounds = atoi(argument(argc, argv, 2)), round, descriptors = open_descriptors();

	for (round = 0; round < rounds; ++round)
	{
		const struct timespec pause = { 0, 30000000 };
		pthread_t threads[8];
		long begun;
		size_t i;

		stop = 0;
		shared = new_client(uri, "hammer", 4);
		if (round % 2)
			EXPECT(0, MQTTClient_setCallbacks(shared, NULL, is_lost, ignore_message, is_delivered));
		for (i = 0; i < 8; ++i)
			pthread_create(&threads[i], NULL, hammer, (void *)(i + round * 8 + 1));
		nanosleep(&pause, NULL);
		{
			MQTTClient destroyed = shared;

			begun = now_ms();
			MQTTClient_destroy(&destroyed);
			if (now_ms() - begun > 1000)
				fail("destroy took %ld ms", now_ms() - begun);
		}
		stop = 1;
		begun = now_ms();
		for (i = 0; i < 8; ++i)
			pthread_join(threads[i], NULL);
		if (now_ms() - begun > 1000)
			fail("the threads took %ld ms", now_ms() - begun);
	}
	REQUIRE(threads_fall_to(1));
	REQUIRE(open_descriptors() == descriptors);
	say("nothing left");
	return 0;
}
