/* A client of MQTTAsync whose session is kept, and that connects again whenever its connection is lost. */

#ifndef TESTS_ASYNC_RECONNECT_H
#define TESTS_ASYNC_RECONNECT_H

#include "async_support.h"

static int version, is_automatic;
static MQTTAsync client;
static volatile int finished;

static void open_connection(void);

static void try_again(void *context, MQTTAsync_failureData *data)
{
	(void)context;
	(void)data;
	if (!is_automatic && !finished)
		open_connection();
}

static void try_again5(void *context, MQTTAsync_failureData5 *data)
{
	(void)data;
	try_again(context, NULL);
}

static void open_connection(void)
{
	MQTTAsync_connectOptions options = clean_options(version, NULL);
	MQTTProperties properties = MQTTProperties_initializer;
	MQTTProperty expiry;

	use_tls_if_asked(&options);
	options.cleansession = options.cleanstart = 0;
	options.maxInflight = 32;
	options.automaticReconnect = is_automatic;
	options.minRetryInterval = options.maxRetryInterval = 1;
	if (version >= MQTTVERSION_5)
	{
		expiry.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL;
		expiry.value.integer4 = 3600;
		EXPECT(0, MQTTProperties_add(&properties, &expiry));
		options.connectProperties = &properties;
		options.onFailure5 = try_again5;
	}
	else
		options.onFailure = try_again;
	EXPECT(MQTTASYNC_SUCCESS, MQTTAsync_connect(client, &options));
	MQTTProperties_free(&properties);
}

static void connection_lost(void *context, char *cause)
{
	(void)context;
	REQUIRE(cause == NULL);
	if (!is_automatic && !finished)
		open_connection();
}

#endif
