/* Does what its arguments say, one call each, and prints what comes of it: "call ..." for return codes, "back ..."
 * for callbacks. The same under every library, so without times. Arguments: uri, commands...
 *
 * A command is words and options (key=value); p.17=30 is property 17 of the packet, w.24=5 of the will.
 *   create VERSION | callbacks | told | connect | disconnect MS | destroy | isConnected
 *   publish QOS TOPIC TEXT | fill QOS TOPIC BYTES | wait TOKEN MS | pending
 *   subscribe FILTER:QOS[:noLocal:retainAsPublished:retainHandling]... | unsubscribe FILTER... | patience MS
 *   receive MS | drain | yield TIMES | refuse TIMES | linger MS | await EVENT COUNT | go
 *   files: those in the directories of the current one, which are the stores of create's store=.
 * connect's header= is one of three HTTP headers. */

#include "side_words.h"
#include "support.h"

static MQTTClient client;
static int client_version;
static int refusals;
static int linger_ms;

/* A message in words; of a long payload only the length. */
static const char *described(const char *topic, int length, const MQTTClient_message *message)
{
	static __thread char text[1400];
	int shortened = message->payloadlen > 40;

	snprintf(text, sizeof(text), "%s (%d) qos %d retained %d dup %d msgid %d, %d bytes%s%.*s%s%s", topic, length, message->qos,
			message->retained, message->dup, message->msgid, message->payloadlen, shortened ? "" : ": ",
			shortened ? 0 : message->payloadlen, (char *)message->payload,
			message->struct_version > 0 && message->properties.count > 0 ? " " : "",
			message->struct_version > 0 && message->properties.count > 0 ? shown(&message->properties) : "");
	return text;
}

static int on_message(void *context, char *topic, int length, MQTTClient_message *message)
{
	(void)context;
	if (refusals > 0)
	{
		refusals--;
		say("back refused: %s", described(topic, length, message));
		counter_raise(event("refused"));
		return 0;
	}
	say("back message: %s", described(topic, length, message));
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	counter_raise(event("message"));
	/* An application that takes its time. */
	usleep((useconds_t)linger_ms * 1000);
	return 1;
}

static void on_completion(void *context, MQTTClient_deliveryToken token)
{
	(void)context;
	say("back complete: %d", token);
	counter_raise(event("complete"));
}

static void on_loss(void *context, char *cause)
{
	(void)context;
	say("back lost, cause: %s", cause == NULL ? "none" : cause);
	counter_raise(event("lost"));
}

static void on_published(void *context, int token, int packet_type, MQTTProperties *list, enum MQTTReasonCodes reason)
{
	(void)context;
	say("back published: %d, packet type %d, reason %d %s", token, packet_type, reason, shown(list));
	counter_raise(event("published"));
}

static void on_disconnect(void *context, MQTTProperties *list, enum MQTTReasonCodes reason)
{
	(void)context;
	say("back disconnected: reason %d %s", reason, shown(list));
	counter_raise(event("disconnected"));
}

static void do_create(const char *uri)
{
	MQTTClient_createOptions create = MQTTClient_createOptions_initializer;
	const char *store = option("store", NULL);

	create.MQTTVersion = client_version = atoi(word(1));
	say("call create: %d", MQTTClient_createWithOptions(&client, uri, option("id", "side"),
			store == NULL ? MQTTCLIENT_PERSISTENCE_NONE : MQTTCLIENT_PERSISTENCE_DEFAULT, (void *)store, &create));
}

/* A response in words; frees it. */
static void say_response(const char *name, MQTTResponse response)
{
	char codes[200] = "";
	int i;

	for (i = 0; response.reasonCodes != NULL && i < response.reasonCodeCount; ++i)
		snprintf(codes + strlen(codes), sizeof(codes) - strlen(codes), " %d", response.reasonCodes[i]);
	say("call %s: %d, %d codes:%s, %s", name, response.reasonCode, response.reasonCodeCount, codes, shown(response.properties));
	MQTTResponse_free(response);
}

