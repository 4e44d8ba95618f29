/* A host name is looked up on a thread of the library, which ends before the connect that wanted to know. What looks it
 * up here has a destructor for the thread, which takes its time. */

#include <netdb.h>

#include "support.h"

static pthread_key_t kept;
static struct counter ended = COUNTER_INITIALIZER;

static void clean(void *counter)
{
	const struct timespec a_while = { 0, 300000000 };

	nanosleep(&a_while, NULL);
	counter_raise(counter);
}

/* The C library's, as the library under test finds it. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
	(void)name;
	(void)service;
	(void)hints;
	(void)found;
	REQUIRE(pthread_setspecific(kept, &ended) == 0);
	return EAI_NONAME;
}

int main(void)
{
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);
	MQTTClient client;

	REQUIRE(pthread_key_create(&kept, clean) == 0);
	EXPECT(0, MQTTClient_create(&client, "tcp://nowhere.invalid:1883", "looks up", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	EXPECT(-1, MQTTClient_connect(client, &options));
	REQUIRE(counter_value(&ended) == 1);
	MQTTClient_destroy(&client);
	say("ended before");
	return 0;
}
