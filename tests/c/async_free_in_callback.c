/* messageArrived frees its message in one way or another, and returns what it is told to. Each message must come
 * once, and those after it, too.
 *
 * Arguments: uri, version, and then one or more pairs of a way and what messageArrived returns. The ways:
 *   both                 message and topic
 *   message, topic       only one of them
 *   pieces               payload, structure and topic, each with MQTTAsync_free
 *   payload              the payload alone
 *   payload-and-message  the payload, and then the whole message and the topic
 *   twice                message and topic, and again by other pointers to them
 *   message-then-topic, topic-then-message, later
 *                        one in the callback, or none; the rest when the next message comes, or at the end
 *   refuse-first         nothing and 0 the first time, all and 1 the second */

#include "async_support.h"

#define MESSAGES 12

static struct counter arrived = COUNTER_INITIALIZER;
static const char *way;
static int answer;

/* What a way frees later. */
static char *later_topic;
static MQTTAsync_message *later_message;

static void free_later(char *topic, MQTTAsync_message *message)
{
	if (later_message != NULL)
		MQTTAsync_freeMessage(&later_message);
	MQTTAsync_free(later_topic);
	later_topic = topic;
	later_message = message;
}

static int is(const char *name)
{
	return strcmp(way, name) == 0;
}

static void free_pieces(MQTTAsync_message *message)
{
	void *payload = message->payload;

	MQTTProperties_free(&message->properties);
	MQTTAsync_free(payload);
	MQTTAsync_free(message);
}

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
	static MQTTAsync_message *refused;
	MQTTAsync_message *copy = message;
	char expected[24];

	(void)context;
	EXPECT((int)strlen(topic), length);
	snprintf(expected, sizeof(expected), "message %d", counter_value(&arrived));
	REQUIRE(strcmp(topic, "freed/in/callback") == 0);
	REQUIRE(strcmp(message->payload, expected) == 0);
	if (is("refuse-first") && refused != message)
	{
		refused = message;
		return 0;
	}
	refused = NULL;

	if (is("payload") || is("payload-and-message"))
		MQTTAsync_free(message->payload);
	if (is("pieces"))
		free_pieces(message);
	if (is("topic-then-message"))
		free_later(NULL, message);
	if (is("message-then-topic"))
		free_later(topic, NULL);
	if (is("later"))
		free_later(topic, message);
	if (is("both") || is("twice") || is("message") || is("payload-and-message") || is("message-then-topic") ||
			is("refuse-first"))
		MQTTAsync_freeMessage(&message);
	if (is("both") || is("twice") || is("topic") || is("payload-and-message") || is("topic-then-message") ||
			is("pieces") || is("refuse-first"))
		MQTTAsync_free(topic);
	if (is("twice"))
	{
		/* New memory is not mistaken for what was freed. */
		void *others[2] = { MQTTAsync_malloc(18), MQTTAsync_malloc(sizeof(*copy)) };

		MQTTAsync_free(others[0]);
		MQTTAsync_free(others[1]);
		MQTTAsync_freeMessage(&copy);
		MQTTAsync_free(topic);
	}
	counter_raise(&arrived);
	return is("refuse-first") ? 1 : answer;
}

static void send_one(MQTTAsync client, int version, int number)
{
	MQTTAsync_message message = MQTTAsync_message_initializer;
	MQTTProperty property;
	char text[24];

	snprintf(text, sizeof(text), "message %d", number);
	message.payload = text;
	message.payloadlen = (int)strlen(text);
	message.qos = number % 3;
	if (version >= MQTTVERSION_5)
	{
		memset(&property, 0, sizeof(property));
		property.identifier = MQTTPROPERTY_CODE_CONTENT_TYPE;
		property.value.data.data = text;
		property.value.data.len = message.payloadlen;
		EXPECT(0, MQTTProperties_add(&message.properties, &property));
	}
	EXPECT(0, MQTTAsync_sendMessage(client, "freed/in/callback", &message, NULL));
	MQTTProperties_free(&message.properties);
}

/* Messages with these numbers. */
static void run(const char *uri, int version, int first, int behind)
{
	MQTTAsync client = new_client(uri, "", version);
	int i;

	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, NULL, on_message, NULL));
	connect_and_wait(client, version);
	subscribe_and_wait(client, version, "freed/#", 2);
	for (i = first; i < behind; ++i)
	{
		send_one(client, version, i);
		AWAIT(&arrived, i + 1);
	}
	end_client(client, version);
	free_later(NULL, NULL);
	EXPECT(behind, counter_value(&arrived));
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int version = atoi(argument(argc, argv, 2)), i, messages = 0;

	for (i = 3; i < argc; i += 2)
	{
		way = argv[i];
		answer = atoi(argument(argc, argv, i + 1));
		run(uri, version, messages, messages + MESSAGES);
		messages += MESSAGES;
	}
	REQUIRE(messages > 0);
	return 0;
}
