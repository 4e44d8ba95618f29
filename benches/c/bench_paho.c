/*
 * The workloads on the MQTTClient API. Compiled once against the distribution's headers and linked to its
 * library; LD_LIBRARY_PATH decides which library is measured, the original or ours.
 */
#include "bench.h"

#include <MQTTClient.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(call)                                                                                        \
    do {                                                                                                     \
        int code_ = (call);                                                                                  \
        if (code_ != MQTTCLIENT_SUCCESS)                                                                     \
            die(#call, code_);                                                                               \
    } while (0)

static struct options options;
static char *payload;

/* What the callbacks of one client reach. */
struct context {
    struct counter *counter;
    struct deliveries *deliveries;
    int tallied; /* count in `tally` and wake nobody */
    atomic_long tally;
    sem_t arrived;
};

static int message_arrived(void *opaque, char *topic, int topic_length, MQTTClient_message *message)
{
    struct context *context = opaque;
    (void)topic_length;
    MQTTClient_freeMessage(&message);
    MQTTClient_free(topic);
    if (context->tallied)
        atomic_fetch_add_explicit(&context->tally, 1, memory_order_relaxed);
    else if (context->counter)
        counter_hit(context->counter);
    else
        sem_post(&context->arrived);
    return 1;
}

static void delivery_complete(void *opaque, MQTTClient_deliveryToken token)
{
    struct context *context = opaque;
    (void)token;
    if (context->deliveries)
        deliveries_complete(context->deliveries);
}

static void connection_lost(void *opaque, char *cause)
{
    (void)opaque;
    (void)cause;
    die("connection lost", 0);
}

static MQTTClient client_new(int number)
{
    char uri[64], id[32];
    MQTTClient client;
    snprintf(uri, sizeof uri, "tcp://127.0.0.1:%d", options.port);
    snprintf(id, sizeof id, "bench-%d", number);
    REQUIRE(MQTTClient_create(&client, uri, id, MQTTCLIENT_PERSISTENCE_NONE, NULL));
    return client;
}

static void client_connect(MQTTClient client)
{
    MQTTClient_connectOptions connect = MQTTClient_connectOptions_initializer;
    connect.keepAliveInterval = options.keep_alive;
    connect.cleansession = 1;
    connect.reliable = 0;
    connect.maxInflightMessages = 65535;
    REQUIRE(MQTTClient_connect(client, &connect));
}

static MQTTClient client_open(int number, struct context *context)
{
    MQTTClient client = client_new(number);
    sem_init(&context->arrived, 0, 0);
    if (options.callbacks)
        REQUIRE(MQTTClient_setCallbacks(client, context, connection_lost, message_arrived,
                                        context->deliveries ? delivery_complete : NULL));
    client_connect(client);
    return client;
}

static void client_close(MQTTClient client)
{
    REQUIRE(MQTTClient_disconnect(client, PATIENCE_MS));
    MQTTClient_destroy(&client);
}

static void publish(MQTTClient client, const char *topic, int qos, MQTTClient_deliveryToken *token)
{
    REQUIRE(MQTTClient_publish(client, topic, options.size, payload, qos, 0, token));
}

/* Blocks until the next message in sync mode. Anything but a message is an error. */
static void receive_one(MQTTClient client)
{
    char *topic = NULL;
    int topic_length;
    MQTTClient_message *message = NULL;
    int code = MQTTClient_receive(client, &topic, &topic_length, &message, PATIENCE_MS);
    if (!message)
        die("MQTTClient_receive", code);
    MQTTClient_freeMessage(&message);
    MQTTClient_free(topic);
}

/* The sink measures this one: a publish call that returned may not have sent anything yet. */
static void *publish_flood(void *opaque)
{
    MQTTClient client = opaque;
    struct span span = span_begin(&options, 16);
    while (span_goes_on(&span))
        publish(client, BENCH_TOPIC, 0, NULL);
    return NULL;
}

static void run_publish(void)
{
    pthread_t *threads = calloc((size_t)options.threads, sizeof *threads);
    MQTTClient *clients = calloc((size_t)options.handles, sizeof *clients);
    struct context *contexts = calloc((size_t)options.handles, sizeof *contexts);
    for (int i = 0; i < options.handles; i++)
        clients[i] = client_open(i, &contexts[i]);
    for (int i = 1; i < options.threads; i++)
        pthread_create(&threads[i], NULL, publish_flood, clients[i % options.handles]);
    publish_flood(clients[0]);
    for (int i = 1; i < options.threads; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < options.handles; i++)
        client_close(clients[i]);
}

static void run_complete(void)
{
    struct context context = {0};
    MQTTClient client = client_open(0, &context);
    struct span span = span_begin(&options, 1);
    while (span_goes_on(&span)) {
        MQTTClient_deliveryToken token;
        uint64_t start = now_ns();
        publish(client, BENCH_TOPIC, options.qos, &token);
        REQUIRE(MQTTClient_waitForCompletion(client, token, PATIENCE_MS));
        latency_add(now_ns() - start);
    }
    span_report(&span);
    latency_report();
    client_close(client);
}

static void run_pipeline(void)
{
    struct deliveries deliveries;
    struct context context = {.deliveries = &deliveries};
    char topic[64] = BENCH_TOPIC;
    long prefill = 0;
    deliveries_init(&deliveries, options.window);
    MQTTClient client = client_open(0, &context);
    if (options.hold) {
        hold_topic(topic, sizeof topic, &options);
        for (; prefill < options.hold; prefill++) {
            deliveries_take(&deliveries);
            publish(client, topic, options.qos, NULL);
        }
    }
    struct span span = span_begin(&options, 16);
    while (span_goes_on(&span)) {
        deliveries_take(&deliveries);
        publish(client, topic, options.qos, NULL);
    }
    if (options.hold) {
        span_report(&span);
        publish(client, RELEASE_TOPIC, 0, NULL);
    }
    deliveries_drain(&deliveries, prefill + span.done);
    if (!options.hold)
        span_report(&span);
    client_close(client);
}

static void run_receive(void)
{
    /* The flood goes on to the end of the process, and with it the callbacks. */
    static struct counter counter;
    static struct context context = {.counter = &counter};
    char topic[64];
    counter_init(&counter, &options);
    blast_topic(topic, sizeof topic, &options);
    MQTTClient client = client_open(0, &context);
    REQUIRE(MQTTClient_subscribe(client, topic, options.qos));
    if (options.callbacks) {
        await(&counter.over, "the last message");
    } else {
        struct span span = span_begin(&options, 128);
        while (span_goes_on(&span))
            receive_one(client);
        span_report(&span);
    }
    /* No farewell: with a flood still coming in, what a disconnect costs is no part of this. */
    if (options.count)
        client_close(client);
}

static void echo(MQTTClient client, struct context *context, struct span *span)
{
    while (span_goes_on(span)) {
        uint64_t start = now_ns();
        publish(client, ECHO_TOPIC, options.qos, NULL);
        if (options.callbacks)
            await(&context->arrived, "the echo");
        else
            receive_one(client);
        latency_add(now_ns() - start);
    }
}

static void run_echo(void)
{
    struct context context = {0};
    MQTTClient client = client_open(0, &context);
    REQUIRE(MQTTClient_subscribe(client, ECHO_TOPIC, options.qos));
    struct span span = span_begin(&options, 1);
    echo(client, &context, &span);
    span_report(&span);
    latency_report();
    client_close(client);
}

static void run_connect(void)
{
    MQTTClient client = client_new(0);
    struct context context = {0};
    if (options.callbacks)
        REQUIRE(MQTTClient_setCallbacks(client, &context, connection_lost, message_arrived, NULL));
    struct span span = span_begin(&options, 1);
    while (span_goes_on(&span)) {
        client_connect(client);
        REQUIRE(MQTTClient_disconnect(client, 0));
    }
    span_report(&span);
    MQTTClient_destroy(&client);
}

/* What was published has arrived once an echo sent after it is back. */
static void drain(MQTTClient *clients, struct context *contexts)
{
    for (int i = 0; i < options.clients; i++)
        publish(clients[i], ECHO_TOPIC, 0, NULL);
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
static void many_receive(MQTTClient *clients, struct context *contexts)
{
    char topic[64];
    blast_topic(topic, sizeof topic, &options);
    for (int i = 0; i < options.clients; i++) {
        contexts[i].tallied = 1;
        REQUIRE(MQTTClient_subscribe(clients[i], topic, options.qos));
    }
    uint64_t start = now_ns();
    long before = tally(contexts);
    sleep_seconds(options.seconds);
    report("rate", (double)(tally(contexts) - before) * 1e9 / (double)(now_ns() - start));
}

/* One process with many clients in callback mode: what the others cost one, and what each costs. */
static void run_many(const char *what)
{
    MQTTClient *clients = calloc((size_t)options.clients, sizeof *clients);
    struct context *contexts = calloc((size_t)options.clients, sizeof *contexts);
    options.callbacks = 1;

    clients[0] = client_open(0, &contexts[0]);
    long resident = resident_bytes();
    uint64_t start = now_ns();
    for (int i = 1; i < options.clients; i++)
        clients[i] = client_open(i, &contexts[i]);
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
            publish(clients[i], BENCH_TOPIC, 0, NULL);
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
        client_close(clients[i]);
}

int main(int argc, char **argv)
{
    options = read_options(argc, argv);
    report_library((const void *)MQTTClient_publish);
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
    else if (strcmp(options.workload, "connect") == 0)
        run_connect();
    else if (strncmp(options.workload, "many-", 5) == 0)
        run_many(options.workload + 5);
    else
        die("unknown workload", 0);
    report("done", 1);
    return 0;
}
