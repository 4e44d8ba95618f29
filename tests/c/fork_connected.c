/* A program forks with a connected client. In the child its calls fail, and a line of the trace says why; another
 * client works there. The parent's connection is not harmed, whatever the child does with its copy, and however it
 * ends.
 * Arguments: uri, "callbacks" | "receive", a directory for the store. */

#include <sys/wait.h>

#include "support.h"

static struct counter arrived = COUNTER_INITIALIZER;
static volatile int errors;

static void look_for_reason(enum MQTTCLIENT_TRACE_LEVELS level, char *line)
{
	if (level == MQTTCLIENT_TRACE_ERROR && strstr(line, "belongs to the parent process") != NULL)
		errors++;
}

static void be_the_child(MQTTClient inherited, const char *uri, const char *store)
{
	MQTTClient_connectOptions options = clean_options(4);
	MQTTClient own;

	alarm(PATIENCE / 1000);
	MQTTClient_setTraceCallback(look_for_reason);
	MQTTClient_setTraceLevel(MQTTCLIENT_TRACE_ERROR);
	REQUIRE(MQTTClient_connect(inherited, &options) != 0);
	REQUIRE(errors == 1);
	REQUIRE(MQTTClient_publish(inherited, "elsewhere", 1, "x", 1, 0, NULL) != 0);
	REQUIRE(errors == 2);
	REQUIRE(!MQTTClient_isConnected(inherited));
	MQTTClient_disconnect(inherited, 1000);
	EXPECT(0, MQTTClient_create(&own, uri, "own", MQTTCLIENT_PERSISTENCE_DEFAULT, (void *)store));
	EXPECT(0, MQTTClient_connect(own, &options));
	EXPECT(0, MQTTClient_publish(own, "elsewhere", 1, "x", 1, 0, NULL));
	EXPECT(0, MQTTClient_disconnect(own, 10000));
	MQTTClient_destroy(&own);
	MQTTClient_destroy(&inherited);
	REQUIRE(inherited == NULL);
	exit(0);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1), *store = argument(argc, argv, 3);
	int with_callbacks = strcmp(argument(argc, argv, 2), "callbacks") == 0, i, status;
	MQTTClient_connectOptions options = clean_options(4);
	MQTTClient client;

	EXPECT(0, MQTTClient_create(&client, uri, "fork-connected", MQTTCLIENT_PERSISTENCE_DEFAULT, (void *)store));
	if (with_callbacks)
		EXPECT(0, MQTTClient_setCallbacks(client, &arrived, NULL, count_message, NULL));
	EXPECT(0, MQTTClient_connect(client, &options));
	EXPECT(0, MQTTClient_subscribe(client, "fork-connected", 1));
	for (i = 1; i <= 5; ++i)
	{
		MQTTClient_deliveryToken token;
		MQTTClient_message *message = NULL;
		char *topic = NULL;
		int length;
		pid_t child = fork();

		if (child == 0)
			be_the_child(client, uri, store);
		REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail("the child ended with status %x", status);
		EXPECT(0, MQTTClient_publish(client, "fork-connected", 5, "hello", 1, 0, &token));
		EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
		if (with_callbacks)
			AWAIT(&arrived, i);
		else
		{
			EXPECT(0, MQTTClient_receive(client, &topic, &length, &message, PATIENCE));
			REQUIRE(message != NULL);
			MQTTClient_freeMessage(&message);
			MQTTClient_free(topic);
		}
	}
	EXPECT(0, MQTTClient_disconnect(client, 10000));
	MQTTClient_destroy(&client);
	say("unharmed");
	return 0;
}
