/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Connecting with MQTTAsync as the options say: for paho_c_pub and paho_c_sub. */

#ifndef TOOLS_ASYNC_H
#define TOOLS_ASYNC_H

#include <pthread.h>

#include "MQTTAsync.h"

#include "tools.h"

enum state { CONNECTING, CONNECTED, FAILED, DISCONNECTED };

struct session
{
	const struct options *options;
	char *uri;
	MQTTAsync client;

	/* What callbacks, on threads of the library, tell the main thread. They call `wake` after a change. */
	pthread_mutex_t lock;
	enum state state; /* of the first connection: the library sees to further ones, see automaticReconnect */
	int failed;       /* whether anything that was asked for did not succeed */
	long pending;     /* publishes that are not finished */
};

/* Reads the arguments and prepares everything but the connection. 0: it was said why not, or how to call the tool. */
int session_open(struct session *session, struct options *options, int argc, char **argv);

/* Connects, and waits for the outcome. Whether that is success; if not, it was said why. */
int session_connect(struct session *session);

/* Notes that something did not succeed, and wakes the main thread. */
void session_fail(struct session *session);
int session_has_failed(struct session *session);

/* Counts one more publish, or one less: that has ended, well or not. */
void session_begin_publish(struct session *session);
void session_end_publish(struct session *session, int success);

/* Waits until no more than so many publishes are pending, or the tool is stopped. Gives how many there are. */
long session_wait(struct session *session, long pending);

/* Disconnects, if there is a connection, and frees everything. Whether nothing has failed. */
int session_close(struct session *session);

/* What to say of a failed request; `code` may be the server's or the library's, `text` NULL. */
void session_complain(const struct session *session, const char *what, int code, const char *text);

#endif
