/* A name server that never answers: a connect ends in its time, and nobody else notices. Runs where 127.0.0.1 is the
 * name server. Arguments: uri of a server, "calling" | "callbacks". */

#include <arpa/inet.h>
#include <sys/socket.h>

#include "support.h"

static MQTTClient nameless;
static struct counter ended = COUNTER_INITIALIZER;
static int timeout;

/* Takes all questions, and answers none. */
static void begin_silence(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(53) };
	int server = socket(AF_INET, SOCK_DGRAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	REQUIRE(server >= 0 && bind(server, (struct sockaddr *)&address, sizeof(address)) == 0);
}

static int is_quick(long started)
{
	return now_ms() - started < 1000;
}

/* Sends a message, and waits until the server has it. */
static void exchange(MQTTClient client)
{
	MQTTClient_deliveryToken token;
	long started = now_ms();

	EXPECT(0, MQTTClient_publish(client, "t", 1, "x", 1, 0, &token));
	EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
	REQUIRE(is_quick(started));
}

static void *connect_to_name(void *unused)
{
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);
	long started = now_ms();

	options.connectTimeout = timeout;
	EXPECT(-1, MQTTClient_connect(nameless, &options));
	started = now_ms() - started;
	fprintf(stderr, "failed after %ld ms\n", started);
	if (timeout == 2)
		REQUIRE(started >= 2000 && started < 4000);
	counter_raise(&ended);
	return unused;
}

int main(int argc, char **argv)
{
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);
	MQTTClient other = new_client(argument(argc, argv, 1), "other", MQTTVERSION_3_1_1);
	pthread_t thread;
	long started;
	int round;

	begin_silence();
	if (strcmp(argument(argc, argv, 2), "callbacks") == 0)
		EXPECT(0, MQTTClient_setCallbacks(other, NULL, NULL, forget_message, NULL));
	EXPECT(0, MQTTClient_connect(other, &options));
	nameless = new_client("tcp://broker.example:1883", "nameless", MQTTVERSION_3_1_1);
	timeout = 2;
	REQUIRE(pthread_create(&thread, NULL, connect_to_name, NULL) == 0);
	while (!counter_reaches(&ended, 1, 20))
	{
		exchange(other);
		started = now_ms();
		REQUIRE(!MQTTClient_isConnected(nameless));
		REQUIRE(is_quick(started));
	}
	REQUIRE(pthread_join(thread, NULL) == 0);
	/* A client ends that waits for the name, whether the other thread has begun to wait or not. */
	timeout = 60;
	REQUIRE(pthread_create(&thread, NULL, connect_to_name, NULL) == 0);
	for (round = 0; round < 10; ++round)
		exchange(other);
	EXPECT(0, MQTTClient_disconnect(nameless, 0));
	REQUIRE(pthread_join(thread, NULL) == 0);
	started = now_ms();
	MQTTClient_destroy(&nameless);
	exchange(other);
	EXPECT(0, MQTTClient_disconnect(other, 0));
	MQTTClient_destroy(&other);
	REQUIRE(is_quick(started));
	say("unhindered");
	return 0;
}
