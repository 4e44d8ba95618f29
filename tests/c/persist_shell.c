/* A client with a store that does what standard input says, line by line, and answers each line with
 * one that begins with "= ". Usage: URI CLIENT_ID VERSION STORE [FAILURE...]
 *
 * STORE is a directory, or "user", perhaps followed by a colon and a directory to take records from;
 * then all calls of the store are printed, and FAILUREs say which are to fail (see persist_store.h). */

#include <signal.h>
#include <sys/resource.h>

#include "support.h"
#include "persist_store.h"

static MQTTClient client;

static void answer_message(MQTTClient_message *message, char *topic, int rc)
{
	if (message == NULL)
	{
		say("= %d none", rc);
		return;
	}
	say("= %d %s qos %d retained %d dup %d id %d %.*s", rc, topic, message->qos, message->retained, message->dup, message->msgid,
			message->payloadlen, (char *)message->payload);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
}

static void answer_tokens(void)
{
	MQTTClient_deliveryToken *tokens = NULL;
	char line[4096] = "";
	int i, rc = MQTTClient_getPendingDeliveryTokens(client, &tokens);

	for (i = 0; tokens != NULL && tokens[i] != -1; ++i)
		sprintf(line + strlen(line), " %d", tokens[i]);
	MQTTClient_free(tokens);
	say("= %d%s", rc, line);
}

/* Waits for all that is under way. */
static void drain(void)
{
	MQTTClient_deliveryToken *tokens = NULL;
	int rc = 0;

	while (rc == 0 && MQTTClient_getPendingDeliveryTokens(client, &tokens) == 0 && tokens != NULL)
	{
		rc = MQTTClient_waitForCompletion(client, tokens[0], PATIENCE);
		MQTTClient_free(tokens);
		tokens = NULL;
	}
	say("= %d", rc);
}

static void connect_client(int clean, int version)
{
	MQTTClient_connectOptions options = clean_options(version);

	options.cleansession = version < MQTTVERSION_5 && clean;
	options.cleanstart = version >= MQTTVERSION_5 && clean;
	options.maxInflightMessages = 100;
	options.reliable = 0;
	say("= %d", connect_any(client, &options));
}

static int obey(char *line, int version)
{
	int number = 0, retained = 0;
	char topic[256], payload[256];

	if (sscanf(line, "connect %d", &number) == 1)
		connect_client(number, version);
	else if (sscanf(line, "publish %d %d %255s %255s", &number, &retained, topic, payload) == 4)
	{
		MQTTClient_deliveryToken token = 0;
		int rc = publish_any(client, topic, payload, (int)strlen(payload), number, retained, &token);

		say("= %d %d", rc, token);
	}
	else if (sscanf(line, "subscribe %d %255s", &number, topic) == 2)
		say("= %d", subscribe_any(client, version, topic, number));
	else if (sscanf(line, "receive %d", &number) == 1)
	{
		MQTTClient_message *message = NULL;
		char *received = NULL;
		int length = 0;
		int rc = MQTTClient_receive(client, &received, &length, &message, (unsigned long)number);

		answer_message(message, received, rc);
	}
	else if (strncmp(line, "tokens", 6) == 0)
		answer_tokens();
	else if (strncmp(line, "drain", 5) == 0)
		drain();
	else if (sscanf(line, "yield %d", &number) == 1)
	{
		long deadline = now_ms() + number;

		while (now_ms() < deadline)
			MQTTClient_yield();
		say("=");
	}
	else if (sscanf(line, "limit %d", &number) == 1)
	{
		/* No file may become longer. */
		struct rlimit limit = { (rlim_t)number, RLIM_INFINITY };

		signal(SIGXFSZ, SIG_IGN);
		say("= %d", setrlimit(RLIMIT_FSIZE, &limit));
	}
	else if (sscanf(line, "system %255[^\n]", payload) == 1)
		say("= %d", system(payload));
	else if (strncmp(line, "call back", 9) == 0)
	{
		called_back = &client;
		say("=");
	}
	else if (sscanf(line, "disconnect %d", &number) == 1)
		say("= %d", MQTTClient_disconnect(client, number));
	else if (strncmp(line, "destroy", 7) == 0)
	{
		MQTTClient_destroy(&client);
		say("=");
		return 0;
	}
	else if (strncmp(line, "exit", 4) == 0)
	{
		say("=");
		return 0;
	}
	else
		fail("no such command: %s", line);
	return 1;
}

int main(int argc, char **argv)
{
	MQTTClient_createOptions options = MQTTClient_createOptions_initializer;
	const char *place = argument(argc, argv, 4);
	int version = atoi(argument(argc, argv, 3));
	int user = strncmp(place, "user", 4) == 0;
	char line[1024];

	failures = argv + 5;
	if (user && place[4] == ':')
		load(place + 5);
	options.MQTTVersion = version;
	say("= %d", MQTTClient_createWithOptions(&client, argv[1], argv[2],
			user ? MQTTCLIENT_PERSISTENCE_USER : MQTTCLIENT_PERSISTENCE_DEFAULT, user ? (void *)&store : (void *)place, &options));
	while (fgets(line, sizeof(line), stdin) != NULL && obey(line, version))
		;
	return 0;
}
