/* Signals are the application's: our threads take none, and an interrupted call goes on.
 * Arguments: uri, what SIGPIPE does before (default, handler). */

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "support.h"

static struct counter arrived = COUNTER_INITIALIZER;
static volatile sig_atomic_t signals;

static void on_signal(int number)
{
	(void)number;
	signals++;
}

/* What can be blocked, all but SIGKILL, SIGSTOP and the two that the C library keeps to itself. */
static void require_all_blocked(void)
{
	const unsigned long long wanted = ~((1ULL << (SIGKILL - 1)) | (1ULL << (SIGSTOP - 1)) | (1ULL << 31) | (1ULL << 32));
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *task;
	int ours = 0;

	while ((task = readdir(tasks)) != NULL)
	{
		char path[300], line[256];
		unsigned long long blocked = 0;
		FILE *status;

		if (task->d_name[0] == '.' || atoi(task->d_name) == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/status", task->d_name);
		if ((status = fopen(path, "r")) == NULL)
			continue;
		while (fgets(line, sizeof(line), status) != NULL)
			sscanf(line, "SigBlk: %llx", &blocked);
		fclose(status);
		ours++;
		if ((blocked & wanted) != wanted)
			fail("a thread of ours blocks only %llx", blocked);
	}
	closedir(tasks);
	REQUIRE(ours > 0);
}

static void sigpipe_becomes(void (*before)(int), void (*after)(int), const char *uri)
{
	struct sigaction action;
	MQTTClient client;

	signal(SIGPIPE, before);
	client = new_client(uri, "sigpipe", 4);
	REQUIRE(sigaction(SIGPIPE, NULL, &action) == 0);
	REQUIRE(action.sa_handler == after);
	MQTTClient_destroy(&client);
}

/* A server that takes connections and never says anything. */
static int silent_server(char *uri, size_t size)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	REQUIRE(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 8) == 0);
	REQUIRE(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
	snprintf(uri, size, "tcp://127.0.0.1:%d", ntohs(address.sin_port));
	return listener;
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	const char *disposition = argument(argc, argv, 2);
	struct itimerval every = { { 0, 1000 }, { 0, 1000 } };
	struct sigaction action = { .sa_handler = on_signal };
	MQTTClient_connectOptions options = clean_options(4);
	MQTTClient_message *message = NULL;
	MQTTClient_deliveryToken token;
	MQTTClient client;
	char *topic = NULL;
	char nobody[64];
	int length, i;
	long begun;

	if (strcmp(disposition, "handler") == 0)
		sigpipe_becomes(on_signal, on_signal, uri);
	else
		sigpipe_becomes(SIG_DFL, SIG_IGN, uri);

	silent_server(nobody, sizeof(nobody));
	REQUIRE(sigaction(SIGALRM, &action, NULL) == 0); /* no SA_RESTART */
	REQUIRE(setitimer(ITIMER_REAL, &every, NULL) == 0);

	/* Every call that waits, without callbacks. */
	client = new_client(uri, "calling", 4);
	EXPECT(0, connect_any(client, &options));
	EXPECT(0, MQTTClient_subscribe(client, "calling", 2));
	for (i = 0; i < 20; ++i)
	{
		EXPECT(0, MQTTClient_publish(client, "calling", 4, "here", i % 3, 0, &token));
		if (i % 3 > 0)
			EXPECT(0, MQTTClient_waitForCompletion(client, token, 10000));
		EXPECT(0, MQTTClient_receive(client, &topic, &length, &message, 10000));
		REQUIRE(message != NULL);
		MQTTClient_freeMessage(&message);
		MQTTClient_free(topic);
	}
	begun = now_ms();
	EXPECT(0, MQTTClient_receive(client, &topic, &length, &message, 200));
	REQUIRE(message == NULL && now_ms() - begun >= 199);
	begun = now_ms();
	MQTTClient_yield();
	REQUIRE(now_ms() - begun >= 99);
	EXPECT(0, MQTTClient_unsubscribe(client, "calling"));
	end_client(client);

	/* With callbacks. */
	client = new_client("tcp://localhost:1", "workers", 4);
	EXPECT(0, MQTTClient_setCallbacks(client, &arrived, NULL, count_message, NULL));
	REQUIRE(connect_any(client, &options) != 0);
	MQTTClient_destroy(&client);
	client = new_client(uri, "workers", 4);
	EXPECT(0, MQTTClient_setCallbacks(client, &arrived, NULL, count_message, NULL));
	EXPECT(0, connect_any(client, &options));
	EXPECT(0, MQTTClient_subscribe(client, "workers", 2));
	for (i = 0; i < 20; ++i)
		EXPECT(0, MQTTClient_publish(client, "workers", 4, "here", i % 3, 0, NULL));
	AWAIT(&arrived, 20);
	require_all_blocked();
	end_client(client);

	/* A timeout is a timeout. */
	client = new_client(nobody, "nobody", 4);
	options.connectTimeout = 1;
	begun = now_ms();
	REQUIRE(connect_any(client, &options) != 0);
	REQUIRE(now_ms() - begun >= 990 && now_ms() - begun < 5000);
	MQTTClient_destroy(&client);

	REQUIRE(signals > 100);
	say("undisturbed");
	return 0;
}
