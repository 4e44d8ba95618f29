/* Connects with user name and password. Arguments: uri, MQTT version, user name, password, text | binary. */

#include "support.h"

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int version = atoi(argument(argc, argv, 2));
	MQTTClient client = new_client(uri, "visitor", version);
	MQTTClient_connectOptions options = clean_options(version);
	int rc;

	options.username = argument(argc, argv, 3);
	if (strcmp(argument(argc, argv, 5), "binary") == 0)
	{
		options.binarypwd.data = argv[4];
		options.binarypwd.len = (int)strlen(argv[4]);
	}
	else
		options.password = argv[4];
	rc = connect_any(client, &options);
	say("connect: %d, connected: %d", rc, MQTTClient_isConnected(client));
	MQTTClient_disconnect(client, 1000);
	MQTTClient_destroy(&client);
	return 0;
}
