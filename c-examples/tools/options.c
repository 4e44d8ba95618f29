/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The command line of the four tools. */

#include "options.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "MQTTClient.h" /* MQTTVERSION_..., and the levels of the trace, which both libraries share */

enum kind { TEXT, FLAG, FLAG_WITH_VALUE, NUMBER, QOS, VERSION, TRACE, EXPIRY, USER_PROPERTY, HELP };

struct rule
{
	int tools; /* PUBLISHER, SUBSCRIBER or both: who has this option */
	const char *short_name, *long_name;
	enum kind kind;
	size_t field;         /* where the value goes, if the kind alone does not say that */
	const char *argument; /* what the usage calls it */
	const char *help;
};

#define BOTH (PUBLISHER | SUBSCRIBER)
#define FIELD(name) offsetof(struct options, name)

static const struct rule rules[] = {
	{ BOTH, "-t", "--topic", TEXT, FIELD(topic), "topic", "topic to publish or to subscribe to; may also be the first argument" },
	{ BOTH, "-c", "--connection", TEXT, FIELD(connection), "uri", "server, e.g. tcp://host:1883, ssl://host:8883, ws://host:80/mqtt; instead of host and port" },
	{ BOTH, "-h", "--host", TEXT, FIELD(host), "host", "host of the server (localhost)" },
	{ BOTH, "-p", "--port", TEXT, FIELD(port), "port", "its port (1883)" },
	{ BOTH, "-q", "--qos", QOS, FIELD(qos), "0|1|2", "quality of service (0)" },
	{ BOTH, "-V", "--MQTTversion", VERSION, 0, "31|311|5", "version of MQTT (311)" },
	{ BOTH, NULL, "--MQTT-version", VERSION, 0, NULL, NULL }, /* as the manual pages have it */
	{ BOTH, "-i", "--clientid", TEXT, FIELD(client_id), "id", "client identifier (the tool's name with dashes)" },
	{ BOTH, "-u", "--username", TEXT, FIELD(username), "name", "user name" },
	{ BOTH, "-P", "--password", TEXT, FIELD(password), "password", "password" },
	{ BOTH, "-k", "--keepalive", NUMBER, FIELD(keep_alive), "seconds", "keep alive interval (10)" },
	{ BOTH, NULL, "--quiet", FLAG, FIELD(quiet), NULL, "no error messages" },
	{ BOTH, NULL, "--verbose", FLAG, FIELD(verbose), NULL, "say what is being done; a subscriber shows topics and properties" },
	{ BOTH, NULL, "--trace", TRACE, 0, "error|protocol|min|max", "print the library's trace on standard error" },
	{ PUBLISHER, "-m", "--message", TEXT, FIELD(message), "text", "publish this; without -m, -f or -n: each line of standard input" },
	{ PUBLISHER, "-f", "--filename", TEXT, FIELD(filename), "file", "publish the contents of this file" },
	{ PUBLISHER, "-n", "--null-message", FLAG, FIELD(null_message), NULL, "publish an empty message" },
	{ PUBLISHER, "-r", "--retained", FLAG, FIELD(retained), NULL, "have the server keep the message" },
	{ PUBLISHER, NULL, "--message-expiry", EXPIRY, 0, "seconds", "MQTT 5: when the message expires" },
	{ PUBLISHER, NULL, "--user-property", USER_PROPERTY, 0, "name value", "MQTT 5: a user property; may be given again" },
	{ SUBSCRIBER, "-R", "--no-retained", FLAG, FIELD(no_retained), NULL, "do not print retained messages" },
	{ BOTH, NULL, "--delimiter", TEXT, FIELD(delimiter), "text", "what ends a message, in input and output (a newline)" },
	{ BOTH, NULL, "--no-delimiter", FLAG, FIELD(no_delimiter), NULL, "nothing ends a message" },
	{ BOTH, NULL, "--maxdatalen", NUMBER, FIELD(max_length), "bytes", "the longest message that is made of standard input (100)" },
	{ BOTH, NULL, "--will-topic", TEXT, FIELD(will_topic), "topic", "topic of the will" },
	{ BOTH, NULL, "--will-payload", TEXT, FIELD(will_payload), "text", "its message (an empty one)" },
	{ BOTH, NULL, "--will-qos", QOS, FIELD(will_qos), "0|1|2", "its quality of service (0)" },
	{ BOTH, NULL, "--will-retain", FLAG_WITH_VALUE, FIELD(will_retain), NULL, "have the server keep it" },
	{ BOTH, NULL, "--cafile", TEXT, FIELD(cafile), "file", "TLS: certificates to trust" },
	{ BOTH, NULL, "--capath", TEXT, FIELD(capath), "directory", "TLS: the same, as a directory" },
	{ BOTH, NULL, "--cert", TEXT, FIELD(cert), "file", "TLS: our own certificate" },
	{ BOTH, NULL, "--key", TEXT, FIELD(key), "file", "TLS: its private key" },
	{ BOTH, NULL, "--keypass", TEXT, FIELD(keypass), "password", "TLS: the private key's password" },
	{ BOTH, NULL, "--ciphers", TEXT, FIELD(ciphers), "list", "TLS: cipher suites to offer" },
	{ BOTH, NULL, "--insecure", FLAG, FIELD(insecure), NULL, "TLS: do not check that the certificate is for this host" },
	{ BOTH, NULL, "--psk", TEXT, FIELD(psk), "hex", "TLS: pre-shared key, which this library does not have: connecting fails" },
	{ BOTH, NULL, "--psk-identity", TEXT, FIELD(psk_identity), "name", "TLS: whose key that is" },
	{ BOTH, NULL, "--http-proxy", TEXT, FIELD(http_proxy), "uri", "proxy, HTTP or SOCKS 5: [http://|socks5://|socks5h://][user[:password]@]host[:port]" },
	{ BOTH, NULL, "--https-proxy", TEXT, FIELD(https_proxy), "uri", "proxy for TLS connections" },
	{ BOTH, NULL, "--help", HELP, 0, NULL, "print this" },
};

