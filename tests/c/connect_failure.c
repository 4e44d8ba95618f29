/* Tries to connect once, and says what came of it.
 * Arguments: uri, MQTT version, connect timeout in seconds. */

#include "support.h"

int main(int argc, char **argv)
{
	MQTTClient_createOptions create_options = MQTTClient_createOptions_initializer;
	int version = atoi(argument(argc, argv, 2)), rc;
	MQTTClient_connectOptions options = clean_options(version);
	MQTTClient client = NULL;

	create_options.MQTTVersion = version;
	rc = MQTTClient_createWithOptions(&client, argument(argc, argv, 1), "failing", MQTTCLIENT_PERSISTENCE_NONE, NULL,
			&create_options);
	if (rc == MQTTCLIENT_SUCCESS)
	{
		options.connectTimeout = atoi(argument(argc, argv, 3));
		rc = connect_any(client, &options);
	}
	say("%d: %s", rc, MQTTClient_strerror(rc));
	MQTTClient_destroy(&client);
	return 0;
}
