/* The program closes all descriptors, as daemons do, and opens its own in their place. Those must stay as they are,
 * and the client must work again.
 *
 * Arguments: uri, again|destroy|connected, files|events|nothing */

#include "support.h"

#include "closed_descriptors.h"

static void exchange(MQTTClient client, int connects)
{
	MQTTClient_connectOptions options = clean_options(MQTTVERSION_DEFAULT);
	int before = counter_value(&arrived);

	if (connects)
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_connect(client, &options));
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_subscribe(client, "closed", 1));
	EXPECT(MQTTCLIENT_SUCCESS, publish_any(client, "closed", "x", 1, 1, 0, NULL));
	AWAIT(&arrived, before + 1);
}

int main(int argc, char **argv)
{
	MQTTClient client = new_client(argument(argc, argv, 1), "closed", MQTTVERSION_DEFAULT);
	const char *mode = argument(argc, argv, 2);
	double used;
	long begun;

	kind = argument(argc, argv, 3);
	EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_setCallbacks(client, &arrived, connection_lost, count_message, NULL));
	exchange(client, 1);
	if (strcmp(mode, "connected") != 0)
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_disconnect(client, 1000));
	replace_descriptors();
	used = processor_seconds();
	begun = now_ms();
	if (strcmp(mode, "connected") == 0)
	{
		/* Nothing to send, so nothing to notice: a call that sends does, unless another thread was just writing. */
		while (publish_any(client, "closed", "x", 1, 0, 0, NULL) == MQTTCLIENT_SUCCESS)
			REQUIRE(now_ms() < begun + 5000);
		REQUIRE(!MQTTClient_isConnected(client));
		AWAIT(&lost, 1);
		expect_untouched();
	}
	if (strcmp(mode, "destroy") != 0)
	{
		exchange(client, 1);
		expect_untouched();
		exchange(client, 0);
		EXPECT(MQTTCLIENT_SUCCESS, MQTTClient_disconnect(client, 1000));
	}
	MQTTClient_destroy(&client);
	expect_untouched();
	REQUIRE(now_ms() - begun < 8000);
	REQUIRE(processor_seconds() - used < 2);
	puts("untouched");
	return 0;
}
