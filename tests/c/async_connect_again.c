/* Connects, disconnects at any moment of that, and connects again at once: whoever asks last has the connection, and each
 * who has asked has one outcome. Arguments: uri, MQTT version, rounds. */

#include "async_support.h"

static const struct outcomes NOTHING_YET = OUTCOMES_INITIALIZER;

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
	int spins = round * 7 % 1500, rc;

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
	options.context = &second;
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_connect(client, &options));
	if (!counter_reaches(&second.success, 1, PATIENCE))
		fail("round %d: disconnect gave %d, then no success, %d failures", round, rc, counter_value(&second.failure));
	REQUIRE(MQTTAsync_isConnected(client));
	disconnect_and_wait(client, version);
	if (told(&first) != 1 || told(&second) != 1)
		fail("round %d: told %d times, and %d times", round, told(&first), told(&second));
}

int main(int argc, char **argv)
{
	int version = atoi(argument(argc, argv, 2)), rounds = atoi(argument(argc, argv, 3)), round;
	MQTTAsync client = new_client(argument(argc, argv, 1), "again", version);

	for (round = 0; round < rounds; ++round)
		again(client, version, round);
	MQTTAsync_destroy(&client);
	say("connected each time");
	return 0;
}
