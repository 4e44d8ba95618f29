/* Destroys the client inside one of its callbacks. Nothing of it may remain, and nothing may be called any more.
 * Arguments: uri of a server that throws out who publishes to "expel",
 * messageArrived | deliveryComplete | published | connectionLost | disconnected. */

#include "support.h"

static const char *kind;
static MQTTClient client;
static struct counter destroyed = COUNTER_INITIALIZER;

static void called(const char *callback)
{
	if (counter_value(&destroyed) > 0)
		fail("%s was called after destroy", callback);
	if (strcmp(callback, kind) == 0)
	{
		MQTTClient_destroy(&client);
		REQUIRE(client == NULL);
		counter_raise(&destroyed);
	}
}

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	(void)length;
	called("messageArrived");
	/* Both are still the application's. */
	REQUIRE(strcmp(topic, "mine/first") == 0 && message->payloadlen == 5 && memcmp(message->payload, "hello", 5) == 0);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

static void on_completion(void *context, MQTTClient_deliveryToken token)
{
	(void)context;
	(void)token;
	called("deliveryComplete");
}

static void on_published(void *context, int token, int packet_type, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	(void)token;
	(void)packet_type;
	(void)properties;
	(void)reason;
	called("published");
}

static void on_loss(void *context, char *cause)
{
	(void)context;
	(void)cause;
	called("connectionLost");
}

static void on_disconnect(void *context, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	(void)reason;
	called("disconnected");
	REQUIRE(properties->count >= 0);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int version, threads = running_threads(), descriptors = open_descriptors();
	MQTTClient_connectOptions options;
	MQTTClient held, helper;

	kind = argument(argc, argv, 2);
	version = strcmp(kind, "published") == 0 || strcmp(kind, "disconnected") == 0 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
	options = clean_options(version);
	client = held = new_client(uri, "own", version);
	EXPECT(0, MQTTClient_setCallbacks(client, NULL, on_loss, on_message, on_completion));
	if (version >= MQTTVERSION_5)
	{
		EXPECT(0, MQTTClient_setPublished(client, NULL, on_published));
		EXPECT(0, MQTTClient_setDisconnected(client, NULL, on_disconnect));
	}
	EXPECT(0, connect_any(client, &options));
	helper = connected_client(uri, "helper", version);
	EXPECT(0, subscribe_any(client, version, "mine/#", 1));
	if (strcmp(kind, "connectionLost") == 0 || strcmp(kind, "disconnected") == 0)
		EXPECT(0, publish_any(held, "expel", "", 0, 0, 0, NULL));
	else
		EXPECT(0, publish_any(held, strcmp(kind, "messageArrived") == 0 ? "mine/first" : "unheard", "hello", 5, 1, 0, NULL));
	AWAIT(&destroyed, 1);
	/* The handle is stale now: refused, not followed. */
	REQUIRE(publish_any(held, "unheard", "hello", 5, 1, 0, NULL) < 0);
	REQUIRE(MQTTClient_isConnected(held) == 0);
	end_client(helper);
	REQUIRE(threads_fall_to(threads));
	say("%d descriptors left", open_descriptors() - descriptors);
	return 0;
}
