/* Two clients with different keep alive intervals, 2 s and then 100 s, until the first is lost. Arguments: two uris. */

#include "support.h"

static struct counter lost = COUNTER_INITIALIZER;

static void on_loss(void *context, char *cause)
{
	(void)context;
	(void)cause;
	counter_raise(&lost);
}

int main(int argc, char **argv)
{
	MQTTClient clients[2];
	const int intervals[] = { 2, 100 };
	int i;

	for (i = 0; i < 2; ++i)
	{
		MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);

		clients[i] = new_client(argument(argc, argv, i + 1), "interval", MQTTVERSION_3_1_1);
		options.keepAliveInterval = intervals[i];
		EXPECT(0, MQTTClient_setCallbacks(clients[i], NULL, on_loss, forget_message, NULL));
		EXPECT(0, MQTTClient_connect(clients[i], &options));
	}
	AWAIT(&lost, 1);
	EXPECT(0, MQTTClient_isConnected(clients[0]));
	EXPECT(1, MQTTClient_isConnected(clients[1]));
	MQTTClient_destroy(&clients[0]);
	end_client(clients[1]);
	say("lost");
	return 0;
}
