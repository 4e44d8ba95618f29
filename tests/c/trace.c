/* A short session with user name, password and will, for the trace. Arguments: uri, MQTT version, then any of
 *   callback      what the trace callback gets is printed: its level, its text
 *   level=N       as the program's level
 *   again         a second session after the last client of the first was destroyed
 *   many=N        so many messages of QoS 0 in between */

#include "support.h"

static void on_trace(enum MQTTCLIENT_TRACE_LEVELS level, char *text)
{
	printf("callback %d: %s\n", level, text);
}

static void session(const char *uri, int version, int many)
{
	MQTTClient client = new_client(uri, "traced", version);
	MQTTClient_connectOptions options = clean_options(version);
	MQTTClient_willOptions will = MQTTClient_willOptions_initializer;
	MQTTClient_deliveryToken token = 0;
	MQTTResponse response;
	int i;

	will.topicName = "last";
	will.message = "words";
	options.will = &will;
	options.username = "ada";
	options.password = "open-sesame";
	EXPECT(0, connect_any(client, &options));
	EXPECT(0, subscribe_any(client, version, "trace/+", 2));
	for (i = 0; i < many; ++i)
		EXPECT(0, publish_any(client, "flood", "x", 1, 0, 0, NULL));
	for (i = 0; i <= 2; ++i)
	{
		MQTTClient_message *message = NULL;
		char *topic = NULL;
		int length = 0;

		EXPECT(0, publish_any(client, "trace/it", "traced", 6, i, 0, &token));
		if (i > 0)
			EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
		EXPECT(0, MQTTClient_receive(client, &topic, &length, &message, PATIENCE));
		REQUIRE(message != NULL);
		MQTTClient_freeMessage(&message);
		MQTTClient_free(topic);
	}
	response = MQTTClient_unsubscribe5(client, "trace/+", NULL);
	REQUIRE(response.reasonCode >= 0);
	MQTTResponse_free(response);
	end_client(client);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int version = atoi(argument(argc, argv, 2));
	int again = 0, many = 0, level = 0, i;

	for (i = 3; i < argc; ++i)
	{
		if (strcmp(argv[i], "callback") == 0)
			MQTTClient_setTraceCallback(on_trace);
		else if (strcmp(argv[i], "again") == 0)
			again = 1;
		else if (sscanf(argv[i], "level=%d", &level) == 1)
			MQTTClient_setTraceLevel((enum MQTTCLIENT_TRACE_LEVELS)level);
		else if (sscanf(argv[i], "many=%d", &many) != 1)
			fail("not understood: %s", argv[i]);
	}
	session(uri, version, many);
	if (again)
		session(uri, version, many);
	return 0;
}
