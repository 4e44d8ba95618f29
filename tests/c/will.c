/* A client with a will ends in one of several ways. Arguments: uri, MQTT version, disconnect | destroy | vanish. */

#include "support.h"

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int version = atoi(argument(argc, argv, 2));
	const char *ending = argument(argc, argv, 3);
	MQTTClient client = new_client(uri, "mortal", version);
	MQTTClient_connectOptions options = clean_options(version);
	MQTTClient_willOptions will = MQTTClient_willOptions_initializer;

	will.topicName = "last/words";
	will.message = "ignored";
	will.payload.data = "bin\0ary";
	will.payload.len = 7;
	will.qos = 1;
	options.will = &will;
	EXPECT(0, connect_any(client, &options));
	if (strcmp(ending, "disconnect") == 0)
		EXPECT(0, MQTTClient_disconnect(client, 0));
	else if (strcmp(ending, "vanish") == 0)
		_exit(0);
	MQTTClient_destroy(&client);
	/* The process lives on: only the library can have closed the connection. */
	say("ended");
	await_go();
	return 0;
}
