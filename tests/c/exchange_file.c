/* Publishes a file to from/us, then receives one message at to/us and writes it to another file.
 * Arguments: uri, MQTT version, QoS, file to publish, file to write. */

#include "support.h"

static char *content(const char *path, int *length)
{
	FILE *file = fopen(path, "rb");
	char *bytes;

	REQUIRE(file != NULL);
	REQUIRE(fseek(file, 0, SEEK_END) == 0);
	*length = (int)ftell(file);
	rewind(file);
	bytes = malloc((size_t)*length);
	REQUIRE(bytes != NULL && fread(bytes, 1, (size_t)*length, file) == (size_t)*length);
	fclose(file);
	return bytes;
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int version = atoi(argument(argc, argv, 2));
	int qos = atoi(argument(argc, argv, 3));
	MQTTClient client = connected_client(uri, "exchange", version);
	int length = 0, topic_length = 0;
	char *bytes = content(argument(argc, argv, 4), &length), *topic = NULL;
	MQTTClient_message *message = NULL;
	MQTTClient_deliveryToken token = 0;
	FILE *file;

	EXPECT(0, publish_any(client, "from/us", bytes, length, qos, 0, &token));
	EXPECT(0, MQTTClient_waitForCompletion(client, token, PATIENCE));
	free(bytes);
	EXPECT(0, subscribe_any(client, version, "to/us", qos));
	say("subscribed");
	EXPECT(0, MQTTClient_receive(client, &topic, &topic_length, &message, PATIENCE));
	REQUIRE(message != NULL && message->qos == qos);
	file = fopen(argument(argc, argv, 5), "wb");
	REQUIRE(file != NULL && fwrite(message->payload, 1, (size_t)message->payloadlen, file) == (size_t)message->payloadlen);
	REQUIRE(fclose(file) == 0);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	end_client(client);
	return 0;
}
