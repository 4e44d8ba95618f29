/* Prints every event of a client with callbacks, and does what it reads from standard input:
 *   publish QOS TEXT | refuse COUNT | subscribe FILTER | isConnected | disconnect | quit
 * Arguments: uri, MQTT version, keep alive interval. */

#include "support.h"

static int refusals;
static char *refused_topic;
static MQTTClient_message *refused_message;

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	if (refused_message != NULL && (refused_message != message || refused_topic != topic))
		fail("after a refusal another message was offered");
	if (refusals > 0)
	{
		refusals--;
		refused_topic = topic;
		refused_message = message;
		say("refused: %.*s", message->payloadlen, (char *)message->payload);
		return 0;
	}
	refused_message = NULL;
	REQUIRE(memcmp(message->struct_id, "MQTM", 4) == 0);
	EXPECT(1, message->struct_version);
	say("message: %s (%d) qos %d retained %d dup %d msgid %d: %.*s", topic, length, message->qos, message->retained,
			message->dup, message->msgid, message->payloadlen, (char *)message->payload);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

static void on_completion(void *context, MQTTClient_deliveryToken token)
{
	MQTTClient_deliveryToken *pending = NULL;

	/* The message has left the pending list. */
	EXPECT(0, MQTTClient_getPendingDeliveryTokens(*(MQTTClient *)context, &pending));
	if (pending != NULL)
	{
		int i;

		for (i = 0; pending[i] != -1; ++i)
			REQUIRE(pending[i] != token);
		MQTTClient_free(pending);
	}
	say("complete: %d", token);
}

static void on_published(void *context, int token, int packet_type, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	REQUIRE(properties != NULL);
	say("published: %d, packet type %d, reason %d", token, packet_type, reason);
}

static void on_loss(void *context, char *cause)
{
	say("lost, connected: %d, cause: %s", MQTTClient_isConnected(*(MQTTClient *)context), cause == NULL ? "none" : cause);
}

static void on_disconnect(void *context, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	say("disconnected: %d, %d properties", reason, properties->count);
}

int main(int argc, char **argv)
{
	int version = atoi(argument(argc, argv, 2));
	MQTTClient client = new_client(argument(argc, argv, 1), "events", version);
	MQTTClient_connectOptions options = clean_options(version);
	char line[256], text[200];
	int number;

	options.keepAliveInterval = atoi(argument(argc, argv, 3));
	EXPECT(0, MQTTClient_setCallbacks(client, &client, on_loss, on_message, on_completion));
	if (version >= MQTTVERSION_5)
	{
		EXPECT(0, MQTTClient_setPublished(client, &client, on_published));
		EXPECT(0, MQTTClient_setDisconnected(client, &client, on_disconnect));
	}
	say("connect: %d", connect_any(client, &options));
	while (fgets(line, sizeof(line), stdin) != NULL && strcmp(line, "quit\n") != 0)
	{
		if (sscanf(line, "publish %d %199[^\n]", &number, text) == 2)
		{
			MQTTClient_deliveryToken token = 0;
			int rc = publish_any(client, "from/us", text, (int)strlen(text), number, 0, &token);

			say("publish: %d, token %d", rc, token);
		}
		else if (sscanf(line, "refuse %d", &refusals) == 1)
			say("will refuse %d", refusals);
		else if (sscanf(line, "subscribe %199s", text) == 1)
			say("subscribe: %d", subscribe_any(client, version, text, 2));
		else if (strcmp(line, "isConnected\n") == 0)
			say("isConnected: %d", MQTTClient_isConnected(client));
		else if (strcmp(line, "disconnect\n") == 0)
			say("disconnect: %d", MQTTClient_disconnect(client, 1000));
		else
			fail("not understood: %s", line);
	}
	MQTTClient_destroy(&client);
	say("destroyed");
	return 0;
}
