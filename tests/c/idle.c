/* Connects, then only waits until the connection is lost. Arguments: uri, MQTT version, keep alive interval,
 * receive | callback. */

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
	int version = atoi(argument(argc, argv, 2));
	MQTTClient client = new_client(argument(argc, argv, 1), "idle", version);
	MQTTClient_connectOptions options = clean_options(version);
	int rc = 0;

	options.keepAliveInterval = atoi(argument(argc, argv, 3));
	if (strcmp(argument(argc, argv, 4), "callback") == 0)
	{
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, on_loss, forget_message, NULL));
		EXPECT(0, connect_any(client, &options));
		AWAIT(&lost, 1);
	}
	else
	{
		EXPECT(0, connect_any(client, &options));
		while (rc == 0)
		{
			char *topic = NULL;
			int length = 0;
			MQTTClient_message *message = NULL;

			rc = MQTTClient_receive(client, &topic, &length, &message, PATIENCE);
			if (message != NULL)
			{
				MQTTClient_freeMessage(&message);
				MQTTClient_free(topic);
			}
		}
	}
	EXPECT(0, MQTTClient_isConnected(client));
	MQTTClient_destroy(&client);
	say("lost");
	return 0;
}
