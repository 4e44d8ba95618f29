/* A deliveryComplete that waits, for each of many completions told in a row, until the main thread has
 * published another message. Pinned to one processor, where the library lets its worker go first.
 * Arguments: uri, the number of messages that the server acknowledges at once. */

#include "support.h"

static struct counter completed = COUNTER_INITIALIZER;
static struct counter published = COUNTER_INITIALIZER;

static void on_completion(void *context, MQTTClient_deliveryToken token)
{
	int mine;

	(void)context;
	(void)token;
	counter_raise(&completed);
	mine = counter_value(&completed);
	AWAIT(&published, mine);
}

int main(int argc, char **argv)
{
	MQTTClient client = new_client(argument(argc, argv, 1), "awaited", MQTTVERSION_3_1_1);
	int i, count = atoi(argument(argc, argv, 2));
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);

	use_one_processor();
	options.reliable = 0;
	options.maxInflightMessages = count;
	EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, forget_message, on_completion));
	EXPECT(0, MQTTClient_connect(client, &options));
	for (i = 0; i < count; i++)
		EXPECT(0, MQTTClient_publish(client, "first", 1, "x", 1, 0, NULL));
	for (i = 1; i <= count; i++)
	{
		AWAIT(&completed, i);
		EXPECT(0, MQTTClient_publish(client, "second", 1, "x", 0, 0, NULL));
		counter_raise(&published);
	}
	say("all published");
	end_client(client);
	return 0;
}
