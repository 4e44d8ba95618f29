/* Handles that are NULL, destroyed, destroyed twice, or never were any: every function refuses them. Argument: uri. */

#include "support.h"

#define REFUSED(call) refused((call), #call, kind)

static void refused(int rc, const char *call, const char *kind)
{
	if (rc >= 0)
		fail("%s of a handle that is %s gave %d", call, kind, rc);
}

static int responded(MQTTResponse response)
{
	int rc = response.reasonCode;

	MQTTResponse_free(response);
	return rc;
}

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	(void)topic;
	(void)length;
	(void)message;
	fail("a message from nowhere");
}

static void on_disconnect(void *context, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	(void)properties;
	(void)reason;
}

static void on_published(void *context, int token, int packet_type, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	(void)token;
	(void)packet_type;
	(void)properties;
	(void)reason;
}

static void try_all(MQTTClient client, const char *kind)
{
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
	MQTTClient_connectOptions options5 = MQTTClient_connectOptions_initializer5;
	MQTTClient_message message = MQTTClient_message_initializer, *received = NULL;
	MQTTClient_deliveryToken token = 7, *tokens = NULL;
	char *filters[] = { "a", "b" }, *topic = NULL;
	int qos[] = { 0, 1 }, length = 0;

	message.payload = "x";
	message.payloadlen = 1;
	message.qos = 1;
	REFUSED(MQTTClient_setCallbacks(client, NULL, NULL, on_message, NULL));
	REFUSED(MQTTClient_setDisconnected(client, NULL, on_disconnect));
	REFUSED(MQTTClient_setPublished(client, NULL, on_published));
	REFUSED(MQTTClient_setCommandTimeout(client, 6000));
	REFUSED(MQTTClient_connect(client, &options));
	REFUSED(responded(MQTTClient_connect5(client, &options5, NULL, NULL)));
	EXPECT(0, MQTTClient_isConnected(client));
	REFUSED(MQTTClient_publish(client, "a", 1, "x", 1, 0, &token));
	REFUSED(responded(MQTTClient_publish5(client, "a", 1, "x", 1, 0, NULL, &token)));
	REFUSED(MQTTClient_publishMessage(client, "a", &message, &token));
	REFUSED(responded(MQTTClient_publishMessage5(client, "a", &message, &token)));
	EXPECT(7, token);
	REFUSED(MQTTClient_waitForCompletion(client, 1, 100));
	REFUSED(MQTTClient_getPendingDeliveryTokens(client, &tokens));
	REQUIRE(tokens == NULL);
	REFUSED(MQTTClient_subscribe(client, "a", 1));
	REFUSED(responded(MQTTClient_subscribe5(client, "a", 1, NULL, NULL)));
	REFUSED(MQTTClient_subscribeMany(client, 2, filters, qos));
	REFUSED(responded(MQTTClient_subscribeMany5(client, 2, filters, qos, NULL, NULL)));
	REFUSED(MQTTClient_unsubscribe(client, "a"));
	REFUSED(responded(MQTTClient_unsubscribe5(client, "a", NULL)));
	REFUSED(MQTTClient_unsubscribeMany(client, 2, filters));
	REFUSED(responded(MQTTClient_unsubscribeMany5(client, 2, filters, NULL)));
	REFUSED(MQTTClient_receive(client, &topic, &length, &received, 100));
	REFUSED(MQTTClient_disconnect(client, 0));
	REFUSED(MQTTClient_disconnect5(client, 0, MQTTREASONCODE_SUCCESS, NULL));
	MQTTClient_destroy(&client);
	say("%s: refused", kind);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	MQTTClient live, destroyed, twice;
	char bytes[512];
	int i;

	/* Before any client exists, and while one does. */
	try_all(NULL, "NULL");
	live = connected_client(uri, "live", MQTTVERSION_3_1_1);
	destroyed = twice = connected_client(uri, "destroyed", MQTTVERSION_3_1_1);
	MQTTClient_destroy(&destroyed);
	REQUIRE(destroyed == NULL);
	MQTTClient_destroy(&destroyed);
	destroyed = twice;
	try_all(destroyed, "destroyed");
	MQTTClient_destroy(&destroyed);
	try_all(twice, "destroyed twice");
	memset(bytes, 0x5a, sizeof(bytes));
	try_all(bytes, "an address of something else");
	try_all((MQTTClient)1, "1");
	try_all((MQTTClient)-1, "-1");
	try_all((MQTTClient)0xdeadbeefcafef00d, "far away");
	/* A thousand others later, an old handle does not mean one of them. */
	for (i = 0; i < 1000; ++i)
	{
		MQTTClient client = new_client(uri, "passing", MQTTVERSION_3_1_1);

		REQUIRE(MQTTClient_isConnected(twice) == 0);
		REQUIRE(client != twice);
		MQTTClient_destroy(&client);
	}
	try_all(twice, "old");
	EXPECT(1, MQTTClient_isConnected(live));
	end_client(live);
	return 0;
}
