/* How much memory an idle client costs: what the heap has grown by from the first fifth of many clients to all of them,
 * which have sent themselves messages and then kept alive for a while. Arguments: uri, clients, most bytes a client, and
 * those of tls_support.h. */

#include <malloc.h>

#include "async_support.h"
#include "async_crowd.h"

#define SSL_OPTIONS MQTTAsync_SSLOptions
#include "tls_support.h"

#define KEEP_ALIVE 2
#define LARGE 20000

static char large[LARGE];

/* Bytes that are in use. */
static long heap(void)
{
	struct mallinfo2 info = mallinfo2();

	return (long)(info.uordblks + info.hblkhd);
}

/* Has these clients as well. Gives the memory that is in use when all of them rest. */
static long use(const char *uri, int first, int end)
{
	const struct timespec idle = { 3 * KEEP_ALIVE, 0 };
	MQTTAsync_connectOptions options = clean_options(4, &connected);
	MQTTAsync_responseOptions response = counted_in(&sent, 4);
	int i;

	options.keepAliveInterval = KEEP_ALIVE;
	options.ssl = tls.use ? &tls.options : NULL;
	connect_clients(uri, first, end, &options);
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
	int count = atoi(argument(argc, argv, 2)), most = atoi(argument(argc, argv, 3)), some = count / 5;
	MQTTAsync_SSLOptions initializer = MQTTAsync_SSLOptions_initializer;
	long before, each;

	read_tls(argc, argv, 4, initializer);
	expect_clients(count);
	before = use(uri, 0, some);
	each = (use(uri, some, count) - before) / (count - some);
	fprintf(stderr, "%ld bytes a client\n", each);
	if (each > most)
		fail("%ld bytes a client", each);
	say("%d clients, %s bytes each", count, argument(argc, argv, 3));
	destroy_clients(count);
	return 0;
}