static void do_connect(void)
{
	MQTTClient_connectOptions plain = MQTTClient_connectOptions_initializer;
	MQTTClient_connectOptions five = MQTTClient_connectOptions_initializer5;
	MQTTClient_connectOptions connect = client_version >= 5 ? five : plain;
	MQTTClient_willOptions will = MQTTClient_willOptions_initializer;
	MQTTProperties list = properties('p'), will_list = properties('w');
	const char *binary = option("binary", NULL);
	const char *header = option("header", NULL);
	MQTTClient_nameValue headers[] = { { "X-First", "" }, { "X-Second", header }, { "X-Second", "more" }, { NULL, NULL } };
	int rc;

	connect.MQTTVersion = number("version", client_version);
	connect.keepAliveInterval = number("keepalive", 60);
	*(client_version >= 5 ? &connect.cleanstart : &connect.cleansession) = number("clean", 1);
	connect.reliable = number("reliable", 0);
	connect.maxInflightMessages = number("window", -1);
	connect.retryInterval = number("retry", 0);
	connect.connectTimeout = number("timeout", 20);
	connect.username = option("user", NULL);
	connect.password = option("password", NULL);
	connect.httpHeaders = header == NULL ? NULL : headers;
	if (binary != NULL)
	{
		connect.binarypwd.data = binary;
		connect.binarypwd.len = (int)strlen(binary);
	}
	will.topicName = option("will", NULL);
	if (will.topicName != NULL)
	{
		connect.will = &will;
		will.message = option("message", NULL);
		will.qos = number("willqos", 0);
		will.retained = number("willretained", 0);
		if (option("payload", NULL) != NULL)
		{
			will.payload.data = option("payload", NULL);
			will.payload.len = (int)strlen(option("payload", NULL));
		}
	}
	if (client_version >= 5)
	{
		MQTTResponse response = MQTTClient_connect5(client, &connect, list.count > 0 ? &list : NULL,
				will_list.count > 0 ? &will_list : NULL);

		rc = response.reasonCode;
		say_response("connect5", response);
	}
	else
	{
		rc = MQTTClient_connect(client, &connect);
		say("call connect: %d", rc);
	}
	if (rc == 0)
		say("call returned: version %d, session present %d", connect.returned.MQTTVersion, connect.returned.sessionPresent);
	MQTTProperties_free(&list);
	MQTTProperties_free(&will_list);
}

static void do_disconnect(void)
{
	MQTTProperties list = properties('p');

	if (client_version >= 5)
		say("call disconnect5: %d", MQTTClient_disconnect5(client, atoi(word(1)), (enum MQTTReasonCodes)number("reason", 0),
				list.count > 0 ? &list : NULL));
	else
		say("call disconnect: %d", MQTTClient_disconnect(client, atoi(word(1))));
	MQTTProperties_free(&list);
}

static void do_publish(int filled)
{
	MQTTClient_message message = MQTTClient_message_initializer;
	MQTTClient_deliveryToken token = -1;
	MQTTResponse response;

	message.properties = properties('p');
	message.qos = atoi(word(1));
	message.retained = number("retained", 0);
	message.payload = filled ? pattern(atoi(word(3))) : (void *)word(3);
	message.payloadlen = filled ? atoi(word(3)) : (int)strlen(word(3));
	response = MQTTClient_publishMessage5(client, word(2), &message, &token);
	say("call publish: %d, token %d", response.reasonCode, token);
	MQTTResponse_free(response);
	MQTTProperties_free(&message.properties);
	if (filled)
		free(message.payload);
}

static void do_pending(void)
{
	MQTTClient_deliveryToken *tokens = NULL;
	char text[200] = "";
	int rc = MQTTClient_getPendingDeliveryTokens(client, &tokens), i;

	for (i = 0; tokens != NULL && tokens[i] != -1; ++i)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " %d", tokens[i]);
	say("call pending: %d,%s", rc, text);
	MQTTClient_free(tokens);
}

static void do_subscribe(void)
{
	MQTTSubscribe_options choices[8];
	MQTTProperties list = properties('p');
	int qos[8], count = word_count - 1, i;
	char text[100] = "";

	for (i = 0; i < count; ++i)
	{
		const MQTTSubscribe_options plain = MQTTSubscribe_options_initializer;
		int local = 0, published = 0, handling = 0;
		char *colon = strchr(word(i + 1), ':');

		REQUIRE(colon != NULL);
		*colon = '\0';
		REQUIRE(sscanf(colon + 1, "%d:%d:%d:%d", &qos[i], &local, &published, &handling) >= 1);
		choices[i] = plain;
		choices[i].noLocal = (unsigned char)local;
		choices[i].retainAsPublished = (unsigned char)published;
		choices[i].retainHandling = (unsigned char)handling;
	}
	if (client_version >= 5 && count > 1)
		say_response("subscribeMany5", MQTTClient_subscribeMany5(client, count, words + 1, qos, choices, &list));
	else if (client_version >= 5)
		say_response("subscribe5", MQTTClient_subscribe5(client, word(1), qos[0], choices, &list));
	else if (count > 1)
	{
		int rc = MQTTClient_subscribeMany(client, count, words + 1, qos);

		for (i = 0; i < count; ++i)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %d", qos[i]);
		say("call subscribeMany: %d, qos%s", rc, text);
	}
	else
		say("call subscribe: %d", MQTTClient_subscribe(client, word(1), qos[0]));
	MQTTProperties_free(&list);
}

