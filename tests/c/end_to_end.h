/* What a program does with a broker end to end, one step a run, whatever its API. The program defines the operations
 * that are declared here, and calls run_step. Arguments: uri, MQTT version, step, and what the step wants to know. */

#ifndef TESTS_END_TO_END_H
#define TESTS_END_TO_END_H

#include "common.h"

#include <sys/wait.h>

#include "MQTTProperties.h"

/* Messages of a burst. */
#define BURST 2000

static const char *server;
static int version;

/* A message that has arrived. */
struct arrival
{
	char *topic, *payload;
	int length, qos, retained;
	/* Of MQTT 5, or NULL. */
	char *user_property;
};

/* A client, and what it has to be connected with. */
struct peer
{
	char id[64];
	int keeps_session;
	/* The topic of its will, or NULL. */
	const char *will;
	/* What the broker says when it connects. */
	int session_present;
	/* Of the program's API. */
	void *client;
	/* How many messages it has published, and how many of them have been delivered. */
	int published;
	struct counter delivered;
	/* What has arrived and was not taken yet, oldest first. */
	struct arrival *arrived;
	int first, count;
	struct counter arrivals;
	int taken;
};

/* The operations. Each ends the program if it fails. */
static void connect_peer(struct peer *peer);
static void disconnect_peer(struct peer *peer);
/* Gives the granted QoS, or what the broker said instead. */
static int subscribe_peer(struct peer *peer, const char *filter, int qos);
static void unsubscribe_peer(struct peer *peer, const char *filter);
/* Publishes, with a property of the user if there is one, without waiting for anything. */
static void publish_message(struct peer *peer, const char *topic, const void *payload, int length, int qos, int retained,
		const char *user_property);
/* Waits until all that was published is delivered. */
static void await_delivery(struct peer *peer);
/* Waits for the next message. */
static struct arrival take(struct peer *peer);

/* Identifiers and topics are of this run alone, whatever others have left with the broker. */
static const char *own(const char *name)
{
	static char names[4][64];
	static int next;
	char *place = names[next++ % 4];

	snprintf(place, sizeof(names[0]), "end-to-end/%d/%s", (int)getpid(), name);
	return place;
}

static struct peer *new_peer(const char *role)
{
	static const struct counter none = COUNTER_INITIALIZER;
	struct peer *peer = calloc(1, sizeof(*peer));

	REQUIRE(peer != NULL);
	snprintf(peer->id, sizeof(peer->id), "e2e-%d-%s", (int)getpid(), role);
	peer->delivered = peer->arrivals = none;
	return peer;
}

static struct peer *connected_peer(const char *role)
{
	struct peer *peer = new_peer(role);

	connect_peer(peer);
	return peer;
}

static char *copy_of(const void *bytes, size_t length)
{
	char *copy = malloc(length + 1);

	REQUIRE(copy != NULL);
	memcpy(copy, bytes, length);
	copy[length] = '\0';
	return copy;
}

/* The first property of the user, or NULL. */
static char *user_property_of(const MQTTProperties *properties)
{
	MQTTProperty *found = MQTTProperties_getProperty((MQTTProperties *)properties, MQTTPROPERTY_CODE_USER_PROPERTY);

	if (found == NULL)
		return NULL;
	REQUIRE(found->value.data.len == 3 && memcmp(found->value.data.data, "key", 3) == 0);
	return copy_of(found->value.value.data, (size_t)found->value.value.len);
}

/* For a callback: nothing that is waited for will come. */
static void on_connection_lost(void *context, char *cause)
{
	(void)context;
	(void)cause;
	fail("the connection is lost");
}

/* For the publisher: the property of the user that it wants, or none. */
static MQTTProperties properties_with(const char *user_property)
{
	MQTTProperties properties = MQTTProperties_initializer;
	MQTTProperty property;

	if (user_property == NULL)
		return properties;
	property.identifier = MQTTPROPERTY_CODE_USER_PROPERTY;
	property.value.data.data = "key";
	property.value.data.len = 3;
	property.value.value.data = (char *)user_property;
	property.value.value.len = (int)strlen(user_property);
	EXPECT(0, MQTTProperties_add(&properties, &property));
	return properties;
}

