/* Publishes often, and more often than it has to ping, until the connection is lost. Prints how long that took from
 * the line on standard input on. Arguments: uri, MQTT version, keep alive interval, QoS, sync | yield | callback. */

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
	int version = atoi(argument(argc, argv, 2)), qos = atoi(argument(argc, argv, 4)), rc = 0;
	const char *mode = argument(argc, argv, 5);
	int callback = strcmp(mode, "callback") == 0;
	const struct timespec pause = { 0, 50000000 };
	MQTTClient client = new_client(argument(argc, argv, 1), "publisher", version);
	MQTTClient_connectOptions options = clean_options(version);
	long begun;

	options.keepAliveInterval = atoi(argument(argc, argv, 3));
	options.maxInflightMessages = 60000;
	if (callback)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, on_loss, forget_message, NULL));
	EXPECT(0, connect_any(client, &options));
	say("connected");
	await_go();
	begun = now_ms();
	while (rc == 0 && MQTTClient_isConnected(client) && now_ms() - begun < PATIENCE)
	{
		rc = publish_any(client, "often", "x", 1, qos, 0, NULL);
		nanosleep(&pause, NULL);
		if (strcmp(mode, "yield") == 0)
			MQTTClient_yield();
	}
	REQUIRE(!MQTTClient_isConnected(client));
	if (callback)
		AWAIT(&lost, 1);
	say("lost after %ld ms", now_ms() - begun);
	MQTTClient_destroy(&client);
	return 0;
}
