/* Callbacks of different clients of a process, which share them, and no lock.
 * Arguments: uri, what.
 *   overlaps   how often one runs while another does
 *   stuck      one that waits for another client's, and how long that takes, in milliseconds
 *   shorter    the same, when the program wants it to take no longer than a tenth of a second
 *   nested     one that publishes with another client, disconnects and destroys it
 *   exits      one that ends its thread, and another client's after it
 *   fair       a message of a client whose neighbour has thousands waiting, each of which takes 2 ms */

#include "support.h"

#define CLIENTS 3
#define MESSAGES 300

static MQTTClient clients[CLIENTS];
static const char *what;
static int inside, overlaps;
static struct counter called = COUNTER_INITIALIZER, told = COUNTER_INITIALIZER, others = COUNTER_INITIALIZER;
static struct counter entered = COUNTER_INITIALIZER;

/* The original does not have this function. */
extern void MQTTClient_setCallbackTurn(unsigned long milliseconds) __attribute__((weak));

static void set_turn(unsigned long milliseconds)
{
	REQUIRE(MQTTClient_setCallbackTurn != NULL);
	MQTTClient_setCallbackTurn(milliseconds);
}

static void pause_for(long microseconds)
{
	const struct timespec pause = { 0, microseconds * 1000 };

	nanosleep(&pause, NULL);
}

static void note_overlap(void)
{
	if (__atomic_fetch_add(&inside, 1, __ATOMIC_SEQ_CST) != 0)
		__atomic_fetch_add(&overlaps, 1, __ATOMIC_SEQ_CST);
	pause_for(200);
	__atomic_fetch_sub(&inside, 1, __ATOMIC_SEQ_CST);
}

static void use_and_end(MQTTClient *other)
{
	MQTTClient_deliveryToken token;

	EXPECT(0, publish_any(*other, "nobody", "x", 1, 1, 0, &token));
	EXPECT(0, MQTTClient_waitForCompletion(*other, token, PATIENCE));
	EXPECT(0, publish_any(*other, "nobody", "x", 1, 1, 0, NULL));
	EXPECT(0, MQTTClient_disconnect(*other, 30000));
	MQTTClient_destroy(other);
}

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	int client = (int)(long)context;

	if (strcmp(what, "overlaps") == 0)
		note_overlap();
	else if (strcmp(what, "fair") == 0 && client == 0)
		pause_for(2000);
	else if (client == 0 && strcmp(what, "exits") == 0)
	{
		forget_message(context, topic, length, message);
		counter_raise(&called);
		AWAIT(&entered, 1);
		pthread_exit(NULL);
	}
	else if (client == 0 && strcmp(what, "nested") == 0)
		use_and_end(&clients[1]);
	else if (client == 0)
	{
		counter_raise(&entered);
		AWAIT(&others, 1);
	}
	forget_message(context, topic, length, message);
	counter_raise(client == 0 ? &called : &others);
	return 1;
}

static void on_delivery(void *context, MQTTClient_deliveryToken token)
{
	(void)context;
	(void)token;
	if (strcmp(what, "overlaps") == 0)
		note_overlap();
	counter_raise(&told);
}

static void start(const char *uri, int client)
{
	char name[] = { (char)('0' + client), 0 };
	MQTTClient_connectOptions options = clean_options(4);

	clients[client] = new_client(uri, name, 4);
	EXPECT(0, MQTTClient_setCallbacks(clients[client], (void *)(long)client, NULL, on_message, on_delivery));
	EXPECT(0, MQTTClient_connect(clients[client], &options));
	EXPECT(0, MQTTClient_subscribe(clients[client], "all", 1));
	EXPECT(0, MQTTClient_subscribe(clients[client], name, 1));
}

int main(int argc, char **argv)
{
	int client, message;
	long began;

	what = argument(argc, argv, 2);
	for (client = 0; client < CLIENTS; client++)
		start(argument(argc, argv, 1), client);
	if (strcmp(what, "overlaps") == 0)
	{
		for (message = 0; message < MESSAGES; message++)
			EXPECT(0, publish_any(clients[message % CLIENTS], "all", "x", 1, 1, 0, NULL));
		AWAIT(&called, MESSAGES);
		AWAIT(&others, MESSAGES * (CLIENTS - 1));
		AWAIT(&told, MESSAGES);
		say(overlaps == 0 ? "none" : "some");
	}
	else if (strcmp(what, "exits") == 0)
	{
		set_turn(60000);
		EXPECT(0, publish_any(clients[2], "0", "x", 1, 1, 0, NULL));
		AWAIT(&called, 1);
		/* Its turn comes when the thread has ended. */
		EXPECT(0, publish_any(clients[2], "1", "x", 1, 1, 0, NULL));
		counter_raise(&entered);
		AWAIT(&others, 1);
		say("went on");
	}
	else if (strcmp(what, "fair") == 0)
	{
		for (message = 0; message < 2000; message++)
			EXPECT(0, publish_any(clients[2], "0", "x", 1, 0, 0, NULL));
		AWAIT(&called, 100);
		EXPECT(0, publish_any(clients[2], "1", "x", 1, 0, 0, NULL));
		AWAIT(&others, 1);
		say(counter_value(&called) < 1500 ? "in between" : "behind");
		AWAIT(&called, 2000);
	}
	else
	{
		if (strcmp(what, "shorter") == 0)
			set_turn(100);
		else if (strcmp(what, "nested") == 0)
			set_turn(60000);
		began = now_ms();
		EXPECT(0, publish_any(clients[2], "0", "x", 1, 1, 0, NULL));
		if (strcmp(what, "nested") != 0)
		{
			AWAIT(&entered, 1);
			EXPECT(0, publish_any(clients[2], "1", "x", 1, 1, 0, NULL));
		}
		AWAIT(&called, 1);
		say("%ld", now_ms() - began);
	}
	for (client = 0; client < CLIENTS; client++)
		if (clients[client] != NULL)
			end_client(clients[client]);
	return 0;
}