/* For a callback: keeps what has arrived until it is taken. */
UNUSED static void keep_arrival(struct peer *peer, struct arrival arrival)
{
	pthread_mutex_lock(&support_lock);
	peer->arrived = realloc(peer->arrived, (size_t)(peer->count + 1) * sizeof(arrival));
	REQUIRE(peer->arrived != NULL);
	peer->arrived[peer->count++] = arrival;
	pthread_mutex_unlock(&support_lock);
	counter_raise(&peer->arrivals);
}

/* For `take`: waits for what a callback keeps. */
UNUSED static struct arrival take_kept(struct peer *peer)
{
	struct arrival arrival;

	if (!counter_reaches(&peer->arrivals, peer->taken + 1, PATIENCE))
		fail("message %d does not arrive", peer->taken + 1);
	pthread_mutex_lock(&support_lock);
	arrival = peer->arrived[peer->taken++];
	pthread_mutex_unlock(&support_lock);
	return arrival;
}

static void forget(struct arrival arrival)
{
	free(arrival.topic);
	free(arrival.payload);
	free(arrival.user_property);
}

static void subscribe(struct peer *peer, const char *filter, int qos)
{
	int granted = subscribe_peer(peer, filter, qos);

	if (granted > 2)
		fail("subscribing with QoS %d is refused (%d)", qos, granted);
	if (granted != qos)
		fail("QoS %d is granted as QoS %d", qos, granted);
}

/* Publishes a text with QoS 1, and waits until the broker has it. */
static void publish_text(struct peer *peer, const char *topic, const char *text, int retained)
{
	publish_message(peer, topic, text, (int)strlen(text), 1, retained, NULL);
	await_delivery(peer);
}

/* The next message is this. */
static void take_text(struct peer *peer, const char *topic, const char *text, int retained)
{
	struct arrival arrival = take(peer);

	if (strcmp(arrival.topic, topic) != 0 || strcmp(arrival.payload, text) != 0)
		fail("%s: %s arrives instead of %s: %s", arrival.topic, arrival.payload, topic, text);
	if (arrival.retained != retained)
		fail("%s arrives with RETAIN %d", text, arrival.retained);
	forget(arrival);
}

/* One message there and back. */
static void exchange(int qos, int size)
{
	struct peer *peer = connected_peer("exchange");
	const char *topic = own("exchange");
	unsigned char *expected = pattern(size);
	struct arrival arrival;

	subscribe(peer, topic, qos);
	publish_message(peer, topic, expected, size, qos, 0, NULL);
	await_delivery(peer);
	arrival = take(peer);
	REQUIRE(strcmp(arrival.topic, topic) == 0);
	REQUIRE(arrival.length == size);
	REQUIRE(memcmp(arrival.payload, expected, (size_t)size) == 0);
	REQUIRE(arrival.qos == qos && arrival.retained == 0);
	forget(arrival);
	free(expected);
	disconnect_peer(peer);
}

/* Many messages without a pause, from one client to another: all arrive, once, and in order. */
static void burst(int qos)
{
	struct peer *publisher = connected_peer("publisher"), *subscriber = connected_peer("subscriber");
	const char *topic = own("burst");
	char text[32];
	int i;

	subscribe(subscriber, topic, qos);
	for (i = 0; i < BURST; ++i)
	{
		snprintf(text, sizeof(text), "message %d", i);
		publish_message(publisher, topic, text, (int)strlen(text), qos, 0, NULL);
	}
	await_delivery(publisher);
	for (i = 0; i < BURST; ++i)
	{
		snprintf(text, sizeof(text), "message %d", i);
		take_text(subscriber, topic, text, 0);
	}
	disconnect_peer(publisher);
	disconnect_peer(subscriber);
}

/* A retained message meets a later subscriber, and an empty one removes it. */
static void retained(void)
{
	struct peer *keeper = connected_peer("keeper"), *late, *later;
	const char *kept = own("retained"), *other = own("other");

	publish_text(keeper, kept, "for later", 1);
	late = connected_peer("late");
	subscribe(late, kept, 1);
	take_text(late, kept, "for later", 1);
	disconnect_peer(late);

	publish_text(keeper, kept, "", 1);
	later = connected_peer("later");
	subscribe(later, kept, 1);
	subscribe(later, other, 1);
	/* Had the first one been kept, it would come before this. */
	publish_text(keeper, other, "nothing was retained", 0);
	take_text(later, other, "nothing was retained", 0);
	disconnect_peer(later);
	disconnect_peer(keeper);
}

