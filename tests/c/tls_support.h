/* TLS options from the command line, for either API: their structures are the same but for the name. The program defines
 * SSL_OPTIONS as that before it includes this. */

#ifndef TESTS_TLS_SUPPORT_H
#define TESTS_TLS_SUPPORT_H

#include "common.h"

/* What the arguments say. */
struct tls_arguments
{
	SSL_OPTIONS options;
	/* Whether there are to be any TLS options. */
	int use;
	/* How often to connect; before each time but the first the test says when to go on. */
	int rounds, waits;
	/* Seconds, and the MQTT version. */
	int timeout, version;
	/* Whether to say how long each connect took. */
	int times;
	/* Another URI, tried first. */
	const char *first;
	/* A file of certificates that is the system's before each time but the first. */
	const char *system;
	/* What the callback for errors returns. */
	int answer;
	unsigned char protos[64];
};

static struct tls_arguments tls;

/* Prints what the library says. */
static int print_error(const char *text, size_t length, void *context)
{
	REQUIRE(context == &tls);
	REQUIRE(length > 1 && text[length - 1] == '\n' && memchr(text, '\n', length) == text + length - 1);
	say("line: %.*s", (int)length - 1, text);
	return tls.answer;
}

static unsigned int give_no_key(const char *hint, char *identity, unsigned int identity_size, unsigned char *key,
		unsigned int key_size, void *context)
{
	(void)hint, (void)identity, (void)identity_size, (void)key, (void)key_size, (void)context;
	return 0;
}

/* The value, if the argument is "name=value". */
static const char *value_of(const char *argument, const char *name)
{
	size_t length = strlen(name);

	return strncmp(argument, name, length) == 0 && argument[length] == '=' ? argument + length + 1 : NULL;
}

/* Waits for what is to be before a connect. */
UNUSED static void prepare(int round)
{
	if (round == 1)
		return;
	if (tls.waits)
		await_go();
	if (tls.system != NULL)
		REQUIRE(setenv("SSL_CERT_FILE", tls.system, 1) == 0);
}

/* Reads arguments from the given one on. */
UNUSED static void read_tls(int argc, char **argv, int from, SSL_OPTIONS initializer)
{
	int i;

	tls.options = initializer;
	tls.options.ssl_error_cb = print_error;
	tls.options.ssl_error_context = &tls;
	tls.use = tls.rounds = tls.answer = 1;
	tls.timeout = 30;
	for (i = from; i < argc; ++i)
	{
		const char *value;

#define TEXT(name, member) if ((value = value_of(argv[i], name)) != NULL) { tls.options.member = value; continue; }
#define NUMBER(name, member) if ((value = value_of(argv[i], name)) != NULL) { tls.member = atoi(value); continue; }
		TEXT("trust", trustStore)
		TEXT("capath", CApath)
		TEXT("cert", keyStore)
		TEXT("key", privateKey)
		TEXT("password", privateKeyPassword)
		TEXT("ciphers", enabledCipherSuites)
		NUMBER("auth", options.enableServerCertAuth)
		NUMBER("verify", options.verify)
		NUMBER("ssl_version", options.sslVersion)
		NUMBER("struct_version", options.struct_version)
		NUMBER("no_default", options.disableDefaultTrustStore)
		NUMBER("use", use)
		NUMBER("rounds", rounds)
		NUMBER("waits", waits)
		NUMBER("timeout", timeout)
		NUMBER("version", version)
		NUMBER("answer", answer)
		NUMBER("times", times)
		if ((value = value_of(argv[i], "protos")) != NULL)
		{
			/* Digits, two a byte. */
			tls.options.protos = tls.protos;
			for (; sscanf(value, "%2hhx", &tls.protos[tls.options.protos_len]) == 1; value += 2)
				tls.options.protos_len++;
		}
		else if ((value = value_of(argv[i], "first")) != NULL)
			tls.first = value;
		else if ((value = value_of(argv[i], "system")) != NULL)
			tls.system = value;
		else if (strcmp(argv[i], "psk") == 0)
			tls.options.ssl_psk_cb = give_no_key;
		else
			fail("what is %s?", argv[i]);
	}
}

#endif
