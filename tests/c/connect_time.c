/* How long a connect takes, in milliseconds, and what it gives. Arguments: uri, receive | callback, timeout in seconds. */

#include "support.h"

int main(int argc, char **argv)
{
	MQTTClient client = new_client(argument(argc, argv, 1), "in-time", MQTTVERSION_3_1_1);
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_3_1_1);
	long started;
	int rc;

	options.connectTimeout = atoi(argument(argc, argv, 3));
	if (strcmp(argv[2], "callback") == 0)
		EXPECT(0, MQTTClient_setCallbacks(client, NULL, NULL, forget_message, NULL));
	started = now_ms();
	rc = connect_any(client, &options);
	say("%ld ms, rc %d", now_ms() - started, rc);
	MQTTClient_disconnect(client, 0);
	MQTTClient_destroy(&client);
	return 0;
}
