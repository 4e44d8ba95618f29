/* The return codes of MQTTAsync's functions for wrong arguments, one line each; callers see the first failing check.
 * Arguments: uri of a server that accepts everything, "both" (only what the original survives) or "ours". */

#include "async_support.h"

#define SHOW(call) say("%s: %d", #call, (call))

static void no_success(void *context, MQTTAsync_successData *data)
{
	(void)context;
	(void)data;
}

static void no_success5(void *context, MQTTAsync_successData5 *data)
{
	(void)context;
	(void)data;
}

static void no_failure(void *context, MQTTAsync_failureData *data)
{
	(void)context;
	(void)data;
}

static void no_failure5(void *context, MQTTAsync_failureData5 *data)
{
	(void)context;
	(void)data;
}

static void before_the_first_client(void)
{
	MQTTAsync_token *tokens = (MQTTAsync_token *)7;
	MQTTAsync nothing = NULL;

	SHOW(MQTTAsync_isConnected(NULL));
	SHOW(MQTTAsync_disconnect(NULL, NULL));
	SHOW(MQTTAsync_subscribe(NULL, "a", 0, NULL));
	SHOW(MQTTAsync_unsubscribe(NULL, "a", NULL));
	SHOW(MQTTAsync_send(NULL, "a", 1, "x", 0, 0, NULL));
	SHOW(MQTTAsync_isComplete(NULL, 1));
	SHOW(MQTTAsync_waitForCompletion(NULL, 1, 10));
	SHOW(MQTTAsync_getPendingTokens(NULL, &tokens));
	REQUIRE(tokens == NULL);
	SHOW(MQTTAsync_setCallbacks(NULL, NULL, NULL, forget_message, NULL));
	SHOW(MQTTAsync_setMessageArrivedCallback(NULL, NULL, forget_message));
	SHOW(MQTTAsync_setConnectionLostCallback(NULL, NULL, NULL));
	SHOW(MQTTAsync_setDeliveryCompleteCallback(NULL, NULL, NULL));
	SHOW(MQTTAsync_setConnected(NULL, NULL, NULL));
	SHOW(MQTTAsync_setDisconnected(NULL, NULL, NULL));
	SHOW(MQTTAsync_setUpdateConnectOptions(NULL, NULL, NULL));
	SHOW(MQTTAsync_setBeforePersistenceWrite(NULL, NULL, NULL));
	SHOW(MQTTAsync_setAfterPersistenceRead(NULL, NULL, NULL));
	MQTTAsync_destroy(&nothing);
}

