/* Publishes a flood of QoS 1 and QoS 2 messages, in turn, over connections that are cut again and again.
 * Each publish that succeeds is one message; one that fails is none, and is repeated.
 *
 *     reconnect_publish uri version mode count [directory of a file store]
 *
 * receive: no callbacks, the calls tell of a loss. callback: connectionLost tells the main thread, which
 * connects again. inside: connectionLost itself connects again, while the main thread goes on. */

#include "support.h"

/* Connections that end before they are accepted, in a row: more than chance can bring. */
#define ATTEMPTS 100

static int version, with_callbacks, connects_inside;
static struct counter connected = COUNTER_INITIALIZER;
static struct counter lost = COUNTER_INITIALIZER;
static struct counter delivered = COUNTER_INITIALIZER;
static struct counter finished = COUNTER_INITIALIZER;

/* Once all is done, connections that are lost may stay so. */
static void open_connection(MQTTClient client)
{
	MQTTClient_connectOptions options = clean_options(version);
	int attempt;

	use_tls_if_asked(&options);
	options.cleansession = options.cleanstart = 0;
	options.maxInflightMessages = 32;
	for (attempt = 0; counter_value(&finished) == 0; ++attempt)
	{
		REQUIRE(attempt < ATTEMPTS);
		if (connect_any(client, &options) == MQTTCLIENT_SUCCESS)
		{
			counter_raise(&connected);
			return;
		}
	}
}

static void connection_lost(void *context, char *cause)
{
	REQUIRE(cause == NULL);
	counter_raise(&lost);
	if (connects_inside)
		open_connection(context);
}

static int message_arrived(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	(void)message;
	fail("a message of %d bytes arrived on %s", length, topic);
}

static void delivery_complete(void *context, MQTTClient_deliveryToken token)
{
	(void)context;
	(void)token;
	counter_raise(&delivered);
}

/* Returns when the connection after this one is there. The loss of each is told, and told once. */
static void next_connection(MQTTClient client, int before)
{
	if (connects_inside)
		AWAIT(&connected, before + 1);
	else
	{
		if (with_callbacks)
		{
			AWAIT(&lost, before);
			REQUIRE(counter_value(&lost) == before);
		}
		open_connection(client);
	}
}

static void publish(MQTTClient client, int number)
{
	char payload[96];
	int length = sprintf(payload, "%d ", number);
	int before, rc;

	memset(payload + length, '.', number % 61);
	length += number % 61;
	for (;;)
	{
		before = counter_value(&connected);
		rc = publish_any(client, "flood", payload, length, 1 + number % 2, 0, NULL);
		if (rc == MQTTCLIENT_SUCCESS)
			return;
		if (rc != MQTTCLIENT_DISCONNECTED && rc != MQTTCLIENT_FAILURE)
			fail("publish gave %d", rc);
		next_connection(client, before);
	}
}

/* Waits until nothing is under way. */
static void finish(MQTTClient client)
{
	MQTTClient_deliveryToken *tokens;
	int before, rc;

	for (;;)
	{
		before = counter_value(&connected);
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_getPendingDeliveryTokens(client, &tokens));
		if (tokens == NULL)
			return;
		rc = MQTTClient_waitForCompletion(client, tokens[0], PATIENCE);
		MQTTClient_free(tokens);
		if (rc != MQTTCLIENT_SUCCESS)
			next_connection(client, before);
	}
}

static MQTTClient create(const char *uri, char *directory)
{
	MQTTClient_createOptions options = MQTTClient_createOptions_initializer;
	int persistence = directory != NULL ? MQTTCLIENT_PERSISTENCE_DEFAULT : MQTTCLIENT_PERSISTENCE_NONE;
	MQTTClient client = NULL;

	options.MQTTVersion = version;
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_createWithOptions(&client, uri, "flooding", persistence, directory, &options));
	return client;
}

int main(int argc, char **argv)
{
	const char *mode = argument(argc, argv, 3);
	int count = atoi(argument(argc, argv, 4));
	MQTTClient client;
	int number;

	version = atoi(argument(argc, argv, 2));
	with_callbacks = strcmp(mode, "receive") != 0;
	connects_inside = strcmp(mode, "inside") == 0;
	client = create(argument(argc, argv, 1), argc > 5 ? argv[5] : NULL);
	if (with_callbacks)
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_setCallbacks(client, client, connection_lost, message_arrived, delivery_complete));
	open_connection(client);
	for (number = 0; number < count; ++number)
		publish(client, number);
	finish(client);
	if (with_callbacks)
		AWAIT(&delivered, count);
	counter_raise(&finished);
	MQTTClient_disconnect(client, PATIENCE);
	MQTTClient_destroy(&client);
	if (with_callbacks && counter_value(&delivered) != count)
		fail("%d messages, and %d times deliveryComplete", count, counter_value(&delivered));
	return 0;
}
