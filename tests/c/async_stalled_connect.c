/* Connects to a server that stalls, while another client has its messages sent back. Says how long either took.
 * Arguments: uri, uri of the other client's server, proxy or -, and those of tls_support.h. */

#include "async_support.h"

#define SSL_OPTIONS MQTTAsync_SSLOptions
#include "tls_support.h"

static struct counter arrived = COUNTER_INITIALIZER, failed = COUNTER_INITIALIZER;
static long started, took;

static void on_failure(void *context, MQTTAsync_failureData *data)
{
	(void)context;
	(void)data;
	took = now_ms() - started;
	counter_raise(&failed);
}

static void on_success(void *context, MQTTAsync_successData *data)
{
	(void)context;
	(void)data;
	fail("connected");
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1), *proxy = argument(argc, argv, 3);
	MQTTAsync_SSLOptions initializer = MQTTAsync_SSLOptions_initializer;
	MQTTAsync_connectOptions options = clean_options(4, NULL);
	struct outcomes sent = OUTCOMES_INITIALIZER;
	MQTTAsync_responseOptions response = counted_in(&sent, 4);
	MQTTAsync stalled = new_client(uri, "stalled", 4), other = new_client(argument(argc, argv, 2), "other", 4);
	long longest = 0;
	int round;

	read_tls(argc, argv, 4, initializer);
	EXPECT(0, MQTTAsync_setCallbacks(other, &arrived, NULL, count_message, NULL));
	connect_and_wait(other, 4);
	subscribe_and_wait(other, 4, "other", 1);
	options.ssl = &tls.options;
	options.connectTimeout = tls.timeout;
	options.httpProxy = strcmp(proxy, "-") == 0 ? NULL : proxy;
	options.onSuccess = on_success;
	options.onFailure = on_failure;
	started = now_ms();
	EXPECT(0, MQTTAsync_connect(stalled, &options));
	for (round = 1; counter_value(&failed) == 0; ++round)
	{
		long begun = now_ms();

		EXPECT(0, MQTTAsync_send(other, "other", 1, "x", 1, 0, &response));
		AWAIT(&arrived, round);
		if (now_ms() - begun > longest)
			longest = now_ms() - begun;
	}
	AWAIT(&sent.success, round - 1);
	say("took %ld ms, the other at most %ld ms", took, longest);
	disconnect_and_wait(other, 4);
	MQTTAsync_destroy(&other);
	MQTTAsync_destroy(&stalled);
	return 0;
}
