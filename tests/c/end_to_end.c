/* Goes through one step with a broker. Arguments: uri, MQTT version, receive | callback, and those of end_to_end.h. */

#include "support.h"

#include "end_to_end.h"

static int with_callbacks;

static struct arrival arrival_of(const char *topic, const MQTTClient_message *message)
{
	struct arrival arrival = { NULL, NULL, message->payloadlen, message->qos, message->retained, NULL };

	arrival.topic = copy_of(topic, strlen(topic));
	arrival.payload = copy_of(message->payload, (size_t)message->payloadlen);
	arrival.user_property = user_property_of(&message->properties);
	return arrival;
}

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	keep_arrival(context, arrival_of(topic, message));
	return forget_message(context, topic, length, message);
}

static void on_delivery(void *context, MQTTClient_deliveryToken token)
{
	(void)token;
	counter_raise(&((struct peer *)context)->delivered);
}

static void connect_peer(struct peer *peer)
{
	MQTTClient_connectOptions options = clean_options(version);
	MQTTClient_willOptions will = MQTTClient_willOptions_initializer;
	MQTTProperties properties = MQTTProperties_initializer;
	MQTTProperty expiry;
	MQTTResponse response;
	int rc;

	if (peer->client == NULL)
	{
		peer->client = new_client(server, peer->id, version);
		if (with_callbacks)
			EXPECT(0, MQTTClient_setCallbacks(peer->client, peer, on_connection_lost, on_message, on_delivery));
	}
	use_tls_if_asked(&options);
	/* Some brokers keep no session of a client without a name. */
	options.username = options.password = "guest";
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
		rc = MQTTClient_connect(peer->client, &options);
	else
	{
		expiry.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL;
		expiry.value.integer4 = peer->keeps_session ? 600 : 0;
		EXPECT(0, MQTTProperties_add(&properties, &expiry));
		response = MQTTClient_connect5(peer->client, &options, &properties, NULL);
		rc = response.reasonCode;
		MQTTResponse_free(response);
		MQTTProperties_free(&properties);
	}
	if (rc != 0)
		fail("connecting gives %d", rc);
	if (options.returned.MQTTVersion != version)
		fail("the connection is of version %d", options.returned.MQTTVersion);
	peer->session_present = options.returned.sessionPresent;
}

static void disconnect_peer(struct peer *peer)
{
	EXPECT(0, MQTTClient_disconnect(peer->client, PATIENCE));
	if (!peer->keeps_session)
		MQTTClient_destroy(&peer->client);
}

static int subscribe_peer(struct peer *peer, const char *filter, int qos)
{
	char *filters[] = { (char *)filter };
	MQTTResponse response;
	int rc;

	if (version < MQTTVERSION_5)
	{
		rc = MQTTClient_subscribeMany(peer->client, 1, filters, &qos);
		return rc == 0 ? qos : rc;
	}
	response = MQTTClient_subscribe5(peer->client, filter, qos, NULL, NULL);
	rc = response.reasonCode;
	MQTTResponse_free(response);
	return rc;
}

static void unsubscribe_peer(struct peer *peer, const char *filter)
{
	MQTTResponse response;

	if (version < MQTTVERSION_5)
	{
		EXPECT(0, MQTTClient_unsubscribe(peer->client, filter));
		return;
	}
	response = MQTTClient_unsubscribe5(peer->client, filter, NULL);
	EXPECT(0, response.reasonCode);
	MQTTResponse_free(response);
}

static void publish_message(struct peer *peer, const char *topic, const void *payload, int length, int qos, int retained,
		const char *user_property)
{
	MQTTProperties properties = properties_with(user_property);
	MQTTResponse response =
			MQTTClient_publish5(peer->client, topic, length, payload, qos, retained, &properties, NULL);

	if (response.reasonCode != MQTTCLIENT_SUCCESS)
		fail("publishing %d bytes gives %d", length, response.reasonCode);
	MQTTResponse_free(response);
	MQTTProperties_free(&properties);
	peer->published += qos > 0;
}

static void await_delivery(struct peer *peer)
{
	MQTTClient_deliveryToken *pending = NULL;
	int i;

	if (with_callbacks)
	{
		if (!counter_reaches(&peer->delivered, peer->published, PATIENCE))
			fail("%d of %d messages are not acknowledged", peer->published - counter_value(&peer->delivered),
					peer->published);
		return;
	}
	EXPECT(0, MQTTClient_getPendingDeliveryTokens(peer->client, &pending));
	for (i = 0; pending != NULL && pending[i] != -1; ++i)
	{
		int rc = MQTTClient_waitForCompletion(peer->client, pending[i], PATIENCE);

		if (rc != 0)
			fail("waiting for an acknowledgement gives %d", rc);
	}
	MQTTClient_free(pending);
}

static struct arrival take(struct peer *peer)
{
	MQTTClient_message *message = NULL;
	struct arrival arrival;
	char *topic = NULL;
	int length, rc;

	if (with_callbacks)
		return take_kept(peer);
	rc = MQTTClient_receive(peer->client, &topic, &length, &message, PATIENCE);
	if (rc != 0 || message == NULL)
		fail("message %d does not arrive: receiving gives %d", peer->taken + 1, rc);
	arrival = arrival_of(topic, message);
	peer->taken++;
	forget_message(NULL, topic, length, message);
	return arrival;
}

int main(int argc, char **argv)
{
	server = argument(argc, argv, 1);
	version = atoi(argument(argc, argv, 2));
	with_callbacks = strcmp(argument(argc, argv, 3), "callback") == 0;
	run_step(argc, argv, 4);
	return 0;
}
