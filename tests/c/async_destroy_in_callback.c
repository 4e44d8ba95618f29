/* Destroys the client inside one of its callbacks. Nothing of it may remain, and nothing may be called any more.
 * Arguments: uri of a server that throws out who publishes to "expel", the callback. */

#include "async_support.h"

static const char *kind;
static MQTTAsync client;
static struct counter destroyed = COUNTER_INITIALIZER;
static pthread_t destroyer;

static void called(const char *callback)
{
	/* But that the requests which it still had have failed, in destroy itself. */
	if (counter_value(&destroyed) > 0)
		fail("%s was called after destroy", callback);
	if (strcmp(callback, kind) == 0)
	{
		destroyer = pthread_self();
		MQTTAsync_destroy(&client);
		REQUIRE(client == NULL);
		counter_raise(&destroyed);
	}
}

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
	(void)context;
	(void)length;
	called("messageArrived");
	/* Both are still the application's. */
	REQUIRE(strcmp(topic, "mine/first") == 0 && message->payloadlen == 5 && memcmp(message->payload, "hello", 5) == 0);
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
	(void)cause;
	called("connected");
}

static void on_disconnect(void *context, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
	(void)context;
	(void)reason;
	called("disconnected");
	REQUIRE(properties->count >= 0);
}

static int on_update(void *context, MQTTAsync_connectData *data)
{
	(void)context;
	(void)data;
	called("updateConnectOptions");
	return 0;
}

static void on_success5(void *context, MQTTAsync_successData5 *data)
{
	called(context);
	/* What the callback has is good until it returns. */
	REQUIRE(memcmp(data->struct_id, "MQSD", 4) == 0);
}

static void on_failure5(void *context, MQTTAsync_failureData5 *data)
{
	(void)context;
	if (data->code == MQTTASYNC_OPERATION_INCOMPLETE)
		return;
	called("connectFailure");
	REQUIRE(memcmp(data->struct_id, "MQFD", 4) == 0);
}

static MQTTAsync_responseOptions named(const char *success)
{
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;

	response.context = (void *)success;
	response.onSuccess5 = on_success5;
	response.onFailure5 = on_failure5;
	return response;
}

static void provoke(void)
{
	MQTTAsync_connectOptions options = clean_options(5, NULL);
	MQTTAsync_disconnectOptions disconnect = MQTTAsync_disconnectOptions_initializer5;
	MQTTAsync_responseOptions subscribed = named("subscribeSuccess"), sent = named("sendSuccess");
	MQTTAsync_responseOptions unsubscribed = named("unsubscribeSuccess");
	MQTTAsync held = client;
	char *nobody = "tcp://127.0.0.1:1";

	options.context = "connectSuccess";
	options.onSuccess5 = on_success5;
	options.onFailure5 = on_failure5;
	options.automaticReconnect = strcmp(kind, "updateConnectOptions") == 0;
	if (strcmp(kind, "connectFailure") == 0)
	{
		options.serverURIcount = 1;
		options.serverURIs = &nobody;
	}
	EXPECT(0, MQTTAsync_connect(held, &options));
	if (strcmp(kind, "connectFailure") == 0 || strcmp(kind, "connectSuccess") == 0 || strcmp(kind, "connected") == 0)
		return;
	while (!MQTTAsync_isConnected(held))
		usleep(1000);
	/* The client may go at any of these. */
	MQTTAsync_subscribe(held, "mine/#", 1, &subscribed);
	MQTTAsync_send(held, "mine/first", 5, "hello", 1, 0, &sent);
	MQTTAsync_unsubscribe(held, "other", &unsubscribed);
	disconnect.context = "disconnectSuccess";
	disconnect.onSuccess5 = on_success5;
	if (strcmp(kind, "disconnectSuccess") == 0)
		MQTTAsync_disconnect(held, &disconnect);
	else if (strcmp(kind, "connectionLost") == 0 || strcmp(kind, "disconnected") == 0 || strcmp(kind, "updateConnectOptions") == 0)
		MQTTAsync_send(held, "expel", 0, NULL, 0, 0, NULL);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int threads = running_threads(), descriptors = open_descriptors();
	MQTTAsync held;

	kind = argument(argc, argv, 2);
	client = held = new_client(uri, "own", strcmp(kind, "connectionLost") == 0 ? 4 : 5);
	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, on_loss, on_message, on_completion));
	EXPECT(0, MQTTAsync_setConnected(client, NULL, on_connected));
	EXPECT(0, MQTTAsync_setDisconnected(client, NULL, on_disconnect));
	EXPECT(0, MQTTAsync_setUpdateConnectOptions(client, NULL, on_update));
	if (strcmp(kind, "connectionLost") == 0)
	{
		connect_and_wait(client, 4);
		EXPECT(0, MQTTAsync_send(held, "expel", 0, NULL, 0, 0, NULL));
	}
	else
		provoke();
	AWAIT(&destroyed, 1);
	REQUIRE(!pthread_equal(destroyer, pthread_self()));
	/* The handle is stale now: refused, not followed. */
	REQUIRE(MQTTAsync_send(held, "unheard", 5, "hello", 1, 0, NULL) < 0);
	REQUIRE(MQTTAsync_isConnected(held) == 0);
	REQUIRE(threads_fall_to(threads));
	say("%d descriptors left", open_descriptors() - descriptors);
	return 0;
}
