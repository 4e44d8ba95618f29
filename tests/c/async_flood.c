/* Sends as fast as it can, with QoS 1 and 2 in turn, until it is killed, and notes after each call that returned success
 * how many did. Usage: URI CLIENT_ID VERSION STORE NOTES RUN MODE
 *
 * MODE: "connected"; "offline" buffers some hundred messages without a connection; "drain" sends nothing but waits until
 * all that is under way has arrived. */

#include "persist_progress.h"

#include "async_support.h"

static struct outcomes sent = OUTCOMES_INITIALIZER;

static void drain(MQTTAsync client)
{
	const struct timespec step = { 0, 5000000 };
	long deadline = now_ms() + 4 * PATIENCE;
	MQTTAsync_token *tokens;

	for (;;)
	{
		EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_getPendingTokens(client, &tokens));
		if (tokens == NULL)
			break;
		MQTTAsync_free(tokens);
		REQUIRE(now_ms() < deadline);
		nanosleep(&step, NULL);
	}
	disconnect_and_wait(client, MQTTVERSION_3_1_1);
	MQTTAsync_destroy(&client);
}

static void flood(MQTTAsync client, int version, const char *run, volatile unsigned *done, unsigned most)
{
	MQTTAsync_responseOptions response = counted_in(&sent, version);
	char payload[600];
	unsigned i;

	memset(payload, '.', sizeof(payload));
	for (i = 1; i <= most; ++i)
	{
		int length = sprintf(payload, "%s %u ", run, i);

		payload[length] = '.';
		length += (int)(i * 7919 % 500);
		/* The test ends the program, never the connection. */
		EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_send(client, "flood", length, payload, i % 2 == 0 ? 2 : 1, 0, &response));
		*done = i;
		if (most > 1000)
			REQUIRE(counter_reaches(&sent.success, (int)i - 500, 4 * PATIENCE));
	}
	pause();
}

int main(int argc, char **argv)
{
	const char *mode = argument(argc, argv, 7);
	int version = atoi(argv[3]), is_offline = strcmp(mode, "offline") == 0;
	volatile unsigned *done = open_notes(argv[5], 4096) + atoi(argv[6]);
	MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
	struct outcomes connected = OUTCOMES_INITIALIZER;
	MQTTAsync_connectOptions connect = clean_options(version, &connected);
	MQTTProperties properties = MQTTProperties_initializer;
	MQTTProperty expiry;
	MQTTAsync client;

	options.MQTTVersion = version;
	options.sendWhileDisconnected = options.allowDisconnectedSendAtAnyTime = 1;
	options.maxBufferedMessages = 1000000;
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_createWithOptions(&client, argv[1], argv[2], MQTTCLIENT_PERSISTENCE_DEFAULT, argv[4],
			&options));
	connect.cleansession = connect.cleanstart = 0;
	connect.maxInflight = 300;
	if (version >= MQTTVERSION_5)
	{
		expiry.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL;
		expiry.value.integer4 = 3600;
		EXPECT(0, MQTTProperties_add(&properties, &expiry));
		connect.connectProperties = &properties;
	}
	if (!is_offline)
		EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_connect(client, &connect));
	if (strcmp(mode, "drain") == 0)
	{
		AWAIT(&connected.success, 1);
		drain(client);
	}
	else
		flood(client, version, argv[6], done, is_offline ? 300 : 1000000);
	return 0;
}
