/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Connects through a proxy, by WebSocket, or both.
 *
 *     proxy_websocket ws://broker:8080/mqtt [proxy]
 *
 * The proxy is e.g. http://user:password@proxy:3128 or socks5h://proxy:1080.
 */

#include <stdio.h>
#include <stdlib.h>

#include "MQTTClient.h"

int main(int argc, char **argv)
{
	/* Like the other initializer, but for a keep alive interval that suits what stands between: 45 s. */
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer_ws;
	/* Only WebSocket has headers. The list ends with NULLs. */
	MQTTClient_nameValue headers[] = { { "X-Guide", "proxy_websocket" }, { NULL, NULL } };
	MQTTClient_deliveryToken token;
	MQTTClient client = NULL;
	int rc;

	if (argc < 2)
		return EXIT_FAILURE;
	options.httpHeaders = headers;
	options.httpProxy = argc > 2 ? argv[2] : NULL;
	options.connectTimeout = 10; /* for all of it: name, proxy, upgrade, CONNACK */

	rc = MQTTClient_create(&client, argv[1], "guide-proxy-websocket", MQTTCLIENT_PERSISTENCE_NONE, NULL);
	if (rc == MQTTCLIENT_SUCCESS)
		rc = MQTTClient_connect(client, &options);
	if (rc == MQTTCLIENT_SUCCESS)
		rc = MQTTClient_publish(client, "guide/proxy", 5, "hello", 1, 0, &token);
	if (rc == MQTTCLIENT_SUCCESS)
		rc = MQTTClient_waitForCompletion(client, token, 10000);
	if (rc == MQTTCLIENT_SUCCESS)
		printf("published\n");
	else
		fprintf(stderr, "%d, %s\n", rc, MQTTClient_strerror(rc));
	MQTTClient_disconnect(client, 10000);
	MQTTClient_destroy(&client);
	return rc == MQTTCLIENT_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
