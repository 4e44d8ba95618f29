/* Threads, and callbacks within callbacks, do anything to clients of any version, with and without a store, which
 * others destroy and create meanwhile. Each request that was accepted has its outcome once, at the latest in destroy; no
 * message arrives but as it was sent; and nothing crashes or hangs.
 * Arguments: uri, a directory for the stores, seed, rounds of each thread. */

#include "async_support.h"

#define CLIENTS 6
#define THREADS 6
#define DEEPEST 3

static const char *uri, *directory;
static int rounds;
static struct counter accepted = COUNTER_INITIALIZER, ended = COUNTER_INITIALIZER;

static MQTTAsync clients[CLIENTS];
static int versions[CLIENTS];
/* Held by who puts another client in the place of one: two of one name and one store are no good. */
static pthread_mutex_t places[CLIENTS];

static __thread unsigned int random_state;
static __thread int depth;

static unsigned int any(unsigned int limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 16) % limit;
}

static void act(void);

/* What any callback does. */
static void perhaps_act(void)
{
	if (random_state == 0)
		random_state = (unsigned int)now_ms();
	if (depth == DEEPEST || any(3) != 0)
		return;
	++depth;
	act();
	--depth;
}

/* Each request is a block of memory, which its outcome frees: a second one would be noticed. */
static void end_request(void *request)
{
	free(request);
	counter_raise(&ended);
	perhaps_act();
}

static void on_success(void *request, MQTTAsync_successData *data)
{
	(void)data;
	end_request(request);
}

static void on_failure(void *request, MQTTAsync_failureData *data)
{
	(void)data;
	end_request(request);
}

static void on_success5(void *request, MQTTAsync_successData5 *data)
{
	(void)data;
	end_request(request);
}

static void on_failure5(void *request, MQTTAsync_failureData5 *data)
{
	(void)data;
	end_request(request);
}

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
	int i;

	(void)context;
	REQUIRE(strcmp(topic, "anything/a") == 0 && length == (int)strlen(topic));
	for (i = 0; i < message->payloadlen; ++i)
		REQUIRE(((char *)message->payload)[i] == 'p');
	perhaps_act();
	return any(10) == 0 ? 0 : forget_message(context, topic, length, message);
}

static void on_loss(void *context, char *cause)
{
	(void)context;
	(void)cause;
	perhaps_act();
}

static void on_delivery(void *context, MQTTAsync_token token)
{
	(void)context;
	(void)token;
	perhaps_act();
}

static MQTTAsync create(int place)
{
	static const int some_versions[] = { MQTTVERSION_DEFAULT, MQTTVERSION_3_1, MQTTVERSION_3_1_1, MQTTVERSION_5 };
	MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
	MQTTAsync client = NULL;
	char name[32];
	int has_store = (int)any(2), rc;

	versions[place] = options.MQTTVersion = some_versions[any(4)];
	options.sendWhileDisconnected = (int)any(2);
	options.allowDisconnectedSendAtAnyTime = (int)any(2);
	options.deleteOldestMessages = (int)any(2);
	options.maxBufferedMessages = 1 + (int)any(200);
	options.persistQoS0 = (int)any(2);
	snprintf(name, sizeof(name), "anything-%d-%u", place, any(3));
	rc = MQTTAsync_createWithOptions(&client, uri, name, has_store ? MQTTCLIENT_PERSISTENCE_DEFAULT : MQTTCLIENT_PERSISTENCE_NONE,
		has_store ? (void *)directory : NULL, &options);
	/* What a client of MQTT 5 has left is nothing for another. */
	REQUIRE(rc == 0 || (has_store && rc == MQTTASYNC_PERSISTENCE_ERROR));
	REQUIRE((rc == 0) == (client != NULL));
	if (any(10) != 0)
		MQTTAsync_setCallbacks(client, NULL, on_loss, on_message, on_delivery);
	if (any(2) == 0)
		MQTTAsync_setConnected(client, NULL, on_loss);
	return client;
}

static void replace(int place)
{
	MQTTAsync former;

	if (pthread_mutex_trylock(&places[place]) != 0)
		return;
	former = __atomic_exchange_n(&clients[place], NULL, __ATOMIC_SEQ_CST);
	MQTTAsync_destroy(&former);
	__atomic_store_n(&clients[place], create(place), __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&places[place]);
}

