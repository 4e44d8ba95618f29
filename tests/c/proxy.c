/* Connects with proxies in the options. Arguments: uri, struct_version, httpProxy, httpsProxy; - for none. */

#include "support.h"

static const char *proxy(int argc, char **argv, int index)
{
	const char *text = argument(argc, argv, index);

	return strcmp(text, "-") == 0 ? NULL : text;
}

int main(int argc, char **argv)
{
	MQTTClient client = new_client(argument(argc, argv, 1), "proxy", 4);
	MQTTClient_connectOptions options = clean_options(4);
	char *uri = argv[1];
	int own, listed;

	options.struct_version = atoi(argument(argc, argv, 2));
	options.httpProxy = proxy(argc, argv, 3);
	options.httpsProxy = proxy(argc, argv, 4);
	own = MQTTClient_connect(client, &options);
	options.serverURIcount = 1;
	options.serverURIs = &uri;
	listed = MQTTClient_connect(client, &options);
	say("connect: %d %d", own, listed);
	MQTTClient_disconnect(client, 0);
	MQTTClient_destroy(&client);
	return 0;
}
