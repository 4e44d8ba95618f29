/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the four tools share beside their options. */

#define _POSIX_C_SOURCE 200809L

#include "tools.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "MQTTClient.h" /* MQTTVERSION_5, which both APIs have */

void complain(const struct options *options, const char *format, ...)
{
	va_list arguments;

	if (options->quiet)
		return;
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

void print_title(const struct options *options)
{
	printf("%s: %s\n", options->program,
		options->tool == PUBLISHER ? "publishes messages to an MQTT server" : "prints the messages of an MQTT server");
}

void print_trace(int level, const char *message)
{
	fprintf(stderr, "Trace : %d, %s\n", level, message);
}

const char *refusal_text(const struct options *options, int code)
{
	/* MQTT 3.1.1, table 3.1; from MQTT 5 on, reason codes are used instead. */
	static const char *const texts[] = { "accepted", "the server does not speak this version of MQTT", "the server does not accept this client identifier",
		"the server is unavailable", "bad user name or password", "not authorized" };
	const char *text = NULL;

	if (options->version >= MQTTVERSION_5)
		text = MQTTReasonCode_toString((enum MQTTReasonCodes)code);
	else if (code > 0 && code < (int)(sizeof(texts) / sizeof(texts[0])))
		text = texts[code];
	return text != NULL ? text : "unknown reason";
}

int worth_retrying(int code)
{
	/* Negative: the network. Positive: the server's own word, of which these two pass. */
	return code < 0 || code == 3 || code == MQTTREASONCODE_SERVER_UNAVAILABLE || code == MQTTREASONCODE_SERVER_BUSY;
}

/* --- Waiting --- */

/* A byte in this pipe is a wake-up that is due. It is never lost, and more than one are as good as one. */
static int wake_pipe[2] = { -1, -1 };
static volatile sig_atomic_t signalled;

void wake(void)
{
	int saved = errno; /* a signal handler may have interrupted somebody */
	ssize_t written;

	do
		written = write(wake_pipe[1], "w", 1);
	while (written < 0 && errno == EINTR);
	errno = saved;
}

static void stop(int number)
{
	(void)number;
	signalled = 1;
	wake();
}

int stopped(void)
{
	return signalled;
}

int prepare_waiting(void)
{
	struct sigaction action;

	if (pipe(wake_pipe) != 0 || fcntl(wake_pipe[0], F_SETFL, O_NONBLOCK) < 0 || fcntl(wake_pipe[1], F_SETFL, O_NONBLOCK) < 0)
	{
		perror("A pipe");
		return 0;
	}
	memset(&action, 0, sizeof(action));
	action.sa_handler = stop;
	action.sa_flags = (int)SA_RESETHAND;
	return sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0;
}

int wait_for_wake(int ms)
{
	struct pollfd end = { 0, POLLIN, 0 };
	char bytes[256];
	int ready;

	end.fd = wake_pipe[0];
	while ((ready = poll(&end, 1, ms)) < 0 && errno == EINTR)
		; /* if that was our signal, a byte is there now */
	while (ready > 0 && read(wake_pipe[0], bytes, sizeof(bytes)) > 0)
		;
	return ready > 0;
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void wait_for_stop(int ms)
{
	long long end = now_ms() + ms, left = ms;

	while (!stopped() && left > 0)
	{
		wait_for_wake((int)left);
		left = end - now_ms();
	}
}

/* --- Input --- */

int payload_is_given(const struct options *options)
{
	return options->null_message || options->message != NULL || options->filename != NULL;
}

static int read_file(const struct options *options, struct payload *payload)
{
	FILE *file = fopen(options->filename, "rb");
	size_t room = 0, length = 0, count;

	if (file == NULL)
	{
		complain(options, "Can't open file %s: %s", options->filename, strerror(errno));
		return 0;
	}
	/* Not every file knows its length. */
	do
	{
		if (length == room)
		{
			char *more = room < INT_MAX / 2 ? realloc(payload->data, room = room * 2 + 65536) : NULL;

			if (more == NULL)
			{
				complain(options, "File %s is too large", options->filename);
				fclose(file);
				return 0;
			}
			payload->data = more;
		}
		count = fread(payload->data + length, 1, room - length, file);
		length += count;
	} while (count > 0);
	if (ferror(file))
	{
		complain(options, "Can't read file %s: %s", options->filename, strerror(errno));
		fclose(file);
		return 0;
	}
	fclose(file);
	payload->length = (int)length;
	return 1;
}

int given_payload(const struct options *options, struct payload *payload)
{
	const char *text = options->null_message ? "" : options->message;

	memset(payload, 0, sizeof(*payload));
	if (text == NULL)
		return read_file(options, payload);
	payload->length = (int)strlen(text);
	payload->data = malloc((size_t)payload->length + 1);
	if (payload->data == NULL)
	{
		complain(options, "Out of memory");
		return 0;
	}
	memcpy(payload->data, text, (size_t)payload->length + 1);
	return 1;
}

/* The next byte of standard input. Waits for it, but also for a signal, after which there are no more. */
static int next_byte(void)
{
	static char bytes[65536];
	static ssize_t count, taken;

	if (taken == count)
	{
		struct pollfd ends[2] = { { STDIN_FILENO, POLLIN, 0 }, { 0, POLLIN, 0 } };

		ends[1].fd = wake_pipe[0];
		do
		{
			/* Wake-ups by callbacks are for others: nobody waits for these while input is read. */
			wait_for_wake(0);
			if (stopped())
				return EOF;
		} while (poll(ends, 2, -1) < 0 || ends[0].revents == 0);
		taken = 0;
		count = read(STDIN_FILENO, bytes, sizeof(bytes));
		if (count <= 0)
		{
			count = 0;
			return EOF;
		}
	}
	return (unsigned char)bytes[taken++];
}

int read_message(const struct options *options, char *buffer)
{
	int delimiter_length = options->delimiter != NULL ? (int)strlen(options->delimiter) : 0;
	int length = 0, byte;

	while (length < options->max_length && (byte = next_byte()) != EOF)
	{
		buffer[length++] = (char)byte;
		/* As Paho: the delimiter is part of the message, and one at its very beginning does not end it. */
		if (options->delimiter != NULL && length > delimiter_length
			&& memcmp(buffer + length - delimiter_length, options->delimiter, (size_t)delimiter_length) == 0)
			return length;
	}
	/* Half a line that a signal interrupted was not meant to be sent. */
	return length > 0 && !stopped() ? length : -1;
}

static int add_user_property(MQTTProperties *properties, const struct user_property *pair)
{
	MQTTProperty property;

	property.identifier = MQTTPROPERTY_CODE_USER_PROPERTY;
	property.value.data.data = (char *)pair->name;
	property.value.data.len = (int)strlen(pair->name);
	property.value.value.data = (char *)pair->value;
	property.value.value.len = (int)strlen(pair->value);
	return MQTTProperties_add(properties, &property) == 0;
}

int publish_properties(const struct options *options, MQTTProperties *properties)
{
	MQTTProperty property;
	size_t i;

	if (options->version < MQTTVERSION_5)
		return 1;
	if (options->message_expiry >= 0)
	{
		property.identifier = MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL;
		property.value.integer4 = (unsigned int)options->message_expiry;
		if (MQTTProperties_add(properties, &property) != 0)
			return 0;
	}
	for (i = 0; i < options->user_property_count; i++)
		if (!add_user_property(properties, &options->user_properties[i]))
		{
			complain(options, "The user property %s cannot be sent", options->user_properties[i].name);
			return 0;
		}
	return 1;
}

/* --- Output --- */

static void print_property(MQTTProperty *property)
{
	const char *name = MQTTPropertyName(property->identifier);

	switch (MQTTProperty_getType(property->identifier))
	{
	case MQTTPROPERTY_TYPE_BYTE:
		printf("Property name %s value %d\n", name, property->value.byte);
		break;
	case MQTTPROPERTY_TYPE_TWO_BYTE_INTEGER:
		printf("Property name %s value %d\n", name, property->value.integer2);
		break;
	case MQTTPROPERTY_TYPE_FOUR_BYTE_INTEGER:
	case MQTTPROPERTY_TYPE_VARIABLE_BYTE_INTEGER:
		printf("Property name %s value %u\n", name, property->value.integer4);
		break;
	case MQTTPROPERTY_TYPE_BINARY_DATA:
	case MQTTPROPERTY_TYPE_UTF_8_ENCODED_STRING:
		printf("Property name %s value len %.*s\n", name, property->value.data.len, property->value.data.data);
		break;
	case MQTTPROPERTY_TYPE_UTF_8_STRING_PAIR:
		printf("Property name %s key %.*s value %.*s\n", name, property->value.data.len, property->value.data.data,
			property->value.value.len, property->value.value.data);
		break;
	default:
		break;
	}
}

void print_message(const struct options *options, const char *heading, const void *payload, int length, MQTTProperties *properties)
{
	size_t delimiter_length = options->delimiter != NULL ? strlen(options->delimiter) : 0;
	int i;

	if (options->verbose)
		fputs(heading, stdout);
	if (length > 0)
		fwrite(payload, 1, (size_t)length, stdout); /* bytes, with or without zeros among them */
	if ((size_t)length < delimiter_length
		|| (delimiter_length > 0 && memcmp((const char *)payload + length - delimiter_length, options->delimiter, delimiter_length) != 0))
		fputs(options->delimiter, stdout);
	for (i = 0; options->verbose && i < properties->count; i++)
		print_property(&properties->array[i]);
	/* Nobody reads our output any more. (The library has the process ignore SIGPIPE.) */
	if (fflush(stdout) != 0)
	{
		signalled = 1;
		wake();
	}
}

/* --- TLS --- */

static int hex_digit(char digit)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF";
	const char *found = digit != '\0' ? strchr(digits, digit) : NULL;

	return found != NULL ? (int)(found - digits) % 16 : -1;
}

unsigned int give_psk(const char *hint, char *identity, unsigned int identity_room, unsigned char *key, unsigned int key_room, void *context)
{
	const struct options *options = context;
	const char *name = options->psk_identity != NULL ? options->psk_identity : "";
	size_t length = strlen(options->psk) / 2, i;

	(void)hint;
	if (strlen(options->psk) % 2 != 0 || length > key_room || strlen(name) >= identity_room)
	{
		complain(options, "The pre-shared key or its identity has a wrong length");
		return 0;
	}
	for (i = 0; i < length; i++)
	{
		int high = hex_digit(options->psk[2 * i]), low = hex_digit(options->psk[2 * i + 1]);

		if (high < 0 || low < 0)
		{
			complain(options, "The pre-shared key is not a hexadecimal number");
			return 0;
		}
		key[i] = (unsigned char)(high * 16 + low);
	}
	strcpy(identity, name);
	return (unsigned int)length;
}

int print_tls_error(const char *text, size_t length, void *context)
{
	const struct options *options = context;

	while (length > 0 && text[length - 1] == '\n')
		length--;
	complain(options, "TLS: %.*s", (int)length, text);
	return 0;
}
