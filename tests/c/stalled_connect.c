/* The same as async_stalled_connect.c, with MQTTClient. */

#include "support.h"

#define SSL_OPTIONS MQTTClient_SSLOptions
#include "tls_support.h"

static struct counter arrived = COUNTER_INITIALIZER, failed = COUNTER_INITIALIZER;
static MQTTClient stalled;
static MQTTClient_connectOptions options;
static long took;

static void *connect_in_vain(void *unused)
{
	long started = now_ms();

	EXPECT(-1, MQTTClient_connect(stalled, &options));
	took = now_ms() - started;
	counter_raise(&failed);
	return unused;
}

int main(int argc, char **argv)
{
	const char *proxy = argument(argc, argv, 3);
	MQTTClient_SSLOptions initializer = MQTTClient_SSLOptions_initializer;
	MQTTClient_connectOptions plain = clean_options(4);
	MQTTClient other = new_client(argument(argc, argv, 2), "other", 4);
	pthread_t thread;
	long longest = 0;
	int round;

	stalled = new_client(argument(argc, argv, 1), "stalled", 4);
	read_tls(argc, argv, 4, initializer);
	EXPECT(0, MQTTClient_setCallbacks(other, &arrived, NULL, count_message, NULL));
	EXPECT(0, connect_any(other, &plain));
	EXPECT(0, subscribe_any(other, 4, "other", 1));
	options = clean_options(4);
	options.ssl = &tls.options;
	options.connectTimeout = tls.timeout;
	options.httpProxy = strcmp(proxy, "-") == 0 ? NULL : proxy;
	REQUIRE(pthread_create(&thread, NULL, connect_in_vain, NULL) == 0);
	for (round = 1; counter_value(&failed) == 0; ++round)
	{
		long begun = now_ms();

		EXPECT(0, publish_any(other, "other", "x", 1, 1, 0, NULL));
		AWAIT(&arrived, round);
		if (now_ms() - begun > longest)
			longest = now_ms() - begun;
	}
	pthread_join(thread, NULL);
	say("took %ld ms, the other at most %ld ms", took, longest);
	end_client(other);
	MQTTClient_destroy(&stalled);
	return 0;
}
