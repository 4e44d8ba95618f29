/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Connecting with MQTTClient. */

#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void trace(enum MQTTCLIENT_TRACE_LEVELS level, char *message)
{
	print_trace((int)level, message);
}

static void usage(const struct options *options)
{
	MQTTClient_nameValue *information = MQTTClient_getVersionInfo();

	print_title(options);
	printf("\nLibrary information:\n");
	for (; information != NULL && information->name != NULL; information++)
		printf("%s: %s\n", information->name, information->value);
	printf("\n");
	options_usage(options);
}

int session_open(struct session *session, struct options *options, int argc, char **argv)
{
	MQTTClient_createOptions create = MQTTClient_createOptions_initializer;
	int rc;

	memset(session, 0, sizeof(*session));
	session->options = options;
	if (!options_read(options, argc, argv))
	{
		usage(options);
		options_free(options);
		return 0;
	}
	if ((session->uri = options_uri(options)) == NULL || !prepare_waiting())
		goto fail;
	if (options->trace_level != 0)
	{
		MQTTClient_setTraceCallback(trace);
		MQTTClient_setTraceLevel((enum MQTTCLIENT_TRACE_LEVELS)options->trace_level);
	}
	if (options->verbose)
		printf("URL is %s\n", session->uri);

	create.MQTTVersion = options->version;
	rc = MQTTClient_createWithOptions(&session->client, session->uri, options->client_id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &create);
	if (rc == MQTTCLIENT_SUCCESS)
		return 1;
	complain(options, "Failed to create a client for %s, return code %d: %s", session->uri, rc, MQTTClient_strerror(rc));
fail:
	free(session->uri);
	options_free(options);
	return 0;
}

static void fill_will(MQTTClient_willOptions *will, const struct options *options)
{
	will->topicName = options->will_topic;
	will->message = options->will_payload != NULL ? options->will_payload : "";
	will->qos = options->will_qos;
	will->retained = options->will_retain;
}

static void fill_tls(MQTTClient_SSLOptions *tls, const struct options *options)
{
	tls->trustStore = options->cafile;
	tls->CApath = options->capath;
	tls->keyStore = options->cert;
	tls->privateKey = options->key;
	tls->privateKeyPassword = options->keypass;
	tls->enabledCipherSuites = options->ciphers;
	/* With a pre-shared key there may be no certificate to check. */
	tls->verify = !options->insecure && options->psk == NULL;
	tls->ssl_error_cb = print_tls_error;
	tls->ssl_error_context = (void *)options;
	if (options->psk != NULL)
	{
		tls->ssl_psk_cb = give_psk;
		tls->ssl_psk_context = (void *)options;
		/* Who knows the key is the server: certificates of others are not to be trusted in its place. */
		tls->disableDefaultTrustStore = 1;
	}
}

static int connect_as(MQTTClient client, MQTTClient_connectOptions *connect, int version)
{
	MQTTResponse response;
	int rc;

	if (version < MQTTVERSION_5)
		return MQTTClient_connect(client, connect);
	response = MQTTClient_connect5(client, connect, NULL, NULL);
	rc = response.reasonCode;
	MQTTResponse_free(response);
	return rc;
}

int session_connect(struct session *session)
{
	const struct options *options = session->options;
	MQTTClient_connectOptions connect = MQTTClient_connectOptions_initializer;
	MQTTClient_connectOptions connect5 = MQTTClient_connectOptions_initializer5;
	MQTTClient_willOptions will = MQTTClient_willOptions_initializer;
	MQTTClient_SSLOptions tls = MQTTClient_SSLOptions_initializer;
	int rc;

	if (options->version >= MQTTVERSION_5)
	{
		connect = connect5;
		connect.cleanstart = 1;
	}
	connect.MQTTVersion = options->version;
	connect.keepAliveInterval = options->keep_alive;
	connect.username = options->username;
	connect.password = options->password;
	connect.httpProxy = options->http_proxy;
	connect.httpsProxy = options->https_proxy;
	if (options->will_topic != NULL)
	{
		fill_will(&will, options);
		connect.will = &will;
	}
	if (options_use_tls(options))
	{
		fill_tls(&tls, options);
		connect.ssl = &tls;
	}

	if (options->verbose)
	{
		printf("Connecting\n");
		fflush(stdout);
	}
	rc = connect_as(session->client, &connect, options->version);
	if (rc > 0)
		complain(options, "Connect failed: %s answers %d, %s", session->uri, rc, refusal_text(options, rc));
	else if (rc != MQTTCLIENT_SUCCESS)
		complain(options, "Connect failed: no connection to %s, return code %d: %s", session->uri, rc, MQTTClient_strerror(rc));
	else if (options->verbose)
		/* As Paho: the subscriber leaves standard output to the messages. */
		fprintf(options->tool == PUBLISHER ? stdout : stderr, "Connected\n");
	fflush(stdout);
	return rc;
}

int session_connect_again(struct session *session)
{
	int pause = SHORTEST_RETRY_S, rc = MQTTCLIENT_DISCONNECTED;

	do
	{
		/* Also before the first attempt: there are servers that accept each connection, and drop it. */
		wait_for_stop(pause * 1000);
		pause = pause * 2 < LONGEST_RETRY_S ? pause * 2 : LONGEST_RETRY_S;
	} while (!stopped() && worth_retrying(rc = session_connect(session)));
	return stopped() ? MQTTCLIENT_DISCONNECTED : rc;
}

void session_close(struct session *session)
{
	if (MQTTClient_isConnected(session->client))
		MQTTClient_disconnect(session->client, TIMEOUT_MS);
	MQTTClient_destroy(&session->client);
	free(session->uri);
	options_free((struct options *)session->options);
}
