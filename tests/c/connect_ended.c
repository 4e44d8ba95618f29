/* Another thread ends a connect. When a line comes on standard input, the client is disconnected or destroyed.
 * Arguments: "disconnect" or "destroy", a uri, another one to try after it. */

#include <netdb.h>
#include <semaphore.h>

#include "support.h"

static MQTTClient client;
static sem_t answer;

/* The library's resolver: it answers when connect is over. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
	(void)node;
	(void)service;
	(void)hints;
	(void)result;
	say("resolving");
	while (sem_wait(&answer) != 0)
		;
	return EAI_AGAIN;
}

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

	REQUIRE(sem_init(&answer, 0, 0) == 0);
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
	sem_post(&answer);
	REQUIRE(threads_fall_to(1));
	MQTTClient_destroy(&other);
	return 0;
}
