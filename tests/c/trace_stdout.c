/* Standard output that the program and the trace share. Arguments: uri, then one of
 *   order     the program prints, without flushing, before, between and after its calls
 *   locked    a thread keeps standard output to itself while the others call the library
 *   time      the program prints the local time before and after its calls
 *   fork      the program forks while a thread makes lines without end; each child makes some, too */

#include <sys/wait.h>

#include "support.h"

static void print_time(void)
{
	char text[40];
	struct timespec now;
	struct tm local;

	/* Unlike time(), it is not some milliseconds behind the stamps. */
	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	strftime(text, sizeof text, "%Y%m%d %H%M%S", &local);
	printf("now %s\n", text);
}

static MQTTClient create(const char *uri)
{
	return new_client(uri, "shares", 4);
}

static struct counter locked = COUNTER_INITIALIZER;
static struct counter unlock = COUNTER_INITIALIZER;

static void *keep_stdout(void *unused)
{
	(void)unused;
	flockfile(stdout);
	counter_raise(&locked);
	REQUIRE(counter_reaches(&unlock, 1, PATIENCE));
	funlockfile(stdout);
	counter_raise(&locked);
	return NULL;
}

static volatile int stopping;

static void *make_lines(void *client)
{
	while (!stopping)
		MQTTClient_isConnected(client);
	return NULL;
}

static void fork_often(MQTTClient client)
{
	pthread_t thread;
	int i, status;

	pthread_create(&thread, NULL, make_lines, client);
	for (i = 0; i < 100; ++i)
	{
		pid_t child = fork();

		REQUIRE(child >= 0);
		if (child == 0)
		{
			MQTTClient_strerror(i);
			_exit(0);
		}
		REQUIRE(waitpid(child, &status, 0) == child);
		REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	stopping = 1;
	pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	const char *mode = argument(argc, argv, 2);
	MQTTClient_connectOptions options = clean_options(4);
	MQTTClient client;

	if (strcmp(mode, "order") == 0)
	{
		printf("program: first\n");
		client = create(uri);
		printf("program: created\n");
		EXPECT(0, MQTTClient_connect(client, &options));
		printf("program: connected\n");
		EXPECT(0, MQTTClient_disconnect(client, 0));
		printf("program: disconnected\n");
	}
	else if (strcmp(mode, "locked") == 0)
	{
		pthread_t thread;

		client = create(uri);
		pthread_create(&thread, NULL, keep_stdout, NULL);
		REQUIRE(counter_reaches(&locked, 1, PATIENCE));
		EXPECT(0, MQTTClient_connect(client, &options));
		counter_raise(&unlock);
		REQUIRE(counter_reaches(&locked, 2, PATIENCE));
		pthread_join(thread, NULL);
		EXPECT(0, MQTTClient_disconnect(client, 0));
	}
	else if (strcmp(mode, "time") == 0)
	{
		print_time();
		client = create(uri);
		EXPECT(0, MQTTClient_connect(client, &options));
		print_time();
	}
	else
	{
		client = create(uri);
		fork_often(client);
	}
	MQTTClient_destroy(&client);
	printf("program: last\n");
	return 0;
}
