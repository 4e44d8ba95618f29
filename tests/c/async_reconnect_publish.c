/* Publishes a flood of QoS 1 and QoS 2 messages, in turn, over connections that are cut again and again. Each send that
 * succeeds is one message, whose outcome is told once.
 *
 *     async_reconnect_publish uri version mode count [directory of a file store]
 *
 * inside: connectionLost and the failures of connect connect again. automatic: the library does. Messages are sent
 * all the while, with a connection or without. */

#include "async_support.h"
#include "async_reconnect.h"

static struct counter delivered = COUNTER_INITIALIZER;
static struct outcomes sent = OUTCOMES_INITIALIZER;

static int message_arrived(void *context, char *topic, int length, MQTTAsync_message *message)
{
	(void)context;
	(void)message;
	fail("a message of %d bytes arrived on %s", length, topic);
}

static void delivery_complete(void *context, MQTTAsync_token token)
{
	(void)context;
	REQUIRE(token > 0);
	counter_raise(&delivered);
}

static void publish(int number)
{
	MQTTAsync_responseOptions response = counted_in(&sent, version);
	char payload[96];
	int length = sprintf(payload, "%d ", number);

	memset(payload + length, '.', (size_t)(number % 61));
	length += number % 61;
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_send(client, "flood", length, payload, 1 + number % 2, 0, &response));
	/* Some wait for the connection, not all. */
	AWAIT(&sent.success, number - 300);
}

int main(int argc, char **argv)
{
	int count = atoi(argument(argc, argv, 4)), number;
	MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;

	version = atoi(argument(argc, argv, 2));
	is_automatic = strcmp(argument(argc, argv, 3), "automatic") == 0;
	options.MQTTVersion = version;
	options.sendWhileDisconnected = options.allowDisconnectedSendAtAnyTime = 1;
	options.maxBufferedMessages = 1000;
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_createWithOptions(&client, argument(argc, argv, 1), "flooding",
		argc > 5 ? MQTTCLIENT_PERSISTENCE_DEFAULT : MQTTCLIENT_PERSISTENCE_NONE, argc > 5 ? argv[5] : NULL, &options));
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_setCallbacks(client, NULL, connection_lost, message_arrived, delivery_complete));
	open_connection();
	for (number = 0; number < count; ++number)
		publish(number);
	AWAIT(&sent.success, count);
	AWAIT(&delivered, count);
	finished = 1;
	MQTTAsync_disconnect(client, NULL);
	MQTTAsync_destroy(&client);
	if (counter_value(&sent.success) != count || counter_value(&sent.failure) != 0 || counter_value(&delivered) != count)
		fail("%d messages: %d times onSuccess, %d times onFailure, %d times deliveryComplete", count,
			counter_value(&sent.success), counter_value(&sent.failure), counter_value(&delivered));
	return 0;
}
