/*
 * The workloads on Paho's APIs: with paho_client.c for MQTTClient, with paho_async.c for MQTTAsync. Compiled once
 * against the distribution's headers and linked to its library, the one without TLS or the one with it;
 * LD_LIBRARY_PATH decides which library is measured, the original or ours.
 */
#include "paho.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options options;
char *payload;

int is_over_tls(void)
{
    return options.over && strcmp(options.over, "tls") == 0;
}

void server_uri(char *out, unsigned long size)
{
    const char *scheme = is_over_tls() ? "ssl" : options.over ? "ws" : "tcp";
    snprintf(out, size, "%s://127.0.0.1:%d", scheme, options.port);
}

void count_message(struct context *context)
{
    if (context->tallied)
        atomic_fetch_add_explicit(&context->tally, 1, memory_order_relaxed);
    else if (context->counter)
        counter_hit(context->counter);
    else
        sem_post(&context->arrived);
}

void count_delivery(struct context *context)
{
    if (context->deliveries)
        deliveries_complete(context->deliveries);
}

static handle client_new(int number, struct context *context)
{
    handle client = api_new(number);
    sem_init(&context->arrived, 0, 0);
    sem_init(&context->answered, 0, 0);
    if (options.callbacks)
        api_set_callbacks(client, context);
    return client;
}

static void client_connect(handle client, struct context *context)
{
    api_begin_connect(client, context);
    api_await_answer(context);
}

static void client_subscribe(handle client, struct context *context, const char *topic)
{
    api_begin_subscribe(client, context, topic);
    api_await_answer(context);
}

static handle client_open(int number, struct context *context)
{
    handle client = client_new(number, context);
    client_connect(client, context);
    return client;
}

static void client_close(handle client, struct context *context)
{
    api_disconnect(client, context, PATIENCE_MS);
    api_destroy(client);
}

/* The sink measures this one: a publish call that returned may not have sent anything yet. */
static void *publish_flood(void *opaque)
{
    struct span span = span_begin(&options, 16);
    while (span_goes_on(&span))
        api_publish_paced(opaque, BENCH_TOPIC);
    api_end_pace();
    return NULL;
}

static void run_publish(void)
{
    pthread_t *threads = calloc((size_t)options.threads, sizeof *threads);
    handle *clients = calloc((size_t)options.handles, sizeof *clients);
    struct context *contexts = calloc((size_t)options.handles, sizeof *contexts);
    for (int i = 0; i < options.handles; i++)
        clients[i] = client_open(i, &contexts[i]);
    for (int i = 1; i < options.threads; i++)
        pthread_create(&threads[i], NULL, publish_flood, clients[i % options.handles]);
    publish_flood(clients[0]);
    for (int i = 1; i < options.threads; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < options.handles; i++)
        client_close(clients[i], &contexts[i]);
}

static void run_complete(void)
{
    struct context context = {0};
    handle client = client_open(0, &context);
    struct span span = span_begin(&options, 1);
    while (span_goes_on(&span)) {
        uint64_t start = now_ns();
        int token = api_publish(client, &context, BENCH_TOPIC, options.qos);
        api_wait_for_completion(client, token);
        latency_add(now_ns() - start);
    }
    span_report(&span);
    latency_report();
    client_close(client, &context);
}

static void run_pipeline(void)
{
    struct deliveries deliveries;
    struct context context = {.deliveries = &deliveries};
    char topic[64] = BENCH_TOPIC;
    long prefill = 0;
    deliveries_init(&deliveries, options.window);
    handle client = client_open(0, &context);
    if (options.hold) {
        hold_topic(topic, sizeof topic, &options);
        for (; prefill < options.hold; prefill++) {
            deliveries_take(&deliveries);
            api_publish(client, &context, topic, options.qos);
        }
    }
    struct span span = span_begin(&options, 16);
    while (span_goes_on(&span)) {
        deliveries_take(&deliveries);
        api_publish(client, &context, topic, options.qos);
    }
    if (options.hold) {
        span_report(&span);
        api_publish_paced(client, RELEASE_TOPIC);
    }
    deliveries_drain(&deliveries, prefill + span.done);
    if (!options.hold)
        span_report(&span);
    client_close(client, &context);
}

static void run_receive(void)
{
    /* The flood goes on to the end of the process, and with it the callbacks. */
    static struct counter counter;
    static struct context context = {.counter = &counter};
    char topic[64];
    counter_init(&counter, &options);
    blast_topic(topic, sizeof topic, &options);
    handle client = client_open(0, &context);
    client_subscribe(client, &context, topic);
    if (options.callbacks) {
        await(&counter.over, "the last message");
    } else {
        struct span span = span_begin(&options, 128);
        while (span_goes_on(&span))
            api_receive_one(client);
        span_report(&span);
    }
    /* No farewell: with a flood still coming in, what a disconnect costs is no part of this. */
    if (options.count)
        client_close(client, &context);
}

static void echo(handle client, struct context *context, struct span *span)
{
    while (span_goes_on(span)) {
        uint64_t start = now_ns();
        api_publish(client, context, ECHO_TOPIC, options.qos);
        if (options.callbacks)
            await(&context->arrived, "the echo");
        else
            api_receive_one(client);
        latency_add(now_ns() - start);
    }
}

static void run_echo(void)
{
    struct context context = {0};
    handle client = client_open(0, &context);
    client_subscribe(client, &context, ECHO_TOPIC);
    struct span span = span_begin(&options, 1);
    echo(client, &context, &span);
    span_report(&span);
    latency_report();
    client_close(client, &context);
}

