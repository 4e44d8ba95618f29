/* A server that floods a slow application, and an application that does not want its messages yet. The
 * server is a thread of this program.
 * Arguments: what (flood, refuse). */

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include "support.h"

#define SIZE 1000

static struct counter pings = COUNTER_INITIALIZER, arrived = COUNTER_INITIALIZER, lost = COUNTER_INITIALIZER;
static int listener, slow_ms, flood_total;
static volatile long sent;
static volatile int refusals, refuse, next_number, last_seen = -1;
static volatile long first_refusal, longest_gap, last_offer;

/* Welcomes one client, floods it with numbered messages at QoS 0, and answers its PINGREQs. */
static void *serve(void *unused)
{
	unsigned char packet[3 + 3 + SIZE] = { 0x30, 0, 0, 0, 1, 't' }, bytes[256];
	int connection = accept(listener, NULL, NULL), length = 3 + SIZE, at = sizeof(packet), number = 0;

	(void)unused;
	REQUIRE(read(connection, bytes, sizeof(bytes)) > 0);
	REQUIRE(write(connection, "\x20\x02\0\0", 4) == 4);
	packet[1] = (unsigned char)(length % 128 + 128);
	packet[2] = (unsigned char)(length / 128);
	for (;;)
	{
		int flooding = number < flood_total || at < (int)sizeof(packet);
		struct pollfd look = { connection, (short)(POLLIN | (flooding ? POLLOUT : 0)), 0 };

		if (poll(&look, 1, -1) < 0)
			return NULL;
		if (look.revents & (POLLIN | POLLHUP | POLLERR))
		{
			ssize_t count = recv(connection, bytes, sizeof(bytes), 0), i;

			if (count <= 0)
				break;
			for (i = 0; i + 1 < count; i += 2)
				if (bytes[i] == 0xC0)
				{
					counter_raise(&pings);
					/* In the middle of a packet it has to wait for the end. */
				}
		}
		if (look.revents & POLLOUT)
		{
			ssize_t count;

			if (at == (int)sizeof(packet))
			{
				memcpy(packet + 6, &number, sizeof(number));
				number++;
				at = 0;
			}
			count = send(connection, packet + at, sizeof(packet) - at, MSG_DONTWAIT | MSG_NOSIGNAL);
			if (count > 0)
			{
				at += count;
				sent += count;
			}
		}
	}
	close(connection);
	return NULL;
}

static int take_slowly(void *context, char *topic, int length, MQTTClient_message *message)
{
	const struct timespec pause = { slow_ms / 1000, slow_ms % 1000 * 1000000L };
	int number;

	(void)context;
	(void)length;
	memcpy(&number, message->payload, sizeof(number));
	if (refuse)
	{
		long now = now_ms();

		refusals++;
		if (last_offer != 0 && now - last_offer > longest_gap)
			longest_gap = now - last_offer;
		last_offer = now;
		REQUIRE(number == next_number);
		return 0;
	}
	if (number == 0 && slow_ms > 0)
		nanosleep(&pause, NULL);
	if (number != next_number)
		fail("message %d came instead of %d", number, next_number);
	next_number++;
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	counter_raise(&arrived);
	return 1;
}

static void is_lost(void *context, char *cause)
{
	(void)context;
	(void)cause;
	counter_raise(&lost);
}

static long resident_kib(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	long size, resident;

	REQUIRE(statm != NULL && fscanf(statm, "%ld %ld", &size, &resident) == 2);
	fclose(statm);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static long cpu_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * 1000L + time.tv_nsec / 1000000L;
}

int main(int argc, char **argv)
{
	const char *what = argument(argc, argv, 1);
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t length = sizeof(address);
	MQTTClient_connectOptions options = clean_options(4);
	MQTTClient client;
	pthread_t server;
	char uri[64];
	long before, cpu;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	REQUIRE(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 64) == 0);
	REQUIRE(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
	snprintf(uri, sizeof(uri), "tcp://127.0.0.1:%d", ntohs(address.sin_port));
	client = new_client(uri, "slow", 4);
	EXPECT(0, MQTTClient_setCallbacks(client, NULL, is_lost, take_slowly, NULL));
	if (strcmp(what, "flood") == 0)
	{
		slow_ms = 4000;
		flood_total = 60000; /* 60 MB */
		options.keepAliveInterval = 1;
	}
	else
	{
		refuse = 1;
		flood_total = 20;
		options.keepAliveInterval = 0;
	}
	pthread_create(&server, NULL, serve, NULL);
	before = resident_kib();
	EXPECT(0, connect_any(client, &options));
	if (strcmp(what, "flood") == 0)
	{
		const struct timespec pause = { 3, 500000000 };

		nanosleep(&pause, NULL);
		fprintf(stderr, "memory %ld -> %ld KiB, %ld sent, %d pings\n", before, resident_kib(), sent, counter_value(&pings));
		REQUIRE(resident_kib() - before < 20 * 1024);
		REQUIRE(counter_value(&pings) >= 1);
		REQUIRE(counter_value(&arrived) == 0);
	}
	else
	{
		const struct timespec pause = { 1, 500000000 };

		cpu = cpu_ms();
		nanosleep(&pause, NULL);
		fprintf(stderr, "%d refusals, longest gap %ld ms, CPU %ld ms\n", refusals, longest_gap, cpu_ms() - cpu);
		REQUIRE(cpu_ms() - cpu < 50);
		REQUIRE(refusals >= 10 && refusals < 60 && longest_gap < 300);
		refuse = 0;
	}
	AWAIT(&arrived, flood_total);
	REQUIRE(MQTTClient_isConnected(client) && counter_value(&lost) == 0);
	MQTTClient_destroy(&client);
	say("%d in order", counter_value(&arrived));
	return 0;
}
