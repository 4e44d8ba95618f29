/* The program closes all descriptors, as daemons do, and opens its own in their place. Those must stay as they are,
 * and the client must work again.
 *
 * Arguments: uri, again|destroy|connected, files|events|nothing */

#include "async_support.h"

#include "closed_descriptors.h"

static void exchange(MQTTAsync client, int connects)
{
	struct outcomes subscribed = OUTCOMES_INITIALIZER;
	MQTTAsync_responseOptions response = counted_in(&subscribed, MQTTVERSION_3_1_1);
	int before = counter_value(&arrived);

	if (connects)
		connect_and_wait(client, MQTTVERSION_3_1_1);
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_subscribe(client, "closed", 1, &response));
	AWAIT(&subscribed.success, 1);
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_send(client, "closed", 1, "x", 1, 0, NULL));
	AWAIT(&arrived, before + 1);
}

int main(int argc, char **argv)
{
	MQTTAsync client = new_client(argument(argc, argv, 1), "closed", MQTTVERSION_3_1_1);
	const char *mode = argument(argc, argv, 2);
	double used;
	long begun;

	kind = argument(argc, argv, 3);
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_setCallbacks(client, &arrived, connection_lost, count_message, NULL));
	exchange(client, 1);
	if (strcmp(mode, "connected") != 0)
		disconnect_and_wait(client, MQTTVERSION_3_1_1);
	replace_descriptors();
	used = processor_seconds();
	begun = now_ms();
	if (strcmp(mode, "connected") == 0)
	{
		/* Nothing to send, so nothing to notice. */
		while (MQTTAsync_send(client, "closed", 1, "x", 0, 0, NULL) == MQTTASYNC_SUCCESS)
			REQUIRE(now_ms() < begun + 5000);
		REQUIRE(!MQTTAsync_isConnected(client));
		AWAIT(&lost, 1);
		expect_untouched();
	}
	if (strcmp(mode, "destroy") != 0)
	{
		exchange(client, 1);
		expect_untouched();
		exchange(client, 0);
		disconnect_and_wait(client, MQTTVERSION_3_1_1);
	}
	MQTTAsync_destroy(&client);
	expect_untouched();
	REQUIRE(now_ms() - begun < 8000);
	REQUIRE(processor_seconds() - used < 2);
	puts("untouched");
	return 0;
}
