/* Brings a client into one state after the other in which it waits for something, and sees that waiting costs nothing: the
 * process has time of the processor to spare. The server is this program, and says nothing. No arguments. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "async_support.h"

static int listener;

static long processor_ms(void)
{
	struct rusage usage;

	REQUIRE(getrusage(RUSAGE_SELF, &usage) == 0);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000L + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000L;
}

/* A loop that goes on asking would take all of the time. */
static void rests(const char *what)
{
	const struct timespec while_at_rest = { 1, 0 };
	long before;

	nanosleep(&while_at_rest, NULL);
	before = processor_ms();
	nanosleep(&while_at_rest, NULL);
	if (processor_ms() - before > 100)
		fail("%s: %ld ms of the processor in a second", what, processor_ms() - before);
}

static void listen_on(char *uri)
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	REQUIRE(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 10) == 0);
	REQUIRE(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
	sprintf(uri, "tcp://127.0.0.1:%d", ntohs(address.sin_port));
}

/* Accepts the newest connection, and says nothing more on it. */
static void welcome(MQTTAsync client, int connection)
{
	const struct timespec step = { 0, 5000000 };

	for (; connection > 1; --connection)
		REQUIRE(accept(listener, NULL, NULL) >= 0);
	REQUIRE(send(accept(listener, NULL, NULL), "\x20\x02\0\0", 4, 0) == 4);
	while (!MQTTAsync_isConnected(client))
		nanosleep(&step, NULL);
}

int main(void)
{
	MQTTAsync_connectOptions options = clean_options(MQTTVERSION_3_1_1, NULL);
	MQTTAsync_disconnectOptions disconnect = MQTTAsync_disconnectOptions_initializer;
	char uri[64], *large = calloc(1, 1000000);
	MQTTAsync client;
	int i;

	REQUIRE(large != NULL);
	listen_on(uri);
	disconnect.timeout = 60000;

	client = new_client(uri, "resting", MQTTVERSION_3_1_1);
	EXPECT(0, MQTTAsync_connect(client, &options));
	rests("CONNACK is awaited");
	EXPECT(MQTTASYNC_DISCONNECTED, MQTTAsync_disconnect(client, NULL));
	EXPECT(0, MQTTAsync_reconnect(client));
	rests("CONNACK is awaited, in the place of an attempt that was given up");
	welcome(client, 2);
	for (i = 0; i < 30; ++i)
		EXPECT(0, MQTTAsync_send(client, "large", 1000000, large, 1, 0, NULL));
	rests("the server reads nothing");
	EXPECT(0, MQTTAsync_disconnect(client, &disconnect));
	rests("a disconnect waits for a server that reads nothing");
	EXPECT(0, MQTTAsync_connect(client, &options));
	EXPECT(0, MQTTAsync_send(client, "small", 1, "x", 1, 0, NULL));
	rests("a connect and a message wait behind a disconnect");
	MQTTAsync_destroy(&client);

	client = new_client(uri, "resting", MQTTVERSION_3_1_1);
	options.maxInflight = 1;
	EXPECT(0, MQTTAsync_connect(client, &options));
	welcome(client, 1);
	for (i = 0; i < 30; ++i)
		EXPECT(0, MQTTAsync_send(client, "small", 1, "x", 1, 0, NULL));
	rests("the window is full");
	EXPECT(0, MQTTAsync_disconnect(client, &disconnect));
	EXPECT(0, MQTTAsync_reconnect(client));
	rests("a reconnect waits behind a disconnect that waits for the window");
	MQTTAsync_destroy(&client);
	free(large);
	say("at rest");
	return 0;
}
