/* Takes messages, and notes each that it gets, until it is killed.
 * Usage: URI CLIENT_ID VERSION STORE NOTES RUN MODE [COUNT]
 *
 * STORE may be "none". MODE: "callbacks"; "slow" is the same, but takes COUNT microseconds each; "kill"
 * is the same, but messageArrived kills the process when it is called for the COUNTth time; "receive"
 * fetches COUNT messages, says so and waits to be killed; "fetch" fetches until it is killed; "leave"
 * reads, and fetches nothing; "all" fetches what there is, and ends.
 *
 * The notes are the number of messages, and run and payload (a number) of each. */

#include <signal.h>

#include "persist_progress.h"
#include "support.h"

static volatile unsigned *notes;
static unsigned run;
static unsigned fatal;
static unsigned slow;

static void note(MQTTClient_message *message, char *topic)
{
	char payload[16];
	unsigned at = notes[0];

	snprintf(payload, sizeof(payload), "%.*s", message->payloadlen, (char *)message->payload);
	REQUIRE(at < 100000);
	notes[1 + 2 * at] = run;
	notes[2 + 2 * at] = (unsigned)atoi(payload);
	notes[0] = at + 1;
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
}

static int arrived(void *context, char *topic, int length, MQTTClient_message *message)
{
	static unsigned count;

	(void)context;
	(void)length;
	note(message, topic);
	if (++count == fatal)
		raise(SIGKILL);
	if (slow > 0)
		usleep(slow);
	return 1;
}

/* Gives 0 if there is none within so many milliseconds. */
static int receive(MQTTClient client, unsigned long ms)
{
	MQTTClient_message *message = NULL;
	char *topic = NULL;
	int length;

	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_receive(client, &topic, &length, &message, ms));
	if (message == NULL)
		return 0;
	note(message, topic);
	return 1;
}

int main(int argc, char **argv)
{
	const char *mode = argument(argc, argv, 7);
	int version = atoi(argv[3]);
	int count = argc > 8 ? atoi(argv[8]) : 0;
	int none = strcmp(argv[4], "none") == 0;
	MQTTClient_createOptions options = MQTTClient_createOptions_initializer;
	MQTTClient_connectOptions connect = clean_options(version);
	MQTTProperties properties = MQTTProperties_initializer;
	MQTTProperty expiry;
	MQTTClient client;

	notes = open_notes(argv[5], 1 + 2 * 100000);
	run = (unsigned)atoi(argv[6]);
	options.MQTTVersion = version;
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_createWithOptions(&client, argv[1], argv[2],
			none ? MQTTCLIENT_PERSISTENCE_NONE : MQTTCLIENT_PERSISTENCE_DEFAULT, argv[4], &options));
	if (strcmp(mode, "callbacks") == 0 || strcmp(mode, "slow") == 0 || strcmp(mode, "kill") == 0)
	{
		slow = strcmp(mode, "slow") == 0 ? (unsigned)count : 0;
		fatal = strcmp(mode, "kill") == 0 ? (unsigned)count : 0;
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_setCallbacks(client, NULL, NULL, arrived, NULL));
	}
	connect.cleansession = connect.cleanstart = 0;
	if (version >= MQTTVERSION_5)
	{
		MQTTResponse response;

		expiry.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL;
		expiry.value.integer4 = 1000;
		REQUIRE(MQTTProperties_add(&properties, &expiry) == 0);
		response = MQTTClient_connect5(client, &connect, &properties, NULL);
		REQUIRE(response.reasonCode == 0);
		MQTTResponse_free(response);
	}
	else
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_connect(client, &connect));
	if (strcmp(mode, "receive") == 0)
		while (count-- > 0)
			REQUIRE(receive(client, PATIENCE));
	else if (strcmp(mode, "all") == 0)
	{
		while (receive(client, 300))
			;
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_disconnect(client, 1000));
		MQTTClient_destroy(&client);
		return 0;
	}
	else if (strcmp(mode, "fetch") == 0)
		for (;;)
			receive(client, PATIENCE);
	say("ready");
	for (;;)
		if (strcmp(mode, "leave") == 0)
			MQTTClient_yield();
		else
			pause();
}
