/*
 * What the workloads of bench_paho.c ask of an API: paho_client.c and paho_async.c are thin layers over the
 * two, each in a program of its own.
 *
 * A function returns when its call does, or if it says so, when what it asks for is done. One that fails ends the
 * process.
 */
#ifndef PAHO_H
#define PAHO_H

#include "bench.h"

/* MQTTClient or MQTTAsync, both of which are pointers. */
typedef void *handle;

/* What the callbacks of one client reach. */
struct context {
    struct counter *counter;
    struct deliveries *deliveries;
    int tallied; /* count in `tally` and wake nobody */
    atomic_long tally;
    sem_t arrived;
    sem_t answered; /* connect, subscribe, disconnect: where calls do not wait for them */
};

extern struct options options;
extern char *payload;

/* To be called by the layer. */
void server_uri(char *out, unsigned long size);
int is_over_tls(void);
void count_message(struct context *context);
void count_delivery(struct context *context);

/* Any of the library's functions: see report_library. */
const void *api_function(void);

/* Whether there are functions that wait, for a program without callbacks. */
int api_waits(void);

handle api_new(int number);
void api_set_callbacks(handle client, struct context *context);

/* Begins, if the API can without waiting, and waits for the end of what was begun. */
void api_begin_connect(handle client, struct context *context);
void api_begin_subscribe(handle client, struct context *context, const char *topic);
void api_await_answer(struct context *context);

/* Returns when the connection has ended. */
void api_disconnect(handle client, struct context *context, int milliseconds);
void api_destroy(handle client);

/* Publishes. Each that is done is counted in the context's `deliveries`, if it has some. Returns the token. */
int api_publish(handle client, struct context *context, const char *topic, int qos);

/* One of a flood of QoS 0. Where a call never waits, the program does: for what it has sent long before. */
void api_publish_paced(handle client, const char *topic);

/* Waits for the last ones of this thread's flood. */
void api_end_pace(void);

void api_wait_for_completion(handle client, int token);

/* Blocks until the next message, and frees it. */
void api_receive_one(handle client);

#endif
