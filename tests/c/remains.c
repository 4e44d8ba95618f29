/* What remains of many clients, of both kinds and however they ended, in threads and descriptors. Argument: uri. */

#include "support.h"

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int threads = running_threads(), descriptors = open_descriptors(), round;

	for (round = 0; round < 30; ++round)
	{
		MQTTClient clients[4];
		char name[20];
		int i;

		for (i = 0; i < 4; ++i)
		{
			MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);

			snprintf(name, sizeof(name), "remains-%d", i);
			clients[i] = new_client(uri, name, MQTTVERSION_3_1_1);
			if (i % 2 == 0)
				EXPECT(0, MQTTClient_setCallbacks(clients[i], NULL, NULL, forget_message, NULL));
			EXPECT(0, MQTTClient_connect(clients[i], &options));
			EXPECT(0, MQTTClient_publish(clients[i], "remains", 1, "x", 1, 0, NULL));
		}
		for (i = 0; i < 4; ++i)
		{
			if (i < 2)
				EXPECT(0, MQTTClient_disconnect(clients[i], 1000));
			MQTTClient_destroy(&clients[i]);
		}
	}
	REQUIRE(threads_fall_to(threads));
	say("threads %d, descriptors %d", running_threads() - threads, open_descriptors() - descriptors);
	return 0;
}