#define RULE_COUNT (sizeof(rules) / sizeof(rules[0]))

static const struct rule *find_rule(const char *name, enum tool tool)
{
	size_t i;

	for (i = 0; i < RULE_COUNT; i++)
	{
		const struct rule *rule = &rules[i];

		if (!(rule->tools & tool))
			continue;
		if (strcmp(name, rule->long_name) == 0 || (rule->short_name != NULL && strcmp(name, rule->short_name) == 0))
			return rule;
	}
	return NULL;
}

/* A whole decimal number from 0 to `most`. */
static int read_number(const char *text, long most, long *number)
{
	char *end;

	errno = 0;
	*number = strtol(text, &end, 10);
	return end != text && *end == '\0' && errno == 0 && *number >= 0 && *number <= most;
}

static int read_version(const char *text, int *version)
{
	if (strncmp(text, "mqttv", 5) == 0)
		text += 5;
	if (strcmp(text, "31") == 0)
		*version = MQTTVERSION_3_1;
	else if (strcmp(text, "311") == 0)
		*version = MQTTVERSION_3_1_1;
	else if (strcmp(text, "5") == 0)
		*version = MQTTVERSION_5;
	else
		return 0;
	return 1;
}

static int read_trace_level(const char *text, int *level)
{
	if (strcmp(text, "error") == 0)
		*level = MQTTCLIENT_TRACE_ERROR;
	else if (strcmp(text, "protocol") == 0)
		*level = MQTTCLIENT_TRACE_PROTOCOL;
	else if (strcmp(text, "min") == 0)
		*level = MQTTCLIENT_TRACE_MINIMUM;
	else if (strcmp(text, "max") == 0)
		*level = MQTTCLIENT_TRACE_MAXIMUM;
	else
		return 0;
	return 1;
}

/* Takes one option with the values that follow it; gives how many these are, or -1. */
static int take(struct options *options, const struct rule *rule, char **values, int count)
{
	char *field = (char *)options + rule->field;
	long number;

	switch (rule->kind)
	{
	case FLAG:
		*(int *)field = 1;
		return 0;
	case FLAG_WITH_VALUE:
		/* As Paho: its tools ask for a value here, which their manual does not mention. */
		*(int *)field = 1;
		return count > 0 && values[0][0] != '-' ? 1 : 0;
	case HELP:
		return -1;
	default:
		break;
	}

	if (count < (rule->kind == USER_PROPERTY ? 2 : 1))
	{
		fprintf(stderr, "Option %s needs %s\n", rule->long_name, rule->kind == USER_PROPERTY ? "a name and a value" : "a value");
		return -1;
	}
	switch (rule->kind)
	{
	case TEXT:
		*(const char **)field = values[0];
		return 1;
	case USER_PROPERTY:
		options->user_properties[options->user_property_count].name = values[0];
		options->user_properties[options->user_property_count++].value = values[1];
		return 2;
	case NUMBER:
	case QOS:
		if (read_number(values[0], rule->kind == QOS ? 2 : INT_MAX, &number))
		{
			*(int *)field = (int)number;
			return 1;
		}
		break;
	case EXPIRY:
		if (read_number(values[0], 0xffffffffL, &options->message_expiry))
			return 1;
		break;
	case VERSION:
		if (read_version(values[0], &options->version))
			return 1;
		break;
	case TRACE:
		if (read_trace_level(values[0], &options->trace_level))
			return 1;
		break;
	default:
		break;
	}
	fprintf(stderr, "Option %s cannot be \"%s\"\n", rule->long_name, values[0]);
	return -1;
}

