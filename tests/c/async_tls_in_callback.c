/* As tls_in_callback.c, with the asynchronous API. */

#include "async_support.h"

#define SSL_OPTIONS MQTTAsync_SSLOptions
#include "tls_support.h"

static MQTTAsync client;
static MQTTAsync_connectOptions connect_options;
static const char *deed;
static struct counter acted = COUNTER_INITIALIZER;
static struct outcomes outcomes = OUTCOMES_INITIALIZER;
static int calls;

static int act(const char *text, size_t length, void *context)
{
	(void)text, (void)length, (void)context;
	if (calls++ == 0)
	{
		if (strcmp(deed, "connect") == 0)
			MQTTAsync_connect(client, &connect_options);
		else if (strcmp(deed, "disconnect") == 0)
			MQTTAsync_disconnect(client, NULL);
		else if (strcmp(deed, "destroy") == 0)
			MQTTAsync_destroy(&client);
		else
		{
			counter_raise(&acted);
			pthread_exit(NULL);
		}
		EXPECT(0, MQTTAsync_isConnected(client));
	}
	counter_raise(&acted);
	return 1;
}

int main(int argc, char **argv)
{
	MQTTAsync_SSLOptions ssl = MQTTAsync_SSLOptions_initializer;

	ssl.trustStore = argument(argc, argv, 2);
	ssl.ssl_error_cb = act;
	deed = argument(argc, argv, 3);
	client = new_client(argument(argc, argv, 1), "async-in-callback", 4);
	connect_options = clean_options(4, &outcomes);
	connect_options.ssl = &ssl;
	EXPECT(0, MQTTAsync_connect(client, &connect_options));
	AWAIT(&acted, 1);
	MQTTAsync_destroy(&client);
	/* Whatever has become of it, the library goes on. */
	client = new_client(argument(argc, argv, 1), "async-in-callback", 4);
	connect_options = clean_options(4, &outcomes);
	connect_options.ssl = &ssl;
	EXPECT(0, MQTTAsync_connect(client, &connect_options));
	AWAIT(&acted, 2);
	MQTTAsync_destroy(&client);
	say("done");
	return 0;
}
