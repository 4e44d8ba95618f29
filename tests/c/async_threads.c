/* Eight threads do everything, in no order, to clients that they share and to clients of their own, while shared ones
 * are destroyed and created again under their hands. Return codes may be anything; a crash, a hang, a wrong message, an
 * outcome that comes twice or not at all, or a leak is a failure.
 * Arguments: uri, rounds of each thread, seed. */

#include "async_support.h"

#define THREADS 8
#define SHARED 4

static const char *broker;
static int rounds;
static MQTTAsync shared[SHARED];
static struct counter arrived = COUNTER_INITIALIZER;
/* Requests that were accepted, and those that have come to their end. */
static struct counter accepted = COUNTER_INITIALIZER, ended = COUNTER_INITIALIZER;

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

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
	(void)context;
	REQUIRE(strncmp(topic, "threads/", 8) == 0 && length == (int)strlen(topic));
	REQUIRE(message->payloadlen == 8 && memcmp(message->payload, "payload!", 8) == 0);
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	counter_raise(&arrived);
	return 1;
}

static void on_loss(void *context, char *cause)
{
	(void)context;
	(void)cause;
}

static void on_completion(void *context, MQTTAsync_token token)
{
	(void)context;
	REQUIRE(token > 0);
}

/* Each request is a block of memory of its own, which its outcome frees: a second one would be noticed. */
static void on_success(void *request, MQTTAsync_successData *data)
{
	(void)data;
	free(request);
	counter_raise(&ended);
}

static void on_failure(void *request, MQTTAsync_failureData *data)
{
	(void)data;
	free(request);
	counter_raise(&ended);
}

static MQTTAsync_responseOptions request(void)
{
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;

	response.context = malloc(1);
	response.onSuccess = on_success;
	response.onFailure = on_failure;
	return response;
}

static void count(int rc, MQTTAsync_responseOptions *response)
{
	if (rc == 0)
		counter_raise(&accepted);
	else
		free(response->context);
}

static MQTTAsync start(const char *name)
{
	MQTTAsync client = new_client(broker, name, MQTTVERSION_3_1_1);
	MQTTAsync_connectOptions options = clean_options(MQTTVERSION_3_1_1, NULL);

	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, on_loss, on_message, on_completion));
	options.automaticReconnect = 1;
	EXPECT(0, MQTTAsync_connect(client, &options));
	return client;
}

/* A whole life of a client that no other thread knows: here everything must succeed. */
static void own_life(struct worker *worker)
{
	char name[32], topic[32];
	struct outcomes sent = OUTCOMES_INITIALIZER;
	MQTTAsync_responseOptions response = counted_in(&sent, 4);
	MQTTAsync client;

	snprintf(name, sizeof(name), "own-%d", worker->number);
	snprintf(topic, sizeof(topic), "threads/own/%d", worker->number);
	client = new_client(broker, name, MQTTVERSION_3_1_1);
	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, on_loss, on_message, on_completion));
	connect_and_wait(client, 4);
	subscribe_and_wait(client, 4, topic, 1);
	EXPECT(0, MQTTAsync_send(client, topic, 8, "payload!", 1, 0, &response));
	AWAIT(&sent.success, 1);
	if (any(worker, 2) == 0)
		disconnect_and_wait(client, 4);
	MQTTAsync_destroy(&client);
}

/* Puts another client in the place of a shared one; the others may be using it just now. */
static void replace(struct worker *worker, unsigned int place)
{
	char name[32];
	MQTTAsync former, latter;

	snprintf(name, sizeof(name), "shared-%u-%d", place, worker->number);
	latter = start(name);
	former = __atomic_exchange_n(&shared[place], latter, __ATOMIC_SEQ_CST);
	MQTTAsync_destroy(&former);
}

static void round_of(struct worker *worker)
{
	unsigned int place = any(worker, SHARED);
	MQTTAsync client = __atomic_load_n(&shared[place], __ATOMIC_SEQ_CST);
	MQTTAsync_connectOptions options = clean_options(MQTTVERSION_3_1_1, NULL);
	MQTTAsync_disconnectOptions disconnect = MQTTAsync_disconnectOptions_initializer;
	MQTTAsync_responseOptions response;
	MQTTAsync_token *pending = NULL;
	char *filters[] = { "threads/+", "other" };
	int qos[] = { 1, 2 };

	switch (any(worker, 24))
	{
	case 0:
		own_life(worker);
		break;
	case 1:
		replace(worker, place);
		break;
	case 2:
		options.automaticReconnect = 1;
		MQTTAsync_connect(client, &options);
		break;
	case 3:
		disconnect.timeout = (int)any(worker, 20);
		response = request();
		disconnect.context = response.context;
		disconnect.onSuccess = on_success;
		disconnect.onFailure = on_failure;
		count(MQTTAsync_disconnect(client, &disconnect), &response);
		MQTTAsync_connect(client, &options);
		break;
	case 4:
	case 5:
		response = request();
		count(MQTTAsync_subscribe(client, "threads/+", (int)any(worker, 3), &response), &response);
		break;
	case 6:
		response = request();
		count(MQTTAsync_unsubscribe(client, "threads/+", &response), &response);
		break;
	case 7:
		response = request();
		count(MQTTAsync_subscribeMany(client, 2, filters, qos, &response), &response);
		break;
	case 8:
		MQTTAsync_getPendingTokens(client, &pending);
		MQTTAsync_free(pending);
		break;
	case 9:
		MQTTAsync_isConnected(client);
		MQTTAsync_isComplete(client, (int)any(worker, 100));
		break;
	case 10:
		MQTTAsync_waitForCompletion(client, (int)any(worker, 100), 5);
		break;
	case 11:
		MQTTAsync_reconnect(client);
		break;
	case 12:
		MQTTAsync_setCallbacks(client, NULL, on_loss, on_message, on_completion);
		break;
	default:
		response = request();
		count(MQTTAsync_send(client, "threads/shared", 8, "payload!", (int)any(worker, 3), 0, &response), &response);
	}
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
		shared[i] = start(name);
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
		MQTTAsync_destroy(&shared[i]);
	/* None is told after destroy, so all have been told. */
	if (counter_value(&accepted) != counter_value(&ended))
		fail("%d requests accepted, %d ended", counter_value(&accepted), counter_value(&ended));
	REQUIRE(threads_fall_to(threads));
	say("%d descriptors left", open_descriptors() - descriptors);
	/* Most of it must have worked, or this showed nothing. */
	fprintf(stderr, "%d requests, %d messages arrived\n", counter_value(&accepted), counter_value(&arrived));
	REQUIRE(counter_value(&accepted) > rounds * THREADS / 8);
	return 0;
}
