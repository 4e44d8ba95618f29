/* A signal handler calls the library, again and again, while the thread that it interrupts is in a call, too. No
 * call waits for ever, whatever it returns, and the client works afterwards.
 * Arguments: uri, what the thread does, what the handler does. */

#include <semaphore.h>
#include <signal.h>

#include "async_support.h"

#define RUNS 300

static MQTTAsync client;
static const char *in_handler;
static sem_t handled;
static volatile int runs, stop;

static int is_in(const char *what, const char *name)
{
	return strcmp(what, name) == 0;
}

static void do_it(const char *what)
{
	MQTTAsync_connectOptions options = clean_options(4, NULL);
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
	MQTTAsync_token *tokens = NULL;

	if (is_in(what, "isConnected"))
		MQTTAsync_isConnected(client);
	else if (is_in(what, "send"))
		MQTTAsync_send(client, "signals/none", 5, "hello", 0, 0, NULL);
	else if (is_in(what, "waitForCompletion"))
	{
		if (MQTTAsync_send(client, "signals/none", 5, "hello", 1, 0, &response) == 0)
			MQTTAsync_waitForCompletion(client, response.token, 1000);
	}
	else if (is_in(what, "subscribe"))
		MQTTAsync_subscribe(client, "signals", 1, NULL);
	else if (is_in(what, "tokens"))
	{
		if (MQTTAsync_getPendingTokens(client, &tokens) == 0)
			MQTTAsync_free(tokens);
	}
	else if (is_in(what, "connect"))
		MQTTAsync_connect(client, &options);
	else if (is_in(what, "disconnect"))
		MQTTAsync_disconnect(client, NULL);
	else
		fail("what is %s?", what);
}

static void on_signal(int number)
{
	(void)number;
	do_it(in_handler);
	runs++;
	sem_post(&handled);
}

static void *send_signals(void *context)
{
	pthread_t *thread = context;
	unsigned int seed = 1;

	while (!stop)
	{
		struct timespec pause = { 0, rand_r(&seed) % 500000 };

		pthread_kill(*thread, SIGUSR1);
		sem_wait(&handled);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1), *in_thread = argument(argc, argv, 2);
	MQTTAsync_connectOptions options = clean_options(4, NULL);
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
	pthread_t self = pthread_self(), sender;
	long give_up = now_ms() + PATIENCE;

	in_handler = argument(argc, argv, 3);
	client = new_client(uri, "signals", 4);
	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, NULL, forget_message, NULL));
	connect_and_wait(client, 4);
	REQUIRE(sem_init(&handled, 0, 0) == 0);
	signal(SIGUSR1, on_signal);
	alarm(PATIENCE / 1000);
	REQUIRE(pthread_create(&sender, NULL, send_signals, &self) == 0);
	while (runs < RUNS)
	{
		if (!MQTTAsync_isConnected(client))
			MQTTAsync_connect(client, &options);
		do_it(in_thread);
	}
	stop = 1;
	pthread_join(sender, NULL);
	while (!MQTTAsync_isConnected(client) || MQTTAsync_send(client, "signals/none", 5, "hello", 1, 0, &response) != 0
		|| MQTTAsync_waitForCompletion(client, response.token, PATIENCE) != 0)
	{
		REQUIRE(now_ms() < give_up);
		MQTTAsync_connect(client, &options);
		sched_yield();
	}
	MQTTAsync_destroy(&client);
	say("no call waited for ever");
	return 0;
}
