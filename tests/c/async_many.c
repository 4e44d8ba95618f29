/* Has many clients in one process: all connect, all publish and receive, and are idle for a while with their keep alive.
 * Threads do not grow with them, and memory by little. Arguments: uri, clients. */

#include <sys/resource.h>

#include "async_support.h"
#include "async_crowd.h"

#define KEEP_ALIVE 2

/* The memory of the process, in bytes. */
static long resident(void)
{
	long pages = 0;
	FILE *statm = fopen("/proc/self/statm", "r");

	REQUIRE(statm != NULL && fscanf(statm, "%*d %ld", &pages) == 1);
	fclose(statm);
	return pages * sysconf(_SC_PAGESIZE);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int count = atoi(argument(argc, argv, 2)), threads = running_threads(), round, i;
	const struct timespec idle = { 3 * KEEP_ALIVE, 0 };
	MQTTAsync_connectOptions options = clean_options(4, &connected);
	MQTTAsync_responseOptions response = counted_in(&sent, 4);
	struct rlimit files;
	long memory = resident();

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	options.keepAliveInterval = KEEP_ALIVE;
	expect_clients(count);
	connect_clients(uri, 0, count, &options);
	for (round = 1; round <= 3; ++round)
	{
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
	destroy_clients(count);
	REQUIRE(threads_fall_to(threads));
	return 0;
}
