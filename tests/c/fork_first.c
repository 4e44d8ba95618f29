/* A program sets up its client, and forks before it connects, as daemons do. The client works in the child, and
 * afterwards in the parent.
 * Arguments: uri, "created" | "used" (connected and disconnected before), "callbacks" | "receive", how many
 * forks to the process that connects, a directory for the store or "-". */

#include <sys/wait.h>

#include "support.h"

static struct counter arrived = COUNTER_INITIALIZER;
static int with_callbacks;

static void await_message(MQTTClient client, int count)
{
	MQTTClient_message *message = NULL;
	char *topic = NULL;
	int length;

	if (with_callbacks)
	{
		AWAIT(&arrived, count);
		return;
	}
	EXPECT(0, MQTTClient_receive(client, &topic, &length, &message, PATIENCE));
	REQUIRE(message != NULL);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
}

static void use(MQTTClient client)
{
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
	MQTTClient_deliveryToken token;
	int before = counter_value(&arrived), i;

	EXPECT(0, MQTTClient_connect(client, &options));
	REQUIRE(MQTTClient_isConnected(client));
	EXPECT(0, MQTTClient_subscribe(client, "fork-first", 1));
	for (i = 1; i <= 3; ++i)
	{
		EXPECT(0, MQTTClient_publish(client, "fork-first", 5, "hello", 1, 0, &token));
		EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
		await_message(client, before + i);
	}
	EXPECT(0, MQTTClient_disconnect(client, 10000));
}

static void await_child(pid_t child)
{
	int status;

	REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail("a child ended with status %x", status);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int was_used = strcmp(argument(argc, argv, 2), "used") == 0;
	int forks = atoi(argument(argc, argv, 4)), i;
	const char *store = argument(argc, argv, 5);
	int has_store = strcmp(store, "-") != 0;
	MQTTClient client;

	with_callbacks = strcmp(argument(argc, argv, 3), "callbacks") == 0;
	EXPECT(0, MQTTClient_create(&client, uri, "fork-first",
		has_store ? MQTTCLIENT_PERSISTENCE_DEFAULT : MQTTCLIENT_PERSISTENCE_NONE, has_store ? (void *)store : NULL));
	if (with_callbacks)
		EXPECT(0, MQTTClient_setCallbacks(client, &arrived, NULL, count_message, NULL));
	if (was_used)
		use(client);
	for (i = 0; i < forks; ++i)
	{
		pid_t child = fork();

		if (child != 0)
		{
			await_child(child);
			break;
		}
		alarm(PATIENCE / 1000);
	}
	/* The innermost child first, then each that has waited for it. */
	use(client);
	MQTTClient_destroy(&client);
	REQUIRE(client == NULL);
	if (i == 0)
		say("all worked");
	exit(0);
}
