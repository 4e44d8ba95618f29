/* Does what its arguments say with MQTTAsync, one call each, and prints what comes of it: "call ..." for return codes,
 * "back ..." for callbacks, "apart ..." for those whose order among the others is a matter of threads: that a message of
 * QoS 0 was sent. The same under every library, so without times and ports. Arguments: uri, commands...
 *
 * A command is words and options (key=value); p.17=30 is property 17 of the packet, w.24=5 of the will.
 *   create VERSION | callbacks | told | update USER | connect | reconnect | disconnect MS | destroy | isConnected
 *   send QOS TOPIC TEXT | message QOS TOPIC TEXT | fill QOS TOPIC BYTES | many COUNT QOS TOPIC
 *   subscribe FILTER:QOS[:noLocal:retainAsPublished:retainHandling]... | unsubscribe FILTER...
 *   pending | isComplete TOKEN | wait TOKEN MS | refuse TIMES | linger MS | await EVENT COUNT | go | pause MS
 *   types: from now on failures of MQTT 5 say which packet they came from, which the original leaves to chance
 *   files: those in the directories of the current one, which are the stores of create's store=.
 * connect's header= is one of three HTTP headers, which forget=1 overwrites after the call.
 * Requests tell their outcome unless they have the option quiet=1, or only a failure with deaf=1. */

#include "side_words.h"
#include "async_support.h"

static MQTTAsync client;
static int client_version;
static int refusals;
static int linger_ms;
static const char *broker; /* host and port, which are not the same twice */
static const char *new_user;
static int shows_types;

/* Requests by kind and number, as contexts. */
static struct request
{
	const char *kind;
	int number;
} requests[1000];
static int request_count;

static struct request *new_request(const char *kind)
{
	struct request *request = &requests[request_count++];
	int i;

	REQUIRE(request_count < 1000);
	request->kind = kind;
	request->number = 1;
	for (i = 0; i < request_count - 1; ++i)
		request->number += strcmp(requests[i].kind, kind) == 0;
	return request;
}

/* A text of the library without the port of the day. */
static const char *portless(const char *text)
{
	static __thread char result[600];
	const char *place = text == NULL ? NULL : strstr(text, broker);

	if (place == NULL)
		return text == NULL ? "none" : text;
	snprintf(result, sizeof(result), "%.*sHOST%s", (int)(place - text), text, place + strlen(broker));
	return result;
}

static const char *described(const char *topic, const MQTTAsync_message *message)
{
	static __thread char text[1400];
	int shortened = message->payloadlen > 40 || message->payload == NULL;

	snprintf(text, sizeof(text), "%s qos %d retained %d dup %d msgid %d, %d bytes%s%.*s%s%s", topic == NULL ? "NULL" : topic,
			message->qos, message->retained, message->dup, message->msgid, message->payloadlen, shortened ? "" : ": ",
			shortened ? 0 : message->payloadlen, shortened ? "" : (char *)message->payload,
			message->struct_version > 0 && message->properties.count > 0 ? " " : "",
			message->struct_version > 0 && message->properties.count > 0 ? shown(&message->properties) : "");
	return text;
}

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
	(void)context;
	/* An application that takes its time. */
	usleep((useconds_t)linger_ms * 1000);
	if (refusals > 0)
	{
		refusals--;
		say("back refused: (%d) %s", length, described(topic, message));
		counter_raise(event("refused"));
		return 0;
	}
	say("back message: (%d) %s", length, described(topic, message));
	MQTTAsync_freeMessage(&message);
	MQTTAsync_free(topic);
	counter_raise(event("message"));
	return 1;
}

static void on_completion(void *context, MQTTAsync_token token)
{
	(void)context;
	say("back complete: %d", token);
	counter_raise(event("complete"));
}

static void on_loss(void *context, char *cause)
{
	(void)context;
	say("back lost, cause: %s, isConnected %d", cause == NULL ? "none" : cause, MQTTAsync_isConnected(client));
	counter_raise(event("lost"));
}

