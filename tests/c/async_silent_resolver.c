/* A name server that never answers: a connect ends in its time, and nobody else notices. Runs where 127.0.0.1 is the
 * name server. Arguments: uri of a server, MQTT version. */

#include <arpa/inet.h>
#include <sys/socket.h>

#include "async_support.h"

static const char *uri;
static int version;

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
static void exchange(MQTTAsync client)
{
	struct outcomes sent = OUTCOMES_INITIALIZER;
	MQTTAsync_responseOptions response = counted_in(&sent, version);
	long started = now_ms();

	EXPECT(0, MQTTAsync_send(client, "t", 1, "x", 1, 0, &response));
	AWAIT(&sent.success, 1);
	REQUIRE(is_quick(started));
}

static void connect_to_name(MQTTAsync client, int timeout, struct outcomes *outcomes)
{
	MQTTAsync_connectOptions options = clean_options(version, outcomes);
	long started = now_ms();

	options.connectTimeout = timeout;
	EXPECT(0, MQTTAsync_connect(client, &options));
	REQUIRE(is_quick(started));
}

int main(int argc, char **argv)
{
	struct outcomes failed = OUTCOMES_INITIALIZER, given_up = OUTCOMES_INITIALIZER;
	MQTTAsync other, nameless, next;
	long started;
	int rounds = 0;

	uri = argument(argc, argv, 1);
	version = atoi(argument(argc, argv, 2));
	begin_silence();
	other = new_client(uri, "other", version);
	connect_and_wait(other, version);
	nameless = new_client("tcp://broker.example:1883", "nameless", version);
	started = now_ms();
	connect_to_name(nameless, 2, &failed);
	while (!counter_reaches(&failed.failure, 1, 20))
	{
		MQTTAsync_token *tokens;
		long called = now_ms();

		REQUIRE(!MQTTAsync_isConnected(nameless));
		EXPECT(0, MQTTAsync_getPendingTokens(nameless, &tokens));
		REQUIRE(is_quick(called));
		exchange(other);
		next = new_client(uri, "next", version);
		connect_and_wait(next, version);
		end_client(next, version);
		REQUIRE(is_quick(called) && now_ms() - started < PATIENCE);
		rounds++;
	}
	started = now_ms() - started;
	fprintf(stderr, "%d rounds, failed with %d after %ld ms\n", rounds, failed.code, started);
	/* Each round takes less than a second. */
	REQUIRE(started >= 2000 && started < 4000 && failed.code == -1);
	/* A client ends that waits for the name. */
	connect_to_name(nameless, 60, &given_up);
	exchange(other);
	started = now_ms();
	MQTTAsync_destroy(&nameless);
	REQUIRE(is_quick(started));
	REQUIRE(counter_value(&given_up.failure) == 1 && counter_value(&given_up.success) == 0);
	exchange(other);
	started = now_ms();
	end_client(other, version);
	REQUIRE(is_quick(started));
	say("unhindered");
	return 0;
}
