/* A signal handler that ends the program with exit, whatever call it interrupts.
 * Arguments: uri, the call. */

#include <signal.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "support.h"

#define ROUNDS 30

static void end(int number)
{
	(void)number;
	exit(0);
}

static void run(const char *uri, const char *call, int round)
{
	struct itimerval timer = { { 0, 0 }, { 0, 20000 + 500 * round } };
	MQTTClient other, client = connected_client(uri, "exits", 4);
	MQTTClient_message *message;
	char *topic;
	int length;

	REQUIRE(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
	signal(SIGALRM, end);
	setitimer(ITIMER_REAL, &timer, NULL);
	for (;;)
	{
		if (strcmp(call, "yield") == 0)
			MQTTClient_yield();
		else if (strcmp(call, "publish") == 0)
			MQTTClient_publish(client, "exits", 1, "x", 0, 0, NULL);
		else if (strcmp(call, "receive") == 0)
			MQTTClient_receive(client, &topic, &length, &message, 10);
		else if (strcmp(call, "create") == 0)
		{
			other = new_client(uri, "idle", 4);
			MQTTClient_destroy(&other);
		}
		else
			fail("what is %s?", call);
	}
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1), *call = argument(argc, argv, 2);
	int round, status;
	long begun = now_ms();

	for (round = 0; round < ROUNDS; ++round)
	{
		pid_t child = fork();

		if (child == 0)
			run(uri, call, round);
		alarm(PATIENCE / 1000);
		REQUIRE(waitpid(child, &status, 0) == child);
		REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	/* None has waited for the call that it interrupted, which nobody would have ended. */
	REQUIRE(now_ms() - begun < ROUNDS * 500);
	say("ended %d times", ROUNDS);
	return 0;
}
