/* Replies to each message, in messageArrived or on the main thread, until one says "silent", and ends with the one
 * that says "end".
 * Arguments: uri, callback or thread. */

#include "support.h"

static MQTTClient client;
static struct counter received = COUNTER_INITIALIZER;
static struct counter ended = COUNTER_INITIALIZER;
static int in_callback;

static int says(const MQTTClient_message *message, const char *text)
{
	return strcmp(message->payload, text) == 0;
}

static void reply(void)
{
	EXPECT(0, MQTTClient_publish(client, "reply", 1, "r", 0, 0, NULL));
}

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	if (says(message, "end"))
		counter_raise(&ended);
	else if (says(message, "request") && in_callback)
		reply();
	if (says(message, "request") || says(message, "end"))
		counter_raise(&received);
	return forget_message(context, topic, length, message);
}

int main(int argc, char **argv)
{
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);
	int replied;

	in_callback = strcmp(argument(argc, argv, 2), "callback") == 0;
	client = new_client(argument(argc, argv, 1), "replies", MQTTVERSION_3_1_1);
	EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, on_message, NULL));
	EXPECT(0, MQTTClient_connect(client, &options));
	for (replied = 1; counter_value(&ended) == 0; replied++)
	{
		AWAIT(&received, replied);
		if (!in_callback && counter_value(&ended) == 0)
			reply();
	}
	say("ended");
	end_client(client);
	return 0;
}