static void create(const char *uri)
{
	MQTTAsync client = (MQTTAsync)7;

	SHOW(MQTTAsync_create(&client, NULL, "id", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTAsync_create(&client, uri, NULL, MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTAsync_create(&client, NULL, "\xff", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTAsync_create(&client, uri, "\xff", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTAsync_create(&client, "nonsense://x", "\xed\xa0\x80", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTAsync_create(&client, uri, "", MQTTCLIENT_PERSISTENCE_DEFAULT, NULL));
	SHOW(MQTTAsync_create(&client, "nonsense://x", "", MQTTCLIENT_PERSISTENCE_DEFAULT, NULL));
	SHOW(MQTTAsync_create(&client, "nonsense://x", "id", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTAsync_create(&client, "TCP://x", "id", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTAsync_create(&client, "ssl://x", "id", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTAsync_create(&client, "mqtts://x", "id", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTAsync_create(&client, "wss://x", "id", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	SHOW(MQTTAsync_create(&client, "http://x", "id", 7, NULL));
	say("after failures the handle is as before: %d", client == (MQTTAsync)7);
#define CREATED(uri) \
	do \
	{ \
		SHOW(MQTTAsync_create(&client, uri, "id", MQTTCLIENT_PERSISTENCE_NONE, NULL)); \
		SHOW(MQTTAsync_isConnected(client)); \
		MQTTAsync_destroy(&client); \
		REQUIRE(client == NULL); \
	} while (0)
	CREATED("");
	CREATED("localhost");
	CREATED("tcp://");
	CREATED("tcp://localhost:1883");
	CREATED("mqtt://localhost");
	CREATED("[::1]:1883");
	SHOW(MQTTAsync_create(&client, "localhost", "", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	MQTTAsync_destroy(&client);
	MQTTAsync_destroy(&client);
}

/* One wrong option at a time; `change` is applied to fresh options. */
#define CREATE(change) \
	do \
	{ \
		MQTTAsync client = NULL; \
		MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer; \
		change; \
		say("create, %s: %d", #change, MQTTAsync_createWithOptions(&client, uri, "id", MQTTCLIENT_PERSISTENCE_NONE, NULL, &options)); \
		MQTTAsync_destroy(&client); \
	} while (0)

static void create_options(const char *uri)
{
	MQTTAsync client = (MQTTAsync)7;
	MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;

	CREATE((void)0);
	CREATE(options.struct_id[0] = 'x');
	CREATE(options.struct_version = -1);
	CREATE(options.struct_version = 0);
	CREATE(options.struct_version = 1);
	CREATE(options.struct_version = 3);
	CREATE(options.struct_version = 4);
	CREATE(options.maxBufferedMessages = 0);
	CREATE(options.maxBufferedMessages = -1);
	CREATE(options.maxBufferedMessages = 0; options.struct_id[0] = 'x');
	CREATE(options.MQTTVersion = 99);
	CREATE(options.MQTTVersion = 5; options.struct_version = 1);
	CREATE(options.sendWhileDisconnected = -1);
	/* All that can be wrong is; then one mistake less at a time: what is left decides, in the order of the checks. */
	options.struct_version = 9;
	options.maxBufferedMessages = 0;
	SHOW(MQTTAsync_createWithOptions(&client, NULL, "\xff", 7, NULL, &options));
	SHOW(MQTTAsync_createWithOptions(&client, "nonsense://x", "\xff", 7, NULL, &options));
	SHOW(MQTTAsync_createWithOptions(&client, "nonsense://x", "", MQTTCLIENT_PERSISTENCE_DEFAULT, NULL, &options));
	SHOW(MQTTAsync_createWithOptions(&client, "nonsense://x", "", 7, NULL, &options));
	SHOW(MQTTAsync_createWithOptions(&client, uri, "", 7, NULL, &options));
	options.maxBufferedMessages = 1;
	SHOW(MQTTAsync_createWithOptions(&client, uri, "", 7, NULL, &options));
	say("after failures the handle is as before: %d", client == (MQTTAsync)7);
	client = NULL;
	options.struct_version = 2;
	SHOW(MQTTAsync_createWithOptions(&client, uri, "id", 7, NULL, &options));
	MQTTAsync_destroy(&client);
	SHOW(MQTTAsync_createWithOptions(&client, uri, "id", MQTTCLIENT_PERSISTENCE_NONE, NULL, NULL));
	MQTTAsync_destroy(&client);
}

/* Whether there is a client after a failure, too. */
#define CREATE_WITHOUT_STORE(type, context) \
	do \
	{ \
		MQTTAsync client = NULL; \
		say("create with store " #type ", " #context ": %d", MQTTAsync_create(&client, uri, "store", type, context)); \
		say("a client in spite of that: %d", client != NULL); \
		MQTTAsync_destroy(&client); \
		REQUIRE(client == NULL); \
	} while (0)

static void create_with_bad_stores(const char *uri)
{
	CREATE_WITHOUT_STORE(7, NULL);
	CREATE_WITHOUT_STORE(-1, NULL);
	CREATE_WITHOUT_STORE(MQTTCLIENT_PERSISTENCE_USER, NULL);
	CREATE_WITHOUT_STORE(MQTTCLIENT_PERSISTENCE_DEFAULT, (void *)"/dev/null/no/directory");
}

/* One wrong option at a time; `change` is applied to fresh options. What is accepted is not waited for. */
#define CONNECT(version, change) \
	do \
	{ \
		MQTTAsync client = new_client(uri, "connect", version); \
		MQTTAsync_connectOptions options = clean_options(version, NULL); \
		UNUSED MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer; \
		UNUSED MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer; \
		UNUSED MQTTProperties properties = MQTTProperties_initializer; \
		will.topicName = "t"; \
		will.message = "m"; \
		change; \
		say("connect, version %d, %s: %d", version, #change, MQTTAsync_connect(client, &options)); \
		MQTTAsync_destroy(&client); \
	} while (0)

static void connect_calls(const char *uri)
{
	MQTTAsync client = new_client(uri, "connect", MQTTVERSION_5);

	SHOW(MQTTAsync_connect(client, NULL));
	MQTTAsync_destroy(&client);
	CONNECT(4, (void)0);
	CONNECT(5, (void)0);
	CONNECT(4, options.struct_id[0] = 'x');
	CONNECT(4, options.struct_version = 9);
	CONNECT(4, options.struct_version = -1);
	CONNECT(0, options.MQTTVersion = 6; options.cleansession = 0);
	CONNECT(4, options.MQTTVersion = 2);
	CONNECT(4, options.MQTTVersion = 5);
	CONNECT(0, options.MQTTVersion = 5);
	CONNECT(5, options.MQTTVersion = 4; options.cleanstart = 0);
	CONNECT(5, options.MQTTVersion = 4);
	CONNECT(5, options.MQTTVersion = 0; options.cleanstart = 0);
	CONNECT(5, options.struct_version = 5);
	CONNECT(5, options.cleansession = 1);
	CONNECT(5, options.cleansession = 1; options.struct_version = 5);
	CONNECT(5, options.onSuccess = no_success);
	CONNECT(5, options.onFailure = no_failure);
	CONNECT(4, options.cleanstart = 1);
	CONNECT(4, options.onSuccess5 = no_success5);
	CONNECT(4, options.onFailure5 = no_failure5);
	CONNECT(4, options.connectProperties = &properties);
	CONNECT(4, options.willProperties = &properties);
	CONNECT(4, options.cleanstart = 1; options.struct_version = 5);
	CONNECT(4, options.username = "\xff");
	CONNECT(4, options.password = "\xff");
	CONNECT(4, options.password = "without user name");
	CONNECT(4, options.username = ""; options.password = "");
	CONNECT(4, options.binarypwd.data = "\xff"; options.binarypwd.len = 1);
	CONNECT(4, options.will = &will);
	CONNECT(4, options.will = &will; will.struct_id[0] = 'x');
	CONNECT(4, options.will = &will; will.struct_version = 2);
	CONNECT(4, options.will = &will; will.struct_version = -1);
	CONNECT(4, options.will = &will; will.struct_version = 0; will.payload.len = 7);
	CONNECT(4, options.will = &will; will.qos = 3);
	CONNECT(4, options.will = &will; will.qos = -1);
	CONNECT(4, options.will = &will; will.topicName = NULL);
	CONNECT(4, options.will = &will; will.topicName = "");
	CONNECT(4, options.will = &will; will.message = NULL);
	CONNECT(4, options.ssl = &tls);
	CONNECT(4, options.ssl = &tls; tls.struct_id[0] = 'x');
	CONNECT(4, options.ssl = &tls; tls.struct_version = 6);
	CONNECT(4, options.ssl = &tls; tls.struct_version = -1);
	CONNECT(4, options.ssl = &tls; tls.struct_version = 0);
	CONNECT(4, options.ssl = &tls; options.struct_version = 0);
	CONNECT(4, options.connectTimeout = 0);
	CONNECT(4, options.maxInflight = 0);
	CONNECT(4, options.keepAliveInterval = 65535);
	/* Shorter structs of older headers. */
	CONNECT(4, options.struct_version = 0; options.serverURIcount = 3);
	CONNECT(4, options.struct_version = 1; options.serverURIcount = 3);
	CONNECT(4, options.struct_version = 2; options.MQTTVersion = 6);
	CONNECT(4, options.struct_version = 3);
	CONNECT(4, options.struct_version = 4);
	CONNECT(4, options.struct_version = 7);
}

static void connect_from_all_wrong(const char *uri)
{
	MQTTAsync client = new_client(uri, "connect", MQTTVERSION_3_1_1);
	MQTTAsync_connectOptions options = clean_options(4, NULL);
	MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
	MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;

	options.struct_id[0] = will.struct_id[0] = tls.struct_id[0] = 'x';
	options.will = &will;
	options.ssl = &tls;
	options.username = "\xff";
	options.MQTTVersion = 5;
	options.cleanstart = 1;
	will.struct_version = 7;
	will.qos = 7;
	SHOW(MQTTAsync_connect(client, &options));
	options.struct_id[0] = 'M';
	options.struct_version = 12;
	SHOW(MQTTAsync_connect(client, &options));
	options.struct_version = 5;
	SHOW(MQTTAsync_connect(client, &options));
	will.struct_id[0] = 'M';
	SHOW(MQTTAsync_connect(client, &options));
	will.struct_version = 1;
	SHOW(MQTTAsync_connect(client, &options));
	will.qos = 2;
	SHOW(MQTTAsync_connect(client, &options));
	will.topicName = "";
	SHOW(MQTTAsync_connect(client, &options));
	will.topicName = "t";
	SHOW(MQTTAsync_connect(client, &options));
	tls.struct_id[0] = 'M';
	SHOW(MQTTAsync_connect(client, &options));
	MQTTAsync_destroy(&client);
	client = new_client(uri, "connect", MQTTVERSION_5);
	SHOW(MQTTAsync_connect(client, &options));
	options.username = NULL;
	options.password = "\xff";
	SHOW(MQTTAsync_connect(client, &options));
	options.password = NULL;
	SHOW(MQTTAsync_connect(client, &options));
	options.struct_version = 8;
	SHOW(MQTTAsync_connect(client, &options));
	options.cleansession = 0;
	SHOW(MQTTAsync_connect(client, &options));
	options.ssl = NULL;
	SHOW(MQTTAsync_connect(client, &options));
	MQTTAsync_destroy(&client);
}

static void setters(const char *uri)
{
	MQTTAsync client = new_client(uri, "setters", MQTTVERSION_3_1_1);
	int round;

	for (round = 0; round < 2; ++round)
	{
		SHOW(MQTTAsync_setCallbacks(client, NULL, NULL, NULL, NULL));
		SHOW(MQTTAsync_setCallbacks(client, NULL, NULL, forget_message, NULL));
		SHOW(MQTTAsync_setMessageArrivedCallback(client, NULL, NULL));
		SHOW(MQTTAsync_setMessageArrivedCallback(client, NULL, forget_message));
		SHOW(MQTTAsync_setConnectionLostCallback(client, NULL, NULL));
		SHOW(MQTTAsync_setDeliveryCompleteCallback(client, NULL, NULL));
		SHOW(MQTTAsync_setConnected(client, NULL, NULL));
		SHOW(MQTTAsync_setDisconnected(client, NULL, NULL));
		SHOW(MQTTAsync_setUpdateConnectOptions(client, NULL, NULL));
		SHOW(MQTTAsync_setBeforePersistenceWrite(client, NULL, NULL));
		SHOW(MQTTAsync_setAfterPersistenceRead(client, NULL, NULL));
		/* And once more with a connection. */
		if (round == 0)
			connect_and_wait(client, 4);
	}
	end_client(client, 4);
}

/* The calls that need a connection; without one they fail before they look at anything. */
static void calls(MQTTAsync client, int version)
{
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer, old = MQTTAsync_responseOptions_initializer;
	MQTTAsync_responseOptions three = MQTTAsync_responseOptions_initializer, five = MQTTAsync_responseOptions_initializer;
	MQTTAsync_responseOptions wrong_id = MQTTAsync_responseOptions_initializer, mixed = MQTTAsync_responseOptions_initializer;
	MQTTAsync_message message = MQTTAsync_message_initializer, bad = MQTTAsync_message_initializer;
	char *filters[] = { "a", "b" }, *wrong[] = { "a", "\xff" };
	int good_qos[] = { 0, 1 }, qos[] = { 0, 9 };

	say("version %d, connected: %d", version, MQTTAsync_isConnected(client));
	old.struct_version = 0;
	three.onSuccess = mixed.onSuccess = no_success;
	three.onFailure = no_failure;
	five.onSuccess5 = mixed.onSuccess5 = no_success5;
	five.onFailure5 = no_failure5;
	wrong_id.struct_id[0] = 'x';
	mixed.subscribeOptionsCount = 1;
	SHOW(MQTTAsync_subscribe(client, "\xff", 9, &response));
	SHOW(MQTTAsync_subscribe(client, "a", 3, &response));
	SHOW(MQTTAsync_subscribe(client, "a", -1, &response));
	SHOW(MQTTAsync_subscribe(client, "a", 1, &response));
	SHOW(MQTTAsync_subscribe(client, "a", 1, NULL));
	SHOW(MQTTAsync_subscribe(client, "a", 1, &old));
	SHOW(MQTTAsync_subscribe(client, "a", 1, &three));
	SHOW(MQTTAsync_subscribe(client, "a", 1, &five));
	SHOW(MQTTAsync_subscribe(client, "a", 1, &wrong_id));
	SHOW(MQTTAsync_subscribe(client, "a", 1, &mixed));
	SHOW(MQTTAsync_subscribe(client, "a", 9, &three));
	SHOW(MQTTAsync_subscribe(client, "a", 9, &five));
	SHOW(MQTTAsync_subscribeMany(client, 2, wrong, qos, &response));
	SHOW(MQTTAsync_subscribeMany(client, 2, filters, qos, &response));
	SHOW(MQTTAsync_subscribeMany(client, 2, filters, good_qos, &response));
	SHOW(MQTTAsync_subscribeMany(client, 2, filters, good_qos, &mixed));
	SHOW(MQTTAsync_unsubscribe(client, "\xff", &response));
	SHOW(MQTTAsync_unsubscribe(client, "a", &response));
	SHOW(MQTTAsync_unsubscribe(client, "a", NULL));
	SHOW(MQTTAsync_unsubscribe(client, "a", &old));
	SHOW(MQTTAsync_unsubscribe(client, "a", &three));
	SHOW(MQTTAsync_unsubscribe(client, "a", &five));
	SHOW(MQTTAsync_unsubscribeMany(client, 2, wrong, &response));
	SHOW(MQTTAsync_unsubscribeMany(client, 2, filters, &response));
	SHOW(MQTTAsync_unsubscribeMany(client, 2, filters, &mixed));
	SHOW(MQTTAsync_send(client, "\xff", 1, "x", 9, 0, &response));
	SHOW(MQTTAsync_send(client, "a", 1, "x", 3, 0, &response));
	SHOW(MQTTAsync_send(client, "a", 1, "x", -1, 0, &response));
	SHOW(MQTTAsync_send(client, "a", 1, "x", 0, 0, &response));
	SHOW(MQTTAsync_send(client, "a", 1, "x", 1, 0, NULL));
	SHOW(MQTTAsync_send(client, "a", 0, NULL, 0, 0, &response));
	SHOW(MQTTAsync_send(client, "a", 1, "x", 0, 0, &old));
	SHOW(MQTTAsync_send(client, "a", 1, "x", 0, 0, &three));
	SHOW(MQTTAsync_send(client, "a", 1, "x", 0, 0, &five));
	SHOW(MQTTAsync_send(client, "a", 1, "x", 0, 0, &wrong_id));
	SHOW(MQTTAsync_send(client, "a", 1, "x", 0, 0, &mixed));
	SHOW(MQTTAsync_send(client, "\xff", 1, "x", 0, 0, &three));
	SHOW(MQTTAsync_send(client, "\xff", 1, "x", 0, 0, &five));
	SHOW(MQTTAsync_sendMessage(client, "a", NULL, &response));
	SHOW(MQTTAsync_sendMessage(client, "a", &message, &response));
	SHOW(MQTTAsync_sendMessage(client, "a", &message, NULL));
	SHOW(MQTTAsync_sendMessage(client, "\xff", &message, &response));
	bad.struct_id[3] = 'x';
	SHOW(MQTTAsync_sendMessage(client, "\xff", &bad, &response));
	bad.struct_id[3] = 'M';
	bad.struct_version = 2;
	SHOW(MQTTAsync_sendMessage(client, "a", &bad, &response));
	bad.struct_version = -1;
	SHOW(MQTTAsync_sendMessage(client, "a", &bad, &response));
	bad.struct_version = 0;
	SHOW(MQTTAsync_sendMessage(client, "a", &bad, &response));
	bad.qos = 3;
	SHOW(MQTTAsync_sendMessage(client, "a", &bad, &response));
	SHOW(MQTTAsync_isComplete(client, 777));
	SHOW(MQTTAsync_waitForCompletion(client, 777, 10));
}

static void calls_of(const char *uri, int version)
{
	MQTTAsync client = new_client(uri, "calls", version);
	MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
	MQTTAsync_token *tokens = (MQTTAsync_token *)7;

	calls(client, version);
	SHOW(MQTTAsync_getPendingTokens(client, &tokens));
	REQUIRE(tokens == NULL);
	SHOW(MQTTAsync_disconnect(client, NULL));
	options.struct_version = 2;
	SHOW(MQTTAsync_disconnect(client, &options));
	options.struct_version = -1;
	SHOW(MQTTAsync_disconnect(client, &options));
	options.struct_version = 0;
	options.struct_id[0] = 'x';
	SHOW(MQTTAsync_disconnect(client, &options));
	SHOW(MQTTAsync_disconnect(NULL, &options));
	connect_and_wait(client, version);
	calls(client, version);
	SHOW(MQTTAsync_disconnect(client, &options));
	SHOW(MQTTAsync_isConnected(client));
	options.struct_id[0] = 'M';
	SHOW(MQTTAsync_disconnect(client, &options));
	MQTTAsync_destroy(&client);
}

/* What the original does not survive, or leaves to chance. */
static void ours(const char *uri)
{
	MQTTAsync client;
	MQTTAsync_connectOptions options = clean_options(4, NULL);
	MQTTAsync_message message = MQTTAsync_message_initializer;
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
	MQTTClient_persistence store;
	char *filters[] = { "a", "b" };
	int qos[] = { 0, 1 };

	MQTTAsync_global_init(NULL);
	MQTTAsync_destroy(NULL);
	SHOW(MQTTAsync_connect(NULL, &options));
	SHOW(MQTTAsync_reconnect(NULL));
	SHOW(MQTTAsync_sendMessage(NULL, "a", &message, NULL));
	SHOW(MQTTAsync_create(NULL, uri, "id", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	memset(&store, 0, sizeof(store));
	store.context = &store;
	SHOW(MQTTAsync_create(&client, uri, "id", MQTTCLIENT_PERSISTENCE_USER, &store));
	store.context = NULL;
	SHOW(MQTTAsync_create(&client, uri, "id", MQTTCLIENT_PERSISTENCE_USER, &store));
	client = new_client(uri, "ours", MQTTVERSION_3_1_1);
	SHOW(MQTTAsync_reconnect(client));
	SHOW(MQTTAsync_getPendingTokens(client, NULL));
	SHOW(MQTTAsync_send(client, NULL, 1, "x", 0, 0, NULL));
	connect_and_wait(client, 4);
	SHOW(MQTTAsync_send(client, NULL, 1, "x", 0, 0, NULL));
	SHOW(MQTTAsync_send(client, "a", -1, "x", 0, 0, NULL));
	SHOW(MQTTAsync_send(client, "a", 1, NULL, 0, 0, NULL));
	SHOW(MQTTAsync_subscribe(client, NULL, 0, NULL));
	SHOW(MQTTAsync_unsubscribe(client, NULL, NULL));
	SHOW(MQTTAsync_subscribeMany(client, 0, filters, qos, NULL));
	SHOW(MQTTAsync_subscribeMany(client, -1, filters, qos, NULL));
	SHOW(MQTTAsync_subscribeMany(client, 2, NULL, qos, NULL));
	SHOW(MQTTAsync_subscribeMany(client, 2, filters, NULL, NULL));
	SHOW(MQTTAsync_unsubscribeMany(client, 0, filters, NULL));
	SHOW(MQTTAsync_unsubscribeMany(client, 2, NULL, NULL));
	SHOW(MQTTAsync_isConnected(client));
	end_client(client, 4);
	/* A handle that was one. */
	SHOW(MQTTAsync_isConnected(client));
	SHOW(MQTTAsync_connect(client, &options));
	SHOW(MQTTAsync_send(client, "a", 1, "x", 0, 0, NULL));
	client = new_client(uri, "ours", MQTTVERSION_5);
	connect_and_wait(client, 5);
	SHOW(MQTTAsync_subscribeMany(client, 2, filters, qos, NULL));
	response.subscribeOptionsCount = 2;
	SHOW(MQTTAsync_subscribeMany(client, 2, filters, qos, &response));
	end_client(client, 5);
}

static void texts(void)
{
	int code;

	for (code = 5; code >= -20; --code)
		say("%d: %s", code, MQTTAsync_strerror(code));
	say("-99: %s", MQTTAsync_strerror(-99));
}

static void memory(void)
{
	MQTTAsync_message *message = MQTTAsync_malloc(sizeof(*message)), fresh = MQTTAsync_message_initializer;

	*message = fresh;
	message->payload = MQTTAsync_malloc(3);
	MQTTAsync_freeMessage(&message);
	say("freed message: %d", message != NULL);
	MQTTAsync_free(NULL);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);

	if (strcmp(argument(argc, argv, 2), "ours") == 0)
	{
		ours(uri);
		return 0;
	}
	before_the_first_client();
	create(uri);
	create_options(uri);
	create_with_bad_stores(uri);
	connect_calls(uri);
	connect_from_all_wrong(uri);
	setters(uri);
	calls_of(uri, 4);
	calls_of(uri, 5);
	texts();
	memory();
	return 0;
}
