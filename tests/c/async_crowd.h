/* Many clients of MQTTAsync in one process, each of which is subscribed to a topic of its own: its name. */

#ifndef TESTS_ASYNC_CROWD_H
#define TESTS_ASYNC_CROWD_H

#include "async_support.h"

/* Of all of them. */
static struct counter arrived = COUNTER_INITIALIZER;
static struct outcomes connected = OUTCOMES_INITIALIZER, subscribed = OUTCOMES_INITIALIZER, sent = OUTCOMES_INITIALIZER;

static MQTTAsync *clients;
static char (*names)[32];

static int count_own_message(void *name, char *topic, int length, MQTTAsync_message *message)
{
	REQUIRE(strcmp(topic, name) == 0);
	return count_message(&arrived, topic, length, message);
}

/* Has room for so many. */
static void expect_clients(int count)
{
	clients = calloc((size_t)count, sizeof(*clients));
	names = calloc((size_t)count, sizeof(*names));
	REQUIRE(clients != NULL && names != NULL);
}

/* Connects and subscribes those from the first up to the end, with these options. */
static void connect_clients(const char *uri, int first, int end, const MQTTAsync_connectOptions *options)
{
	MQTTAsync_responseOptions response = counted_in(&subscribed, 4);
	int i;

	for (i = first; i < end; ++i)
	{
		snprintf(names[i], sizeof(names[i]), "client-%d", i);
		clients[i] = new_client(uri, names[i], 4);
		EXPECT(0, MQTTAsync_setCallbacks(clients[i], names[i], fail_on_loss, count_own_message, NULL));
		EXPECT(0, MQTTAsync_connect(clients[i], options));
	}
	AWAIT(&connected.success, end);
	for (i = first; i < end; ++i)
		EXPECT(0, MQTTAsync_subscribe(clients[i], names[i], 1, &response));
	AWAIT(&subscribed.success, end);
}

/* All that there are, which must still be connected. */
static void destroy_clients(int count)
{
	int i;

	for (i = 0; i < count; ++i)
	{
		REQUIRE(MQTTAsync_isConnected(clients[i]));
		MQTTAsync_destroy(&clients[i]);
	}
	free(clients);
	free(names);
}

#endif
