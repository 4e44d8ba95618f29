/* Calls every function of MQTTAsync from inside one kind of callback; the client is usable afterwards.
 * Arguments: uri of a server that throws out who publishes to "expel", the callback,
 * "all" | "early" (not what the original does not survive). */

#include "async_support.h"

static const char *uri, *kind;
static MQTTAsync client;
static int version, all;
static struct counter done = COUNTER_INITIALIZER;
static struct outcomes ignored = OUTCOMES_INITIALIZER;

/* No call may take long: whatever it starts goes on without it. */
#define QUICKLY(call) \
	do \
	{ \
		long before = now_ms(); \
		call; \
		if (all && now_ms() - before > 1000) \
			fail("%s in %s: %ld ms", #call, kind, now_ms() - before); \
	} while (0)

static void another_client(void)
{
	MQTTAsync other = new_client(uri, "another", version);
	MQTTAsync_connectOptions options = clean_options(version, NULL);

	QUICKLY(EXPECT(0, MQTTAsync_connect(other, &options)));
	QUICKLY(MQTTAsync_disconnect(other, NULL));
	QUICKLY(MQTTAsync_destroy(&other));
	REQUIRE(other == NULL);
}

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message);
static void on_loss(void *context, char *cause);
static void on_completion(void *context, MQTTAsync_token token);
static void on_connected(void *context, char *cause);
static void on_disconnect(void *context, MQTTProperties *properties, enum MQTTReasonCodes reason);
static int on_update(void *context, MQTTAsync_connectData *data);

static void everything(void)
{
	MQTTAsync_connectOptions options = clean_options(version, NULL);
	MQTTAsync_responseOptions response = counted_in(&ignored, version);
	MQTTAsync_message message = MQTTAsync_message_initializer;
	MQTTAsync_token *tokens = NULL;
	char *filters[] = { "a", "b" };
	int qos[] = { 0, 1 }, is_connected = MQTTAsync_isConnected(client), expected = is_connected ? 0 : MQTTASYNC_DISCONNECTED;

	QUICKLY(EXPECT(expected, MQTTAsync_send(client, "a", 1, "x", 0, 0, &response)));
	QUICKLY(EXPECT(expected, MQTTAsync_send(client, "a", 1, "x", 1, 0, &response)));
	QUICKLY(EXPECT(expected, MQTTAsync_sendMessage(client, "a", &message, &response)));
	QUICKLY(EXPECT(expected, MQTTAsync_subscribe(client, "a", 1, &response)));
	QUICKLY(EXPECT(expected, MQTTAsync_subscribeMany(client, 2, filters, qos, &response)));
	QUICKLY(EXPECT(expected, MQTTAsync_unsubscribe(client, "a", &response)));
	QUICKLY(EXPECT(expected, MQTTAsync_unsubscribeMany(client, 2, filters, &response)));
	QUICKLY(EXPECT(0, MQTTAsync_getPendingTokens(client, &tokens)));
	MQTTAsync_free(tokens);
	QUICKLY(MQTTAsync_isComplete(client, 1));
	QUICKLY(MQTTAsync_waitForCompletion(client, 77, 50));
	QUICKLY(MQTTAsync_setCallbacks(client, NULL, on_loss, on_message, on_completion));
	QUICKLY(MQTTAsync_setMessageArrivedCallback(client, NULL, on_message));
	QUICKLY(MQTTAsync_setConnectionLostCallback(client, NULL, on_loss));
	QUICKLY(MQTTAsync_setDeliveryCompleteCallback(client, NULL, on_completion));
	QUICKLY(MQTTAsync_setConnected(client, NULL, on_connected));
	QUICKLY(MQTTAsync_setDisconnected(client, NULL, on_disconnect));
	QUICKLY(MQTTAsync_setUpdateConnectOptions(client, NULL, on_update));
	QUICKLY(MQTTAsync_setBeforePersistenceWrite(client, NULL, NULL));
	QUICKLY(MQTTAsync_setAfterPersistenceRead(client, NULL, NULL));
	REQUIRE(MQTTAsync_getVersionInfo() != NULL && MQTTAsync_strerror(-1) != NULL);
	MQTTAsync_free(MQTTAsync_malloc(10));
	if (!all)
		return;
	if (strcmp(kind, "trace") != 0)
		MQTTAsync_setTraceCallback(NULL);
	another_client();
	if (!is_connected)
	{
		QUICKLY(MQTTAsync_connect(client, &options));
		QUICKLY(MQTTAsync_reconnect(client));
	}
}

static void called(const char *callback)
{
	static int once;

	if (strcmp(callback, kind) != 0 || once++ > 0)
		return;
	everything();
	counter_raise(&done);
}

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
	(void)context;
	(void)length;
	called("messageArrived");
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	return 1;
}

static void on_loss(void *context, char *cause)
{
	(void)context;
	(void)cause;
	called("connectionLost");
}

static void on_completion(void *context, MQTTAsync_token token)
{
	(void)context;
	(void)token;
	called("deliveryComplete");
}

