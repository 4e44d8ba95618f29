/* How long pairs of publish and waitForCompletion take. Arguments: uri, receive | callback, QoS, number of pairs. */

#include "support.h"

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int qos = atoi(argument(argc, argv, 3)), count = atoi(argument(argc, argv, 4)), i;
	MQTTClient client = new_client(uri, "pairs", MQTTVERSION_3_1_1);
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);
	long started;

	if (strcmp(argv[2], "callback") == 0)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, forget_message, NULL));
	EXPECT(0, connect_any(client, &options));
	started = now_ms();
	for (i = 0; i < count; ++i)
	{
		MQTTClient_deliveryToken token;

		EXPECT(0, MQTTClient_publish(client, "pair", 4, "pair", qos, 0, &token));
		EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
	}
	say("%ld", now_ms() - started);
	end_client(client);
	return 0;
}