/* A client with a will ends without a word. */
static void last_will(void)
{
	const char *topic = own("will");
	struct peer *mortal = new_peer("mortal"), *heir;
	int go[2], status;
	char word;
	pid_t child;

	/* No client is there yet, so the child may use the library. */
	REQUIRE(pipe(go) == 0);
	REQUIRE((child = fork()) >= 0);
	if (child == 0)
	{
		REQUIRE(read(go[0], &word, 1) == 1);
		mortal->will = topic;
		connect_peer(mortal);
		_exit(0);
	}
	heir = connected_peer("heir");
	subscribe(heir, topic, 1);
	REQUIRE(write(go[1], "!", 1) == 1);
	REQUIRE(waitpid(child, &status, 0) == child);
	REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	take_text(heir, topic, "last words", 0);
	disconnect_peer(heir);
}

/* What was published while the client was away awaits it. */
static void session(void)
{
	struct peer *sleeper = new_peer("sleeper"), *publisher = connected_peer("publisher");
	const char *topic = own("session");

	sleeper->keeps_session = 1;
	connect_peer(sleeper);
	if (sleeper->session_present)
		fail("the broker has a session of a client that it does not know");
	subscribe(sleeper, topic, 1);
	disconnect_peer(sleeper);

	publish_text(publisher, topic, "first", 0);
	publish_text(publisher, topic, "second", 0);

	connect_peer(sleeper);
	if (!sleeper->session_present)
		fail("the session is not there after reconnecting");
	take_text(sleeper, topic, "first", 0);
	take_text(sleeper, topic, "second", 0);
	/* The subscription is still there, too. */
	publish_text(publisher, topic, "third", 0);
	take_text(sleeper, topic, "third", 0);
	disconnect_peer(sleeper);

	sleeper->keeps_session = 0;
	connect_peer(sleeper);
	if (sleeper->session_present)
		fail("the session is there after a clean one was asked for");
	disconnect_peer(sleeper);
	disconnect_peer(publisher);
}

/* After that the broker sends no more. */
static void unsubscribe(void)
{
	struct peer *peer = connected_peer("unsubscriber");
	const char *given_up = own("given-up"), *kept = own("kept");

	subscribe(peer, given_up, 1);
	subscribe(peer, kept, 1);
	publish_text(peer, given_up, "wanted", 0);
	take_text(peer, given_up, "wanted", 0);
	unsubscribe_peer(peer, given_up);
	publish_text(peer, given_up, "not wanted", 0);
	publish_text(peer, kept, "wanted", 0);
	take_text(peer, kept, "wanted", 0);
	disconnect_peer(peer);
}

/* A property of MQTT 5 arrives with its message. */
static void properties(void)
{
	struct peer *peer = connected_peer("properties");
	const char *topic = own("properties");
	struct arrival arrival;

	subscribe(peer, topic, 1);
	publish_message(peer, topic, "text", 4, 1, 0, "value");
	await_delivery(peer);
	arrival = take(peer);
	if (arrival.user_property == NULL)
		fail("the property of the user is missing");
	REQUIRE(strcmp(arrival.user_property, "value") == 0);
	forget(arrival);
	disconnect_peer(peer);
}

/* Runs the step that the arguments from this one on name. */
static void run_step(int argc, char **argv, int from)
{
	const char *step = argument(argc, argv, from);

	if (strcmp(step, "connect") == 0)
		disconnect_peer(connected_peer("connect"));
	else if (strcmp(step, "exchange") == 0)
		exchange(atoi(argument(argc, argv, from + 1)), atoi(argument(argc, argv, from + 2)));
	else if (strcmp(step, "burst") == 0)
		burst(atoi(argument(argc, argv, from + 1)));
	else if (strcmp(step, "retained") == 0)
		retained();
	else if (strcmp(step, "will") == 0)
		last_will();
	else if (strcmp(step, "session") == 0)
		session();
	else if (strcmp(step, "unsubscribe") == 0)
		unsubscribe();
	else if (strcmp(step, "properties") == 0)
		properties();
	else
		fail("what is %s?", step);
	say("done");
}

#endif
