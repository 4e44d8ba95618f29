/* A client is destroyed while another thread waits in one of its functions: both return at once. The
 * server is a thread of this program, so that it can be silent at the right place. */

#include <arpa/inet.h>
#include <sys/socket.h>

#include "support.h"

static struct counter accepted = COUNTER_INITIALIZER, waiting = COUNTER_INITIALIZER, returned = COUNTER_INITIALIZER;
static int listener, greets;
static MQTTClient client;

/* Welcomes each client, if at all, and never reads again nor says another word. */
static void *serve(void *unused)
{
	(void)unused;
	for (;;)
	{
		int connection = accept(listener, NULL, NULL), small = 4096;
		char bytes[256];

		if (connection < 0)
			return NULL;
		setsockopt(connection, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
		if (greets && read(connection, bytes, sizeof(bytes)) > 0)
			REQUIRE(write(connection, "\x20\x02\0\0", 4) == 4);
		counter_raise(&accepted);
	}
}

static int ignore_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	(void)length;
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

static void *wait_in(void *context)
{
	const char *name = context;
	MQTTClient mine = client;
	MQTTClient_message *message = NULL;
	MQTTClient_deliveryToken token = 0;
	char *topic = NULL;
	int length, rc = 0;
	static char payload[100000];

	if (strcmp(name, "completion") == 0)
		EXPECT(0, MQTTClient_publish(mine, "t", 1, "x", 1, 0, &token));
	counter_raise(&waiting);
	if (strcmp(name, "receive") == 0)
		rc = MQTTClient_receive(mine, &topic, &length, &message, 30000);
	else if (strcmp(name, "completion") == 0)
		rc = MQTTClient_waitForCompletion(mine, token, 30000);
	else if (strcmp(name, "window") == 0)
		while ((rc = MQTTClient_publish(mine, "t", 1, "x", 1, 0, NULL)) == 0)
			;
	else if (strcmp(name, "subscribe") == 0)
		rc = MQTTClient_subscribe(mine, "t", 1);
	else if (strcmp(name, "full") == 0)
		while ((rc = MQTTClient_publish(mine, "t", sizeof(payload), payload, 0, 0, NULL)) == 0)
			;
	else if (strcmp(name, "connect") == 0)
	{
		MQTTClient_connectOptions options = clean_options(4);

		rc = MQTTClient_connect(mine, &options);
	}
	else if (strcmp(name, "disconnect") == 0)
	{
		EXPECT(0, MQTTClient_publish(mine, "t", 1, "x", 1, 0, NULL));
		MQTTClient_disconnect(mine, 30000); /* has nothing left to do, or no client */
		rc = -1;
	}
	counter_raise(&returned);
	if (rc == 0)
		fail("%s succeeded", name);
	return NULL;
}

/* Lets the other thread get into its call, most of the time. If it is late, its call fails, which is as well. */
static void settle(void)
{
	const struct timespec step = { 0, 50000000 };

	nanosleep(&step, NULL);
}

int main(int argc, char **argv)
{
	static const char *names[] = { "receive", "completion", "window", "subscribe", "connect", "disconnect", "full" };
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t length = sizeof(address);
	pthread_t server, waiter;
	size_t i, callbacks;
	char uri[64];

	(void)argc;
	(void)argv;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	REQUIRE(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 64) == 0);
	REQUIRE(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
	snprintf(uri, sizeof(uri), "tcp://127.0.0.1:%d", ntohs(address.sin_port));
	pthread_create(&server, NULL, serve, NULL);
	for (callbacks = 0; callbacks < 2; ++callbacks)
		for (i = 0; i < sizeof(names) / sizeof(names[0]); ++i)
		{
			MQTTClient_connectOptions options = clean_options(4);
			int before = counter_value(&waiting);
			MQTTClient destroyed;
			long begun;

			/* Not possible there, and the same there but five seconds of waiting. */
			if (callbacks && (strcmp(names[i], "receive") == 0 || strcmp(names[i], "full") == 0))
				continue;
			greets = strcmp(names[i], "connect") != 0;
			client = destroyed = new_client(uri, "destroyed", 4);
			if (callbacks)
				EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, ignore_message, NULL));
			if (greets)
				EXPECT(0, connect_any(client, &options));
			pthread_create(&waiter, NULL, wait_in, (void *)names[i]);
			AWAIT(&waiting, before + 1);
			settle();
			begun = now_ms();
			MQTTClient_destroy(&destroyed);
			pthread_join(waiter, NULL);
			/* Bytes for a server that does not read get their five seconds. */
			REQUIRE(now_ms() - begun < (strcmp(names[i], "full") == 0 ? 7000 : 1000));
		}
	REQUIRE(threads_fall_to(2));
	say("all returned");
	return 0;
}
