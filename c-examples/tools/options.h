/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The command line of paho_c_pub, paho_c_sub, paho_cs_pub and paho_cs_sub: read once, for all four. */

#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stddef.h>

enum tool { PUBLISHER = 1, SUBSCRIBER = 2 };

struct user_property
{
	const char *name, *value;
};

/* What was asked for. Texts that were not given are NULL. */
struct options
{
	const char *program; /* as in "paho_c_pub" */
	enum tool tool;

	const char *topic;
	const char *connection, *host, *port;
	const char *client_id, *username, *password;
	const char *http_proxy, *https_proxy;
	int version; /* as in MQTTVersion of the connect options */
	int keep_alive, qos;
	int quiet, verbose;
	int trace_level; /* 0: none */

	/* What a publisher sends. */
	const char *message, *filename;
	int null_message, retained, max_length;
	long message_expiry; /* -1: none */
	struct user_property *user_properties;
	size_t user_property_count;

	/* How messages are told apart: "" after each byte for a publisher, NULL not at all. */
	const char *delimiter;
	int no_delimiter, no_retained;

	const char *will_topic, *will_payload;
	int will_qos, will_retain;

	const char *cafile, *capath, *cert, *key, *keypass, *ciphers;
	const char *psk, *psk_identity;
	int insecure;
};

/* Reads the arguments. Otherwise says on standard error what is wrong with them, and gives 0. */
int options_read(struct options *options, int argc, char **argv);

/* Prints on standard output how the tool is called. */
void options_usage(const struct options *options);

void options_free(struct options *options);

/* "host:port", or what was given as the connection; to be freed. NULL: no memory. */
char *options_uri(const struct options *options);

/* Whether it is a URI for which the library needs the TLS options. */
int options_use_tls(const struct options *options);

#endif
