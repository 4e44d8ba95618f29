/* Goes through one step with a broker. Arguments: uri, MQTT version, and those of end_to_end.h. */

#include "async_support.h"

#include "end_to_end.h"

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
	struct arrival arrival = { NULL, NULL, message->payloadlen, message->qos, message->retained, NULL };

	arrival.topic = copy_of(topic, strlen(topic));
	arrival.payload = copy_of(message->payload, (size_t)message->payloadlen);
	arrival.user_property = user_property_of(&message->properties);
	keep_arrival(context, arrival);
	return forget_message(context, topic, length, message);
}

/* What the broker has answered to the request that is waited for. */
static int answer;

static void on_connected(void *context, MQTTAsync_successData *data)
{
	answer = data->alt.connect.sessionPresent;
	REQUIRE(data->alt.connect.MQTTVersion == version);
	counter_raise(context);
}

static void on_connected5(void *context, MQTTAsync_successData5 *data)
{
	answer = data->alt.connect.sessionPresent;
	REQUIRE(data->alt.connect.MQTTVersion == version);
	counter_raise(context);
}

static void on_connect_failure(void *context, MQTTAsync_failureData *data)
{
	(void)context;
	fail("connecting gives %d", data->code);
}

static void on_connect_failure5(void *context, MQTTAsync_failureData5 *data)
{
	(void)context;
	fail("connecting gives %d", data->reasonCode != 0 ? (int)data->reasonCode : data->code);
}

static void on_success(void *context, MQTTAsync_successData *data)
{
	answer = data == NULL ? 0 : data->alt.qos;
	counter_raise(context);
}

static void on_success5(void *context, MQTTAsync_successData5 *data)
{
	answer = data->reasonCode;
	counter_raise(context);
}

static void on_failure(void *context, MQTTAsync_failureData *data)
{
	answer = data->code;
	counter_raise(context);
}

static void on_failure5(void *context, MQTTAsync_failureData5 *data)
{
	answer = data->reasonCode != 0 ? (int)data->reasonCode : data->code;
	counter_raise(context);
}

/* Options for a request whose answer is waited for with `await_answer`. */
static MQTTAsync_responseOptions answered_to(struct counter *answered)
{
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;

	response.context = answered;
	response.onSuccess = version < MQTTVERSION_5 ? on_success : NULL;
	response.onFailure = version < MQTTVERSION_5 ? on_failure : NULL;
	response.onSuccess5 = version < MQTTVERSION_5 ? NULL : on_success5;
	response.onFailure5 = version < MQTTVERSION_5 ? NULL : on_failure5;
	return response;
}

static int await_answer(struct counter *answered, const char *request)
{
	if (!counter_reaches(answered, 1, PATIENCE))
		fail("%s is not answered", request);
	return answer;
}

static void connect_peer(struct peer *peer)
{
	struct counter answered = COUNTER_INITIALIZER;
	MQTTAsync_connectOptions options = clean_options(version, NULL);
	MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
	MQTTProperties properties = MQTTProperties_initializer;
	MQTTProperty expiry;

	if (peer->client == NULL)
	{
		peer->client = new_client(server, peer->id, version);
		EXPECT(0, MQTTAsync_setCallbacks(peer->client, peer, on_connection_lost, on_message, NULL));
	}
	use_tls_if_asked(&options);
	/* Some brokers keep no session of a client without a name. */
	options.username = options.password = "guest";
	options.context = &answered;
	/* A broker that takes no more closes the connection where MQTT 3 cannot tell its limit. */
	options.maxInflight = 20;
	if (peer->keeps_session)
		options.cleansession = options.cleanstart = 0;
	if (peer->will != NULL)
	{
		will.topicName = peer->will;
		will.message = "last words";
		will.qos = 1;
		options.will = &will;
	}
	if (version < MQTTVERSION_5)
	{
		options.onSuccess = on_connected;
		options.onFailure = on_connect_failure;
	}
	else
	{
		options.onSuccess5 = on_connected5;
		options.onFailure5 = on_connect_failure5;
		expiry.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL;
		expiry.value.integer4 = peer->keeps_session ? 600 : 0;
		EXPECT(0, MQTTProperties_add(&properties, &expiry));
		options.connectProperties = &properties;
	}
	EXPECT(0, MQTTAsync_connect(peer->client, &options));
	peer->session_present = await_answer(&answered, "connecting");
	MQTTProperties_free(&properties);
}

static void disconnect_peer(struct peer *peer)
{
	disconnect_and_wait(peer->client, version);
	if (!peer->keeps_session)
		MQTTAsync_destroy(&peer->client);
}

static int subscribe_peer(struct peer *peer, const char *filter, int qos)
{
	struct counter answered = COUNTER_INITIALIZER;
	MQTTAsync_responseOptions response = answered_to(&answered);

	EXPECT(0, MQTTAsync_subscribe(peer->client, filter, qos, &response));
	return await_answer(&answered, "subscribing");
}

static void unsubscribe_peer(struct peer *peer, const char *filter)
{
	struct counter answered = COUNTER_INITIALIZER;
	MQTTAsync_responseOptions response = answered_to(&answered);

	EXPECT(0, MQTTAsync_unsubscribe(peer->client, filter, &response));
	EXPECT(0, await_answer(&answered, "unsubscribing"));
}

static void on_delivery(void *context, MQTTAsync_successData *data)
{
	(void)data;
	counter_raise(&((struct peer *)context)->delivered);
}

static void on_delivery5(void *context, MQTTAsync_successData5 *data)
{
	(void)data;
	counter_raise(&((struct peer *)context)->delivered);
}

static void on_publish_failure(void *context, MQTTAsync_failureData *data)
{
	(void)context;
	fail("publishing fails with %d", data->code);
}

static void on_publish_failure5(void *context, MQTTAsync_failureData5 *data)
{
	(void)context;
	fail("publishing fails with %d", data->reasonCode != 0 ? (int)data->reasonCode : data->code);
}

static void publish_message(struct peer *peer, const char *topic, const void *payload, int length, int qos, int retained,
		const char *user_property)
{
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;

	response.context = peer;
	response.onSuccess = version < MQTTVERSION_5 ? on_delivery : NULL;
	response.onFailure = version < MQTTVERSION_5 ? on_publish_failure : NULL;
	response.onSuccess5 = version < MQTTVERSION_5 ? NULL : on_delivery5;
	response.onFailure5 = version < MQTTVERSION_5 ? NULL : on_publish_failure5;
	response.properties = properties_with(user_property);
	EXPECT(0, MQTTAsync_send(peer->client, topic, length, payload, qos, retained, &response));
	MQTTProperties_free(&response.properties);
	peer->published++;
}

static void await_delivery(struct peer *peer)
{
	if (!counter_reaches(&peer->delivered, peer->published, PATIENCE))
		fail("%d of %d messages are not acknowledged", peer->published - counter_value(&peer->delivered),
				peer->published);
}

static struct arrival take(struct peer *peer)
{
	return take_kept(peer);
}

int main(int argc, char **argv)
{
	server = argument(argc, argv, 1);
	version = atoi(argument(argc, argv, 2));
	run_step(argc, argv, 3);
	return 0;
}
