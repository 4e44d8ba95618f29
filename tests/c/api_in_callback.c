/* Calls every function of the API from one kind of callback, on the client that is called back, on
 * another one and on new ones. Each call must return soon, whatever it returns; and the connection must
 * be usable afterwards.
 * Arguments: uri of a server that throws out who publishes to "expel",
 * messageArrived | deliveryComplete | published | connectionLost | disconnected | trace. */

#include "support.h"

/* No single call may take longer, in milliseconds. Every wait below is asked to be shorter than this. */
#define AT_ONCE 3000

static MQTTClient own;
static MQTTClient other;
static const char *broker;
static int version;
static const char *kind;
static int began;
static struct counter finished = COUNTER_INITIALIZER;
static struct counter arrived = COUNTER_INITIALIZER;

static MQTTClient_connectionLost on_loss;
static MQTTClient_messageArrived on_message;
static MQTTClient_deliveryComplete on_completion;
static MQTTClient_disconnected on_disconnect;
static MQTTClient_published on_published;

static long call_began;

static void timed(const char *call, int rc)
{
	long taken = now_ms() - call_began;

	fprintf(stderr, "%s: %d after %ld ms\n", call, rc, taken);
	if (taken > AT_ONCE)
		fail("%s from %s took %ld ms", call, kind, taken);
}

#define CALL(call) (call_began = now_ms(), timed(#call, (call)))
#define CALL_VOID(call) (call_began = now_ms(), (call), timed(#call, 0))

static int responded(MQTTResponse response)
{
	int rc = response.reasonCode;

	MQTTResponse_free(response);
	return rc;
}

/* All that may be asked of a client without ending its connection. */
static void use(MQTTClient client)
{
	MQTTClient_message message = MQTTClient_message_initializer;
	MQTTClient_deliveryToken token = 0, *tokens = NULL;
	MQTTClient_message *received = NULL;
	char *topic = NULL, *filters[] = { "in/one", "in/two" };
	int length = 0, qos[] = { 1, 2 };

	message.payload = "m";
	message.payloadlen = 1;
	message.qos = 1;
	CALL(MQTTClient_isConnected(client));
	CALL(MQTTClient_publish(client, "in/callback", 1, "a", 0, 0, &token));
	CALL(MQTTClient_publish(client, "in/callback", 1, "b", 1, 0, &token));
	CALL(MQTTClient_waitForCompletion(client, token, 2000));
	CALL(MQTTClient_publishMessage(client, "in/callback", &message, &token));
	CALL(responded(MQTTClient_publish5(client, "in/callback", 1, "c", 2, 0, NULL, &token)));
	CALL(MQTTClient_waitForCompletion(client, token, 2000));
	CALL(responded(MQTTClient_publishMessage5(client, "in/callback", &message, &token)));
	CALL(MQTTClient_waitForCompletion(client, token, 2000));
	CALL(MQTTClient_getPendingDeliveryTokens(client, &tokens));
	MQTTClient_free(tokens);
	CALL(MQTTClient_subscribe(client, "in/zero", 1));
	CALL(responded(MQTTClient_subscribe5(client, "in/zero", 1, NULL, NULL)));
	CALL(MQTTClient_subscribeMany(client, 2, filters, qos));
	CALL(responded(MQTTClient_subscribeMany5(client, 2, filters, qos, NULL, NULL)));
	CALL(MQTTClient_unsubscribe(client, "in/zero"));
	CALL(responded(MQTTClient_unsubscribe5(client, "in/zero", NULL)));
	CALL(MQTTClient_unsubscribeMany(client, 2, filters));
	CALL(responded(MQTTClient_unsubscribeMany5(client, 2, filters, NULL)));
	CALL(MQTTClient_receive(client, &topic, &length, &received, 100));
	if (received != NULL)
	{
		MQTTClient_freeMessage(&received);
		MQTTClient_free(topic);
	}
	CALL_VOID(MQTTClient_yield());
	CALL(MQTTClient_setCommandTimeout(client, 6000));
	CALL(MQTTClient_setCallbacks(client, NULL, on_loss, on_message, on_completion));
	CALL(MQTTClient_setDisconnected(client, NULL, strcmp(kind, "disconnected") == 0 ? on_disconnect : NULL));
	CALL(MQTTClient_setPublished(client, NULL, on_published));
}

static int reconnect(MQTTClient client)
{
	MQTTClient_connectOptions options = clean_options(version);

	options.connectTimeout = 2;
	return connect_any(client, &options);
}

