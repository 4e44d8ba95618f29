/*
 * What the bench programs share: arguments, the clock, figures, and how a run ends.
 *
 * Each program speaks one API (bench_paho, bench_async, bench_mosquitto, bench_raw) and plays the same workloads:
 *
 *     bench_paho publish port=1883 size=64 seconds=1 cpu=0
 *
 * It prints lines of "name value" that the runner reads, and exits with 0; anything else is a failure.
 */
#ifndef BENCH_H
#define BENCH_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>

/* Short and of one length in all workloads, so that a packet of 64 B payload is the same everywhere. */
#define BENCH_TOPIC "bench/t"
#define ECHO_TOPIC "echo/t0"

/* No answer takes longer than this on the loopback; a wait that does is an error, not a figure. */
#define PATIENCE_MS 10000

struct options {
    const char *workload;
    int port;
    int qos;
    int size;      /* of the payload, in bytes */
    int callbacks; /* 0: the calling thread drives the socket; 1: the library's threads do */
    int window;    /* messages the application leaves unacknowledged; 0: as many as the library takes */
    int hold;      /* messages the sink leaves unacknowledged */
    int threads;
    int handles; /* that the threads share: 1, or as many as threads */
    int clients;
    int keep_alive;
    int offline; /* messages wait for a connection, `count` of them */
    const char *over;      /* "tls" or "websocket"; NULL: plain TCP */
    const char *trust;     /* the certificate of the other end */
    const char *directory; /* where messages are stored; NULL: nowhere */
    int idle;   /* seconds of doing nothing */
    int turn;   /* after how many milliseconds callbacks of other clients go on; -1: as the library has it */
    int cpu;    /* -1: wherever the scheduler likes */
    long count; /* of messages; 0: by time */
    double seconds;
};

struct options read_options(int argc, char **argv);

uint64_t now_ns(void);
void report(const char *name, double value);
void report_text(const char *name, const char *value);

/* Ends the process at once, saying why: a figure after a failed call would mean nothing. */
_Noreturn void die(const char *what, int code);

/* The shared object that `function` lives in: the runner checks that the library it meant was measured. */
void report_library(const void *function);

/* How long a loop goes on: by count or by time. The clock is looked at every `stride` rounds. */
struct span {
    uint64_t start;
    uint64_t end;
    long limit;
    long done;
    long stride;
};

struct span span_begin(const struct options *options, long stride);
int span_goes_on(struct span *span);
void span_report(const struct span *span);

/* Samples of a latency row. */
void latency_add(uint64_t ns);
void latency_report(void);

/* Waits for `semaphore` or dies, naming what was awaited. */
void await(sem_t *semaphore, const char *what);

/* Messages counted in a callback, until the span is over; then `over` is posted. */
struct counter {
    struct span span;
    const struct options *options;
    atomic_int running; /* 0 before the first message, 1, 2 when over */
    sem_t over;
};

void counter_init(struct counter *counter, const struct options *options);
void counter_hit(struct counter *counter);

/* Acknowledgements counted in a callback, against messages handed to the library. */
struct deliveries {
    sem_t window;
    sem_t drained;
    atomic_long completed;
    atomic_long awaited; /* LONG_MAX until the last message is out */
    int bounded;
};

void deliveries_init(struct deliveries *deliveries, int window);
void deliveries_take(struct deliveries *deliveries);
void deliveries_complete(struct deliveries *deliveries);
void deliveries_drain(struct deliveries *deliveries, long published);

/* Processor time and memory of this process so far. */
uint64_t cpu_ns(void);
long resident_bytes(void);

void sleep_seconds(double seconds);

/* "blast/<qos>/<size>/<count>": subscribing to it makes the sink send. */
void blast_topic(char *out, unsigned long size, const struct options *options);

/* "hold/<n>": the sink keeps the n youngest of these unacknowledged, until "release" is published. */
void hold_topic(char *out, unsigned long size, const struct options *options);
#define RELEASE_TOPIC "release"

#endif