static void on_connected(void *context, char *cause)
{
	(void)context;
	say("back connected: %s", cause == NULL ? "none" : cause);
	counter_raise(event("connected"));
}

static void on_disconnected(void *context, MQTTProperties *list, enum MQTTReasonCodes reason)
{
	(void)context;
	say("back disconnected: reason %d %s", reason, shown(list));
	counter_raise(event("disconnected"));
}

static int on_update(void *context, MQTTAsync_connectData *data)
{
	(void)context;
	say("back update: %.4s version %d user %s password %d bytes%s%.*s", data->struct_id, data->struct_version,
			data->username == NULL ? "none" : data->username, data->binarypwd.len, data->binarypwd.len > 0 ? " " : "",
			data->binarypwd.len, data->binarypwd.len > 0 ? (char *)data->binarypwd.data : "");
	if (new_user != NULL)
	{
		data->username = strcpy(MQTTAsync_malloc(strlen(new_user) + 1), new_user);
		data->binarypwd.data = strcpy(MQTTAsync_malloc(4), "new");
		data->binarypwd.len = 3;
	}
	counter_raise(event("update"));
	return new_user != NULL;
}

static const char *of_qos_0(const char *kind, int token)
{
	return token == 0 && strcmp(kind, "send") == 0 ? "apart" : "back";
}

/* What is in the union depends on the request. */
static void on_success(void *context, MQTTAsync_successData *data)
{
	struct request *request = context;
	const char *kind = request->kind;
	char text[300] = "";
	int i;

	if (strcmp(kind, "connect") == 0)
		snprintf(text, sizeof(text), " to %s, version %d, session present %d", portless(data->alt.connect.serverURI),
				data->alt.connect.MQTTVersion, data->alt.connect.sessionPresent);
	else if (strcmp(kind, "send") == 0)
		snprintf(text, sizeof(text), " %s qos %d retained %d, %d bytes", data->alt.pub.destinationName,
				data->alt.pub.message.qos, data->alt.pub.message.retained, data->alt.pub.message.payloadlen);
	else if (strcmp(kind, "subscribe") == 0)
		snprintf(text, sizeof(text), " qos %d", data->alt.qos);
	else if (strncmp(kind, "subscribe of ", 13) == 0)
		for (i = 0; i < atoi(kind + 13); ++i)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %d", data->alt.qosList[i]);
	say("%s success of %s %d: token %d%s", of_qos_0(kind, data->token), kind, request->number, data->token, text);
	counter_raise(event(strncmp(kind, "subscribe", 9) == 0 ? "subscribe" : kind));
}

static void on_success5(void *context, MQTTAsync_successData5 *data)
{
	struct request *request = context;
	const char *kind = request->kind;
	char text[300] = "";
	int i;

	if (strcmp(kind, "connect") == 0)
		snprintf(text, sizeof(text), " to %s, version %d, session present %d", portless(data->alt.connect.serverURI),
				data->alt.connect.MQTTVersion, data->alt.connect.sessionPresent);
	else if (strcmp(kind, "send") == 0)
		snprintf(text, sizeof(text), " %s qos %d retained %d, %d bytes", data->alt.pub.destinationName,
				data->alt.pub.message.qos, data->alt.pub.message.retained, data->alt.pub.message.payloadlen);
	else if (strcmp(kind, "disconnect") != 0)
	{
		/* For a single code there is no list. (Contract .) */
		snprintf(text, sizeof(text), " %d codes", data->alt.sub.reasonCodeCount);
		for (i = 0; data->alt.sub.reasonCodeCount > 1 && i < data->alt.sub.reasonCodeCount; ++i)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %d", data->alt.sub.reasonCodes[i]);
	}
	say("%s success of %s %d: token %d reason %d %s%s", of_qos_0(kind, data->token), kind, request->number, data->token, data->reasonCode,
			shown(&data->properties), text);
	counter_raise(event(strncmp(kind, "subscribe", 9) == 0 ? "subscribe" : kind));
}

