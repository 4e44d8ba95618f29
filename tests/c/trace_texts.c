/* A session whose trace is compared with the original's. Arguments: uri, MQTT version, then any of
 *   callbacks     messages come to a callback, and the loss of the connection
 *   complete      and what is delivered
 *   published     and what is acknowledged
 *   store         the client has the files of the current directory
 *   refused       instead: there is nobody to connect to
 *   replaced      instead: another client takes the connection over
 *   lost          instead: the server goes, or says nothing any more
 *   crash         instead: the process is gone, before the server has acknowledged anything
 *   restored      instead: what that has left in the store is sent again */

#include "support.h"

static struct counter arrived = COUNTER_INITIALIZER;
static struct counter completed = COUNTER_INITIALIZER;
static struct counter lost = COUNTER_INITIALIZER;

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
}

static void take(MQTTClient client, int has_callbacks, int number)
{
	MQTTClient_message *message = NULL;
	char *topic = NULL;
	int length = 0;

	if (has_callbacks)
	{
		REQUIRE(counter_reaches(&arrived, number, PATIENCE));
		return;
	}
	EXPECT(0, MQTTClient_receive(client, &topic, &length, &message, PATIENCE));
	REQUIRE(message != NULL);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
}

static int has(int argc, char **argv, const char *word)
{
	int i;

	for (i = 3; i < argc; ++i)
		if (strcmp(argv[i], word) == 0)
			return 1;
	return 0;
}

static void session(MQTTClient client, int version, int has_callbacks, int has_complete)
{
	MQTTClient_deliveryToken token = 0;
	MQTTResponse response;
	int qos;

	EXPECT(0, subscribe_any(client, version, "texts", 2));
	for (qos = 0; qos <= 2; ++qos)
	{
		EXPECT(0, publish_any(client, "texts", "hello", 5, qos, 0, &token));
		if (qos > 0)
			EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
		take(client, has_callbacks, qos + 1);
		if (has_complete)
			REQUIRE(counter_reaches(&completed, qos, PATIENCE));
	}
	/* Its answer comes behind the last packets of QoS 2. */
	response = MQTTClient_unsubscribe5(client, "texts", NULL);
	REQUIRE(response.reasonCode >= 0);
	MQTTResponse_free(response);
	EXPECT(0, MQTTClient_disconnect(client, 1000));
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int version = atoi(argument(argc, argv, 2));
	int has_callbacks = has(argc, argv, "callbacks"), has_store = has(argc, argv, "store");
	MQTTClient_createOptions create = MQTTClient_createOptions_initializer;
	MQTTClient_connectOptions options = clean_options(version);
	MQTTClient client, other;

	create.MQTTVersion = version;
	EXPECT(0, MQTTClient_createWithOptions(&client, uri, "texts",
		has_store ? MQTTCLIENT_PERSISTENCE_DEFAULT : MQTTCLIENT_PERSISTENCE_NONE, NULL, &create));
	if (has_callbacks)
		EXPECT(0, MQTTClient_setCallbacks(client, &arrived, on_lost, count_message,
			has(argc, argv, "complete") ? on_complete : NULL));
	if (has(argc, argv, "published"))
		EXPECT(0, MQTTClient_setPublished(client, NULL, on_published));
	if (has(argc, argv, "refused"))
	{
		EXPECT(-1, connect_any(client, &options));
		MQTTClient_destroy(&client);
		return 0;
	}
	if (has_store && version < 5)
		options.cleansession = 0;
	options.reliable = 0;
	if (has(argc, argv, "lost"))
		options.keepAliveInterval = 2;
	EXPECT(0, connect_any(client, &options));
	if (has(argc, argv, "replaced"))
	{
		EXPECT(0, MQTTClient_createWithOptions(&other, uri, "texts", MQTTCLIENT_PERSISTENCE_NONE, NULL, &create));
		EXPECT(0, connect_any(other, &options));
		REQUIRE(counter_reaches(&lost, 1, PATIENCE));
		EXPECT(0, MQTTClient_disconnect(other, 0));
		MQTTClient_destroy(&other);
		MQTTClient_destroy(&client);
		return 0;
	}
	if (has(argc, argv, "lost"))
	{
		REQUIRE(counter_reaches(&lost, 1, PATIENCE));
		MQTTClient_destroy(&client);
		return 0;
	}
	if (has(argc, argv, "crash"))
	{
		EXPECT(0, publish_any(client, "texts", "hello", 5, 1, 0, NULL));
		EXPECT(0, publish_any(client, "texts", "hello", 5, 2, 0, NULL));
		_exit(0);
	}
	if (has(argc, argv, "restored"))
	{
		REQUIRE(counter_reaches(&completed, 2, PATIENCE));
		EXPECT(0, MQTTClient_disconnect(client, 1000));
		MQTTClient_destroy(&client);
		return 0;
	}
	session(client, version, has_callbacks, has(argc, argv, "complete"));
	EXPECT(0, connect_any(client, &options));
	MQTTClient_destroy(&client);
	return 0;
}
