/* The MQTTAsync API. */
#include "paho.h"

#include <MQTTAsync.h>
#include <stdio.h>

#define REQUIRE(call)                                                                                        \
    do {                                                                                                     \
        int code_ = (call);                                                                                  \
        if (code_ != MQTTASYNC_SUCCESS)                                                                      \
            die(#call, code_);                                                                               \
    } while (0)

/* A flood asks of a message now and then to be told when it is written, and goes no further ahead of that than
 * so many bytes: otherwise it would measure how fast a program fills its memory. */
#define PACE_BYTES (1 << 20)

static _Thread_local struct {
    long sent;
    int begun;
    sem_t written;
} pace;

static int message_arrived(void *opaque, char *topic, int topic_length, MQTTAsync_message *message)
{
    (void)topic_length;
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    count_message(opaque);
    return 1;
}

static void connection_lost(void *opaque, char *cause)
{
    (void)opaque;
    (void)cause;
    die("connection lost", 0);
}

static void on_delivery(void *opaque, MQTTAsync_successData *data)
{
    (void)data;
    count_delivery(opaque);
}

/* `opaque` is a semaphore. */
static void on_answer(void *opaque, MQTTAsync_successData *data)
{
    (void)data;
    sem_post(opaque);
}

static void on_failure(void *opaque, MQTTAsync_failureData *data)
{
    (void)opaque;
    die(data->message ? data->message : "request", data->code);
}

const void *api_function(void)
{
    return (const void *)MQTTAsync_send;
}

int api_waits(void)
{
    return 0;
}

handle api_new(int number)
{
    char uri[64], id[32];
    MQTTAsync client;
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer;
    int persistence = options.directory ? MQTTCLIENT_PERSISTENCE_DEFAULT : MQTTCLIENT_PERSISTENCE_NONE;
    server_uri(uri, sizeof uri);
    snprintf(id, sizeof id, "bench-%d", number);
    if (options.offline) {
        create.sendWhileDisconnected = 1;
        create.allowDisconnectedSendAtAnyTime = 1;
        create.maxBufferedMessages = (int)options.count;
    }
    REQUIRE(MQTTAsync_createWithOptions(&client, uri, id, persistence, (void *)options.directory,
                                        options.offline ? &create : NULL));
    return client;
}

void api_set_callbacks(handle client, struct context *context)
{
    REQUIRE(MQTTAsync_setCallbacks(client, context, connection_lost, message_arrived, NULL));
}

void api_begin_connect(handle client, struct context *context)
{
    MQTTAsync_connectOptions connect = MQTTAsync_connectOptions_initializer;
    MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
    connect.keepAliveInterval = options.keep_alive;
    connect.cleansession = 1;
    tls.trustStore = options.trust;
    tls.verify = 1;
    if (is_over_tls())
        connect.ssl = &tls;
    connect.maxInflight = 65535;
    connect.context = &context->answered;
    connect.onSuccess = on_answer;
    connect.onFailure = on_failure;
    REQUIRE(MQTTAsync_connect(client, &connect));
}

void api_disconnect(handle client, struct context *context, int milliseconds)
{
    MQTTAsync_disconnectOptions disconnect = MQTTAsync_disconnectOptions_initializer;
    disconnect.timeout = milliseconds;
    disconnect.context = &context->answered;
    disconnect.onSuccess = on_answer;
    REQUIRE(MQTTAsync_disconnect(client, &disconnect));
    await(&context->answered, "the end of the connection");
}

void api_destroy(handle client)
{
    MQTTAsync opened = client;
    MQTTAsync_destroy(&opened);
}

void api_begin_subscribe(handle client, struct context *context, const char *topic)
{
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    response.context = &context->answered;
    response.onSuccess = on_answer;
    response.onFailure = on_failure;
    REQUIRE(MQTTAsync_subscribe(client, topic, options.qos, &response));
}

void api_await_answer(struct context *context)
{
    await(&context->answered, "an answer");
}

int api_publish(handle client, struct context *context, const char *topic, int qos)
{
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    if (context->deliveries) {
        response.context = context;
        response.onSuccess = on_delivery;
        response.onFailure = on_failure;
    }
    REQUIRE(MQTTAsync_send(client, topic, options.size, payload, qos, 0, &response));
    return response.token;
}

void api_publish_paced(handle client, const char *topic)
{
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    long stride = options.size < PACE_BYTES / 16 ? PACE_BYTES / (options.size + 16) : 16;
    if (pace.sent++ % stride != 0) {
        REQUIRE(MQTTAsync_send(client, topic, options.size, payload, 0, 0, NULL));
        return;
    }
    if (!pace.begun) {
        sem_init(&pace.written, 0, 2);
        pace.begun = 1;
    }
    await(&pace.written, "what was sent before");
    response.context = &pace.written;
    response.onSuccess = on_answer;
    response.onFailure = on_failure;
    REQUIRE(MQTTAsync_send(client, topic, options.size, payload, 0, 0, &response));
}

void api_end_pace(void)
{
    if (!pace.begun)
        return;
    await(&pace.written, "the last messages");
    await(&pace.written, "the last messages");
}

void api_wait_for_completion(handle client, int token)
{
    REQUIRE(MQTTAsync_waitForCompletion(client, token, PATIENCE_MS));
}

void api_receive_one(handle client)
{
    (void)client;
    die("receive without callbacks", 0);
}
