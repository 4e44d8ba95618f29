/* Publishes often, and more often than it has to ping, while the server is stopped; tells when that is noticed, connects again
 * by itself, and has each message acknowledged. Arguments: uri, MQTT version, keep alive interval, QoS. */

#include "async_support.h"

static struct counter lost = COUNTER_INITIALIZER, connections = COUNTER_INITIALIZER;

static void on_loss(void *context, char *cause)
{
	(void)context;
	(void)cause;
	counter_raise(&lost);
}

static void on_connected(void *context, char *cause)
{
	(void)context;
	(void)cause;
	counter_raise(&connections);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int version = atoi(argument(argc, argv, 2)), qos = atoi(argument(argc, argv, 4)), sent = 0;
	const struct timespec pause = { 0, 50000000 };
	MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer;
	struct outcomes outcomes = OUTCOMES_INITIALIZER;
	MQTTAsync_connectOptions options = clean_options(version, NULL);
	MQTTAsync_responseOptions response = counted_in(&outcomes, version);
	MQTTAsync client = NULL;
	long begun;

	create.MQTTVersion = version;
	create.sendWhileDisconnected = 1;
	create.maxBufferedMessages = 100000;
	EXPECT(0, MQTTAsync_createWithOptions(&client, uri, "stopped", MQTTCLIENT_PERSISTENCE_NONE, NULL, &create));
	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, on_loss, forget_message, NULL));
	EXPECT(0, MQTTAsync_setConnected(client, NULL, on_connected));
	options.keepAliveInterval = atoi(argument(argc, argv, 3));
	options.cleansession = options.cleanstart = 0;
	options.automaticReconnect = 1;
	EXPECT(0, MQTTAsync_connect(client, &options));
	AWAIT(&connections, 1);
	say("connected");
	await_go();
	begun = now_ms();
	while (counter_value(&lost) == 0 && now_ms() - begun < PATIENCE)
	{
		EXPECT(0, MQTTAsync_send(client, "often", 1, "x", qos, 0, &response));
		sent++;
		nanosleep(&pause, NULL);
	}
	AWAIT(&lost, 1);
	say("lost after %ld ms", now_ms() - begun);
	AWAIT(&connections, 2);
	/* With MQTT 5 the session has ended with the connection, and what was under way with it. */
	while (counter_value(&outcomes.success) + counter_value(&outcomes.failure) < sent && now_ms() - begun < 2 * PATIENCE)
		nanosleep(&pause, NULL);
	say("%d without outcome", sent - counter_value(&outcomes.success) - counter_value(&outcomes.failure));
	if (version < MQTTVERSION_5 && qos > 0)
		REQUIRE(counter_value(&outcomes.failure) == 0);
	end_client(client, version);
	return 0;
}
