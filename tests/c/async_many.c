/* Has many clients in one process: all connect, all publish and receive, and are idle for a while with their keep alive.
 * Threads do not grow with them, and memory by little. Arguments: uri, clients. */

#include <sys/resource.h>

#include "async_support.h"

#define KEEP_ALIVE 2

static struct counter arrived = COUNTER_INITIALIZER;
static struct outcomes connected = OUTCOMES_INITIALIZER, subscribed = OUTCOMES_INITIALIZER, sent = OUTCOMES_INITIALIZER;

/* The memory of the process, in bytes. */
static long resident(void)
{
	long pages = 0;
	FILE *statm = fopen("/proc/self/statm", "r");

	REQUIRE(statm != NULL && fscanf(statm, "%*d %ld", &pages) == 1);
	fclose(statm);
	return pages * sysconf(_SC_PAGESIZE);
}

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
	/* Each has its own. */
	REQUIRE(strcmp(topic, context) == 0);
	counter_raise(&arrived);
	return forget_message(context, topic, length, message);
}

static void on_loss(void *context, char *cause)
{
	(void)cause;
	fail("%s lost its connection", (char *)context);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int count = atoi(argument(argc, argv, 2)), threads = running_threads(), round, i;
	const struct timespec idle = { 3 * KEEP_ALIVE, 0 };
	MQTTAsync *clients = calloc((size_t)count, sizeof(*clients));
	char (*names)[32] = calloc((size_t)count, sizeof(*names));
	MQTTAsync_responseOptions response;
	struct rlimit files;
	long memory = resident();

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	for (i = 0; i < count; ++i)
	{
		MQTTAsync_connectOptions options = clean_options(4, &connected);

		snprintf(names[i], sizeof(names[i]), "many-%d", i);
		clients[i] = new_client(uri, names[i], 4);
		EXPECT(0, MQTTAsync_setCallbacks(clients[i], names[i], on_loss, on_message, NULL));
		options.keepAliveInterval = KEEP_ALIVE;
		EXPECT(0, MQTTAsync_connect(clients[i], &options));
	}
	AWAIT(&connected.success, count);
	response = counted_in(&subscribed, 4);
	for (i = 0; i < count; ++i)
		EXPECT(0, MQTTAsync_subscribe(clients[i], names[i], 1, &response));
	AWAIT(&subscribed.success, count);
	for (round = 1; round <= 3; ++round)
	{
		response = counted_in(&sent, 4);
		for (i = 0; i < count; ++i)
			EXPECT(0, MQTTAsync_send(clients[i], names[i], 5, "hello", round % 3, 0, &response));
		AWAIT(&sent.success, round * count);
		AWAIT(&arrived, round * count);
		if (round == 2)
		{
			nanosleep(&idle, NULL);
			memory = (resident() - memory) / count;
		}
	}
	fprintf(stderr, "%ld bytes a client\n", memory);
	/* What one that is idle may need, with its share in the memory of the threads. */
	REQUIRE(memory < 8 << 10);
	say("threads grew with clients: %d", running_threads() - threads > 40);
	for (i = 0; i < count; ++i)
	{
		REQUIRE(MQTTAsync_isConnected(clients[i]));
		MQTTAsync_destroy(&clients[i]);
	}
	REQUIRE(threads_fall_to(threads));
	free(clients);
	free(names);
	return 0;
}
