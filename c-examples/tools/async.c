/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Connecting with MQTTAsync. */

#include "async.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void trace(enum MQTTASYNC_TRACE_LEVELS level, char *message)
{
	print_trace((int)level, message);
}

static void usage(const struct options *options)
{
	MQTTAsync_nameValue *information = MQTTAsync_getVersionInfo();

	print_title(options);
	printf("\nLibrary information:\n");
	for (; information != NULL && information->name != NULL; information++)
		printf("%s: %s\n", information->name, information->value);
	printf("\n");
	options_usage(options);
}

int session_open(struct session *session, struct options *options, int argc, char **argv)
{
	MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer;
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
		MQTTAsync_setTraceCallback(trace);
		MQTTAsync_setTraceLevel((enum MQTTASYNC_TRACE_LEVELS)options->trace_level);
	}
	if (options->verbose)
		printf("URL is %s\n", session->uri);

	create.MQTTVersion = options->version;
	/* What is published while the connection is lost goes out when it is back. */
	create.sendWhileDisconnected = 1;
	rc = MQTTAsync_createWithOptions(&session->client, session->uri, options->client_id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &create);
	if (rc != MQTTASYNC_SUCCESS)
	{
		complain(options, "Failed to create a client for %s, return code %d: %s", session->uri, rc, MQTTAsync_strerror(rc));
		goto fail;
	}
	pthread_mutex_init(&session->lock, NULL);
	return 1;
fail:
	free(session->uri);
	options_free(options);
	return 0;
}

static void set_state(struct session *session, enum state state)
{
	pthread_mutex_lock(&session->lock);
	session->state = state;
	if (state == FAILED)
		session->failed = 1;
	pthread_mutex_unlock(&session->lock);
	wake();
}

static enum state current_state(struct session *session)
{
	enum state state;

	pthread_mutex_lock(&session->lock);
	state = session->state;
	pthread_mutex_unlock(&session->lock);
	return state;
}

static void on_connect(struct session *session)
{
	/* As Paho: the subscriber does not say so. */
	if (session->options->verbose && session->options->tool == PUBLISHER)
	{
		printf("Connected\n");
		fflush(stdout);
	}
	set_state(session, CONNECTED);
}

static void connected(void *context, MQTTAsync_successData *data)
{
	(void)data;
	on_connect(context);
}

static void connected5(void *context, MQTTAsync_successData5 *data)
{
	(void)data;
	on_connect(context);
}

static void on_connect_failure(struct session *session, int code, const char *text)
{
	if (code > 0)
		complain(session->options, "Connect failed: %s answers %d, %s", session->uri, code, refusal_text(session->options, code));
	else
		complain(session->options, "Connect failed: no connection to %s, return code %d: %s%s%s", session->uri, code, MQTTAsync_strerror(code),
			text != NULL ? ", " : "", text != NULL ? text : "");
	set_state(session, FAILED);
}

static void connect_failed(void *context, MQTTAsync_failureData *data)
{
	on_connect_failure(context, data != NULL ? data->code : MQTTASYNC_FAILURE, data != NULL ? data->message : NULL);
}

static void connect_failed5(void *context, MQTTAsync_failureData5 *data)
{
	int code = data == NULL ? MQTTASYNC_FAILURE : data->reasonCode >= MQTTREASONCODE_UNSPECIFIED_ERROR ? (int)data->reasonCode : data->code;

	on_connect_failure(context, code, data != NULL ? data->message : NULL);
}

static void fill_will(MQTTAsync_willOptions *will, const struct options *options)
{
	will->topicName = options->will_topic;
	will->message = options->will_payload != NULL ? options->will_payload : "";
	will->qos = options->will_qos;
	will->retained = options->will_retain;
}

static void fill_tls(MQTTAsync_SSLOptions *tls, const struct options *options)
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

