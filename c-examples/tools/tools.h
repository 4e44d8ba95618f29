/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the four tools share beside their options: input, output, signals and waiting. */

#ifndef TOOLS_TOOLS_H
#define TOOLS_TOOLS_H

#include <stddef.h>

#include "MQTTProperties.h"

#include "options.h"

#define TIMEOUT_MS 10000
#define SHORTEST_RETRY_S 1
#define LONGEST_RETRY_S 60

/* Prints an error unless the user wants to hear of none; a newline is added. */
void complain(const struct options *options, const char *format, ...);

/* The tool's name and what it is for. */
void print_title(const struct options *options);

/* The library's trace goes to standard error. The levels of both APIs have the same numbers. */
void print_trace(int level, const char *message);

/* In words: why a server refused a connection. `code` is positive. */
const char *refusal_text(const struct options *options, int code);

/* Whether another attempt to connect may succeed where one ended with this return code. */
int worth_retrying(int code);

/* --- Waiting. The main thread waits for callbacks and for signals in one place. --- */

/* From now on SIGINT and SIGTERM do not end the process, but set `stopped` (the second one ends it). */
int prepare_waiting(void);

/* Whether a signal asked the tool to stop. */
int stopped(void);

/* Ends the wait of the main thread. For callbacks and signal handlers. */
void wake(void);

/* Waits until `wake` is called, or was called since the last wait. With ms < 0 for ever, else 0 if it was not. */
int wait_for_wake(int ms);

/* Waits for so long, or until the tool is stopped, whatever callbacks have to say. */
void wait_for_stop(int ms);

/* --- Input --- */

struct payload
{
	char *data; /* to be freed */
	int length;
};

/* Whether the payload is given by the options. If not, it is read from standard input. */
int payload_is_given(const struct options *options);

/* That payload; 0 and an error message if it cannot be had. */
int given_payload(const struct options *options, struct payload *payload);

/* The next message of standard input, into room for `max_length` bytes. Returns its length; -1: no more. */
int read_message(const struct options *options, char *buffer);

/* The properties that the options ask for; MQTTProperties_free is the caller's. 0: no memory. */
int publish_properties(const struct options *options, MQTTProperties *properties);

/* --- Output --- */

/* A received message. `heading` stands before it if the tool is verbose. */
void print_message(const struct options *options, const char *heading, const void *payload, int length, MQTTProperties *properties);

/* --- TLS --- */

/* For ssl_psk_cb, with the options as its context. */
unsigned int give_psk(const char *hint, char *identity, unsigned int identity_room, unsigned char *key, unsigned int key_room, void *options);

/* For ssl_error_cb, with the options as its context. */
int print_tls_error(const char *text, size_t length, void *options);

#endif
