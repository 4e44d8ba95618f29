/* Receives a flood over connections that are cut again and again. The messages of each QoS are numbered: none may be
 * missing, those of QoS 1 may come again with those after them, those of QoS 2 never.
 *
 *     async_reconnect_receive uri version mode count [directory of a file store]
 *
 * inside: connectionLost and the failures of connect connect again. automatic: the library does. */

#include "async_support.h"
#include "async_reconnect.h"

static int count;
static volatile int is_subscribed;
static int next_number[3];
static struct counter complete = COUNTER_INITIALIZER;

static void subscribed(void *context, MQTTAsync_successData *data)
{
	(void)context;
	(void)data;
	is_subscribed = 1;
}

static void subscribed5(void *context, MQTTAsync_successData5 *data)
{
	(void)context;
	(void)data;
	is_subscribed = 1;
}

/* The subscription is part of the session: once is enough. */
static void on_connected(void *context, char *cause)
{
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;

	(void)context;
	(void)cause;
	if (version >= MQTTVERSION_5)
		response.onSuccess5 = subscribed5;
	else
		response.onSuccess = subscribed;
	if (!is_subscribed)
		MQTTAsync_subscribe(client, "flood/#", 2, &response);
}

static int message_arrived(void *context, char *topic, int length, MQTTAsync_message *message)
{
	char text[16] = "";
	int number, qos = message->qos;

	(void)context;
	REQUIRE(qos == 1 || qos == 2);
	REQUIRE(strcmp(topic, qos == 1 ? "flood/1" : "flood/2") == 0 && length == (int)strlen(topic));
	REQUIRE(message->payloadlen >= 8);
	memcpy(text, message->payload, 8);
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	number = atoi(text);
	if (number != next_number[qos] && (qos == 2 || number > next_number[1]))
		fail("QoS %d: %d came instead of %d", qos, number, next_number[qos]);
	if (number != next_number[qos])
		return 1;
	next_number[qos]++;
	if (next_number[1] + next_number[2] == count)
	{
		finished = 1;
		counter_raise(&complete);
	}
	return 1;
}

int main(int argc, char **argv)
{
	MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;

	version = atoi(argument(argc, argv, 2));
	is_automatic = strcmp(argument(argc, argv, 3), "automatic") == 0;
	count = atoi(argument(argc, argv, 4));
	options.MQTTVersion = version;
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_createWithOptions(&client, argument(argc, argv, 1), "flooded",
		argc > 5 ? MQTTCLIENT_PERSISTENCE_DEFAULT : MQTTCLIENT_PERSISTENCE_NONE, argc > 5 ? argv[5] : NULL, &options));
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_setCallbacks(client, NULL, connection_lost, message_arrived, NULL));
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_setConnected(client, NULL, on_connected));
	open_connection();
	/* As long as messages come, there is no hurry. */
	while (!finished)
	{
		int before = next_number[1] + next_number[2];

		if (!counter_reaches(&complete, 1, PATIENCE) && next_number[1] + next_number[2] == before)
			fail("no message since number %d", before);
	}
	MQTTAsync_disconnect(client, NULL);
	MQTTAsync_destroy(&client);
	return 0;
}
