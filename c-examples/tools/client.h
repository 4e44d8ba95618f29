/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Connecting with MQTTClient as the options say: for paho_cs_pub and paho_cs_sub. */

#ifndef TOOLS_CLIENT_H
#define TOOLS_CLIENT_H

#include "MQTTClient.h"

#include "tools.h"

struct session
{
	const struct options *options;
	char *uri;
	MQTTClient client;
};

/* Reads the arguments and prepares everything but the connection. 0: it was said why not, or how to call the tool. */
int session_open(struct session *session, struct options *options, int argc, char **argv);

/* Connects. Gives the return code, and complains of a failure. */
int session_connect(struct session *session);

/* Connects again, at growing intervals, until that succeeds, is hopeless or the tool is stopped. */
int session_connect_again(struct session *session);

/* Disconnects, if there is a connection, and frees everything. */
void session_close(struct session *session);

#endif
