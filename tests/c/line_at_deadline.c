/* A wait whose time runs out while the thread that waits is in the trace callback: with its second
 * acknowledgement outstanding, and a callback for messages. The next message must arrive nevertheless. */

#include "support.h"

static volatile int waiting;
static struct counter messages = COUNTER_INITIALIZER;

static void on_trace(enum MQTTCLIENT_TRACE_LEVELS level, char *line)
{
	const struct timespec long_enough = { 0, 600000000 };

	(void)level;
	if (waiting && strstr(line, "PUBACK") != NULL)
		nanosleep(&long_enough, NULL);
}

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	forget_message(context, topic, length, message);
	counter_raise(&messages);
	return 1;
}

int main(int argc, char **argv)
{
	MQTTClient client = new_client(argument(argc, argv, 1), "waits", 4);
	MQTTClient_connectOptions options = clean_options(4);
	MQTTClient_deliveryToken first, second;

	MQTTClient_setTraceCallback(on_trace);
	MQTTClient_setTraceLevel(MQTTCLIENT_TRACE_PROTOCOL);
	EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, on_message, NULL));
	EXPECT(0, connect_any(client, &options));
	EXPECT(0, publish_any(client, "a", "x", 1, 1, 0, &first));
	EXPECT(0, publish_any(client, "a", "x", 1, 1, 0, &second));
	waiting = 1;
	say("waiting");
	/* The answer to the first comes in the middle of this. */
	REQUIRE(MQTTClient_waitForCompletion(client, second, 500) != MQTTCLIENT_SUCCESS);
	say("timed out");
	AWAIT(&messages, 1);
	say("a message");
	EXPECT(0, MQTTClient_disconnect(client, 0));
	MQTTClient_destroy(&client);
	return 0;
}
