/* How often the threads of a process with an idle client are woken within two seconds.
 * Arguments: uri, receive | callback. */

#include <sys/resource.h>

#include "support.h"

static long wakings(void)
{
	struct rusage usage;

	REQUIRE(getrusage(RUSAGE_SELF, &usage) == 0);
	return usage.ru_nvcsw;
}

int main(int argc, char **argv)
{
	MQTTClient client = new_client(argument(argc, argv, 1), "idle", MQTTVERSION_3_1_1);
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);
	const struct timespec start_up = { 0, 300000000 }, two_seconds = { 2, 0 };
	long before;

	if (strcmp(argument(argc, argv, 2), "callback") == 0)
	{
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, forget_message, NULL));
		EXPECT(0, MQTTClient_connect(client, &options));
		/* Threads may still be on their way to rest. */
		nanosleep(&start_up, NULL);
		before = wakings();
		nanosleep(&two_seconds, NULL);
	}
	else
	{
		MQTTClient_message *message = NULL;
		char *topic = NULL;
		int length = 0;

		EXPECT(0, MQTTClient_connect(client, &options));
		before = wakings();
		EXPECT(0, MQTTClient_receive(client, &topic, &length, &message, 2000));
		REQUIRE(message == NULL);
	}
	say("%ld", wakings() - before);
	end_client(client);
	return 0;
}
