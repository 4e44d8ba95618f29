/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Connects with TLS, checks who the server is, and says why not.
 *
 *     tls ssl://broker:8883 authority.pem [client.pem [client.key]]
 *
 * Link with -lpaho-mqtt3cs: the plain library answers -14.
 */

#include <stdio.h>
#include <stdlib.h>

#include "MQTTClient.h"

/* A line for each thing that went wrong, with its line end. */
static int tls_error(const char *text, size_t length, void *context)
{
	(void)context;
	fwrite(text, 1, length, stderr);
	return 1;
}

int main(int argc, char **argv)
{
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
	MQTTClient_SSLOptions tls = MQTTClient_SSLOptions_initializer;
	MQTTClient client;
	int rc;

	if (argc < 3)
		return EXIT_FAILURE;
	tls.trustStore = argv[2]; /* without it: the authorities that the system trusts */
	tls.keyStore = argc > 3 ? argv[3] : NULL;
	tls.privateKey = argc > 4 ? argv[4] : NULL; /* without it: in the file of keyStore */
	tls.verify = 1; /* the certificate must be for this host; the default is 0 */
	tls.ssl_error_cb = tls_error;
	options.ssl = &tls;
	options.MQTTVersion = MQTTVERSION_3_1_1; /* else a server that refuses is tried again with 3.1, and said twice */

	rc = MQTTClient_create(&client, argv[1], "guide-tls", MQTTCLIENT_PERSISTENCE_NONE, NULL);
	if (rc != MQTTCLIENT_SUCCESS)
	{
		fprintf(stderr, "create: %d, %s\n", rc, MQTTClient_strerror(rc));
		return EXIT_FAILURE;
	}
	rc = MQTTClient_connect(client, &options);
	if (rc == MQTTCLIENT_SUCCESS)
		printf("connected with TLS\n");
	else
		fprintf(stderr, "connect: %d, %s\n", rc, MQTTClient_strerror(rc));
	MQTTClient_disconnect(client, 10000);
	MQTTClient_destroy(&client);
	return rc == MQTTCLIENT_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