static void use_everything(void)
{
	MQTTProperties properties = MQTTProperties_initializer;
	MQTTClient fresh;
	char *memory;

	use(own);
	use(other);
	CALL(MQTTClient_disconnect(other, 1000));
	CALL(reconnect(other));
	CALL(responded(MQTTClient_connect5(other, NULL, NULL, NULL)));
	CALL(MQTTClient_disconnect5(other, 1000, MQTTREASONCODE_SUCCESS, NULL));
	CALL(reconnect(other));
	call_began = now_ms();
	fresh = new_client(broker, "fresh", version);
	timed("create", 0);
	CALL(reconnect(fresh));
	use(fresh);
	CALL(MQTTClient_disconnect(fresh, 1000));
	CALL_VOID(MQTTClient_destroy(&fresh));
	memory = malloc(10);
	CALL_VOID(free(memory));
	CALL_VOID(MQTTProperties_free(&properties));
	CALL(MQTTClient_strerror(-1) == NULL);
	CALL(MQTTClient_getVersionInfo() == NULL);
	CALL_VOID(MQTTClient_setTraceLevel(MQTTCLIENT_TRACE_PROTOCOL));
	/* A client whose connection is gone gets a new one from its own callback. */
	if (!MQTTClient_isConnected(own))
		CALL(reconnect(own));
}

/* The first callback of the kind asked for does all the work. */
static void called(const char *callback)
{
	if (strcmp(callback, kind) != 0 || __atomic_exchange_n(&began, 1, __ATOMIC_SEQ_CST))
		return;
	use_everything();
	counter_raise(&finished);
}

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	(void)length;
	if (strcmp(topic, "mine/after") == 0)
		counter_raise(&arrived);
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	called("messageArrived");
	return 1;
}

static void on_completion(void *context, MQTTClient_deliveryToken token)
{
	(void)context;
	(void)token;
	called("deliveryComplete");
}

static void on_published(void *context, int token, int packet_type, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	(void)token;
	(void)packet_type;
	(void)properties;
	(void)reason;
	called("published");
}

static void on_loss(void *context, char *cause)
{
	(void)context;
	(void)cause;
	called("connectionLost");
}

static void on_disconnect(void *context, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	(void)properties;
	(void)reason;
	called("disconnected");
}

static void on_trace(enum MQTTCLIENT_TRACE_LEVELS level, char *text)
{
	(void)level;
	(void)text;
	/* Not before both clients are connected. */
	if (__atomic_load_n(&other, __ATOMIC_SEQ_CST) != NULL)
		called("trace");
}

static int is(const char *name)
{
	return strcmp(kind, name) == 0;
}

int main(int argc, char **argv)
{
	MQTTClient_connectOptions options;
	MQTTClient created;
	MQTTClient_deliveryToken token;

	broker = argument(argc, argv, 1);
	kind = argument(argc, argv, 2);
	version = is("published") || is("disconnected") ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
	options = clean_options(version);
	if (is("trace"))
	{
		MQTTClient_setTraceCallback(on_trace);
		MQTTClient_setTraceLevel(MQTTCLIENT_TRACE_PROTOCOL);
	}
	own = new_client(broker, "own", version);
	EXPECT(0, MQTTClient_setCallbacks(own, NULL, on_loss, on_message, on_completion));
	EXPECT(0, MQTTClient_setPublished(own, NULL, on_published));
	if (is("disconnected"))
		EXPECT(0, MQTTClient_setDisconnected(own, NULL, on_disconnect));
	EXPECT(0, connect_any(own, &options));
	created = connected_client(broker, "other", version);
	__atomic_store_n(&other, created, __ATOMIC_SEQ_CST);
	EXPECT(0, subscribe_any(own, version, "mine/#", 1));
	if (is("connectionLost") || is("disconnected"))
		EXPECT(0, publish_any(own, "expel", "", 0, 0, 0, NULL));
	else
		EXPECT(0, publish_any(own, "mine/first", "x", 1, 1, 0, NULL));
	AWAIT(&finished, 1);
	/* The connection is there, and works in both directions. */
	REQUIRE(MQTTClient_isConnected(own));
	EXPECT(0, subscribe_any(own, version, "mine/#", 1));
	EXPECT(0, publish_any(own, "mine/after", "x", 1, 1, 0, &token));
	AWAIT(&arrived, 1);
	EXPECT(0, MQTTClient_waitForCompletion(own, token, PATIENCE));
	end_client(other);
	end_client(own);
	say("usable");
	return 0;
}