int session_connect(struct session *session)
{
	const struct options *options = session->options;
	MQTTAsync_connectOptions connect = MQTTAsync_connectOptions_initializer;
	MQTTAsync_connectOptions connect5 = MQTTAsync_connectOptions_initializer5;
	MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
	MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
	int rc;

	if (options->version >= MQTTVERSION_5)
	{
		connect = connect5;
		connect.cleanstart = 1;
		connect.onSuccess5 = connected5;
		connect.onFailure5 = connect_failed5;
	}
	else
	{
		connect.onSuccess = connected;
		connect.onFailure = connect_failed;
	}
	connect.context = session;
	connect.MQTTVersion = options->version;
	connect.keepAliveInterval = options->keep_alive;
	connect.username = options->username;
	connect.password = options->password;
	connect.httpProxy = options->http_proxy;
	connect.httpsProxy = options->https_proxy;
	connect.automaticReconnect = 1;
	connect.minRetryInterval = SHORTEST_RETRY_S;
	connect.maxRetryInterval = LONGEST_RETRY_S;
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

	/* As Paho: the subscriber does not say so. */
	if (options->verbose && options->tool == PUBLISHER)
		printf("Connecting\n");
	fflush(stdout);
	if ((rc = MQTTAsync_connect(session->client, &connect)) != MQTTASYNC_SUCCESS)
		on_connect_failure(session, rc, NULL);
	while (!stopped() && current_state(session) == CONNECTING)
		wait_for_wake(-1);
	return current_state(session) == CONNECTED;
}

void session_fail(struct session *session)
{
	pthread_mutex_lock(&session->lock);
	session->failed = 1;
	pthread_mutex_unlock(&session->lock);
	wake();
}

int session_has_failed(struct session *session)
{
	int failed;

	pthread_mutex_lock(&session->lock);
	failed = session->failed;
	pthread_mutex_unlock(&session->lock);
	return failed;
}

void session_begin_publish(struct session *session)
{
	pthread_mutex_lock(&session->lock);
	session->pending++;
	pthread_mutex_unlock(&session->lock);
}

void session_end_publish(struct session *session, int success)
{
	pthread_mutex_lock(&session->lock);
	session->pending--;
	session->failed |= !success;
	pthread_mutex_unlock(&session->lock);
	wake();
}

long session_wait(struct session *session, long pending)
{
	for (;;)
	{
		long now;

		pthread_mutex_lock(&session->lock);
		now = session->pending;
		pthread_mutex_unlock(&session->lock);
		if (now <= pending || stopped())
			return now;
		wait_for_wake(-1);
	}
}

static void disconnected(void *context, MQTTAsync_successData *data)
{
	(void)data;
	set_state(context, DISCONNECTED);
}

static void disconnected5(void *context, MQTTAsync_successData5 *data)
{
	(void)data;
	set_state(context, DISCONNECTED);
}

static void disconnect_failed(void *context, MQTTAsync_failureData *data)
{
	(void)data; /* there is no connection any more, and that is what we asked for */
	set_state(context, DISCONNECTED);
}

static void disconnect_failed5(void *context, MQTTAsync_failureData5 *data)
{
	(void)data;
	set_state(context, DISCONNECTED);
}

int session_close(struct session *session)
{
	MQTTAsync_disconnectOptions disconnect = MQTTAsync_disconnectOptions_initializer;
	MQTTAsync_disconnectOptions disconnect5 = MQTTAsync_disconnectOptions_initializer5;
	int success;

	if (session->options->version >= MQTTVERSION_5)
	{
		disconnect = disconnect5;
		disconnect.onSuccess5 = disconnected5;
		disconnect.onFailure5 = disconnect_failed5;
	}
	else
	{
		disconnect.onSuccess = disconnected;
		disconnect.onFailure = disconnect_failed;
	}
	disconnect.context = session;
	disconnect.timeout = stopped() ? 0 : TIMEOUT_MS;
	/* Without a connection it fails at once. */
	if (MQTTAsync_disconnect(session->client, &disconnect) == MQTTASYNC_SUCCESS)
		while (current_state(session) != DISCONNECTED && wait_for_wake(TIMEOUT_MS))
			;
	/* Callbacks are over when destroy returns. */
	MQTTAsync_destroy(&session->client);
	success = !session->failed;
	pthread_mutex_destroy(&session->lock);
	free(session->uri);
	options_free((struct options *)session->options);
	return success;
}

void session_complain(const struct session *session, const char *what, int code, const char *text)
{
	complain(session->options, "%s %s failed, code %d: %s%s%s", what, session->options->topic, code,
		code > 0 ? MQTTReasonCode_toString((enum MQTTReasonCodes)code) : MQTTAsync_strerror(code), text != NULL ? ", " : "", text != NULL ? text : "");
}