/*
 * Messages that wait for a connection: what it costs to queue one, and to send what has waited.
 */
static void run_offline(void)
{
    struct deliveries deliveries;
    struct context context = {.deliveries = &deliveries};
    deliveries_init(&deliveries, 0);
    handle client = client_new(0, &context);
    uint64_t start = now_ns();
    for (long i = 0; i < options.count; i++)
        api_publish(client, &context, BENCH_TOPIC, options.qos);
    uint64_t queued = now_ns();
    report("queue_rate", (double)options.count * 1e9 / (double)(queued - start));
    uint64_t cpu = cpu_ns();
    sleep_seconds(options.idle);
    report("idle_cpu_percent", (double)(cpu_ns() - cpu) / options.idle / 1e7);
    start = now_ns();
    client_connect(client, &context);
    deliveries_drain(&deliveries, options.count);
    report("rate", (double)options.count * 1e9 / (double)(now_ns() - start));
    client_close(client, &context);
}

static void run_connect(void)
{
    struct context context = {0};
    handle client = client_new(0, &context);
    struct span span = span_begin(&options, 1);
    while (span_goes_on(&span)) {
        client_connect(client, &context);
        api_disconnect(client, &context, 0);
    }
    span_report(&span);
    api_destroy(client);
}

/* What was published has arrived once an echo sent after it is back. */
static void drain(handle *clients, struct context *contexts)
{
    for (int i = 0; i < options.clients; i++)
        api_publish(clients[i], &contexts[i], ECHO_TOPIC, 0);
    for (int i = 0; i < options.clients; i++)
        await(&contexts[i].arrived, "the echo behind the flood");
}

static long tally(struct context *contexts)
{
    long sum = 0;
    for (int i = 0; i < options.clients; i++)
        sum += atomic_load_explicit(&contexts[i].tally, memory_order_relaxed);
    return sum;
}

/* The library may call back from several threads: each client counts alone, and this thread adds up. */
static void many_receive(handle *clients, struct context *contexts)
{
    char topic[64];
    blast_topic(topic, sizeof topic, &options);
    for (int i = 0; i < options.clients; i++) {
        contexts[i].tallied = 1;
        api_begin_subscribe(clients[i], &contexts[i], topic);
    }
    for (int i = 0; i < options.clients; i++)
        api_await_answer(&contexts[i]);
    uint64_t start = now_ns();
    long before = tally(contexts);
    sleep_seconds(options.seconds);
    report("rate", (double)(tally(contexts) - before) * 1e9 / (double)(now_ns() - start));
}

/* One process with many clients in callback mode: what the others cost one, and what each costs. */
static void run_many(const char *what)
{
    handle *clients = calloc((size_t)options.clients, sizeof *clients);
    struct context *contexts = calloc((size_t)options.clients, sizeof *contexts);
    options.callbacks = 1;

    clients[0] = client_open(0, &contexts[0]);
    long resident = resident_bytes();
    uint64_t start = now_ns();
    for (int i = 1; i < options.clients; i++) {
        clients[i] = client_new(i, &contexts[i]);
        api_begin_connect(clients[i], &contexts[i]);
    }
    for (int i = 1; i < options.clients; i++)
        api_await_answer(&contexts[i]);
    if (options.clients > 1) {
        report("connect_us", (double)(now_ns() - start) / 1e3 / (options.clients - 1));
        report("memory_bytes", (double)(resident_bytes() - resident) / (options.clients - 1));
    }

    if (strcmp(what, "latency") == 0) {
        struct span span = span_begin(&options, 1);
        echo(clients[0], &contexts[0], &span);
        latency_report();
        uint64_t cpu = cpu_ns();
        sleep_seconds(options.idle);
        report("idle_cpu_percent", (double)(cpu_ns() - cpu) / options.idle / 1e7);
    } else if (strcmp(what, "flood") == 0) {
        struct span span = span_begin(&options, 16);
        for (int i = 0; span_goes_on(&span); i = (i + 1) % options.clients)
            api_publish_paced(clients[i], BENCH_TOPIC);
        api_end_pace();
        drain(clients, contexts);
        many_receive(clients, contexts);
        return;
    } else if (strcmp(what, "receive") == 0) {
        many_receive(clients, contexts);
        return;
    } else {
        die("unknown workload", 0);
    }
    for (int i = 0; i < options.clients; i++)
        client_close(clients[i], &contexts[i]);
}

int main(int argc, char **argv)
{
    options = read_options(argc, argv);
    report_library(api_function());
    options.callbacks |= !api_waits();
    if (options.turn >= 0) {
        char milliseconds[16];
        snprintf(milliseconds, sizeof milliseconds, "%d", options.turn);
        setenv("MQTT_C_CLIENT_CALLBACK_TURN_MS", milliseconds, 1);
    }
    payload = calloc(1, (size_t)options.size + 1);
    if (strcmp(options.workload, "publish") == 0)
        run_publish();
    else if (strcmp(options.workload, "complete") == 0)
        run_complete();
    else if (strcmp(options.workload, "pipeline") == 0)
        run_pipeline();
    else if (strcmp(options.workload, "receive") == 0)
        run_receive();
    else if (strcmp(options.workload, "echo") == 0)
        run_echo();
    else if (strcmp(options.workload, "offline") == 0)
        run_offline();
    else if (strcmp(options.workload, "connect") == 0)
        run_connect();
    else if (strncmp(options.workload, "many-", 5) == 0)
        run_many(options.workload + 5);
    else
        die("unknown workload", 0);
    report("done", 1);
    return 0;
}
