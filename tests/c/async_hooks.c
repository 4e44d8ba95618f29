/* A program that encrypts what its client stores, and kills itself with messages that wait: the next one of its name
 * decrypts and sends them.
 *
 * usage: async_hooks URI DIRECTORY leave|take
 * leave: sends COUNT messages without a connection, and ends without a word.
 * take: connects, and waits until they are delivered. */

#include "async_support.h"

#define COUNT 9

static struct counter written = COUNTER_INITIALIZER, fetched = COUNTER_INITIALIZER;
static struct counter delivered = COUNTER_INITIALIZER;

/* Turns the bits of the first half of the buffers where they are, and puts others in the place of the rest. */
static int encrypt(void *context, int count, char **buffers, int *lengths)
{
	static char others[16][256];
	int i, j;

	REQUIRE(context == &written && count <= 16);
	counter_raise(&written);
	for (i = 0; i < count; ++i)
	{
		char *changed = i < count / 2 ? buffers[i] : others[i];

		REQUIRE(lengths[i] <= (int)sizeof(others[i]));
		for (j = 0; j < lengths[i]; ++j)
			changed[j] = (char)~buffers[i][j];
		buffers[i] = changed;
	}
	return 0;
}

/* Every other time in memory of its own. */
static int decrypt(void *context, char **buffer, int *length)
{
	int i;
	char *plain = *buffer;

	REQUIRE(context == &fetched);
	counter_raise(&fetched);
	if (counter_value(&fetched) % 2 == 0)
		plain = MQTTAsync_malloc((size_t)*length);
	for (i = 0; i < *length; ++i)
		plain[i] = (char)~(*buffer)[i];
	if (plain != *buffer)
		MQTTAsync_free(*buffer);
	*buffer = plain;
	return 0;
}

static void on_delivery(void *context, MQTTAsync_token token)
{
	(void)context;
	(void)token;
	counter_raise(&delivered);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1), *directory = argument(argc, argv, 2);
	MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
	MQTTAsync_connectOptions connect = MQTTAsync_connectOptions_initializer;
	MQTTAsync_token *tokens;
	MQTTAsync client;
	int i;

	options.sendWhileDisconnected = options.allowDisconnectedSendAtAnyTime = 1;
	EXPECT(0, MQTTAsync_createWithOptions(&client, uri, "hooks", MQTTCLIENT_PERSISTENCE_DEFAULT, (void *)directory, &options));
	EXPECT(0, MQTTAsync_setBeforePersistenceWrite(client, &written, encrypt));
	EXPECT(0, MQTTAsync_setAfterPersistenceRead(client, &fetched, decrypt));
	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, NULL, forget_message, on_delivery));
	if (strcmp(argument(argc, argv, 3), "leave") == 0)
	{
		for (i = 0; i < COUNT; ++i)
		{
			char payload[32];

			snprintf(payload, sizeof(payload), "secret %d", i);
			EXPECT(0, MQTTAsync_send(client, "hooks", (int)strlen(payload), payload, i % 3, 0, NULL));
		}
		REQUIRE(counter_value(&written) >= COUNT);
		say("%d wait", COUNT);
		_exit(0);
	}
	EXPECT(0, MQTTAsync_getPendingTokens(client, &tokens));
	for (i = 0; tokens != NULL && tokens[i] != -1; ++i)
		continue;
	EXPECT(COUNT, i);
	MQTTAsync_free(tokens);
	connect.cleansession = 0;
	EXPECT(0, MQTTAsync_connect(client, &connect));
	AWAIT(&delivered, COUNT * 2 / 3);
	EXPECT(0, MQTTAsync_getPendingTokens(client, &tokens));
	REQUIRE(tokens == NULL);
	MQTTAsync_destroy(&client);
	say("%d were delivered", COUNT);
	return 0;
}
