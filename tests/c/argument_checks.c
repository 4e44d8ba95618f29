/* The return codes of calls with wrong arguments, one line each; callers see the first failing check.
 * Only what the original survives. Argument: uri of a server that accepts everything. */

#include "support.h"

#define SHOW(call) say("%s: %d", #call, (call))

static int responded(MQTTResponse response)
{
	int rc = response.reasonCode;

	MQTTResponse_free(response);
	return rc;
}

/* Before the first client there is no library to use. */
static void before_the_first_client(void)
{
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;

	SHOW(MQTTClient_connect(NULL, &options));
	SHOW(MQTTClient_connect(NULL, NULL));
	SHOW(MQTTClient_isConnected(NULL));
	SHOW(MQTTClient_disconnect(NULL, 0));
}

static void create(const char *uri)
{
	MQTTClient client = (MQTTClient)7;
	MQTTClient_createOptions options = MQTTClient_createOptions_initializer;

	SHOW(MQTTClient_create(&client, NULL, "id", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTClient_create(&client, uri, NULL, MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTClient_create(&client, NULL, "\xff", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTClient_create(&client, uri, "\xff", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTClient_create(&client, "nonsense://x", "\xed\xa0\x80", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTClient_create(&client, uri, "", MQTTCLIENT_PERSISTENCE_DEFAULT, NULL));
	SHOW(MQTTClient_create(&client, "nonsense://x", "", MQTTCLIENT_PERSISTENCE_DEFAULT, NULL));
	SHOW(MQTTClient_create(&client, "nonsense://x", "id", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTClient_create(&client, "TCP://x", "id", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTClient_create(&client, "ssl://x", "id", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTClient_create(&client, "mqtts://x", "id", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTClient_create(&client, "wss://x", "id", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	options.struct_version = 9;
	SHOW(MQTTClient_createWithOptions(&client, uri, "id", MQTTCLIENT_PERSISTENCE_NONE, NULL, &options));
	SHOW(MQTTClient_createWithOptions(&client, "nonsense://x", "id", MQTTCLIENT_PERSISTENCE_NONE, NULL, &options));
	options.struct_version = 0;
	options.struct_id[0] = 'x';
	SHOW(MQTTClient_createWithOptions(&client, uri, "id", MQTTCLIENT_PERSISTENCE_NONE, NULL, &options));
	/* Failures leave the handle alone. */
	REQUIRE(client == (MQTTClient)7);
	SHOW(MQTTClient_create(&client, "", "id", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	MQTTClient_destroy(&client);
	SHOW(MQTTClient_create(&client, "localhost", "", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	MQTTClient_destroy(&client);
	MQTTClient_destroy(&client);
}

/* The client exists, and may be destroyed, but has no store. */
#define CREATE_WITHOUT_STORE(type, context) \
	do \
	{ \
		MQTTClient client = NULL; \
		SHOW(MQTTClient_create(&client, uri, "store", type, context)); \
		REQUIRE(client != NULL); \
		SHOW(MQTTClient_isConnected(client)); \
		MQTTClient_destroy(&client); \
		REQUIRE(client == NULL); \
	} while (0)

static void create_with_bad_stores(const char *uri)
{
	CREATE_WITHOUT_STORE(7, NULL);
	CREATE_WITHOUT_STORE(-1, NULL);
	CREATE_WITHOUT_STORE(MQTTCLIENT_PERSISTENCE_USER, NULL);
	CREATE_WITHOUT_STORE(MQTTCLIENT_PERSISTENCE_DEFAULT, (void *)"/dev/null/no/directory");
}

/* All that can be wrong is; then one mistake less at a time: what is left decides, in the order of the checks. */
static void create_from_all_wrong(const char *uri)
{
	MQTTClient client = NULL;
	MQTTClient_createOptions options = MQTTClient_createOptions_initializer;

	options.struct_version = 9;
	options.MQTTVersion = 99;
	SHOW(MQTTClient_createWithOptions(&client, NULL, "\xff", MQTTCLIENT_PERSISTENCE_DEFAULT, NULL, &options));
	SHOW(MQTTClient_createWithOptions(&client, "nonsense://x", "\xff", MQTTCLIENT_PERSISTENCE_DEFAULT, NULL, &options));
	SHOW(MQTTClient_createWithOptions(&client, "nonsense://x", "", MQTTCLIENT_PERSISTENCE_DEFAULT, NULL, &options));
	SHOW(MQTTClient_createWithOptions(&client, "nonsense://x", "", 7, NULL, &options));
	SHOW(MQTTClient_createWithOptions(&client, uri, "", 7, NULL, &options));
	REQUIRE(client == NULL);
	options.struct_version = 0;
	SHOW(MQTTClient_createWithOptions(&client, uri, "", MQTTCLIENT_PERSISTENCE_NONE, NULL, &options));
	MQTTClient_destroy(&client);
}

static void connect_from_all_wrong(const char *uri)
{
	MQTTClient client = new_client(uri, "connect", MQTTVERSION_3_1_1);
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
	MQTTClient_willOptions will = MQTTClient_willOptions_initializer;

	options.struct_id[0] = will.struct_id[0] = 'x';
	options.will = &will;
	options.username = "\xff";
	options.MQTTVersion = 6;
	options.cleanstart = 1;
	will.struct_version = 7;
	will.qos = 7;
	SHOW(MQTTClient_connect(NULL, &options));
	SHOW(MQTTClient_connect(client, NULL));
	SHOW(MQTTClient_connect(client, &options));
	options.struct_id[0] = 'M';
	options.struct_version = 12;
	SHOW(MQTTClient_connect(client, &options));
	options.struct_version = 8;
	SHOW(MQTTClient_connect(client, &options));
	will.struct_id[0] = 'M';
	SHOW(MQTTClient_connect(client, &options));
	will.struct_version = 1;
	SHOW(MQTTClient_connect(client, &options));
	will.qos = 2;
	SHOW(MQTTClient_connect(client, &options));
	will.topicName = "";
	SHOW(MQTTClient_connect(client, &options));
	will.topicName = "t";
	SHOW(MQTTClient_connect(client, &options));
	options.username = "user";
	options.password = "\xc0\x80";
	SHOW(MQTTClient_connect(client, &options));
	options.password = NULL;
	SHOW(MQTTClient_connect(client, &options));
	options.MQTTVersion = 5;
	SHOW(MQTTClient_connect(client, &options));
	options.MQTTVersion = 4;
	SHOW(MQTTClient_connect(client, &options));
	options.cleanstart = 0;
	options.connectTimeout = 0;
	SHOW(MQTTClient_connect(client, &options));
	options.connectTimeout = 20;
	SHOW(MQTTClient_connect(client, &options));
	SHOW(MQTTClient_disconnect(client, 0));
	/* None of the failures changed the client's version; connecting with another does. */
	SHOW(responded(MQTTClient_connect5(client, &options, NULL, NULL)));
	MQTTClient_destroy(&client);
	client = new_client(uri, "connect", MQTTVERSION_DEFAULT);
	options.MQTTVersion = MQTTVERSION_5;
	options.cleansession = 0;
	SHOW(MQTTClient_connect(client, &options));
	SHOW(MQTTClient_publish(client, "a", 1, "x", 0, 0, NULL));
	SHOW(MQTTClient_disconnect(client, 0));
	SHOW(MQTTClient_connect(client, &options));
	MQTTClient_destroy(&client);
}

/* One wrong option at a time; `change` is applied to fresh options. */
#define CONNECT(version, change) \
	do \
	{ \
		MQTTClient client = new_client(uri, "connect", version); \
		MQTTClient_connectOptions plain = MQTTClient_connectOptions_initializer; \
		MQTTClient_connectOptions five = MQTTClient_connectOptions_initializer5; \
		MQTTClient_connectOptions options = (version) >= 5 ? five : plain; \
		UNUSED MQTTClient_willOptions will = MQTTClient_willOptions_initializer; \
		UNUSED MQTTClient_SSLOptions tls = MQTTClient_SSLOptions_initializer; \
		will.topicName = "t"; \
		will.message = "m"; \
		change; \
		say("connect, version %d, %s: %d", version, #change, \
				(version) >= 5 ? responded(MQTTClient_connect5(client, &options, NULL, NULL)) : MQTTClient_connect(client, &options)); \
		MQTTClient_disconnect(client, 0); \
		MQTTClient_destroy(&client); \
	} while (0)

static void connect_calls(const char *uri)
{
	MQTTClient client = new_client(uri, "connect", MQTTVERSION_5);
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;

	SHOW(MQTTClient_connect(client, NULL));
	SHOW(MQTTClient_connect(client, &options));
	SHOW(responded(MQTTClient_connect5(client, NULL, NULL, NULL)));
	MQTTClient_destroy(&client);
	client = new_client(uri, "connect", MQTTVERSION_3_1_1);
	SHOW(responded(MQTTClient_connect5(client, &options, NULL, NULL)));
	SHOW(MQTTClient_connect(client, NULL));
	MQTTClient_destroy(&client);
	CONNECT(4, (void)0);
	CONNECT(4, options.struct_id[0] = 'x');
	CONNECT(4, options.struct_version = 9);
	CONNECT(4, options.struct_version = -1);
	CONNECT(4, options.MQTTVersion = 6);
	CONNECT(4, options.MQTTVersion = 2);
	CONNECT(4, options.cleanstart = 1);
	CONNECT(5, options.cleansession = 1);
	CONNECT(4, options.username = "\xff");
	CONNECT(4, options.password = "\xff");
	CONNECT(4, options.password = "without user name");
	CONNECT(4, options.connectTimeout = 0);
	CONNECT(4, options.connectTimeout = -1);
	CONNECT(4, options.will = &will);
	CONNECT(4, options.will = &will; will.struct_id[0] = 'x');
	CONNECT(4, options.will = &will; will.struct_version = 2);
	CONNECT(4, options.will = &will; will.qos = 3; will.topicName = NULL);
	CONNECT(4, options.will = &will; will.qos = -1);
	CONNECT(4, options.will = &will; will.topicName = NULL);
	CONNECT(4, options.will = &will; will.topicName = "");
	CONNECT(4, options.will = &will; will.topicName = ""; options.username = "\xff");
	CONNECT(4, options.username = "\xff"; options.MQTTVersion = 6);
	/* Shorter structs of older headers. */
	CONNECT(4, options.struct_version = 0);
	CONNECT(4, options.struct_version = 0; options.serverURIcount = 3);
	CONNECT(4, options.struct_version = 2; options.MQTTVersion = 6);
	CONNECT(4, options.struct_version = 5; options.cleanstart = 1);
	CONNECT(4, options.will = &will; will.struct_version = 0; will.payload.len = 7);
	/* The library without TLS does not look at its options. */
	CONNECT(4, options.ssl = &tls; tls.struct_id[0] = 'x');
	CONNECT(4, options.username = ""; options.password = "");
	CONNECT(4, options.keepAliveInterval = 65535);
	CONNECT(5, options.MQTTVersion = 6);
	CONNECT(5, options.cleansession = 1; options.MQTTVersion = 4);
	CONNECT(5, options.MQTTVersion = 4);
	CONNECT(3, options.MQTTVersion = 3);
}

static void calls_without_connection(const char *uri)
{
	MQTTClient client = new_client(uri, "unconnected", MQTTVERSION_3_1_1);
	MQTTClient_message message = MQTTClient_message_initializer, *received = NULL;
	MQTTClient_deliveryToken token = 0, *pending = NULL;
	char *filters[] = { "a", "b" }, *topic = NULL;
	int qos[] = { 0, 9 }, length = 0;

	SHOW(MQTTClient_isConnected(client));
	SHOW(responded(MQTTClient_publish5(NULL, NULL, 1, "x", 9, 0, NULL, &token)));
	SHOW(responded(MQTTClient_subscribe5(NULL, NULL, 9, NULL, NULL)));
	SHOW(responded(MQTTClient_subscribeMany5(NULL, 2, filters, qos, NULL, NULL)));
	SHOW(responded(MQTTClient_unsubscribe5(NULL, NULL, NULL)));
	SHOW(responded(MQTTClient_unsubscribeMany5(NULL, 2, filters, NULL)));
	SHOW(MQTTClient_receive(NULL, &topic, &length, &received, 0));
	SHOW(MQTTClient_getPendingDeliveryTokens(NULL, &pending));
	SHOW(MQTTClient_setDisconnected(NULL, NULL, NULL));
	SHOW(MQTTClient_setPublished(NULL, NULL, NULL));
	SHOW(MQTTClient_setCommandTimeout(NULL, 4999));
	SHOW(responded(MQTTClient_subscribe5(client, "\xff", 9, NULL, NULL)));
	SHOW(responded(MQTTClient_unsubscribe5(client, "\xff", NULL)));
	SHOW(MQTTClient_publish(client, "\xff", 1, "x", 0, 0, &token));
	SHOW(responded(MQTTClient_publish5(client, NULL, 1, "x", 0, 0, NULL, &token)));
	SHOW(MQTTClient_publishMessage(client, "a", &message, &token));
	message.struct_version = 2;
	SHOW(MQTTClient_publishMessage(client, "a", &message, &token));
	SHOW(responded(MQTTClient_publishMessage5(client, "a", &message, &token)));
	SHOW(responded(MQTTClient_publishMessage5(client, "a", NULL, &token)));
	SHOW(MQTTClient_subscribe(client, "\xff", 9));
	SHOW(MQTTClient_subscribeMany(client, 2, filters, qos));
	SHOW(MQTTClient_unsubscribe(client, "\xff"));
	SHOW(MQTTClient_unsubscribeMany(client, 2, filters));
	SHOW(MQTTClient_receive(client, &topic, &length, &received, 0));
	SHOW(MQTTClient_waitForCompletion(client, 1, 0));
	SHOW(MQTTClient_waitForCompletion(client, 1, 10));
	SHOW(MQTTClient_waitForCompletion(NULL, 1, 10));
	SHOW(MQTTClient_getPendingDeliveryTokens(client, &pending));
	REQUIRE(pending == NULL);
	SHOW(MQTTClient_disconnect(client, 0));
	SHOW(MQTTClient_disconnect5(client, 0, MQTTREASONCODE_SUCCESS, NULL));
	SHOW(MQTTClient_disconnect(NULL, 0));
	SHOW(MQTTClient_setCommandTimeout(client, 4999));
	SHOW(MQTTClient_setCommandTimeout(client, 5000));
	SHOW(MQTTClient_setCallbacks(client, NULL, NULL, NULL, NULL));
	SHOW(MQTTClient_setCallbacks(NULL, NULL, NULL, forget_message, NULL));
	SHOW(MQTTClient_setCallbacks(client, NULL, NULL, forget_message, NULL));
	SHOW(MQTTClient_setDisconnected(client, NULL, NULL));
	SHOW(MQTTClient_setPublished(client, NULL, NULL));
	MQTTClient_destroy(&client);
}

static void calls_with_connection(const char *uri)
{
	MQTTClient client = connected_client(uri, "connected", MQTTVERSION_3_1_1);
	MQTTClient_message message = MQTTClient_message_initializer, *received = NULL;
	MQTTClient_deliveryToken token = 0;
	char *filters[] = { "a", "b" }, *wrong[] = { "a", "\xff" }, *topic = NULL;
	int qos[] = { 0, 9 }, good_qos[] = { 0, 1 }, length = 0;

	SHOW(MQTTClient_isConnected(client));
	SHOW(MQTTClient_publish(client, "\xff", 1, "x", 0, 0, &token));
	SHOW(MQTTClient_publish(client, NULL, 1, "x", 0, 0, &token));
	SHOW(MQTTClient_publish(client, "a", 1, "x", 0, 0, NULL));
	SHOW(MQTTClient_publish(client, "a", 0, NULL, 0, 0, NULL));
	message.payload = "x";
	message.payloadlen = 1;
	SHOW(MQTTClient_publishMessage(client, "a", &message, &token));
	message.struct_id[3] = 'x';
	SHOW(MQTTClient_publishMessage(client, "a", &message, &token));
	SHOW(MQTTClient_subscribe(client, NULL, 0));
	SHOW(MQTTClient_subscribe(client, "\xff", 9));
	SHOW(MQTTClient_subscribe(client, "a", 3));
	SHOW(MQTTClient_subscribe(client, "a", -1));
	SHOW(MQTTClient_subscribeMany(client, 2, wrong, qos));
	SHOW(MQTTClient_subscribeMany(client, 2, filters, qos));
	SHOW(MQTTClient_subscribeMany(client, 2, filters, good_qos));
	SHOW(MQTTClient_unsubscribe(client, "\xff"));
	SHOW(MQTTClient_unsubscribe(client, "a"));
	SHOW(MQTTClient_unsubscribeMany(client, 2, wrong));
	SHOW(MQTTClient_unsubscribeMany(client, 2, filters));
	SHOW(MQTTClient_receive(client, &topic, &length, &received, 0));
	SHOW(MQTTClient_waitForCompletion(client, 77, 0));
	SHOW(MQTTClient_waitForCompletion(client, 77, 100));
	SHOW(MQTTClient_setCallbacks(client, NULL, NULL, NULL, NULL));
	SHOW(MQTTClient_setPublished(client, NULL, NULL));
	SHOW(MQTTClient_setDisconnected(client, NULL, NULL));
	SHOW(responded(MQTTClient_subscribe5(client, "a", 1, NULL, NULL)));
	SHOW(responded(MQTTClient_unsubscribe5(client, "a", NULL)));
	SHOW(responded(MQTTClient_publishMessage5(client, NULL, &message, NULL)));
	message.struct_id[3] = 'M';
	SHOW(responded(MQTTClient_publishMessage5(client, NULL, &message, NULL)));
	SHOW(responded(MQTTClient_publishMessage5(client, "a", &message, NULL)));
	message.struct_version = 0;
	SHOW(responded(MQTTClient_publishMessage5(client, "a", &message, NULL)));
	message.struct_version = -1;
	SHOW(responded(MQTTClient_publishMessage5(client, "a", &message, NULL)));
	message.struct_version = 1;
	SHOW(MQTTClient_publish(client, "a", 1, "x", 3, 0, NULL));
	SHOW(MQTTClient_disconnect(client, 0));
	MQTTClient_destroy(&client);
	/* Functions of MQTT 3 on a client of MQTT 5. */
	client = connected_client(uri, "five", MQTTVERSION_5);
	SHOW(MQTTClient_publish(client, "a", 1, "x", 0, 0, NULL));
	SHOW(MQTTClient_publishMessage(client, "a", &message, NULL));
	message.struct_id[3] = 'x';
	SHOW(MQTTClient_publishMessage(client, "a", &message, NULL));
	message.struct_id[3] = 'M';
	SHOW(MQTTClient_publishMessage(client, "a", &message, NULL));
	SHOW(MQTTClient_connect(client, NULL));
	SHOW(responded(MQTTClient_subscribe5(client, "\xff", 9, NULL, NULL)));
	SHOW(responded(MQTTClient_subscribe5(client, "a", 3, NULL, NULL)));
	SHOW(responded(MQTTClient_subscribeMany5(client, 2, wrong, qos, NULL, NULL)));
	SHOW(responded(MQTTClient_subscribeMany5(client, 2, filters, qos, NULL, NULL)));
	SHOW(responded(MQTTClient_unsubscribeMany5(client, 2, wrong, NULL)));
	SHOW(MQTTClient_subscribe(client, "a", 1));
	SHOW(MQTTClient_subscribeMany(client, 2, filters, good_qos));
	SHOW(MQTTClient_unsubscribe(client, "never"));
	SHOW(MQTTClient_unsubscribeMany(client, 2, filters));
	SHOW(MQTTClient_disconnect(client, 0));
	MQTTClient_destroy(&client);
}

static void texts(void)
{
	int code;

	for (code = 5; code >= -20; --code)
		say("%d: %s", code, MQTTClient_strerror(code));
	for (code = 0; code < 256; ++code)
		if (MQTTReasonCode_toString((enum MQTTReasonCodes)code) != NULL)
			say("reason %d: %s", code, MQTTReasonCode_toString((enum MQTTReasonCodes)code));
	for (code = 0; code < 256; ++code)
		if (MQTTPropertyName((enum MQTTPropertyCodes)code) != NULL)
			say("property %d: %s, type %d", code, MQTTPropertyName((enum MQTTPropertyCodes)code),
					MQTTProperty_getType((enum MQTTPropertyCodes)code));
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);

	before_the_first_client();
	create(uri);
	create_with_bad_stores(uri);
	create_from_all_wrong(uri);
	connect_calls(uri);
	connect_from_all_wrong(uri);
	calls_without_connection(uri);
	calls_with_connection(uri);
	texts();
	return 0;
}