/* The text has a line of its own: each library has its words. */
static void on_failure(void *context, MQTTAsync_failureData *data)
{
	struct request *request = context;

	say("back failure of %s %d: token %d code %d", request->kind, request->number, data->token, data->code);
	if (data->message != NULL)
		say("back text: %s", portless(data->message));
	counter_raise(event("failure"));
}

static void on_failure5(void *context, MQTTAsync_failureData5 *data)
{
	struct request *request = context;

	say("back failure of %s %d: token %d code %d", request->kind, request->number, data->token, data->code);
	if (shows_types)
		say("back from packet type %d", data->packet_type);
	say("back with: reason %d %s", data->reasonCode, shown(&data->properties));
	if (data->message != NULL)
		say("back text: %s", portless(data->message));
	counter_raise(event("failure"));
}

/* For the options of requests, which all have these fields. */
#define TELL(options, kind) \
	do \
	{ \
		int tells_success = !number("quiet", 0) && !number("deaf", 0), tells_failure = !number("quiet", 0); \
		(options).context = new_request(kind); \
		(options).onSuccess = tells_success && client_version < 5 ? on_success : NULL; \
		(options).onSuccess5 = tells_success && client_version >= 5 ? on_success5 : NULL; \
		(options).onFailure = tells_failure && client_version < 5 ? on_failure : NULL; \
		(options).onFailure5 = tells_failure && client_version >= 5 ? on_failure5 : NULL; \
	} while (0)

static void do_create(const char *uri)
{
	MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer;
	const char *store = option("store", NULL), *id = option("id", "side");
	int type = store == NULL ? MQTTCLIENT_PERSISTENCE_NONE : MQTTCLIENT_PERSISTENCE_DEFAULT;

	create.MQTTVersion = client_version = atoi(word(1));
	create.struct_version = number("struct", 2);
	create.sendWhileDisconnected = number("buffer", 0);
	create.allowDisconnectedSendAtAnyTime = number("anytime", 0);
	create.maxBufferedMessages = number("max", 100);
	create.deleteOldestMessages = number("oldest", 0);
	create.restoreMessages = number("restore", 1);
	create.persistQoS0 = number("persist0", 1);
	if (number("plain", 0))
		say("call create: %d", MQTTAsync_create(&client, uri, id, type, (void *)store));
	else
		say("call create: %d", MQTTAsync_createWithOptions(&client, uri, id, type, (void *)store, &create));
}

/* "good,bad": URIs in which HOST stands for the broker. */
static int uris(char *text, char **list)
{
	char *rest = NULL, *next = strtok_r(text, ",", &rest);
	int count = 0;

	for (; next != NULL; next = strtok_r(NULL, ",", &rest))
	{
		const char *place = strstr(next, "HOST");

		REQUIRE(count < 8);
		list[count] = malloc(strlen(next) + strlen(broker) + 1);
		if (place == NULL)
			strcpy(list[count], next);
		else
			sprintf(list[count], "%.*s%s", (int)(place - next), next, broker);
		count++;
	}
	return count;
}

