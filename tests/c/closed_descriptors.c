/* The program closes all descriptors, as daemons do, and opens its own in their place. Those must stay as they are,
 * and the client must work again.
 *
 * usage: closed_descriptors URI again|destroy|connected files|events|nothing */

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "support.h"

#define FIRST 3
#define LAST 40

static struct counter arrived = COUNTER_INITIALIZER;
static struct counter lost = COUNTER_INITIALIZER;
static const char *kind;

/* The program's own. */
static int own[LAST + 1];

static void connection_lost(void *context, char *cause)
{
	(void)context;
	(void)cause;
	counter_raise(&lost);
}

static void exchange(MQTTClient client, int connects)
{
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_DEFAULT);
	int before = counter_value(&arrived);

	if (connects)
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_connect(client, &options));
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_subscribe(client, "closed", 1));
	EXPECT(MQTTCLIENT_SUCCESS, publish_any(client, "closed", "x", 1, 1, 0, NULL));
	AWAIT(&arrived, before + 1);
}

/* Another file for each number: a temporary one, or events and what watches them, as an event loop has them. */
static void replace_descriptors(void)
{
	int fd;

	for (fd = FIRST; fd <= LAST; ++fd)
		close(fd);
	if (strcmp(kind, "nothing") == 0)
		return;
	for (fd = FIRST; fd <= LAST; ++fd)
	{
		if (strcmp(kind, "events") == 0)
			own[fd] = fd == FIRST ? epoll_create1(0) : eventfd(0, EFD_NONBLOCK);
		else
			own[fd] = memfd_create("closed_descriptors", 0);
		REQUIRE(own[fd] >= 0);
	}
}

static void expect_untouched(void)
{
	uint64_t count;
	struct stat stat;
	int fd;

	if (strcmp(kind, "nothing") == 0)
		return;
	for (fd = FIRST; fd <= LAST; ++fd)
	{
		REQUIRE(fstat(own[fd], &stat) == 0);
		if (strcmp(kind, "files") == 0)
			REQUIRE(S_ISREG(stat.st_mode) && stat.st_size == 0);
		else if (fd > FIRST)
			REQUIRE(read(own[fd], &count, sizeof(count)) == -1 && errno == EAGAIN);
	}
}

static double processor_seconds(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	MQTTClient client = new_client(argument(argc, argv, 1), "closed", MQTTVERSION_DEFAULT);
	const char *mode = argument(argc, argv, 2);
	double used;
	long begun;

	kind = argument(argc, argv, 3);
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_setCallbacks(client, &arrived, connection_lost, count_message, NULL));
	exchange(client, 1);
	if (strcmp(mode, "connected") != 0)
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_disconnect(client, 1000));
	replace_descriptors();
	used = processor_seconds();
	begun = now_ms();
	if (strcmp(mode, "connected") == 0)
	{
		/* Nothing to send, so nothing to notice: a call that sends does, unless another thread was just writing. */
		while (publish_any(client, "closed", "x", 1, 0, 0, NULL) == MQTTCLIENT_SUCCESS)
			REQUIRE(now_ms() < begun + 5000);
		REQUIRE(!MQTTClient_isConnected(client));
		AWAIT(&lost, 1);
		expect_untouched();
	}
	if (strcmp(mode, "destroy") != 0)
	{
		exchange(client, 1);
		expect_untouched();
		exchange(client, 0);
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_disconnect(client, 1000));
	}
	MQTTClient_destroy(&client);
	expect_untouched();
	REQUIRE(now_ms() - begun < 8000);
	REQUIRE(processor_seconds() - used < 2);
	puts("untouched");
	return 0;
}
