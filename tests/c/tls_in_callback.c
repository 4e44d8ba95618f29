/* Calls the library in ssl_error_cb, or ends the thread there. Arguments: uri, a file with certificates that do not help,
 * what to do (connect, disconnect, destroy, exit). */

#include "support.h"

#define SSL_OPTIONS MQTTClient_SSLOptions
#include "tls_support.h"

static MQTTClient client;
static MQTTClient_connectOptions connect_options;
static const char *deed;
static int calls;

static int act(const char *text, size_t length, void *context)
{
	(void)text, (void)length, (void)context;
	if (calls++ > 0)
		return 1;
	if (strcmp(deed, "connect") == 0)
		EXPECT(MQTTCLIENT_FAILURE, MQTTClient_connect(client, &connect_options));
	else if (strcmp(deed, "disconnect") == 0)
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_disconnect(client, 1000));
	else if (strcmp(deed, "destroy") == 0)
		MQTTClient_destroy(&client);
	else
		pthread_exit(NULL);
	EXPECT(0, MQTTClient_isConnected(client));
	return 1;
}

static void *connect_once(void *unused)
{
	(void)unused;
	say("connect: %d", MQTTClient_connect(client, &connect_options));
	return NULL;
}

int main(int argc, char **argv)
{
	MQTTClient_SSLOptions ssl = MQTTClient_SSLOptions_initializer;
	pthread_t thread;

	ssl.trustStore = argument(argc, argv, 2);
	ssl.ssl_error_cb = act;
	deed = argument(argc, argv, 3);
	client = new_client(argument(argc, argv, 1), "in-callback", 4);
	connect_options = clean_options(4);
	connect_options.ssl = &ssl;
	REQUIRE(pthread_create(&thread, NULL, connect_once, NULL) == 0);
	REQUIRE(pthread_join(thread, NULL) == 0);
	/* Whatever has become of it, the library goes on. */
	MQTTClient_destroy(&client);
	client = new_client(argument(argc, argv, 1), "in-callback", 4);
	connect_once(NULL);
	MQTTClient_destroy(&client);
	say("calls: %d", calls);
	return 0;
}
