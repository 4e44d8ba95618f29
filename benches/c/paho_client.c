/* The MQTTClient API. */
#include "paho.h"

#include <MQTTClient.h>
#include <stdio.h>

#define REQUIRE(call)                                                                                        \
    do {                                                                                                     \
        int code_ = (call);                                                                                  \
        if (code_ != MQTTCLIENT_SUCCESS)                                                                     \
            die(#call, code_);                                                                               \
    } while (0)

static int message_arrived(void *opaque, char *topic, int topic_length, MQTTClient_message *message)
{
    (void)topic_length;
    MQTTClient_freeMessage(&message);
    MQTTClient_free(topic);
    count_message(opaque);
    return 1;
}

static void delivery_complete(void *opaque, MQTTClient_deliveryToken token)
{
    (void)token;
    count_delivery(opaque);
}

static void connection_lost(void *opaque, char *cause)
{
    (void)opaque;
    (void)cause;
    die("connection lost", 0);
}

const void *api_function(void)
{
    return (const void *)MQTTClient_publish;
}

int api_waits(void)
{
    return 1;
}

handle api_new(int number)
{
    char uri[64], id[32];
    MQTTClient client;
    int persistence = options.directory ? MQTTCLIENT_PERSISTENCE_DEFAULT : MQTTCLIENT_PERSISTENCE_NONE;
    server_uri(uri, sizeof uri);
    snprintf(id, sizeof id, "bench-%d", number);
    REQUIRE(MQTTClient_create(&client, uri, id, persistence, (void *)options.directory));
    return client;
}

void api_set_callbacks(handle client, struct context *context)
{
    REQUIRE(MQTTClient_setCallbacks(client, context, connection_lost, message_arrived,
                                    context->deliveries ? delivery_complete : NULL));
}

void api_begin_connect(handle client, struct context *context)
{
    MQTTClient_connectOptions connect = MQTTClient_connectOptions_initializer;
    MQTTClient_SSLOptions tls = MQTTClient_SSLOptions_initializer;
    (void)context;
    connect.keepAliveInterval = options.keep_alive;
    connect.cleansession = 1;
    tls.trustStore = options.trust;
    tls.verify = 1;
    if (is_over_tls())
        connect.ssl = &tls;
    connect.reliable = 0;
    connect.maxInflightMessages = 65535;
    REQUIRE(MQTTClient_connect(client, &connect));
}

void api_disconnect(handle client, struct context *context, int milliseconds)
{
    (void)context;
    REQUIRE(MQTTClient_disconnect(client, milliseconds));
}

void api_destroy(handle client)
{
    MQTTClient opened = client;
    MQTTClient_destroy(&opened);
}

void api_begin_subscribe(handle client, struct context *context, const char *topic)
{
    (void)context;
    REQUIRE(MQTTClient_subscribe(client, topic, options.qos));
}

void api_await_answer(struct context *context)
{
    (void)context;
}

int api_publish(handle client, struct context *context, const char *topic, int qos)
{
    MQTTClient_deliveryToken token;
    (void)context;
    REQUIRE(MQTTClient_publish(client, topic, options.size, payload, qos, 0, &token));
    return token;
}

void api_publish_paced(handle client, const char *topic)
{
    REQUIRE(MQTTClient_publish(client, topic, options.size, payload, 0, 0, NULL));
}

void api_end_pace(void)
{
}

void api_wait_for_completion(handle client, int token)
{
    REQUIRE(MQTTClient_waitForCompletion(client, token, PATIENCE_MS));
}

void api_receive_one(handle client)
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
