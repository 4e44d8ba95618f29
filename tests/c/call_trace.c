/* A session whose callbacks call the library. Arguments: uri, MQTT version, then any of
 *   asking        a trace callback calls the library, too
 *   store         the client has a store of the program's own */

#include "empty_store.h"

static struct counter arrived = COUNTER_INITIALIZER;
static struct counter acknowledged = COUNTER_INITIALIZER;
static struct counter completed = COUNTER_INITIALIZER;
static struct counter lost = COUNTER_INITIALIZER;

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)length;
	MQTTClient_isConnected(*(MQTTClient *)context);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	counter_raise(&arrived);
	return 42;
}

static void on_complete(void *context, MQTTClient_deliveryToken token)
{
	(void)context;
	(void)token;
	counter_raise(&completed);
}

static void on_lost(void *context, char *cause)
{
	(void)context;
	(void)cause;
	counter_raise(&lost);
}

static void on_published(void *context, int token, int type, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	(void)token;
	(void)type;
	(void)properties;
	(void)reason;
	counter_raise(&acknowledged);
}

static MQTTClient asked;

static void on_trace(enum MQTTCLIENT_TRACE_LEVELS level, char *text)
{
	(void)level;
	MQTTClient_isConnected(asked);
	printf("%s\n", text);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int version = atoi(argument(argc, argv, 2));
	MQTTClient_createOptions create = MQTTClient_createOptions_initializer;
	MQTTClient_connectOptions options;
	MQTTClient_deliveryToken token = 0;
	MQTTClient client;
	int has_store = 0, i;

	for (i = 3; i < argc; ++i)
	{
		if (strcmp(argv[i], "asking") == 0)
			MQTTClient_setTraceCallback(on_trace);
		else if (strcmp(argv[i], "store") == 0)
			has_store = 1;
		else
			fail("not understood: %s", argv[i]);
	}
	create.MQTTVersion = version;
	EXPECT(0, MQTTClient_createWithOptions(&client, uri, "calls",
		has_store ? MQTTCLIENT_PERSISTENCE_USER : MQTTCLIENT_PERSISTENCE_NONE, has_store ? &empty_store : NULL, &create));
	asked = client;
	EXPECT(0, MQTTClient_setCallbacks(client, &client, on_lost, on_message, on_complete));
	if (version == 5)
		EXPECT(0, MQTTClient_setPublished(client, NULL, on_published));
	options = clean_options(version);
	if (has_store)
	{
		options.cleansession = 0;
		options.cleanstart = 0;
	}
	EXPECT(0, connect_any(client, &options));
	EXPECT(0, subscribe_any(client, version, "calls", 0));
	EXPECT(0, publish_any(client, "calls", "x", 1, 1, 0, &token));
	REQUIRE(counter_reaches(&arrived, 1, PATIENCE));
	REQUIRE(counter_reaches(&completed, 1, PATIENCE));
	if (version == 5)
		REQUIRE(counter_reaches(&acknowledged, 1, PATIENCE));
	EXPECT(0, publish_any(client, "close", "x", 1, 0, 0, NULL));
	REQUIRE(counter_reaches(&lost, 1, PATIENCE));
	MQTTClient_destroy(&client);
	return 0;
}
