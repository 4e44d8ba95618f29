/* What clients cost: a hundred that are idle hardly any time, and twelve hundred no select() could watch.
 * Arguments: uri, number of clients, how long they are idle in milliseconds. */

#include <sys/resource.h>

#include "support.h"

static struct counter arrived = COUNTER_INITIALIZER;

static long cpu_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * 1000L + time.tv_nsec / 1000000L;
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int count = atoi(argument(argc, argv, 2));
	int idle_ms = atoi(argument(argc, argv, 3));
	MQTTClient *clients = calloc(count, sizeof(*clients));
	struct timespec pause = { idle_ms / 1000, idle_ms % 1000 * 1000000L };
	struct rlimit files = { 8192, 8192 };
	int i;
	long before;

	setrlimit(RLIMIT_NOFILE, &files);
	for (i = 0; i < count; ++i)
	{
		MQTTClient_connectOptions options = clean_options(4);
		char id[32];

		snprintf(id, sizeof(id), "idle-%d", i);
		clients[i] = new_client(uri, id, 4);
		/* The last one stays without callbacks. */
		if (i < count - 1)
			EXPECT(0, MQTTClient_setCallbacks(clients[i], &arrived, NULL, count_message, NULL));
		EXPECT(0, connect_any(clients[i], &options));
		if (i < count - 1)
			EXPECT(0, MQTTClient_subscribe(clients[i], id, 1));
	}
	before = cpu_ms();
	nanosleep(&pause, NULL);
	fprintf(stderr, "%ld ms of CPU in %d ms, %d threads\n", cpu_ms() - before, idle_ms, running_threads());
	REQUIRE(cpu_ms() - before < 20);
	for (i = 0; i < count - 1; ++i)
	{
		char id[32];

		snprintf(id, sizeof(id), "idle-%d", i);
		EXPECT(0, MQTTClient_publish(clients[count - 1], id, 2, "hi", 1, 0, NULL));
	}
	AWAIT(&arrived, count - 1);
	for (i = 0; i < count; ++i)
		end_client(clients[i]);
	REQUIRE(threads_fall_to(1));
	say("%d served", counter_value(&arrived));
	return 0;
}
