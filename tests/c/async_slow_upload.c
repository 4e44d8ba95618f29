/* The same as slow_upload.c, with MQTTAsync, for QoS 1 and MQTT 3.1.1. */

#include "async_support.h"

int main(int argc, char **argv)
{
	static struct outcomes connected = OUTCOMES_INITIALIZER, sent = OUTCOMES_INITIALIZER;
	int size = atoi(argument(argc, argv, 4));
	MQTTAsync_connectOptions options = clean_options(4, &connected);
	MQTTAsync_responseOptions response = counted_in(&sent, 4);
	MQTTAsync client = new_client(argument(argc, argv, 1), "upload", 4);
	unsigned char *payload = pattern(size);

	options.keepAliveInterval = atoi(argument(argc, argv, 3));
	use_tls_if_asked(&options);
	EXPECT(0, MQTTAsync_setCallbacks(client, "the upload", fail_on_loss, forget_message, NULL));
	EXPECT(0, MQTTAsync_connect(client, &options));
	AWAIT(&connected.success, 1);
	say("connected");
	await_go();
	EXPECT(0, MQTTAsync_send(client, "large", size, payload, 1, 0, &response));
	free(payload);
	AWAIT(&sent.success, 1);
	EXPECT(0, MQTTAsync_send(client, "done", 1, "x", 1, 0, &response));
	AWAIT(&sent.success, 2);
	end_client(client, 4);
	say("uploaded");
	return 0;
}
