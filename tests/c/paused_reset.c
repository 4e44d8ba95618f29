/* A connection is reset while so much waits for a callback that nothing more is read. How many milliseconds of
 * processor time the process uses within two seconds; then the callback returns, and the loss is told.
 * Argument: uri. A line on stdin says that the connection was reset. */

#include <sys/resource.h>

#include "support.h"

static volatile int released;
static volatile int lost;

static int wait_in_callback(void *context, char *topic, int length, MQTTClient_message *message)
{
	const struct timespec moment = { 0, 10000000 };

	(void)context;
	(void)length;
	while (!released)
		nanosleep(&moment, NULL);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

static void note_loss(void *context, char *cause)
{
	(void)context;
	(void)cause;
	lost = 1;
}

static long used(void)
{
	struct rusage usage;

	REQUIRE(getrusage(RUSAGE_SELF, &usage) == 0);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
		(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

int main(int argc, char **argv)
{
	MQTTClient client = new_client(argument(argc, argv, 1), "paused", MQTTVERSION_3_1_1);
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);
	const struct timespec two_seconds = { 2, 0 }, moment = { 0, 10000000 };
	char line[16];
	long before;
	int left = PATIENCE / 10;

	EXPECT(0, MQTTClient_setCallbacks(client, NULL, note_loss, wait_in_callback, NULL));
	EXPECT(0, MQTTClient_connect(client, &options));
	REQUIRE(fgets(line, sizeof(line), stdin) != NULL);
	before = used();
	nanosleep(&two_seconds, NULL);
	say("%ld", used() - before);
	released = 1;
	while (!lost && --left > 0)
		nanosleep(&moment, NULL);
	REQUIRE(lost);
	MQTTClient_destroy(&client);
	return 0;
}
