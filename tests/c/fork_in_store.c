/* A function of the store forks, and returns in both processes. What the call is about is the parent's: in the child
 * the call fails, and sends nothing. Arguments: uri. */

#include <sys/wait.h>

#include "empty_store.h"

static pid_t parent;
static int is_to_fork;

static int forks(void)
{
	int status;
	pid_t child;

	if (!is_to_fork)
		return 0;
	is_to_fork = 0;
	child = fork();
	REQUIRE(child >= 0);
	if (child > 0)
		REQUIRE(waitpid(child, &status, 0) == child && status == 0);
	return 0;
}

int main(int argc, char **argv)
{
	MQTTClient_connectOptions options = clean_options(4);
	MQTTClient_deliveryToken token = 0;
	MQTTClient client, other;
	int rc;

	parent = getpid();
	while_putting = forks;
	alarm(PATIENCE / 1000);
	EXPECT(0, MQTTClient_create(&client, argument(argc, argv, 1), "forks", MQTTCLIENT_PERSISTENCE_USER, &empty_store));
	EXPECT(0, MQTTClient_connect(client, &options));
	is_to_fork = 1;
	rc = MQTTClient_publish(client, "once", 1, "x", 1, 0, &token);
	if (getpid() != parent)
	{
		REQUIRE(rc != 0);
		REQUIRE(!MQTTClient_isConnected(client));
		other = connected_client(argv[1], "child", 4);
		end_client(other);
		MQTTClient_destroy(&client);
		_exit(0);
	}
	EXPECT(0, rc);
	REQUIRE(!is_to_fork);
	EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
	end_client(client);
	return 0;
}