static void do_unsubscribe(void)
{
	MQTTProperties list = properties('p');
	int count = word_count - 1;

	if (client_version >= 5 && count > 1)
		say_response("unsubscribeMany5", MQTTClient_unsubscribeMany5(client, count, words + 1, &list));
	else if (client_version >= 5)
		say_response("unsubscribe5", MQTTClient_unsubscribe5(client, word(1), &list));
	else if (count > 1)
		say("call unsubscribeMany: %d", MQTTClient_unsubscribeMany(client, count, words + 1));
	else
		say("call unsubscribe: %d", MQTTClient_unsubscribe(client, word(1)));
	MQTTProperties_free(&list);
}

/* Whether a message came. */
static int do_receive(unsigned long ms)
{
	char *topic = NULL;
	int length = 0, rc;
	MQTTClient_message *message = NULL;

	rc = MQTTClient_receive(client, &topic, &length, &message, ms);
	if (message == NULL)
	{
		say("call receive: %d, nothing", rc);
		return 0;
	}
	say("call receive: %d, %s", rc, described(topic, length, message));
	MQTTClient_freeMessage(&message);
	MQTTClient_free(topic);
	return 1;
}

static void obey(const char *uri)
{
	const char *name = word(0);
	int i;

	if (strcmp(name, "create") == 0)
		do_create(uri);
	else if (strcmp(name, "callbacks") == 0)
		say("call setCallbacks: %d", MQTTClient_setCallbacks(client, NULL, on_loss, on_message, on_completion));
	else if (strcmp(name, "told") == 0)
		say("call setPublished: %d, setDisconnected: %d", MQTTClient_setPublished(client, NULL, on_published),
				MQTTClient_setDisconnected(client, NULL, on_disconnect));
	else if (strcmp(name, "connect") == 0)
		do_connect();
	else if (strcmp(name, "disconnect") == 0)
		do_disconnect();
	else if (strcmp(name, "destroy") == 0)
		MQTTClient_destroy(&client);
	else if (strcmp(name, "isConnected") == 0)
		say("call isConnected: %d", MQTTClient_isConnected(client));
	else if (strcmp(name, "publish") == 0)
		do_publish(0);
	else if (strcmp(name, "fill") == 0)
		do_publish(1);
	else if (strcmp(name, "wait") == 0)
		say("call wait: %d", MQTTClient_waitForCompletion(client, atoi(word(1)), (unsigned long)atol(word(2))));
	else if (strcmp(name, "pending") == 0)
		do_pending();
	else if (strcmp(name, "subscribe") == 0)
		do_subscribe();
	else if (strcmp(name, "unsubscribe") == 0)
		do_unsubscribe();
	else if (strcmp(name, "patience") == 0)
		say("call setCommandTimeout: %d", MQTTClient_setCommandTimeout(client, (unsigned long)atol(word(1))));
	else if (strcmp(name, "receive") == 0)
		do_receive((unsigned long)atol(word(1)));
	else if (strcmp(name, "drain") == 0)
		while (do_receive(2000))
			;
	else if (strcmp(name, "yield") == 0)
		for (i = 0; i < atoi(word(1)); ++i)
			MQTTClient_yield();
	else if (strcmp(name, "refuse") == 0)
		refusals = atoi(word(1));
	else if (strcmp(name, "linger") == 0)
		linger_ms = atoi(word(1));
	else if (strcmp(name, "await") == 0)
		do_await();
	else if (strcmp(name, "files") == 0)
		do_files();
	else if (strcmp(name, "go") == 0)
		await_go();
	else
		fail("not understood: %s", name);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int i;

	for (i = 2; i < argc; ++i)
	{
		read_command(argv[i]);
		obey(uri);
	}
	return 0;
}
