/* Queues many messages without a connection, looks at what that costs, and delivers them.
 * Arguments: uri, "memory" COUNT | "stored" COUNT DIRECTORY. */

#include "async_support.h"

static struct outcomes sent = OUTCOMES_INITIALIZER;

static long cpu_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}

/* The memory of the process, in KiB. */
static long resident(void)
{
	char line[200];
	long kibibytes = 0;
	FILE *status = fopen("/proc/self/status", "r");

	REQUIRE(status != NULL);
	while (fgets(line, sizeof(line), status) != NULL)
		if (sscanf(line, "VmRSS: %ld", &kibibytes) == 1)
			break;
	fclose(status);
	return kibibytes;
}

static MQTTAsync create(const char *uri, char *directory)
{
	MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
	MQTTAsync client;

	options.sendWhileDisconnected = options.allowDisconnectedSendAtAnyTime = 1;
	options.maxBufferedMessages = 1000000;
	EXPECT(0, MQTTAsync_createWithOptions(&client, uri, "queue", directory != NULL ? MQTTCLIENT_PERSISTENCE_DEFAULT :
			MQTTCLIENT_PERSISTENCE_NONE, directory, &options));
	return client;
}

static void send_some(MQTTAsync client, int count)
{
	MQTTAsync_responseOptions response = counted_in(&sent, 4);
	char payload[64];
	int i;

	memset(payload, 'x', sizeof(payload));
	for (i = 0; i < count; ++i)
		EXPECT(0, MQTTAsync_send(client, "queue", sizeof(payload), payload, 1 + i % 2, 0, &response));
}

static void deliver(MQTTAsync client)
{
	struct outcomes connected = OUTCOMES_INITIALIZER;
	MQTTAsync_connectOptions options = clean_options(4, &connected);

	options.cleansession = 0;
	EXPECT(0, MQTTAsync_connect(client, &options));
	AWAIT(&connected.success, 1);
}

static int pending(MQTTAsync client)
{
	MQTTAsync_token *tokens;
	int count = 0;

	EXPECT(0, MQTTAsync_getPendingTokens(client, &tokens));
	while (tokens != NULL && tokens[count] != -1)
		count++;
	MQTTAsync_free(tokens);
	return count;
}

/* More messages than there are packet identifiers cannot wait if each has one: those of QoS 0 have none. */
static void in_memory(const char *uri, int count)
{
	MQTTAsync client = create(uri, NULL);
	MQTTAsync_responseOptions response = counted_in(&sent, 4);
	const struct timespec moment = { 2, 0 };
	long before = resident(), times[9], memory, idle;
	char payload[64];
	int step, i;

	memset(payload, 'x', sizeof(payload));
	for (step = 0; step < 9; ++step)
	{
		long start = cpu_ms(CLOCK_THREAD_CPUTIME_ID);

		for (i = 0; i < count / 9; ++i)
			EXPECT(0, MQTTAsync_send(client, "queue", sizeof(payload), payload, i % 9 < 3 && step % 3 == 0 ? 1 : 0, 0, &response));
		times[step] = cpu_ms(CLOCK_THREAD_CPUTIME_ID) - start;
	}
	memory = (resident() - before) * 1024 / count;
	idle = cpu_ms(CLOCK_PROCESS_CPUTIME_ID);
	nanosleep(&moment, NULL);
	idle = cpu_ms(CLOCK_PROCESS_CPUTIME_ID) - idle;
	REQUIRE(pending(client) == count / 9 * 9);
	fprintf(stderr, "%ld ms, in the end %ld ms, %ld bytes a message, %ld ms while idle\n", times[0], times[8], memory, idle);
	/* The first ones are of QoS 1, and get their identifiers; a queue that is searched takes thousands of times as long. */
	REQUIRE(times[8] < 10 * times[0] + 100);
	REQUIRE(memory < 1000);
	REQUIRE(idle < 50);
	deliver(client);
	/* The last one may be sent at any time: whatever is waited for is compared with what was seen. */
	for (i = counter_value(&sent.success); i < count / 9 * 9; i = counter_value(&sent.success))
	{
		if (!counter_reaches(&sent.success, i + 1, PATIENCE))
			fail("no message was sent after number %d", i);
		usleep(10000);
	}
	end_client(client, 4);
	REQUIRE(counter_value(&sent.failure) == 0);
	say("all delivered");
}

static void in_store(const char *uri, int count, char *directory)
{
	MQTTAsync client = create(uri, directory);
	long start;
	int left;

	send_some(client, count);
	MQTTAsync_destroy(&client);
	REQUIRE(counter_value(&sent.failure) == count);
	/* Processor time, which neighbours do not take: no call but this one reads the store. */
	start = cpu_ms(CLOCK_THREAD_CPUTIME_ID);
	client = create(uri, directory);
	left = pending(client);
	start = cpu_ms(CLOCK_THREAD_CPUTIME_ID) - start;
	REQUIRE(left == count);
	fprintf(stderr, "restored in %ld ms\n", start);
	deliver(client);
	/* As above. */
	while (left > 0)
	{
		long deadline = now_ms() + PATIENCE;
		int so_far = left;

		while ((left = pending(client)) == so_far)
		{
			REQUIRE(now_ms() < deadline);
			usleep(10000);
		}
	}
	end_client(client, 4);
	say("%ld", start);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int count = atoi(argument(argc, argv, 3));

	if (strcmp(argument(argc, argv, 2), "stored") == 0)
		in_store(uri, count, argv[4]);
	else
		in_memory(uri, count);
	return 0;
}