static void connect_client(MQTTAsync client, int version)
{
	MQTTAsync_connectOptions options = clean_options(version, NULL);
	char *servers[] = { "tcp://127.0.0.1:1", (char *)uri };

	options.automaticReconnect = (int)any(2);
	options.maxInflight = 1 + (int)any(20);
	options.connectTimeout = 1 + (int)any(3);
	options.keepAliveInterval = (int)any(3);
	if (any(2) == 0)
		options.cleansession = options.cleanstart = 0;
	if (any(3) == 0)
	{
		options.serverURIcount = 2;
		options.serverURIs = servers;
	}
	MQTTAsync_connect(client, &options);
}

static MQTTAsync_responseOptions request(int version)
{
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;

	response.context = malloc(1);
	if (version >= MQTTVERSION_5)
	{
		response.onSuccess5 = on_success5;
		response.onFailure5 = on_failure5;
	}
	else
	{
		response.onSuccess = on_success;
		response.onFailure = on_failure;
	}
	return response;
}

static void count(int rc, void *request)
{
	if (rc == 0)
		counter_raise(&accepted);
	else
		free(request);
}

static void disconnect_client(MQTTAsync client)
{
	MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;

	options.timeout = (int)any(300);
	options.context = malloc(1);
	options.onSuccess = on_success;
	options.onFailure = on_failure;
	count(MQTTAsync_disconnect(client, &options), options.context);
}

static void send_message(MQTTAsync client, MQTTAsync_responseOptions *response, int size)
{
	char *payload = malloc((size_t)size);

	memset(payload, 'p', (size_t)size);
	count(MQTTAsync_send(client, "anything/a", size, payload, (int)any(3), 0, response), response->context);
	free(payload);
}

static void act(void)
{
	int place = (int)any(CLIENTS);
	MQTTAsync client = __atomic_load_n(&clients[place], __ATOMIC_SEQ_CST);
	int version = versions[place];
	MQTTAsync_responseOptions response;
	MQTTAsync_token *tokens = NULL;
	char *filters[] = { "anything/a", "anything/#" };
	int qos[] = { 1, 2 };

	switch (any(24))
	{
	case 0:
		replace(place);
		break;
	case 1:
	case 2:
	case 3:
		connect_client(client, version);
		break;
	case 4:
		disconnect_client(client);
		break;
	case 5:
		MQTTAsync_reconnect(client);
		break;
	case 6:
		response = request(version);
		count(MQTTAsync_subscribe(client, filters[any(2)], (int)any(3), &response), response.context);
		break;
	case 7:
		response = request(version);
		count(MQTTAsync_subscribeMany(client, 2, filters, qos, &response), response.context);
		break;
	case 8:
		response = request(version);
		count(MQTTAsync_unsubscribe(client, filters[any(2)], &response), response.context);
		break;
	case 9:
		MQTTAsync_getPendingTokens(client, &tokens);
		MQTTAsync_free(tokens);
		break;
	case 10:
		MQTTAsync_isComplete(client, (int)any(200));
		MQTTAsync_waitForCompletion(client, (int)any(200), any(20));
		break;
	case 11:
		response = request(version);
		send_message(client, &response, 1 + (int)any(70000));
		break;
	default:
		response = request(version);
		send_message(client, &response, 8);
	}
}

static void *work(void *seed)
{
	int i;

	random_state = *(unsigned int *)seed;
	for (i = 0; i < rounds; ++i)
		act();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	unsigned int seeds[THREADS];
	int i;

	uri = argument(argc, argv, 1);
	directory = argument(argc, argv, 2);
	random_state = (unsigned int)atoi(argument(argc, argv, 3));
	rounds = atoi(argument(argc, argv, 4));
	for (i = 0; i < CLIENTS; ++i)
	{
		REQUIRE(pthread_mutex_init(&places[i], NULL) == 0);
		clients[i] = create(i);
	}
	for (i = 0; i < THREADS; ++i)
	{
		seeds[i] = random_state + 77u * (unsigned int)(i + 1);
		REQUIRE(pthread_create(&threads[i], NULL, work, &seeds[i]) == 0);
	}
	for (i = 0; i < THREADS; ++i)
		pthread_join(threads[i], NULL);
	/* Callbacks may still create clients while others are destroyed here, until nobody is told anything any more. */
	for (i = 0; i < CLIENTS; ++i)
	{
		REQUIRE(pthread_mutex_lock(&places[i]) == 0);
		MQTTAsync_destroy(&clients[i]);
	}
	EXPECT(counter_value(&accepted), counter_value(&ended));
	REQUIRE(counter_value(&accepted) > rounds / 20);
	say("each request had its outcome");
	return 0;
}
