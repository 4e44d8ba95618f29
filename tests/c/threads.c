/* Eight threads do everything, in no order, to clients that they share and to clients of their own, while
 * shared ones are destroyed and created again under their hands. Return codes may be anything; a crash, a
 * hang, a wrong message or a leak is a failure.
 * Arguments: uri, rounds of each thread, seed. */

#include "support.h"

#define THREADS 8
#define SHARED 4

static const char *broker;
static int rounds;
static MQTTClient shared[SHARED];
static struct counter arrived = COUNTER_INITIALIZER;
static struct counter succeeded = COUNTER_INITIALIZER;

struct worker
{
	pthread_t thread;
	unsigned int random;
	int number;
};

static unsigned int any(struct worker *worker, unsigned int limit)
{
	worker->random = worker->random * 1664525u + 1013904223u;
	return (worker->random >> 16) % limit;
}

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	(void)length;
	REQUIRE(strncmp(topic, "threads/", 8) == 0);
	REQUIRE(message->payloadlen == 8 && memcmp(message->payload, "payload!", 8) == 0);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	counter_raise(&arrived);
	return 1;
}

static void on_loss(void *context, char *cause)
{
	(void)context;
	(void)cause;
}

static void on_completion(void *context, MQTTClient_deliveryToken token)
{
	(void)context;
	(void)token;
}

static MQTTClient start(const char *name, int with_callbacks)
{
	MQTTClient client = new_client(broker, name, MQTTVERSION_3_1_1);
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);

	if (with_callbacks)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, on_loss, on_message, on_completion));
	if (MQTTClient_connect(client, &options) == 0)
		counter_raise(&succeeded);
	return client;
}

/* A whole life of a client that no other thread knows: here everything must succeed. */
static void own_life(struct worker *worker)
{
	char name[32], topic[32];
	MQTTClient client;
	MQTTClient_deliveryToken token;

	snprintf(name, sizeof(name), "own-%d", worker->number);
	snprintf(topic, sizeof(topic), "threads/own/%d", worker->number);
	client = new_client(broker, name, MQTTVERSION_3_1_1);
	if (any(worker, 2) == 0)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, on_loss, on_message, on_completion));
	{
		MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);

		EXPECT(0, MQTTClient_connect(client, &options));
	}
	EXPECT(0, MQTTClient_subscribe(client, topic, 1));
	EXPECT(0, MQTTClient_publish(client, topic, 8, "payload!", 1, 0, &token));
	EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
	if (any(worker, 2) == 0)
		EXPECT(0, MQTTClient_disconnect(client, 100));
	MQTTClient_destroy(&client);
}

/* Puts another client in the place of a shared one; the others may be using it just now. */
static void replace(struct worker *worker, unsigned int place)
{
	char name[32];
	MQTTClient former, latter;

	snprintf(name, sizeof(name), "shared-%u-%d", place, worker->number);
	latter = start(name, place % 2 == 0);
	former = __atomic_exchange_n(&shared[place], latter, __ATOMIC_SEQ_CST);
	MQTTClient_destroy(&former);
}

static void round_of(struct worker *worker)
{
	unsigned int place = any(worker, SHARED);
	MQTTClient client = __atomic_load_n(&shared[place], __ATOMIC_SEQ_CST);
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);
	MQTTClient_deliveryToken token = 0, *pending = NULL;
	MQTTClient_message *message = NULL;
	char *topic = NULL;
	int length = 0, rc = -1;

	switch (any(worker, 24))
	{
	case 0:
		own_life(worker);
		break;
	case 1:
		replace(worker, place);
		break;
	case 2:
		rc = MQTTClient_connect(client, &options);
		break;
	case 3:
		rc = MQTTClient_disconnect(client, (int)any(worker, 20));
		break;
	case 4:
	case 5:
		rc = MQTTClient_subscribe(client, "threads/+", (int)any(worker, 3));
		break;
	case 6:
		rc = MQTTClient_unsubscribe(client, "threads/+");
		break;
	case 7:
		rc = MQTTClient_receive(client, &topic, &length, &message, any(worker, 5));
		if (message != NULL)
			on_message(NULL, topic, length, message);
		break;
	case 8:
		rc = MQTTClient_getPendingDeliveryTokens(client, &pending);
		MQTTClient_free(pending);
		break;
	case 9:
		MQTTClient_isConnected(client);
		break;
	case 10:
		if (any(worker, 8) == 0)
			MQTTClient_yield();
		break;
	default:
		rc = MQTTClient_publish(client, "threads/shared", 8, "payload!", (int)any(worker, 3), 0, &token);
		if (rc == 0 && any(worker, 2) == 0)
			MQTTClient_waitForCompletion(client, token, 20);
	}
	if (rc == 0)
		counter_raise(&succeeded);
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	int i;

	for (i = 0; i < rounds; ++i)
		round_of(worker);
	return NULL;
}

int main(int argc, char **argv)
{
	struct worker workers[THREADS];
	int threads = running_threads(), descriptors = open_descriptors(), i;

	broker = argument(argc, argv, 1);
	rounds = atoi(argument(argc, argv, 2));
	for (i = 0; i < SHARED; ++i)
	{
		char name[32];

		snprintf(name, sizeof(name), "shared-%d-first", i);
		shared[i] = start(name, i % 2 == 0);
	}
	for (i = 0; i < THREADS; ++i)
	{
		workers[i].number = i;
		workers[i].random = (unsigned int)(atoi(argument(argc, argv, 3)) * THREADS + i);
		EXPECT(0, pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	}
	for (i = 0; i < THREADS; ++i)
		pthread_join(workers[i].thread, NULL);
	for (i = 0; i < SHARED; ++i)
		MQTTClient_destroy(&shared[i]);
	REQUIRE(threads_fall_to(threads));
	say("%d descriptors left", open_descriptors() - descriptors);
	/* Most of it must have worked, or this showed nothing. */
	fprintf(stderr, "%d calls succeeded, %d messages arrived\n", counter_value(&succeeded), counter_value(&arrived));
	REQUIRE(counter_value(&succeeded) > rounds * THREADS / 4);
	return 0;
}
