/* The application ends the thread that a callback of MQTTAsync runs on. The thread ends as any other: handlers run, the
 * values that it keeps are destroyed. And the client goes on: each message and each outcome is told once.
 *
 * usage: async_thread_ends URI CALLBACK exit|cancel */

#include "async_support.h"

#define MESSAGES 20

static const char *which;
static int by_cancel;
static pthread_key_t kept;

static struct counter arrived = COUNTER_INITIALIZER;
static struct counter succeeded = COUNTER_INITIALIZER;
static struct counter delivered = COUNTER_INITIALIZER;
static struct counter connections = COUNTER_INITIALIZER;
static struct counter losses = COUNTER_INITIALIZER;
static struct counter updates = COUNTER_INITIALIZER;
static struct counter to_end = COUNTER_INITIALIZER;
static struct counter cleaned = COUNTER_INITIALIZER;
static struct counter ended = COUNTER_INITIALIZER;

static void clean(void *counter)
{
	counter_raise(counter);
}

/* Ends the calling thread, if this is the callback that is to do so. */
static void end_in(const char *callback)
{
	if (strcmp(callback, which) != 0)
		return;
	REQUIRE(pthread_setspecific(kept, &ended) == 0);
	counter_raise(&to_end);
	pthread_cleanup_push(clean, &cleaned);
	if (by_cancel)
	{
		pthread_cancel(pthread_self());
		pthread_testcancel();
	}
	else
		pthread_exit(NULL);
	pthread_cleanup_pop(0);
}

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
	forget_message(context, topic, length, message);
	counter_raise(&arrived);
	end_in("messageArrived");
	return 1;
}

static void on_delivery(void *context, MQTTAsync_token token)
{
	(void)context;
	(void)token;
	counter_raise(&delivered);
	end_in("deliveryComplete");
}

static void on_success(void *context, MQTTAsync_successData *data)
{
	(void)data;
	counter_raise(&succeeded);
	end_in(context);
}

static void on_failure(void *context, MQTTAsync_failureData *data)
{
	if (strcmp(context, "connectFailure") != 0)
		fail("%s failed: %d", (char *)context, data->code);
	counter_raise(&losses);
	end_in("connectFailure");
}

static void on_connection(void *context, char *cause)
{
	(void)context;
	(void)cause;
	counter_raise(&connections);
	end_in("connected");
}

static void on_loss(void *context, char *cause)
{
	(void)context;
	(void)cause;
	counter_raise(&losses);
	end_in("connectionLost");
}

static int on_update(void *context, MQTTAsync_connectData *data)
{
	(void)context;
	(void)data;
	counter_raise(&updates);
	end_in("updateConnectOptions");
	return 0;
}

static MQTTAsync_responseOptions request(const char *name)
{
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;

	response.context = (void *)name;
	response.onSuccess = on_success;
	response.onFailure = on_failure;
	return response;
}

static void await_end(void)
{
	int count = counter_value(&to_end);

	AWAIT(&cleaned, count);
	AWAIT(&ended, count);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	MQTTAsync_connectOptions options = clean_options(4, NULL);
	MQTTAsync_disconnectOptions disconnect = MQTTAsync_disconnectOptions_initializer;
	MQTTAsync_responseOptions response;
	MQTTAsync client, other;
	int i, threads;

	which = argument(argc, argv, 2);
	by_cancel = strcmp(argument(argc, argv, 3), "cancel") == 0;
	REQUIRE(pthread_key_create(&kept, clean) == 0);
	threads = running_threads();
	if (strcmp(which, "connectFailure") == 0)
	{
		client = new_client("tcp://127.0.0.1:1", "ends-nowhere", 4);
		options.context = (void *)which;
		options.onFailure = on_failure;
		EXPECT(0, MQTTAsync_connect(client, &options));
		AWAIT(&losses, 1);
		await_end();
		MQTTAsync_destroy(&client);
		options = clean_options(4, NULL);
	}
	client = new_client(uri, "ends", 4);
	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, on_loss, on_message, on_delivery));
	EXPECT(0, MQTTAsync_setConnected(client, NULL, on_connection));
	EXPECT(0, MQTTAsync_setUpdateConnectOptions(client, NULL, on_update));
	options.context = "connectSuccess";
	options.onSuccess = on_success;
	options.onFailure = on_failure;
	options.automaticReconnect = 1;
	EXPECT(0, MQTTAsync_connect(client, &options));
	AWAIT(&succeeded, 1);
	AWAIT(&connections, 1);
	response = request("subscribeSuccess");
	EXPECT(0, MQTTAsync_subscribe(client, "ends", 2, &response));
	AWAIT(&succeeded, 2);
	for (i = 0; i < MESSAGES; ++i)
	{
		response = request(i % 3 == 0 ? "sendSuccess" : "");
		EXPECT(0, MQTTAsync_send(client, "ends", 5, "hello", i % 3, 0, &response));
	}
	AWAIT(&succeeded, 2 + MESSAGES);
	AWAIT(&arrived, MESSAGES);
	AWAIT(&delivered, MESSAGES - (MESSAGES + 2) / 3);
	/* Another one with its name throws it out. */
	other = new_client(uri, "ends", 4);
	connect_and_wait(other, 4);
	MQTTAsync_destroy(&other);
	AWAIT(&connections, 2);
	await_end();
	response = request("");
	EXPECT(0, MQTTAsync_subscribe(client, "ends", 2, &response));
	AWAIT(&succeeded, 2 + MESSAGES + 1);
	disconnect.timeout = 1000;
	disconnect.context = "disconnectSuccess";
	disconnect.onSuccess = on_success;
	EXPECT(0, MQTTAsync_disconnect(client, &disconnect));
	AWAIT(&succeeded, 2 + MESSAGES + 2);
	await_end();
	MQTTAsync_destroy(&client);
	EXPECT(MESSAGES, counter_value(&arrived));
	EXPECT(2 + MESSAGES + 2, counter_value(&succeeded));
	REQUIRE(counter_value(&to_end) > 0);
	REQUIRE(threads_fall_to(threads));
	say("%d threads ended", counter_value(&to_end));
	return 0;
}