static void do_connect(void)
{
	MQTTAsync_connectOptions plain = MQTTAsync_connectOptions_initializer;
	MQTTAsync_connectOptions five = MQTTAsync_connectOptions_initializer5;
	MQTTAsync_connectOptions connect = client_version >= 5 ? five : plain;
	MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
	MQTTProperties list = properties('p'), will_list = properties('w');
	const char *binary = option("binary", NULL);
	/* The original uses them when it connects. */
	static char header[100];
	static MQTTAsync_nameValue headers[] = { { "X-First", "" }, { "X-Second", header }, { "X-Second", "more" }, { NULL, NULL } };
	char *servers[8], *server_text = strdup(option("uris", ""));
	int server_count = uris(server_text, servers);

	connect.MQTTVersion = number("version", client_version);
	connect.keepAliveInterval = number("keepalive", 60);
	*(client_version >= 5 ? &connect.cleanstart : &connect.cleansession) = number("clean", 1);
	connect.maxInflight = number("window", 65535);
	connect.retryInterval = number("retry", 0);
	connect.connectTimeout = number("timeout", 20);
	connect.automaticReconnect = number("auto", 0);
	connect.minRetryInterval = number("min", 1);
	connect.maxRetryInterval = number("max", 2);
	connect.username = option("user", NULL);
	connect.password = option("password", NULL);
	snprintf(header, sizeof(header), "%s", option("header", ""));
	connect.httpHeaders = header[0] == '\0' ? NULL : headers;
	connect.serverURIcount = server_count;
	connect.serverURIs = server_count > 0 ? servers : NULL;
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
	}
	if (client_version >= 5)
	{
		connect.connectProperties = list.count > 0 ? &list : NULL;
		connect.willProperties = will_list.count > 0 ? &will_list : NULL;
	}
	TELL(connect, "connect");
	say("call connect: %d", MQTTAsync_connect(client, &connect));
	if (number("forget", 0))
		memset(header, '?', sizeof(header) - 1);
	MQTTProperties_free(&list);
	MQTTProperties_free(&will_list);
	while (server_count > 0)
		free(servers[--server_count]);
	free(server_text);
}

static void do_disconnect(void)
{
	MQTTAsync_disconnectOptions plain = MQTTAsync_disconnectOptions_initializer;
	MQTTAsync_disconnectOptions five = MQTTAsync_disconnectOptions_initializer5;
	MQTTAsync_disconnectOptions disconnect = client_version >= 5 ? five : plain;

	disconnect.timeout = atoi(word(1));
	disconnect.properties = properties('p');
	disconnect.reasonCode = (enum MQTTReasonCodes)number("reason", 0);
	TELL(disconnect, "disconnect");
	say("call disconnect: %d", MQTTAsync_disconnect(client, &disconnect));
	MQTTProperties_free(&disconnect.properties);
}

static void do_send(void)
{
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
	int filled = strcmp(word(0), "fill") == 0, length = filled ? atoi(word(3)) : (int)strlen(word(3)), rc;
	void *payload = filled ? pattern(length) : (void *)word(3);

	TELL(response, "send");
	if (strcmp(word(0), "message") == 0)
	{
		MQTTAsync_message message = MQTTAsync_message_initializer;

		message.properties = properties('p');
		message.payload = payload;
		message.payloadlen = length;
		message.qos = atoi(word(1));
		message.retained = number("retained", 0);
		rc = MQTTAsync_sendMessage(client, word(2), &message, &response);
		MQTTProperties_free(&message.properties);
	}
	else
	{
		response.properties = properties('p');
		rc = MQTTAsync_send(client, word(2), length, payload, atoi(word(1)), number("retained", 0), &response);
		MQTTProperties_free(&response.properties);
	}
	say("call %s: %d, token %d", word(0), rc, response.token);
	if (filled)
		free(payload);
}

static void do_many(void)
{
	char text[20];
	int i;

	for (i = 1; i <= atoi(word(1)); ++i)
	{
		MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
		int rc;

		TELL(response, "send");
		sprintf(text, "%d", i);
		rc = MQTTAsync_send(client, word(3), (int)strlen(text), text, atoi(word(2)), 0, &response);
		say("call send %d: %d, token %d", i, rc, response.token);
	}
}

static void do_pending(void)
{
	MQTTAsync_token *tokens = NULL;
	char text[400] = "";
	int rc = MQTTAsync_getPendingTokens(client, &tokens), i;

	for (i = 0; tokens != NULL && tokens[i] != -1; ++i)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " %d", tokens[i]);
	say("call pending: %d,%s", rc, tokens == NULL ? " none" : text);
	MQTTAsync_free(tokens);
}

