/* A retained message meets a later subscriber; an empty one removes it. Arguments: uri, MQTT version. */

#include "support.h"

static void look(const char *uri, int version, const char *client_id, unsigned long wait)
{
	MQTTClient client = connected_client(uri, client_id, version);
	char *topic = NULL;
	int length = 0;
	MQTTClient_message *message = NULL;

	EXPECT(0, subscribe_any(client, version, "kept/+", 1));
	EXPECT(0, MQTTClient_receive(client, &topic, &length, &message, wait));
	if (message == NULL)
		say("%s: nothing", client_id);
	else
	{
		say("%s: %s retained %d: %.*s", client_id, topic, message->retained, message->payloadlen, (char *)message->payload);
		MQTTClient_freeMessage(&message);
		MQTTClient_free(topic);
	}
	end_client(client);
}

static void keep(MQTTClient client, const char *text)
{
	MQTTClient_deliveryToken token;

	EXPECT(0, publish_any(client, "kept/here", text, (int)strlen(text), 1, 1, &token));
	EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int version = atoi(argument(argc, argv, 2));
	MQTTClient publisher = connected_client(uri, "keeper", version);

	keep(publisher, "for later");
	look(uri, version, "late", PATIENCE);
	keep(publisher, "");
	look(uri, version, "too late", 200);
	end_client(publisher);
	return 0;
}
