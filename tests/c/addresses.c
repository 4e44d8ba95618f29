/* Connects to a name with several addresses, and says how that went, and how the name was looked up. Or a thread connects,
 * and another one disconnects or destroys the client when a line comes on standard input.
 * Arguments: uri, receive | callback | disconnect | destroy, connect timeout in seconds, addresses. */

#include "names.h"
#include "support.h"

static MQTTClient client;
static MQTTClient_connectOptions options;

static void *connect_now(void *context)
{
	long started = now_ms();
	int rc = MQTTClient_connect(client, &options);

	(void)context;
	say("connect: %d after %ld ms", rc, now_ms() - started);
	return NULL;
}

int main(int argc, char **argv)
{
	const char *how = argument(argc, argv, 2);
	pthread_t thread;

	client = new_client(argument(argc, argv, 1), "addresses", 4);
	options = clean_options(4);
	options.connectTimeout = atoi(argument(argc, argv, 3));
	answered_addresses = argv + 4;
	answered_count = argc - 4;
	if (strcmp(how, "callback") == 0)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, forget_message, NULL));
	if (strcmp(how, "disconnect") == 0 || strcmp(how, "destroy") == 0)
	{
		MQTTClient handle = client;

		REQUIRE(pthread_create(&thread, NULL, connect_now, NULL) == 0);
		await_go();
		if (strcmp(how, "destroy") == 0)
			MQTTClient_destroy(&handle);
		else
			EXPECT(0, MQTTClient_disconnect(client, 0));
		REQUIRE(pthread_join(thread, NULL) == 0);
	}
	else
		connect_now(NULL);
	MQTTClient_disconnect(client, 0);
	MQTTClient_destroy(&client);
	say("asked: %d with AI_ADDRCONFIG, %d without", asked_with_addrconfig, asked_without);
	return 0;
}
