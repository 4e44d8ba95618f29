/* Receives a flood over connections that are cut again and again. The messages of each QoS are numbered:
 * none may be missing, those of QoS 1 may come again with those after them, those of QoS 2 never.
 *
 *     reconnect_receive uri version mode count [directory of a file store]
 *
 * receive: messages are fetched. callback: they come by messageArrived, and connectionLost tells the main
 * thread to connect again. inside: connectionLost itself connects again. */

#include "support.h"

#define ATTEMPTS 100

static int version, with_callbacks, connects_inside, count;
static int subscribed;
static int next_number[3];
static struct counter events = COUNTER_INITIALIZER;
static struct counter complete = COUNTER_INITIALIZER;

/* Once all is there, connections that are lost may stay so. */
static void open_connection(MQTTClient client)
{
	MQTTClient_connectOptions options = clean_options(version);
	int attempt;

	use_tls_if_asked(&options);
	options.cleansession = options.cleanstart = 0;
	for (attempt = 0; counter_value(&complete) == 0; ++attempt)
	{
		REQUIRE(attempt < ATTEMPTS);
		if (connect_any(client, &options) != MQTTCLIENT_SUCCESS)
			continue;
		/* The subscription is part of the session: once is enough. */
		if (subscribed || subscribe_any(client, version, "flood/#", 2) == MQTTCLIENT_SUCCESS)
		{
			subscribed = 1;
			return;
		}
	}
}

static void connection_lost(void *context, char *cause)
{
	REQUIRE(cause == NULL);
	if (connects_inside && subscribed)
		open_connection(context);
	else
		counter_raise(&events);
}

static void take(const char *topic, MQTTClient_message *message)
{
	char text[16] = "";
	int number, qos = message->qos;

	REQUIRE(qos == 1 || qos == 2);
	REQUIRE(strcmp(topic, qos == 1 ? "flood/1" : "flood/2") == 0);
	REQUIRE(message->payloadlen >= 8);
	memcpy(text, message->payload, 8);
	number = atoi(text);
	if (number != next_number[qos] && (qos == 2 || number > next_number[1]))
		fail("QoS %d: %d came instead of %d", qos, number, next_number[qos]);
	if (number != next_number[qos])
		return;
	next_number[qos]++;
	if (next_number[1] + next_number[2] == count)
	{
		counter_raise(&complete);
		counter_raise(&events);
	}
}

static int message_arrived(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	REQUIRE(length == 0);
	take(topic, message);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

static void fetch_all(MQTTClient client)
{
	while (counter_value(&complete) == 0)
	{
		MQTTClient_message *message;
		char *topic;
		int length, rc = MQTTClient_receive(client, &topic, &length, &message, PATIENCE);

		if (message != NULL)
		{
			take(topic, message);
			MQTTClient_freeMessage(&message);
			MQTTClient_free(topic);
		}
		if (rc != MQTTCLIENT_SUCCESS)
			open_connection(client);
	}
}

static MQTTClient create(const char *uri, char *directory)
{
	MQTTClient_createOptions options = MQTTClient_createOptions_initializer;
	int persistence = directory != NULL ? MQTTCLIENT_PERSISTENCE_DEFAULT : MQTTCLIENT_PERSISTENCE_NONE;
	MQTTClient client = NULL;

	options.MQTTVersion = version;
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_createWithOptions(&client, uri, "flooded", persistence, directory, &options));
	return client;
}

int main(int argc, char **argv)
{
	const char *mode = argument(argc, argv, 3);
	MQTTClient client;
	int seen;

	version = atoi(argument(argc, argv, 2));
	count = atoi(argument(argc, argv, 4));
	with_callbacks = strcmp(mode, "receive") != 0;
	connects_inside = strcmp(mode, "inside") == 0;
	client = create(argument(argc, argv, 1), argc > 5 ? argv[5] : NULL);
	if (with_callbacks)
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_setCallbacks(client, client, connection_lost, message_arrived, NULL));
	open_connection(client);
	if (!with_callbacks)
		fetch_all(client);
	for (seen = 0; counter_value(&complete) == 0; ++seen)
	{
		AWAIT(&events, seen + 1);
		if (counter_value(&complete) == 0 && !MQTTClient_isConnected(client))
			open_connection(client);
	}
	MQTTClient_disconnect(client, 0);
	MQTTClient_destroy(&client);
	return 0;
}
