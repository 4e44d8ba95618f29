/* Publishes bursts of every length, and after each of them computes, without a call of the library, until
 * all of it has arrived: what a burst leaves behind goes out by itself.
 * Arguments: uri, sync | callbacks, one | all: the processors to use. */

#include "support.h"

#define LONGEST 64

static volatile int arrived;

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	(void)length;
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	__atomic_fetch_add(&arrived, 1, __ATOMIC_RELAXED);
	return 1;
}

static void compute_until(int count)
{
	long deadline = now_ms() + PATIENCE;

	while (__atomic_load_n(&arrived, __ATOMIC_RELAXED) < count)
		REQUIRE(now_ms() < deadline);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int calls_back = strcmp(argument(argc, argv, 2), "callbacks") == 0;
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);
	MQTTClient receiver = new_client(uri, "receiver", MQTTVERSION_3_1_1);
	MQTTClient publisher = new_client(uri, "publisher", MQTTVERSION_3_1_1);
	int length, i, sent = 0;

	if (strcmp(argument(argc, argv, 3), "one") == 0)
		use_one_processor();
	EXPECT(0, MQTTClient_setCallbacks(receiver, NULL, NULL, on_message, NULL));
	if (calls_back)
		EXPECT(0, MQTTClient_setCallbacks(publisher, NULL, NULL, on_message, NULL));
	EXPECT(0, MQTTClient_connect(receiver, &options));
	EXPECT(0, MQTTClient_connect(publisher, &options));
	EXPECT(0, MQTTClient_subscribe(receiver, "left", 0));
	for (length = 1; length <= LONGEST; length++)
	{
		for (i = 0; i < length; i++)
			EXPECT(0, MQTTClient_publish(publisher, "left", 4, "last", 0, 0, NULL));
		compute_until(sent += length);
	}
	say("all arrived");
	end_client(publisher);
	end_client(receiver);
	return 0;
}
