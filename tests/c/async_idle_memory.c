/* How much memory an idle client costs: what the heap has grown by from the first fifth of many clients to all of them,
 * which have sent themselves messages and then kept alive for a while. Arguments: uri, clients, most bytes a client, and
 * those of tls_support.h. */

#include <malloc.h>

#include "async_support.h"

#define SSL_OPTIONS MQTTAsync_SSLOptions
#include "tls_support.h"

#define KEEP_ALIVE 1
#define LARGE 20000

static struct counter arrived = COUNTER_INITIALIZER;
static struct outcomes connected = OUTCOMES_INITIALIZER, subscribed = OUTCOMES_INITIALIZER, sent = OUTCOMES_INITIALIZER;
static char large[LARGE];

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

/* Bytes that are in use. */
static long heap(void)
{
	struct mallinfo2 info = mallinfo2();

	return (long)(info.uordblks + info.hblkhd);
}

/* Has these clients as well. Gives the memory that is in use when all of them rest. */
static long use(const char *uri, MQTTAsync *clients, char (*names)[32], int first, int end)
{
	const struct timespec idle = { 3 * KEEP_ALIVE, 0 };
	MQTTAsync_responseOptions response;
	int i;

	for (i = first; i < end; ++i)
	{
		MQTTAsync_connectOptions options = clean_options(4, &connected);

		snprintf(names[i], sizeof(names[i]), "idle-%d", i);
		clients[i] = new_client(uri, names[i], 4);
		EXPECT(0, MQTTAsync_setCallbacks(clients[i], names[i], on_loss, on_message, NULL));
		options.keepAliveInterval = KEEP_ALIVE;
		options.ssl = tls.use ? &tls.options : NULL;
		EXPECT(0, MQTTAsync_connect(clients[i], &options));
	}
	AWAIT(&connected.success, end);
	response = counted_in(&subscribed, 4);
	for (i = first; i < end; ++i)
		EXPECT(0, MQTTAsync_subscribe(clients[i], names[i], 1, &response));
	AWAIT(&subscribed.success, end);
	response = counted_in(&sent, 4);
	for (i = first; i < end; ++i)
	{
		EXPECT(0, MQTTAsync_send(clients[i], names[i], 5, "hello", 1, 0, &response));
		EXPECT(0, MQTTAsync_send(clients[i], names[i], LARGE, large, 1, 0, &response));
	}
	AWAIT(&sent.success, 2 * end);
	AWAIT(&arrived, 2 * end);
	/* To rest is what this is for. */
	nanosleep(&idle, NULL);
	for (i = 0; i < end; ++i)
		REQUIRE(MQTTAsync_isConnected(clients[i]));
	return heap();
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int count = atoi(argument(argc, argv, 2)), most = atoi(argument(argc, argv, 3)), some = count / 5, i;
	MQTTAsync_SSLOptions initializer = MQTTAsync_SSLOptions_initializer;
	MQTTAsync *clients = calloc((size_t)count, sizeof(*clients));
	char (*names)[32] = calloc((size_t)count, sizeof(*names));
	long before, each;

	read_tls(argc, argv, 4, initializer);
	before = use(uri, clients, names, 0, some);
	each = (use(uri, clients, names, some, count) - before) / (count - some);
	fprintf(stderr, "%ld bytes a client\n", each);
	if (each > most)
		fail("%ld bytes a client", each);
	say("%d clients, %s bytes each", count, argument(argc, argv, 3));
	for (i = 0; i < count; ++i)
		MQTTAsync_destroy(&clients[i]);
	free(clients);
	free(names);
	return 0;
}
