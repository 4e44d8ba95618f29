/* Connects to each URI, as the client's own and as one of the options'. Arguments: URIs. */

#include "support.h"

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; ++i)
	{
		MQTTClient client = new_client(argv[i], "uris", 0);
		MQTTClient_connectOptions options = clean_options(0);
		int own, listed;

		own = MQTTClient_connect(client, &options);
		options.serverURIcount = 1;
		options.serverURIs = &argv[i];
		listed = MQTTClient_connect(client, &options);
		say("%d %d", own, listed);
		MQTTClient_disconnect(client, 0);
		MQTTClient_destroy(&client);
	}
	return 0;
}