/* MQTT 3.1.1 and 5.0, section 4.7.1: a wildcard is a level of its own, and # is the last one. A server closes the
 * connection at other filters, without a word. */
static int is_filter(const char *filter)
{
	const char *level = filter;

	if (*filter == '\0')
		return 0;
	for (;;)
	{
		size_t length = strcspn(level, "/");

		if (length > 1 && strcspn(level, "#+") < length)
			return 0;
		if (level[0] == '#' && level[length] != '\0')
			return 0;
		if (level[length] == '\0')
			return 1;
		level += length + 1;
	}
}

int options_read(struct options *options, int argc, char **argv)
{
	int i = 1;

	options->host = "localhost";
	options->port = "1883";
	options->version = MQTTVERSION_3_1_1;
	options->keep_alive = 10;
	options->delimiter = "\n";
	options->max_length = 100;
	options->message_expiry = -1;
	options->user_properties = calloc((size_t)argc + 1, sizeof(*options->user_properties));
	if (options->user_properties == NULL)
		return 0;

	if (argc > 1 && argv[1][0] != '-')
		options->topic = argv[i++];
	while (i < argc)
	{
		const struct rule *rule = find_rule(argv[i], options->tool);
		int taken;

		if (rule == NULL)
		{
			fprintf(stderr, "Unknown option %s\n", argv[i]);
			return 0;
		}
		taken = take(options, rule, argv + i + 1, argc - i - 1);
		if (taken < 0)
			return 0;
		i += 1 + taken;
	}

	if (options->topic == NULL)
	{
		fprintf(stderr, "A topic is needed\n");
		return 0;
	}
	if (options->tool == PUBLISHER && (options->topic[0] == '\0' || strpbrk(options->topic, "#+") != NULL))
	{
		fprintf(stderr, "A topic to publish to must not be empty, nor have # or + in it\n");
		return 0;
	}
	if (options->tool == SUBSCRIBER && !is_filter(options->topic))
	{
		fprintf(stderr, "In the topic %s, # or + must stand alone between slashes, and # at the end\n", options->topic);
		return 0;
	}
	if (options->max_length == 0)
	{
		fprintf(stderr, "Option --maxdatalen cannot be 0\n");
		return 0;
	}
	if (options->no_delimiter)
		options->delimiter = NULL;
	/* With a wildcard in the topic, messages are only told apart when each is shown with its own. */
	if (options->tool == SUBSCRIBER && strpbrk(options->topic, "#+") != NULL)
		options->verbose = 1;
	return 1;
}

void options_usage(const struct options *options)
{
	size_t i;

	printf("Usage: %s [topic] [options]\n\n", options->program);
	for (i = 0; i < RULE_COUNT; i++)
	{
		const struct rule *rule = &rules[i];
		char names[80];

		if (!(rule->tools & options->tool) || rule->help == NULL)
			continue;
		snprintf(names, sizeof(names), "%s%s%s%s%s", rule->short_name != NULL ? rule->short_name : "  ",
			rule->short_name != NULL ? ", " : "  ", rule->long_name, rule->argument != NULL ? " " : "",
			rule->argument != NULL ? rule->argument : "");
		printf("  %-34s %s\n", names, rule->help);
	}
}

void options_free(struct options *options)
{
	free(options->user_properties);
	options->user_properties = NULL;
	options->user_property_count = 0;
}

char *options_uri(const struct options *options)
{
	const char *host = options->connection != NULL ? options->connection : options->host;
	size_t length = strlen(host) + strlen(options->port) + 2;
	char *uri = malloc(length);

	if (uri == NULL)
		fprintf(stderr, "Out of memory\n");
	else if (options->connection != NULL)
		strcpy(uri, host);
	else
		snprintf(uri, length, "%s:%s", host, options->port);
	return uri;
}

int options_use_tls(const struct options *options)
{
	static const char *const schemes[] = { "ssl://", "tls://", "mqtts://", "wss://" };
	size_t i;

	for (i = 0; options->connection != NULL && i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncmp(options->connection, schemes[i], strlen(schemes[i])) == 0)
			return 1;
	return 0;
}
