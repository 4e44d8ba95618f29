/* Connects through proxies, exchanges a message with itself, and the same again after each lost connection.
 * Arguments: uri, httpProxy, httpsProxy (- for none), connect timeout in seconds, how many exchanges. */

#include "async_support.h"

static MQTTAsync client;
static struct counter arrived = COUNTER_INITIALIZER, failed = COUNTER_INITIALIZER;
static long started;

static const char *proxy(const char *text)
{
	return strcmp(text, "-") == 0 ? NULL : text;
}

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
	counter_raise(&arrived);
	say("exchange %d", counter_value(&arrived));
	return forget_message(context, topic, length, message);
}

static void on_subscribed(void *context, MQTTAsync_successData *data)
{
	(void)context;
	(void)data;
	EXPECT(0, MQTTAsync_send(client, "proxied", 5, "hello", 1, 0, NULL));
}

static void on_connected(void *context, char *cause)
{
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;

	(void)context;
	(void)cause;
	response.onSuccess = on_subscribed;
	EXPECT(0, MQTTAsync_subscribe(client, "proxied", 1, &response));
}

static void on_failure(void *context, MQTTAsync_failureData *data)
{
	(void)context;
	say("failed: code %d, after %ld ms: %s", data->code, now_ms() - started,
			data->message == NULL ? "no message" : data->message);
	counter_raise(&failed);
}

static void on_loss(void *context, char *cause)
{
	(void)context;
	(void)cause;
	say("lost");
}

int main(int argc, char **argv)
{
	MQTTAsync_connectOptions options = clean_options(4, NULL);
	int exchanges = atoi(argument(argc, argv, 5));

	client = new_client(argument(argc, argv, 1), "proxied", 4);
	options.httpProxy = proxy(argv[2]);
	options.httpsProxy = proxy(argv[3]);
	options.connectTimeout = atoi(argv[4]);
	options.onFailure = on_failure;
	options.automaticReconnect = 1;
	options.minRetryInterval = options.maxRetryInterval = 1;
	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, on_loss, on_message, NULL));
	EXPECT(0, MQTTAsync_setConnected(client, NULL, on_connected));
	started = now_ms();
	EXPECT(0, MQTTAsync_connect(client, &options));
	while (!counter_reaches(&arrived, exchanges, 100) && counter_value(&failed) == 0)
		REQUIRE(now_ms() - started < 2 * PATIENCE);
	MQTTAsync_destroy(&client);
	return 0;
}
