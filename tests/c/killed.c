/* Publishes bursts of messages with QoS 0, then ends without a word, in the midst of life. No message waits for
 * company at that time. Arguments: uri, sync | callback, _exit | abort | term | child, bursts, messages in each,
 * microseconds between them. */

#include <signal.h>
#include <sys/wait.h>

#include "support.h"

static void end(const char *how)
{
	if (strcmp(how, "abort") == 0)
		abort();
	if (strcmp(how, "term") == 0)
		raise(SIGTERM);
	_exit(0);
}

int main(int argc, char **argv)
{
	const char *how = argument(argc, argv, 3);
	int bursts = atoi(argument(argc, argv, 4)), count = atoi(argument(argc, argv, 5)), burst, i;
	const struct timespec pause = { 0, atol(argument(argc, argv, 6)) * 1000 };
	MQTTClient client;

	if (strcmp(how, "child") == 0)
	{
		int status;
		pid_t child = fork();

		if (child > 0)
		{
			REQUIRE(waitpid(child, &status, 0) == child);
			return 0;
		}
	}
	client = new_client(argument(argc, argv, 1), "killed", 4);
	if (strcmp(argument(argc, argv, 2), "callback") == 0)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, forget_message, NULL));
	{
		MQTTClient_connectOptions options = clean_options(4);

		EXPECT(0, connect_any(client, &options));
	}
	for (burst = 0; burst < bursts; ++burst)
	{
		if (burst > 0)
			nanosleep(&pause, NULL);
		for (i = 0; i < count; ++i)
			EXPECT(0, MQTTClient_publish(client, "burst", 1, "x", 0, 0, NULL));
	}
	end(how);
	return 1;
}
