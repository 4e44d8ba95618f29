/* Another thread ends a connect. When a line comes on standard input, the client is disconnected or destroyed.
 * Arguments: "disconnect" or "destroy", a uri, another one to try after it. */

#include "support.h"

static MQTTClient client;

static void *connect_on_thread(void *uris)
{
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_DEFAULT);

	options.serverURIs = uris;
	options.serverURIcount = 2;
	say("connect: %d", MQTTClient_connect(client, &options));
	return NULL;
}

int main(int argc, char **argv)
{
	const char *how = argument(argc, argv, 1);
	char *uris[2] = { (char *)argument(argc, argv, 2), (char *)argument(argc, argv, 3) };
	MQTTClient other = new_client(uris[0], "other", MQTTVERSION_DEFAULT);
	pthread_t thread;

	client = new_client(uris[0], "ended", MQTTVERSION_DEFAULT);
	REQUIRE(pthread_create(&thread, NULL, connect_on_thread, uris) == 0);
	await_go();
	if (strcmp(how, "destroy") == 0)
	{
		MQTTClient handle = client;

		MQTTClient_destroy(&handle);
	}
	else
		EXPECT(0, MQTTClient_disconnect(client, 0));
	REQUIRE(pthread_join(thread, NULL) == 0);
	if (strcmp(how, "destroy") != 0)
		MQTTClient_destroy(&client);
	MQTTClient_destroy(&other);
	return 0;
}
