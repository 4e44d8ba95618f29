/* Calls every function while the server does not read, and more is to be sent than all buffers take: none waits. Then
 * the server reads, and all is sent in order. Prints the longest call in milliseconds. Argument: uri. */

#include "async_support.h"

#define SIZE 4000000
#define COUNT 10

static long longest;
static struct outcomes sent = OUTCOMES_INITIALIZER;

#define QUICKLY(call) \
	do \
	{ \
		long before = now_ms(); \
		call; \
		if (now_ms() - before > longest) \
			longest = now_ms() - before; \
	} while (0)

int main(int argc, char **argv)
{
	MQTTAsync client = new_client(argument(argc, argv, 1), "blocked", 4), other;
	MQTTAsync_connectOptions options = clean_options(4, NULL);
	MQTTAsync_responseOptions response = counted_in(&sent, 4);
	MQTTAsync_token *tokens = NULL;
	unsigned char *payload = pattern(SIZE);
	long started;
	int i;

	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, NULL, forget_message, NULL));
	connect_and_wait(client, 4);
	for (i = 0; i < COUNT; ++i)
	{
		QUICKLY(EXPECT(0, MQTTAsync_send(client, "big", SIZE, payload, (i + 2) % 3, 0, &response)));
		QUICKLY(MQTTAsync_isConnected(client));
		QUICKLY(MQTTAsync_subscribe(client, "a", 1, NULL));
		QUICKLY(MQTTAsync_unsubscribe(client, "a", NULL));
		QUICKLY(MQTTAsync_getPendingTokens(client, &tokens));
		QUICKLY(MQTTAsync_free(tokens));
		QUICKLY(MQTTAsync_isComplete(client, i));
		QUICKLY(MQTTAsync_setCallbacks(client, NULL, NULL, forget_message, NULL));
		QUICKLY(MQTTAsync_setConnected(client, NULL, NULL));
	}
	other = new_client("tcp://127.0.0.1:1", "other", 4);
	QUICKLY(MQTTAsync_connect(other, &options));
	QUICKLY(MQTTAsync_destroy(&other));
	/* The one that waits, waits as long as it is told to. */
	started = now_ms();
	REQUIRE(response.token > 0);
	EXPECT(MQTTASYNC_FAILURE, MQTTAsync_waitForCompletion(client, response.token, 300));
	REQUIRE(now_ms() - started >= 300);
	say("%ld", longest);
	AWAIT(&sent.success, COUNT);
	end_client(client, 4);
	free(payload);
	say("all sent");
	return 0;
}