static void on_connected(void *context, char *cause)
{
	(void)context;
	REQUIRE(cause != NULL);
	called("connected");
}

static void on_disconnect(void *context, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	(void)properties;
	(void)reason;
	called("disconnected");
}

static int on_update(void *context, MQTTAsync_connectData *data)
{
	(void)context;
	(void)data;
	called("updateConnectOptions");
	return 0;
}

static void on_trace(enum MQTTASYNC_TRACE_LEVELS level, char *text)
{
	(void)level;
	if (strstr(text, "PUBLISH") != NULL)
		called("trace");
}

/* The names of the outcomes are their contexts. */
static void on_success(void *context, MQTTAsync_successData *data)
{
	(void)data;
	called(context);
}

static void on_success5(void *context, MQTTAsync_successData5 *data)
{
	(void)data;
	called(context);
}

static void on_failure(void *context, MQTTAsync_failureData *data)
{
	(void)context;
	(void)data;
	called("connectFailure");
}

static void on_failure5(void *context, MQTTAsync_failureData5 *data)
{
	(void)context;
	(void)data;
	called("connectFailure");
}

static MQTTAsync_responseOptions named(const char *success)
{
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;

	response.context = (void *)success;
	response.onSuccess = version < 5 ? on_success : NULL;
	response.onSuccess5 = version >= 5 ? on_success5 : NULL;
	return response;
}

static void connect_for(const char *success, char *server)
{
	MQTTAsync_connectOptions options = clean_options(version, NULL);

	options.context = (void *)success;
	options.onSuccess = version < 5 ? on_success : NULL;
	options.onSuccess5 = version >= 5 ? on_success5 : NULL;
	options.onFailure = version < 5 ? on_failure : NULL;
	options.onFailure5 = version >= 5 ? on_failure5 : NULL;
	options.automaticReconnect = strcmp(kind, "updateConnectOptions") == 0;
	options.serverURIcount = server != NULL;
	options.serverURIs = server != NULL ? &server : NULL;
	EXPECT(0, MQTTAsync_connect(client, &options));
}

/* Makes the callback be called. */
static void provoke(void)
{
	MQTTAsync_responseOptions response;
	MQTTAsync_disconnectOptions disconnect = MQTTAsync_disconnectOptions_initializer;

	if (strcmp(kind, "connectFailure") == 0)
		return connect_for("connectSuccess", "tcp://127.0.0.1:1");
	connect_for("connectSuccess", NULL);
	while (!MQTTAsync_isConnected(client))
		usleep(1000);
	response = named("subscribeSuccess");
	EXPECT(0, MQTTAsync_subscribe(client, "mine/#", 1, &response));
	response = named("sendSuccess");
	EXPECT(0, MQTTAsync_send(client, "mine/first", 5, "hello", 1, 0, &response));
	response = named("unsubscribeSuccess");
	EXPECT(0, MQTTAsync_unsubscribe(client, "other", &response));
	if (strcmp(kind, "disconnectSuccess") == 0)
	{
		disconnect.struct_version = 1;
		disconnect.context = "disconnectSuccess";
		disconnect.onSuccess = version < 5 ? on_success : NULL;
		disconnect.onSuccess5 = version >= 5 ? on_success5 : NULL;
		EXPECT(0, MQTTAsync_disconnect(client, &disconnect));
	}
	if (strcmp(kind, "connectionLost") == 0 || strcmp(kind, "disconnected") == 0 || strcmp(kind, "updateConnectOptions") == 0)
		EXPECT(0, MQTTAsync_send(client, "expel", 0, NULL, 0, 0, NULL));
}

int main(int argc, char **argv)
{
	struct outcomes last = OUTCOMES_INITIALIZER;
	MQTTAsync_responseOptions response;
	int i;

	uri = argument(argc, argv, 1);
	kind = argument(argc, argv, 2);
	all = strcmp(argument(argc, argv, 3), "all") == 0;
	version = strcmp(kind, "disconnected") == 0 ? 5 : 4;
	client = new_client(uri, "own", version);
	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, on_loss, on_message, on_completion));
	EXPECT(0, MQTTAsync_setConnected(client, NULL, on_connected));
	EXPECT(0, MQTTAsync_setDisconnected(client, NULL, on_disconnect));
	EXPECT(0, MQTTAsync_setUpdateConnectOptions(client, NULL, on_update));
	if (strcmp(kind, "trace") == 0)
	{
		MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_PROTOCOL);
		MQTTAsync_setTraceCallback(on_trace);
	}
	provoke();
	AWAIT(&done, 1);
	/* It is connected, or connects, or can be. */
	for (i = 0; !MQTTAsync_isConnected(client) && i < 200; ++i)
	{
		if (i == 100)
			connect_for("", NULL);
		usleep(20000);
	}
	response = counted_in(&last, version);
	EXPECT(0, MQTTAsync_send(client, "last", 1, "x", 1, 0, &response));
	AWAIT(&last.success, 1);
	end_client(client, version);
	say("usable");
	return 0;
}
