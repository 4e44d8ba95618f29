/* A thread that has been cancelled calls the library, which must look for that only at the edges of a call.
 *
 * Here it looks in vain: the function that it asks at the edges does nothing. So each call must go on to its end, as
 * it does if the thread is cancelled just behind the first edge. Wherever the C library would end the thread in
 * between, it does so in every run.
 *
 * Arguments: uri, the calls, the MQTT version, "callbacks" | "plain", a directory for the store or "-". */

#include "support.h"

#define LARGE (1 << 20)

static const char *uri, *what, *store;
static int version, with_callbacks;
static MQTTClient client;
static volatile int finished;

/* The C library's, as the library under test finds it. */
void pthread_testcancel(void)
{
}

static int enabled(void)
{
	REQUIRE(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL) == 0);
	return 1;
}

static int disabled(void)
{
	REQUIRE(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL) == 0);
	return 1;
}

/* A call, during which the thread is cancelled and may be. */
#define CANCELLED(call) do { enabled(); call; disabled(); } while (0)

static void published(void *context, int token, int type, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	(void)token;
	(void)type;
	(void)properties;
	(void)reason;
}

static void connection_lost(void *context, char *cause)
{
	(void)context;
	(void)cause;
}

static void disconnected_by_server(void *context, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	(void)properties;
	(void)reason;
}

static MQTTClient made_client(const char *id)
{
	MQTTClient_createOptions options = MQTTClient_createOptions_initializer;
	int has_store = strcmp(store, "-") != 0;
	MQTTClient made = NULL;

	options.MQTTVersion = version;
	EXPECT(0, MQTTClient_createWithOptions(&made, uri, id,
		has_store ? MQTTCLIENT_PERSISTENCE_DEFAULT : MQTTCLIENT_PERSISTENCE_NONE,
		has_store ? (void *)store : NULL, &options));
	if (with_callbacks)
		EXPECT(0, MQTTClient_setCallbacks(made, NULL, connection_lost, forget_message, NULL));
	return made;
}

static int publish_once(int length, const void *payload, int qos)
{
	MQTTClient_message message = MQTTClient_message_initializer;
	MQTTClient_deliveryToken token;
	static unsigned int count;

	message.payload = (void *)payload;
	message.payloadlen = length;
	message.qos = qos;
	switch (count++ % 2 + (version >= MQTTVERSION_5 ? 2 : 0))
	{
	case 0:
		return MQTTClient_publish(client, "elsewhere", length, payload, qos, 0, &token);
	case 1:
		return MQTTClient_publishMessage(client, "elsewhere", &message, &token);
	case 2:
		return MQTTClient_publish5(client, "elsewhere", length, payload, qos, 0, NULL, &token).reasonCode;
	default:
		return MQTTClient_publishMessage5(client, "elsewhere", &message, &token).reasonCode;
	}
}

static void publish(int count, int length, int qos)
{
	unsigned char *payload = pattern(length);
	int rc = 0;

	while (count-- > 0 && rc == 0)
		CANCELLED(rc = publish_once(length, payload, qos));
	free(payload);
	EXPECT(0, rc);
}

/* The program closes all descriptors, those of the library's own threads, too. */
static void publish_without_descriptors(void)
{
	int fd, rc = 0;

	publish(20000, 5, 0);
	for (fd = 3; fd < 64; ++fd)
		close(fd);
	while (rc == 0)
		CANCELLED(rc = publish_once(5, "hello", 0));
	REQUIRE(rc < 0);
}

/* Another client of the same name has the server end the connection, while a thread publishes. */
static void publish_to_nobody(int qos)
{
	MQTTClient other = connected_client(uri, "inside", version);
	int rc = 0;

	while (rc == 0)
		CANCELLED(rc = publish_once(5, "hello", qos));
	REQUIRE(rc < 0);
	end_client(other);
}

