/* The program closes all descriptors, as daemons do, and opens its own in their place. Those must stay as they are,
 * and the client must work again.
 *
 * Arguments: uri, again|destroy|connected, files|events|nothing */

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "async_support.h"

#define FIRST 3
#define LAST 40

static struct counter arrived = COUNTER_INITIALIZER;
static struct counter lost = COUNTER_INITIALIZER;
static const char *kind;

/* The program's own. */
static int own[LAST + 1];

static int message_arrived(void *context, char *topic, int length, MQTTAsync_message *message)
{
	counter_raise(&arrived);
	return forget_message(context, topic, length, message);
}

static void connection_lost(void *context, char *cause)
{
	(void)context;
	(void)cause;
	counter_raise(&lost);
}

static void exchange(MQTTAsync client, int connects)
{
	struct outcomes subscribed = OUTCOMES_INITIALIZER;
	MQTTAsync_responseOptions response = counted_in(&subscribed, MQTTVERSION_3_1_1);
	int before = counter_value(&arrived);

	if (connects)
		connect_and_wait(client, MQTTVERSION_3_1_1);
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_subscribe(client, "closed", 1, &response));
	AWAIT(&subscribed.success, 1);
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_send(client, "closed", 1, "x", 1, 0, NULL));
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

int main(int argc, char **argv)
{
	MQTTAsync client = new_client(argument(argc, argv, 1), "closed", MQTTVERSION_3_1_1);
	const char *mode = argument(argc, argv, 2);
	long begun;

	kind = argument(argc, argv, 3);
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_setCallbacks(client, NULL, connection_lost, message_arrived, NULL));
	exchange(client, 1);
	if (strcmp(mode, "connected") != 0)
		disconnect_and_wait(client, MQTTVERSION_3_1_1);
	replace_descriptors();
	begun = now_ms();
	if (strcmp(mode, "connected") == 0)
	{
		/* Nothing to send, so nothing to notice. */
		while (MQTTAsync_send(client, "closed", 1, "x", 0, 0, NULL) == MQTTASYNC_SUCCESS)
			REQUIRE(now_ms() < begun + 5000);
		REQUIRE(!MQTTAsync_isConnected(client));
		AWAIT(&lost, 1);
		expect_untouched();
	}
	if (strcmp(mode, "destroy") != 0)
	{
		exchange(client, 1);
		expect_untouched();
		exchange(client, 0);
		disconnect_and_wait(client, MQTTVERSION_3_1_1);
	}
	MQTTAsync_destroy(&client);
	expect_untouched();
	REQUIRE(now_ms() - begun < 8000);
	puts("untouched");
	return 0;
}
