/* A callback that sleeps longer than the keep alive interval keeps its connection and delays no other client.
 * Arguments: uri, seconds to sleep, keep alive interval. */

#include "support.h"

static int seconds;
static struct counter slept = COUNTER_INITIALIZER;
static struct counter echoed = COUNTER_INITIALIZER;

static int on_slow(void *context, char *topic, int length, MQTTClient_message *message)
{
	const struct timespec pause = { seconds, 0 };

	(void)context;
	(void)length;
	if (strcmp(topic, "slow/sleep") == 0)
		nanosleep(&pause, NULL);
	counter_raise(&slept);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

static int on_quick(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	(void)length;
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	counter_raise(&echoed);
	return 1;
}

static MQTTClient start(const char *uri, const char *name, int keep_alive, MQTTClient_messageArrived *on_message)
{
	MQTTClient client = new_client(uri, name, MQTTVERSION_3_1_1);
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);

	options.keepAliveInterval = keep_alive;
	EXPECT(0, MQTTClient_setCallbacks(client, (void *)name, fail_on_loss, on_message, NULL));
	EXPECT(0, MQTTClient_connect(client, &options));
	return client;
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int keep_alive = atoi(argument(argc, argv, 3)), rounds = 0;
	MQTTClient slow, quick;
	long ends, longest = 0;

	seconds = atoi(argv[2]);
	slow = start(uri, "slow", keep_alive, on_slow);
	quick = start(uri, "quick", keep_alive, on_quick);
	EXPECT(0, MQTTClient_subscribe(slow, "slow/#", 1));
	EXPECT(0, MQTTClient_subscribe(quick, "quick", 1));
	EXPECT(0, MQTTClient_publish(quick, "slow/sleep", 0, "", 1, 0, NULL));
	ends = now_ms() + seconds * 1000L - 500;
	while (now_ms() < ends)
	{
		const struct timespec pause = { 0, 20000000 };
		MQTTClient_deliveryToken token;
		long began = now_ms(), taken;

		EXPECT(0, MQTTClient_publish(quick, "quick", 4, "echo", 1, 0, &token));
		EXPECT(0, MQTTClient_waitForCompletion(quick, token, PATIENCE));
		AWAIT(&echoed, ++rounds);
		taken = now_ms() - began;
		longest = taken > longest ? taken : longest;
		nanosleep(&pause, NULL);
	}
	EXPECT(0, counter_value(&slept));
	/* The sleeper's own connection serves calls from other threads meanwhile. */
	EXPECT(0, MQTTClient_publish(slow, "slow/second", 0, "", 1, 0, NULL));
	AWAIT(&slept, 2);
	EXPECT(1, MQTTClient_isConnected(slow));
	say("%ld", longest);
	end_client(quick);
	end_client(slow);
	return 0;
}