static void call_others(void)
{
	MQTTClient_deliveryToken *tokens = NULL;
	MQTTClient_nameValue *info;
	MQTTProperties list = MQTTProperties_initializer, copy;
	MQTTProperty property;
	int rc;

	CANCELLED(rc = MQTTClient_setCallbacks(client, NULL, connection_lost, forget_message, NULL));
	EXPECT(0, rc);
	CANCELLED(MQTTClient_setDisconnected(client, NULL, disconnected_by_server));
	CANCELLED(MQTTClient_setPublished(client, NULL, published));
	CANCELLED(MQTTClient_setCommandTimeout(client, 10000));
	CANCELLED(MQTTClient_getPendingDeliveryTokens(client, &tokens));
	CANCELLED(MQTTClient_free(tokens));
	CANCELLED(rc = MQTTClient_isConnected(client));
	EXPECT(1, rc);
	CANCELLED(info = MQTTClient_getVersionInfo());
	REQUIRE(info != NULL);
	CANCELLED(MQTTClient_setTraceLevel(MQTTCLIENT_TRACE_MINIMUM));
	CANCELLED(MQTTClient_setTraceCallback(NULL));
	CANCELLED(MQTTClient_setCallbackTurn(1000));
	CANCELLED(MQTTClient_strerror(-1));
	property.identifier = MQTTPROPERTY_CODE_RECEIVE_MAXIMUM;
	property.value.integer2 = 7;
	CANCELLED(rc = MQTTProperties_add(&list, &property));
	EXPECT(0, rc);
	CANCELLED(copy = MQTTProperties_copy(&list));
	CANCELLED(MQTTProperties_free(&copy));
	CANCELLED(MQTTProperties_free(&list));
	CANCELLED(MQTTReasonCode_toString(MQTTREASONCODE_SUCCESS));
}

/* Calls that block, each of which ends. */
static void call_blocking(void)
{
	MQTTClient_connectOptions options = clean_options(version);
	MQTTClient_deliveryToken token = 0;
	MQTTClient_message *message = NULL;
	MQTTClient short_lived;
	char *topic = NULL;
	int length, rc;

	CANCELLED(rc = subscribe_any(client, version, "here", 1));
	EXPECT(0, rc);
	CANCELLED(rc = publish_any(client, "here", "x", 1, 1, 0, &token));
	EXPECT(0, rc);
	CANCELLED(rc = MQTTClient_waitForCompletion(client, token, PATIENCE));
	EXPECT(0, rc);
	if (!with_callbacks)
	{
		CANCELLED(rc = MQTTClient_receive(client, &topic, &length, &message, PATIENCE));
		REQUIRE(rc == 0 && message != NULL);
		CANCELLED(MQTTClient_freeMessage(&message));
		CANCELLED(MQTTClient_free(topic));
		CANCELLED(MQTTClient_receive(client, &topic, &length, &message, 1));
		REQUIRE(message == NULL);
	}
	CANCELLED(MQTTClient_yield());
	CANCELLED(short_lived = made_client("short"));
	CANCELLED(rc = connect_any(short_lived, &options));
	EXPECT(0, rc);
	CANCELLED(rc = MQTTClient_disconnect(short_lived, 100));
	EXPECT(0, rc);
	CANCELLED(rc = connect_any(short_lived, &options));
	EXPECT(0, rc);
	CANCELLED(MQTTClient_destroy(&short_lived));
}

static void *run(void *unused)
{
	(void)unused;
	disabled();
	REQUIRE(pthread_cancel(pthread_self()) == 0);
	if (strcmp(what, "first") == 0)
		publish(1, 5, 0);
	else if (strcmp(what, "flood") == 0)
		publish(20000, 5, 0);
	else if (strcmp(what, "large") == 0)
		publish(100, LARGE, 0);
	else if (strcmp(what, "window") == 0)
		publish(1000, 5, 1);
	else if (strcmp(what, "large-window") == 0)
		publish(50, LARGE, 2);
	else if (strcmp(what, "nobody") == 0)
		publish_to_nobody(0);
	else if (strcmp(what, "nobody-window") == 0)
		publish_to_nobody(1);
	else if (strcmp(what, "published") == 0)
	{
		EXPECT(0, MQTTClient_setPublished(client, NULL, published));
		publish(1000, 5, 1);
	}
	else if (strcmp(what, "closed") == 0)
		publish_without_descriptors();
	else if (strcmp(what, "others") == 0)
		call_others();
	else if (strcmp(what, "blocking") == 0)
		call_blocking();
	else
		fail("what is %s?", what);
	finished = 1;
	enabled();
	pause();
	return NULL;
}

int main(int argc, char **argv)
{
	MQTTClient_connectOptions options;
	pthread_t thread;
	void *result;

	uri = argument(argc, argv, 1);
	what = argument(argc, argv, 2);
	version = atoi(argument(argc, argv, 3));
	with_callbacks = strcmp(argument(argc, argv, 4), "callbacks") == 0;
	store = argument(argc, argv, 5);
	alarm(PATIENCE / 1000);
	options = clean_options(version);
	client = made_client("inside");
	EXPECT(0, connect_any(client, &options));
	REQUIRE(pthread_create(&thread, NULL, run, NULL) == 0);
	REQUIRE(pthread_join(thread, &result) == 0);
	REQUIRE(result == PTHREAD_CANCELED && finished);
	if (!MQTTClient_isConnected(client))
		EXPECT(0, connect_any(client, &options));
	publish(10, 5, 1);
	end_client(client);
	say("ended at an edge");
	return 0;
}
