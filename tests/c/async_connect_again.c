/* Connects, disconnects at any moment of that, and connects again at once, in one way or the other: whoever asks last has
 * the connection, and each who has asked has one outcome. Arguments: uri, MQTT version, rounds. */

#include "async_support.h"

static const struct outcomes NOTHING_YET = OUTCOMES_INITIALIZER;
static struct counter connections = COUNTER_INITIALIZER;

static void on_connected(void *context, char *cause)
{
	(void)context;
	(void)cause;
	counter_raise(&connections);
}

/* How often each has been told anything. */
static int told(struct outcomes *outcomes)
{
	return counter_value(&outcomes->success) + counter_value(&outcomes->failure);
}

static void again(MQTTAsync client, int version, int round)
{
	/* What is told too late, or too often, must not find them gone. */
	static struct outcomes first, second;
	MQTTAsync_connectOptions options = clean_options(version, &first);
	int spins = round * 7 % 1500, before = counter_value(&connections), rc;

	first = second = NOTHING_YET;
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_connect(client, &options));
	if (round % 2 == 0)
		usleep((useconds_t)spins);
	else
		while (!MQTTAsync_isConnected(client) && --spins > 0)
			;
	rc = MQTTAsync_disconnect(client, NULL);
	if (rc != MQTTASYNC_SUCCESS && rc != MQTTASYNC_DISCONNECTED)
		fail("round %d: disconnect gave %d", round, rc);
	if (round % 3 == 0)
	{
		EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_reconnect(client));
		counter_raise(&second.success);
	}
	else
	{
		options.context = &second;
		EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_connect(client, &options));
	}
	if (!counter_reaches(&second.success, 1, PATIENCE))
		fail("round %d: disconnect gave %d, then no success, %d failures", round, rc, counter_value(&second.failure));
	/* Was there a connection that could end? */
	if (!counter_reaches(&connections, before + (rc == MQTTASYNC_SUCCESS) + 1, PATIENCE))
		fail("round %d: disconnect gave %d, then no connection", round, rc);
	REQUIRE(MQTTAsync_isConnected(client));
	disconnect_and_wait(client, version);
	if (told(&first) != 1 || told(&second) != 1)
		fail("round %d: told %d times, and %d times", round, told(&first), told(&second));
}

int main(int argc, char **argv)
{
	int version = atoi(argument(argc, argv, 2)), rounds = atoi(argument(argc, argv, 3)), round;
	MQTTAsync client = new_client(argument(argc, argv, 1), "again", version);

	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_setConnected(client, NULL, on_connected));
	for (round = 0; round < rounds; ++round)
		again(client, version, round);
	MQTTAsync_destroy(&client);
	say("connected each time");
	return 0;
}
