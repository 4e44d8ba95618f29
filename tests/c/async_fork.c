/* A program forks before its client connects, or with a connected one.
 * Arguments: uri, "first" | "connected", a directory for the store.
 *
 * first: the client works in the child, and afterwards in the parent. connected: in the child its calls fail, and a line
 * of the trace says why; another client works there; the parent's connection is not harmed. */

#include <sys/wait.h>

#include "async_support.h"

static struct counter arrived = COUNTER_INITIALIZER;
static volatile int errors;

static void look_for_reason(enum MQTTASYNC_TRACE_LEVELS level, char *line)
{
	if (level == MQTTASYNC_TRACE_ERROR && strstr(line, "belongs to the parent process") != NULL)
		errors++;
}

/* Sends, and gets it back. */
static void exchange(MQTTAsync client)
{
	struct outcomes sent = OUTCOMES_INITIALIZER;
	MQTTAsync_responseOptions response = counted_in(&sent, 4);
	int before = counter_value(&arrived);

	EXPECT(0, MQTTAsync_send(client, "fork", 5, "hello", 1, 0, &response));
	AWAIT(&sent.success, 1);
	AWAIT(&arrived, before + 1);
}

static void use(MQTTAsync client)
{
	connect_and_wait(client, 4);
	subscribe_and_wait(client, 4, "fork", 1);
	exchange(client);
	disconnect_and_wait(client, 4);
}

static void await_child(pid_t child)
{
	int status;

	REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail("the child ended with status %x", status);
}

static void be_the_child(MQTTAsync inherited, const char *uri, const char *store)
{
	MQTTAsync_connectOptions options = clean_options(4, NULL);
	MQTTAsync own;

	alarm(PATIENCE / 1000);
	MQTTAsync_setTraceCallback(look_for_reason);
	MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_ERROR);
	REQUIRE(MQTTAsync_connect(inherited, &options) != 0);
	REQUIRE(errors == 1);
	REQUIRE(MQTTAsync_send(inherited, "fork", 1, "x", 1, 0, NULL) != 0);
	REQUIRE(MQTTAsync_subscribe(inherited, "fork", 1, NULL) != 0);
	REQUIRE(MQTTAsync_reconnect(inherited) != 0);
	REQUIRE(!MQTTAsync_isConnected(inherited));
	MQTTAsync_disconnect(inherited, NULL);
	EXPECT(0, MQTTAsync_create(&own, uri, "own", MQTTCLIENT_PERSISTENCE_DEFAULT, (void *)store));
	EXPECT(0, MQTTAsync_setCallbacks(own, &arrived, NULL, count_message, NULL));
	use(own);
	MQTTAsync_destroy(&own);
	MQTTAsync_destroy(&inherited);
	REQUIRE(inherited == NULL);
	exit(0);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1), *store = argument(argc, argv, 3);
	int is_connected = strcmp(argument(argc, argv, 2), "connected") == 0, i;
	MQTTAsync client;

	EXPECT(0, MQTTAsync_create(&client, uri, "fork", MQTTCLIENT_PERSISTENCE_DEFAULT, (void *)store));
	EXPECT(0, MQTTAsync_setCallbacks(client, &arrived, NULL, count_message, NULL));
	if (is_connected)
	{
		connect_and_wait(client, 4);
		subscribe_and_wait(client, 4, "fork", 1);
	}
	for (i = 0; i < 5; ++i)
	{
		pid_t child = fork();

		if (child == 0 && is_connected)
			be_the_child(client, uri, store);
		if (child == 0)
		{
			alarm(PATIENCE / 1000);
			use(client);
			MQTTAsync_destroy(&client);
			exit(0);
		}
		await_child(child);
		if (is_connected)
			exchange(client);
		else
			use(client);
	}
	if (is_connected)
		disconnect_and_wait(client, 4);
	MQTTAsync_destroy(&client);
	say("unharmed");
	return 0;
}
