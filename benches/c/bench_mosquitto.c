/*
 * The workloads on libmosquitto's API, as its documentation means it to be used: its own thread
 * (mosquitto_loop_start) where the MQTTClient API has callbacks, mosquitto_loop() on the calling thread else.
 */
#include "bench.h"

#include <mosquitto.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(call)                                                                                        \
    do {                                                                                                     \
        int code_ = (call);                                                                                  \
        if (code_ != MOSQ_ERR_SUCCESS)                                                                       \
            die(#call, code_);                                                                               \
    } while (0)

static struct options options;
static char *payload;

/* One client and what its callbacks reach. */
struct client {
    struct mosquitto *mosquitto;
    struct counter *counter;
    struct deliveries *deliveries;
    int tallied;
    atomic_long tally;
    sem_t event; /* posted by each callback; with its own thread, waited for */
    int events;  /* counted for the calling thread's loop */
};

static void signal_event(struct client *client)
{
    if (options.callbacks)
        sem_post(&client->event);
    else
        client->events++;
}

static void on_connect(struct mosquitto *mosquitto, void *opaque, int code)
{
    (void)mosquitto;
    if (code != 0)
        die("CONNACK", code);
    signal_event(opaque);
}

static void on_disconnect(struct mosquitto *mosquitto, void *opaque, int code)
{
    (void)mosquitto;
    if (code != 0)
        die("connection lost", code);
    signal_event(opaque);
}

static void on_publish(struct mosquitto *mosquitto, void *opaque, int id)
{
    struct client *client = opaque;
    (void)mosquitto;
    (void)id;
    if (client->deliveries)
        deliveries_complete(client->deliveries);
    else
        signal_event(client);
}

static void on_message(struct mosquitto *mosquitto, void *opaque, const struct mosquitto_message *message)
{
    struct client *client = opaque;
    (void)mosquitto;
    (void)message;
    if (client->tallied)
        atomic_fetch_add_explicit(&client->tally, 1, memory_order_relaxed);
    else if (client->counter)
        counter_hit(client->counter);
    else
        signal_event(client);
}

static void on_subscribe(struct mosquitto *mosquitto, void *opaque, int id, int count, const int *granted)
{
    (void)mosquitto;
    (void)id;
    (void)count;
    (void)granted;
    signal_event(opaque);
}

static void await_event(struct client *client)
{
    if (options.callbacks) {
        await(&client->event, "an answer");
        return;
    }
    while (client->events == 0)
        REQUIRE(mosquitto_loop(client->mosquitto, PATIENCE_MS, 1));
    client->events--;
}

static void client_connect(struct client *client)
{
    REQUIRE(mosquitto_connect(client->mosquitto, "127.0.0.1", options.port, options.keep_alive));
    if (options.callbacks)
        REQUIRE(mosquitto_loop_start(client->mosquitto));
    await_event(client);
}

static void client_disconnect(struct client *client)
{
    REQUIRE(mosquitto_disconnect(client->mosquitto));
    if (options.callbacks)
        REQUIRE(mosquitto_loop_stop(client->mosquitto, 0));
    else
        while (mosquitto_loop(client->mosquitto, 100, 1) == MOSQ_ERR_SUCCESS)
            ;
    client->events = 0;
}

static void client_new(struct client *client, int number)
{
    char id[32];
    snprintf(id, sizeof id, "bench-%d", number);
    client->mosquitto = mosquitto_new(id, 1, client);
    sem_init(&client->event, 0, 0);
    mosquitto_connect_callback_set(client->mosquitto, on_connect);
    mosquitto_disconnect_callback_set(client->mosquitto, on_disconnect);
    mosquitto_message_callback_set(client->mosquitto, on_message);
    mosquitto_subscribe_callback_set(client->mosquitto, on_subscribe);
    REQUIRE(mosquitto_int_option(client->mosquitto, MOSQ_OPT_TCP_NODELAY, 1));
    REQUIRE(mosquitto_max_inflight_messages_set(client->mosquitto, 65535));
}

static void client_open(struct client *client, int number)
{
    client_new(client, number);
    client_connect(client);
}

/* After the connection stands, so that nobody counts more events than are awaited. */
static void notice_publishes(struct client *client)
{
    mosquitto_publish_callback_set(client->mosquitto, on_publish);
}

static void client_close(struct client *client)
{
    client_disconnect(client);
    mosquitto_destroy(client->mosquitto);
}

static void publish(struct client *client, const char *topic, int qos)
{
    REQUIRE(mosquitto_publish(client->mosquitto, NULL, topic, options.size, payload, qos, 0));
}

static void subscribe(struct client *client, const char *topic)
{
    REQUIRE(mosquitto_subscribe(client->mosquitto, NULL, topic, options.qos));
    await_event(client);
}

/*
 * libmosquitto never blocks and queues without bound. On the calling thread its loop is turned while the
 * socket is full; its own thread is trusted to keep up, and the sink counts only what arrived.
 */
static void *publish_flood(void *opaque)
{
    struct client *client = opaque;
    struct span span = span_begin(&options, 16);
    while (span_goes_on(&span)) {
        publish(client, BENCH_TOPIC, 0);
        while (!options.callbacks && mosquitto_want_write(client->mosquitto))
            REQUIRE(mosquitto_loop(client->mosquitto, PATIENCE_MS, 1));
    }
    return NULL;
}

static void run_publish(void)
{
    pthread_t *threads = calloc((size_t)options.threads, sizeof *threads);
    struct client *clients = calloc((size_t)options.handles, sizeof *clients);
    for (int i = 0; i < options.handles; i++)
        client_open(&clients[i], i);
    for (int i = 1; i < options.threads; i++)
        pthread_create(&threads[i], NULL, publish_flood, &clients[i % options.handles]);
    publish_flood(&clients[0]);
    for (int i = 1; i < options.threads; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < options.handles; i++)
        client_close(&clients[i]);
}

static void run_complete(void)
{
    struct client client = {0};
    client_open(&client, 0);
    notice_publishes(&client);
    struct span span = span_begin(&options, 1);
    while (span_goes_on(&span)) {
        uint64_t start = now_ns();
        publish(&client, BENCH_TOPIC, options.qos);
        await_event(&client);
        latency_add(now_ns() - start);
    }
    span_report(&span);
    latency_report();
    client_close(&client);
}

static void run_pipeline(void)
{
    struct deliveries deliveries;
    struct client client = {.deliveries = &deliveries};
    char topic[64] = BENCH_TOPIC;
    long prefill = 0;
    deliveries_init(&deliveries, options.window);
    client_open(&client, 0);
    notice_publishes(&client);
    if (options.hold) {
        hold_topic(topic, sizeof topic, &options);
        for (; prefill < options.hold; prefill++) {
            deliveries_take(&deliveries);
            publish(&client, topic, options.qos);
        }
    }
    struct span span = span_begin(&options, 16);
    while (span_goes_on(&span)) {
        deliveries_take(&deliveries);
        publish(&client, topic, options.qos);
    }
    /* on_publish counts QoS 0 as well: the release is one more. */
    if (options.hold) {
        span_report(&span);
        publish(&client, RELEASE_TOPIC, 0);
    }
    deliveries_drain(&deliveries, prefill + span.done + (options.hold ? 1 : 0));
    if (!options.hold)
        span_report(&span);
    client_close(&client);
}

static void run_receive(void)
{
    struct counter counter;
    struct client client = {.counter = &counter};
    char topic[64];
    counter_init(&counter, &options);
    blast_topic(topic, sizeof topic, &options);
    client_open(&client, 0);
    REQUIRE(mosquitto_subscribe(client.mosquitto, NULL, topic, options.qos));
    if (options.callbacks)
        await(&counter.over, "the last message");
    else
        while (atomic_load(&counter.running) != 2)
            REQUIRE(mosquitto_loop(client.mosquitto, PATIENCE_MS, 1));
}

static void echo(struct client *client, struct span *span)
{
    while (span_goes_on(span)) {
        uint64_t start = now_ns();
        publish(client, ECHO_TOPIC, options.qos);
        await_event(client);
        latency_add(now_ns() - start);
    }
}

static void run_echo(void)
{
    struct client client = {0};
    client_open(&client, 0);
    subscribe(&client, ECHO_TOPIC);
    struct span span = span_begin(&options, 1);
    echo(&client, &span);
    span_report(&span);
    latency_report();
    client_close(&client);
}

static void run_connect(void)
{
    struct client client = {0};
    client_new(&client, 0);
    struct span span = span_begin(&options, 1);
    while (span_goes_on(&span)) {
        client_connect(&client);
        client_disconnect(&client);
    }
    span_report(&span);
    mosquitto_destroy(client.mosquitto);
}

/* What was published has arrived once an echo sent after it is back. */
static void drain(struct client *clients)
{
    for (int i = 0; i < options.clients; i++)
        publish(&clients[i], ECHO_TOPIC, 0);
    for (int i = 0; i < options.clients; i++)
        await_event(&clients[i]);
}

static long tally(struct client *clients)
{
    long sum = 0;
    for (int i = 0; i < options.clients; i++)
        sum += atomic_load_explicit(&clients[i].tally, memory_order_relaxed);
    return sum;
}

static void many_receive(struct client *clients)
{
    char topic[64];
    blast_topic(topic, sizeof topic, &options);
    for (int i = 0; i < options.clients; i++) {
        clients[i].tallied = 1;
        REQUIRE(mosquitto_subscribe(clients[i].mosquitto, NULL, topic, options.qos));
    }
    uint64_t start = now_ns();
    long before = tally(clients);
    sleep_seconds(options.seconds);
    report("rate", (double)(tally(clients) - before) * 1e9 / (double)(now_ns() - start));
}

/* libmosquitto has one thread for each client here: it knows no other way to serve many at once by itself. */
static void run_many(const char *what)
{
    struct client *clients = calloc((size_t)options.clients, sizeof *clients);
    options.callbacks = 1;
    client_open(&clients[0], 0);
    long resident = resident_bytes();
    uint64_t start = now_ns();
    for (int i = 1; i < options.clients; i++)
        client_open(&clients[i], i);
    if (options.clients > 1) {
        report("connect_us", (double)(now_ns() - start) / 1e3 / (options.clients - 1));
        report("memory_bytes", (double)(resident_bytes() - resident) / (options.clients - 1));
    }

    if (strcmp(what, "latency") == 0) {
        struct span span = span_begin(&options, 1);
        echo(&clients[0], &span);
        latency_report();
        uint64_t cpu = cpu_ns();
        sleep_seconds(options.idle);
        report("idle_cpu_percent", (double)(cpu_ns() - cpu) / options.idle / 1e7);
    } else if (strcmp(what, "flood") == 0) {
        struct span span = span_begin(&options, 16);
        for (int i = 0; span_goes_on(&span); i = (i + 1) % options.clients)
            publish(&clients[i], BENCH_TOPIC, 0);
        drain(clients);
        many_receive(clients);
        return;
    } else {
        die("unknown workload", 0);
    }
    for (int i = 0; i < options.clients; i++)
        client_close(&clients[i]);
}

int main(int argc, char **argv)
{
    options = read_options(argc, argv);
    report_library((const void *)mosquitto_publish);
    payload = calloc(1, (size_t)options.size + 1);
    mosquitto_lib_init();
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
