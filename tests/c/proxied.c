/* Connects through proxies so many times, and exchanges messages with itself each time.
 * Arguments: uri, httpProxy, httpsProxy (- for none), connect timeout in seconds, how often, receive | callback. */

#include "support.h"

#define MESSAGES 5
#define SIZE 30000

static struct counter arrived = COUNTER_INITIALIZER;

static const char *proxy(const char *text)
{
	return strcmp(text, "-") == 0 ? NULL : text;
}

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	REQUIRE(message->payloadlen == SIZE);
	counter_raise(&arrived);
	return forget_message(context, topic, length, message);
}

static void exchange(MQTTClient client, int with_callback)
{
	static char payload[SIZE];
	int before = counter_value(&arrived), i;

	EXPECT(0, MQTTClient_subscribe(client, "proxied", 1));
	for (i = 0; i < MESSAGES; i++)
	{
		MQTTClient_deliveryToken token;

		EXPECT(0, MQTTClient_publish(client, "proxied", SIZE, payload, i % 3, 0, &token));
	}
	for (i = 0; i < MESSAGES && !with_callback; i++)
	{
		char *topic = NULL;
		int length;
		MQTTClient_message *message = NULL;

		EXPECT(0, MQTTClient_receive(client, &topic, &length, &message, PATIENCE));
		REQUIRE(message != NULL);
		on_message(NULL, topic, length, message);
	}
	AWAIT(&arrived, before + MESSAGES);
	say("exchanged");
}

int main(int argc, char **argv)
{
	MQTTClient client = new_client(argument(argc, argv, 1), "proxied", 4);
	MQTTClient_connectOptions options = clean_options(4);
	int times = atoi(argument(argc, argv, 5)), with_callback = strcmp(argument(argc, argv, 6), "callback") == 0;

	options.httpProxy = proxy(argv[2]);
	options.httpsProxy = proxy(argv[3]);
	options.connectTimeout = atoi(argv[4]);
	if (with_callback)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, on_message, NULL));
	while (times-- > 0)
	{
		long started = now_ms();
		int rc = MQTTClient_connect(client, &options);

		say("connect: %d after %ld ms", rc, now_ms() - started);
		if (rc == 0)
		{
			exchange(client, with_callback);
			EXPECT(0, MQTTClient_disconnect(client, PATIENCE));
		}
	}
	MQTTClient_destroy(&client);
	return 0;
}
