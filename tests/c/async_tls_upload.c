/* The same as tls_upload.c, with MQTTAsync. */

#include "async_support.h"

#define SSL_OPTIONS MQTTAsync_SSLOptions
#include "tls_support.h"

static void on_loss(void *context, char *cause)
{
	(void)context;
	fail("lost its connection: %s", cause == NULL ? "no cause" : cause);
}

int main(int argc, char **argv)
{
	static struct outcomes connected = OUTCOMES_INITIALIZER, sent = OUTCOMES_INITIALIZER;
	int size = atoi(argument(argc, argv, 4));
	MQTTAsync_SSLOptions initializer = MQTTAsync_SSLOptions_initializer;
	MQTTAsync_connectOptions options = clean_options(4, &connected);
	MQTTAsync_responseOptions response = counted_in(&sent, 4);
	MQTTAsync client = new_client(argument(argc, argv, 1), "upload", 4);
	char *payload = calloc((size_t)size, 1);

	read_tls(argc, argv, 5, initializer);
	options.ssl = &tls.options;
	options.keepAliveInterval = atoi(argument(argc, argv, 3));
	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, on_loss, forget_message, NULL));
	EXPECT(0, MQTTAsync_connect(client, &options));
	AWAIT(&connected.success, 1);
	say("connected");
	await_go();
	EXPECT(0, MQTTAsync_send(client, "large", size, payload, 1, 0, &response));
	free(payload);
	AWAIT(&sent.success, 1);
	EXPECT(0, MQTTAsync_send(client, "done", 1, "x", 1, 0, &response));
	AWAIT(&sent.success, 2);
	disconnect_and_wait(client, 4);
	MQTTAsync_destroy(&client);
	say("uploaded");
	return 0;
}