static void do_subscribe(void)
{
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
	MQTTSubscribe_options choices[8];
	int qos[8], count = word_count - 1, rc, i;
	char *kind;

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
	response.properties = properties('p');
	response.subscribeOptions = choices[0];
	if (client_version >= 5 && count > 1 && number("options", 1))
	{
		response.subscribeOptionsCount = count;
		response.subscribeOptionsList = choices;
	}
	kind = malloc(20);
	sprintf(kind, count > 1 ? "subscribe of %d" : "subscribe", count);
	TELL(response, kind);
	if (count > 1)
		rc = MQTTAsync_subscribeMany(client, count, words + 1, qos, &response);
	else
		rc = MQTTAsync_subscribe(client, word(1), qos[0], &response);
	say("call %s: %d, token %d", kind, rc, response.token);
	MQTTProperties_free(&response.properties);
}

static void do_unsubscribe(void)
{
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
	int count = word_count - 1, rc;

	response.properties = properties('p');
	TELL(response, "unsubscribe");
	if (count > 1)
		rc = MQTTAsync_unsubscribeMany(client, count, words + 1, &response);
	else
		rc = MQTTAsync_unsubscribe(client, word(1), &response);
	say("call unsubscribe: %d, token %d", rc, response.token);
	MQTTProperties_free(&response.properties);
}

static void obey(const char *uri)
{
	const char *name = word(0);

	if (strcmp(name, "create") == 0)
		do_create(uri);
	else if (strcmp(name, "callbacks") == 0)
		say("call setCallbacks: %d", MQTTAsync_setCallbacks(client, NULL, on_loss, on_message, on_completion));
	else if (strcmp(name, "told") == 0)
		say("call setConnected: %d, setDisconnected: %d", MQTTAsync_setConnected(client, NULL, on_connected),
				MQTTAsync_setDisconnected(client, NULL, on_disconnected));
	else if (strcmp(name, "update") == 0)
	{
		new_user = word_count > 1 ? word(1) : NULL;
		say("call setUpdateConnectOptions: %d", MQTTAsync_setUpdateConnectOptions(client, NULL, on_update));
	}
	else if (strcmp(name, "connect") == 0)
		do_connect();
	else if (strcmp(name, "reconnect") == 0)
		say("call reconnect: %d", MQTTAsync_reconnect(client));
	else if (strcmp(name, "disconnect") == 0)
		do_disconnect();
	else if (strcmp(name, "destroy") == 0)
		MQTTAsync_destroy(&client);
	else if (strcmp(name, "isConnected") == 0)
		say("call isConnected: %d", MQTTAsync_isConnected(client));
	else if (strcmp(name, "send") == 0 || strcmp(name, "message") == 0 || strcmp(name, "fill") == 0)
		do_send();
	else if (strcmp(name, "many") == 0)
		do_many();
	else if (strcmp(name, "wait") == 0)
		say("call wait: %d", MQTTAsync_waitForCompletion(client, atoi(word(1)), (unsigned long)atol(word(2))));
	else if (strcmp(name, "isComplete") == 0)
		say("call isComplete: %d", MQTTAsync_isComplete(client, atoi(word(1))));
	else if (strcmp(name, "pending") == 0)
		do_pending();
	else if (strcmp(name, "subscribe") == 0)
		do_subscribe();
	else if (strcmp(name, "unsubscribe") == 0)
		do_unsubscribe();
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
	else if (strcmp(name, "types") == 0)
		shows_types = 1;
	else if (strcmp(name, "pause") == 0)
		usleep((useconds_t)atoi(word(1)) * 1000);
	else
		fail("not understood: %s", name);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int i;

	broker = strstr(uri, "://") + 3;
	for (i = 2; i < argc; ++i)
	{
		read_command(argv[i]);
		obey(uri);
	}
	return 0;
}
