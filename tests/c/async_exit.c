/* Ends the process right after a burst of QoS 0, without disconnecting: all of it is sent.
 * Arguments: uri, way (exit, return, callback), number of messages, their size. */

#include <sys/socket.h>

#include "async_support.h"

static int last;
static MQTTAsync publisher;

static void burst(int count, int size)
{
	unsigned char *payload = pattern(size);
	int i;

	for (i = 0; i < count; ++i)
		EXPECT(0, MQTTAsync_send(publisher, "burst", size, payload, 0, 0, NULL));
	free(payload);
}

static int exit_in_callback(void *context, char *topic, int length, MQTTAsync_message *message)
{
	(void)context;
	(void)length;
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	burst(last, 20);
	exit(0);
}

/* Has the kernel take little at once, so that most of what is published is still ours at the end. */
static void shrink_buffers(void)
{
	int descriptor, little = 4096;

	for (descriptor = 3; descriptor < 64; ++descriptor)
		setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &little, sizeof(little));
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	const char *way = argument(argc, argv, 2);
	int size = atoi(argument(argc, argv, 4));

	last = atoi(argument(argc, argv, 3));
	publisher = new_client(uri, "exits", 4);
	EXPECT(0, MQTTAsync_setCallbacks(publisher, NULL, NULL, exit_in_callback, NULL));
	connect_and_wait(publisher, 4);
	if (strcmp(way, "callback") == 0)
	{
		subscribe_and_wait(publisher, 4, "trigger", 0);
		EXPECT(0, MQTTAsync_send(publisher, "trigger", 2, "go", 0, 0, NULL));
		for (;;)
			pause();
	}
	if (size > 1000)
		shrink_buffers();
	burst(last, size);
	say("published");
	if (strcmp(way, "exit") == 0)
		exit(0);
	return 0;
}
