/* Nothing is left behind: rounds of create, connect, disconnect and destroy, and of failures.
 * Arguments: uri, rounds. */

#include <arpa/inet.h>
#include <sys/socket.h>

#include "support.h"

static int ignore_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	(void)length;
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

static long resident_kib(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	long size, resident;

	REQUIRE(statm != NULL && fscanf(statm, "%ld %ld", &size, &resident) == 2);
	fclose(statm);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void listening(char *uri, size_t size, int backlog)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	REQUIRE(bind(listener, (struct sockaddr *)&address, length) == 0 && (backlog == 0 || listen(listener, backlog) == 0));
	REQUIRE(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
	snprintf(uri, size, "tcp://127.0.0.1:%d", ntohs(address.sin_port));
}

static void round_trip(const char *uri, int callbacks)
{
	MQTTClient client = new_client(uri, "rounds", 4);
	MQTTClient_connectOptions options = clean_options(4);

	if (callbacks)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, ignore_message, NULL));
	EXPECT(0, connect_any(client, &options));
	EXPECT(0, MQTTClient_publish(client, "rounds", 4, "here", 0, 0, NULL));
	end_client(client);
}

static void failure(const char *uri, int callbacks)
{
	MQTTClient client = new_client(uri, "rounds", 4);
	MQTTClient_connectOptions options = clean_options(4);

	options.connectTimeout = 1;
	if (callbacks)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, ignore_message, NULL));
	REQUIRE(connect_any(client, &options) != 0);
	MQTTClient_destroy(&client);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int rounds = atoi(argument(argc, argv, 2));
	char refuses[64], silent[64];
	int i, callbacks, descriptors;
	long before;

	listening(refuses, sizeof(refuses), 0);
	listening(silent, sizeof(silent), 16);
	for (callbacks = 0; callbacks < 2; ++callbacks)
	{
		for (i = 0; i < rounds / 10; ++i)
			round_trip(uri, callbacks);
		failure("tcp://no.such.host.invalid:1", callbacks);
		REQUIRE(threads_fall_to(1));
		descriptors = open_descriptors();
		before = resident_kib();
		for (i = 0; i < rounds; ++i)
			round_trip(uri, callbacks);
		for (i = 0; i < rounds / 4; ++i)
			failure(refuses, callbacks);
		for (i = 0; i < 20; ++i)
			failure("tcp://no.such.host.invalid:1", callbacks);
		failure(silent, callbacks);
		REQUIRE(threads_fall_to(1));
		if (open_descriptors() != descriptors)
			fail("%d descriptors became %d", descriptors, open_descriptors());
		fprintf(stderr, "memory %ld -> %ld KiB\n", before, resident_kib());
		if (resident_kib() > before + 1024)
			fail("%ld KiB became %ld KiB", before, resident_kib());
	}
	say("nothing left");
	return 0;
}
