/* A signal handler calls the library, again and again, while the thread that it interrupts is in a call, too. No
 * call waits for ever, whatever it returns, and the client works afterwards.
 * Arguments: uri, what the thread does, what the handler does, "callbacks" | "plain". */

#include <semaphore.h>
#include <signal.h>

#include "support.h"

#define RUNS 300

static MQTTClient client;
static const char *in_handler;
static sem_t handled;
static volatile int runs, stop;

static int is_in(const char *what, const char *name)
{
	return strcmp(what, name) == 0;
}

static void do_it(const char *what)
{
	MQTTClient_connectOptions options = clean_options(4);
	MQTTClient_message *message = NULL;
	MQTTClient_deliveryToken token = 0, *tokens = NULL;
	char *topic = NULL;
	int length;

	if (is_in(what, "isConnected"))
		MQTTClient_isConnected(client);
	else if (is_in(what, "publish"))
		MQTTClient_publish(client, "signals", 5, "hello", 0, 0, NULL);
	else if (is_in(what, "waitForCompletion"))
	{
		if (MQTTClient_publish(client, "signals", 5, "hello", 1, 0, &token) == 0)
			MQTTClient_waitForCompletion(client, token, 1000);
	}
	else if (is_in(what, "receive"))
	{
		if (MQTTClient_receive(client, &topic, &length, &message, 20) == 0 && message != NULL)
		{
			MQTTClient_freeMessage(&message);
			MQTTClient_free(topic);
		}
	}
	else if (is_in(what, "yield"))
		MQTTClient_yield();
	else if (is_in(what, "subscribe"))
		/* Not to what is published: nobody takes that flood, and reading stops once it has filled its memory. */
		MQTTClient_subscribe(client, "signals/none", 1);
	else if (is_in(what, "tokens"))
	{
		if (MQTTClient_getPendingDeliveryTokens(client, &tokens) == 0)
			MQTTClient_free(tokens);
	}
	else if (is_in(what, "connect"))
		MQTTClient_connect(client, &options);
	else if (is_in(what, "disconnect"))
		MQTTClient_disconnect(client, 100);
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
	MQTTClient_connectOptions options = clean_options(4);
	MQTTClient_deliveryToken token;
	pthread_t self = pthread_self(), sender;

	in_handler = argument(argc, argv, 3);
	client = new_client(uri, "signals", 4);
	if (strcmp(argument(argc, argv, 4), "callbacks") == 0)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, forget_message, NULL));
	EXPECT(0, MQTTClient_connect(client, &options));
	REQUIRE(sem_init(&handled, 0, 0) == 0);
	signal(SIGUSR1, on_signal);
	alarm(PATIENCE / 1000);
	REQUIRE(pthread_create(&sender, NULL, send_signals, &self) == 0);
	while (runs < RUNS)
	{
		if (!MQTTClient_isConnected(client))
			MQTTClient_connect(client, &options);
		do_it(in_thread);
	}
	stop = 1;
	pthread_join(sender, NULL);
	if (!MQTTClient_isConnected(client))
		EXPECT(0, MQTTClient_connect(client, &options));
	EXPECT(0, MQTTClient_publish(client, "signals", 5, "hello", 1, 0, &token));
	EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
	end_client(client);
	say("no call waited for ever");
	return 0;
}
