/*
 * The same bytes through a bare socket, in the best way this program knows: what no client library can beat.
 * Floods go out and come in with many messages a system call; a message of 16 KiB or more has a write of
 * its own. Packets are prepared beforehand and never looked at again, but their lengths are counted. Over TLS the same
 * bytes go through OpenSSL.
 */
#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH_BYTES 65536
#define ALONE_BYTES 16384
#define READ_BYTES 131072

static struct options options;
static unsigned char *in;
static SSL *tls; /* of the one connection, if it has that */

static void send_all(int socket, const void *bytes, size_t length)
{
    const char *rest = bytes;
    while (length > 0) {
        ssize_t sent = tls ? SSL_write(tls, rest, (int)length) : send(socket, rest, length, MSG_NOSIGNAL);
        if (sent < (tls ? 1 : 0))
            die("send", errno);
        rest += sent;
        length -= (size_t)sent;
    }
}

static size_t receive_some(int socket, size_t most)
{
    ssize_t got = tls ? SSL_read(tls, in, (int)most) : recv(socket, in, most, 0);
    if (got <= 0)
        die("recv", errno);
    return (size_t)got;
}

static void receive_exactly(int socket, size_t length)
{
    while (length > 0)
        length -= receive_some(socket, length);
}

/* An MQTT 3.1.1 PUBLISH with a payload of zeros. Returns its length; `id_at` is where its packet id is. */
static size_t encode_publish(unsigned char *out, const char *topic, int qos, size_t size, size_t *id_at)
{
    size_t topic_length = strlen(topic);
    size_t remaining = 2 + topic_length + (qos ? 2 : 0) + size;
    unsigned char *at = out;
    *at++ = (unsigned char)(0x30 | qos << 1);
    do {
        *at++ = (unsigned char)((remaining & 127) | (remaining > 127 ? 128 : 0));
        remaining >>= 7;
    } while (remaining > 0);
    *at++ = (unsigned char)(topic_length >> 8);
    *at++ = (unsigned char)topic_length;
    memcpy(at, topic, topic_length);
    at += topic_length;
    if (qos) {
        *id_at = (size_t)(at - out);
        *at++ = 0;
        *at++ = 1;
    }
    memset(at, 0, size);
    return (size_t)(at - out) + size;
}

static void begin_tls(int socket)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_load_verify_locations(context, options.trust, NULL);
    tls = SSL_new(context);
    if (!SSL_set_fd(tls, socket) || SSL_connect(tls) != 1)
        die("SSL_connect", errno);
}

static int dial(void)
{
    static const unsigned char connect_packet[] = {0x10, 19, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 7, 'b', 'e', 'n', 'c', 'h', '-', '0'};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
    int socket_, on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0 || connect(socket_, (struct sockaddr *)&address, sizeof address) != 0)
        die("connect", errno);
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (options.over)
        begin_tls(socket_);
    send_all(socket_, connect_packet, sizeof connect_packet);
    receive_exactly(socket_, 4);
    return socket_;
}

static void hang_up(int socket)
{
    static const unsigned char disconnect_packet[] = {0xe0, 0};
    send_all(socket, disconnect_packet, sizeof disconnect_packet);
    shutdown(socket, SHUT_WR);
    while (recv(socket, in, READ_BYTES, 0) > 0)
        ;
    close(socket);
}

static void subscribe(int socket, const char *topic)
{
    unsigned char packet[128] = {0x82};
    size_t length = strlen(topic);
    packet[1] = (unsigned char)(length + 5);
    packet[3] = 1;
    packet[5] = (unsigned char)length;
    memcpy(packet + 6, topic, length);
    packet[6 + length] = (unsigned char)options.qos;
    send_all(socket, packet, length + 7);
}

/* As many equal packets as make a good write. */
struct batch {
    unsigned char *bytes;
    size_t packet;
    size_t id_at;
    long count;
};

static struct batch batch_new(const char *topic, int qos)
{
    struct batch batch = {0};
    unsigned char *first = malloc((size_t)options.size + 128);
    batch.packet = encode_publish(first, topic, qos, (size_t)options.size, &batch.id_at);
    batch.count = options.size >= ALONE_BYTES ? 1 : (long)(BATCH_BYTES / batch.packet);
    batch.bytes = malloc(batch.packet * (size_t)batch.count);
    for (long i = 0; i < batch.count; i++)
        memcpy(batch.bytes + (size_t)i * batch.packet, first, batch.packet);
    free(first);
    return batch;
}

/* Gives each packet its own id, as a client must: 1 to 65535, again and again. */
static void batch_number(struct batch *batch, uint16_t *last)
{
    for (long i = 0; i < batch->count; i++) {
        unsigned char *id = batch->bytes + (size_t)i * batch->packet + batch->id_at;
        if (++*last == 0)
            *last = 1;
        id[0] = (unsigned char)(*last >> 8);
        id[1] = (unsigned char)*last;
    }
}

static void run_publish(void)
{
    int socket = dial();
    struct batch batch = batch_new(BENCH_TOPIC, 0);
    long batches = options.count / batch.count;
    struct span span = span_begin(&options, 1);
    if (options.count)
        span.limit = batches;
    while (span_goes_on(&span))
        send_all(socket, batch.bytes, batch.packet * (size_t)batch.count);
    hang_up(socket);
}

static void run_complete(void)
{
    static const unsigned char release[] = {0x62, 2, 0, 1};
    unsigned char packet[256];
    size_t id_at, length = encode_publish(packet, BENCH_TOPIC, options.qos, (size_t)options.size, &id_at);
    int socket = dial();
    struct span span = span_begin(&options, 1);
    while (span_goes_on(&span)) {
        uint64_t start = now_ns();
        send_all(socket, packet, length);
        receive_exactly(socket, 4);
        if (options.qos == 2) {
            send_all(socket, release, sizeof release);
            receive_exactly(socket, 4);
        }
        latency_add(now_ns() - start);
    }
    span_report(&span);
    latency_report();
    hang_up(socket);
}

/* The window is kept in whole batches; QoS 2 answers PUBRECs as they come, many in one write. */
static void run_pipeline(void)
{
    static unsigned char releases[READ_BYTES];
    struct batch batch = batch_new(BENCH_TOPIC, options.qos);
    long window = options.window ? options.window : 65535;
    long sent = 0, partial = 0, step = batch.count < window ? batch.count : window;
    uint64_t received = 0;
    uint16_t last = 0;
    int socket = dial();
    struct span span = span_begin(&options, 1);
    batch.count = step;
    if (options.count)
        span.limit = options.count / step;
    int open = 1;
    for (;;) {
        long completed = (long)(received / (options.qos == 2 ? 8 : 4));
        if (!open && completed == sent)
            break;
        if (open && sent - completed + step <= window) {
            if (!(open = span_goes_on(&span)))
                continue;
            batch_number(&batch, &last);
            send_all(socket, batch.bytes, batch.packet * (size_t)step);
            sent += step;
        }
        int must_wait = !open || sent - completed + step > window;
        ssize_t got = recv(socket, in + partial, READ_BYTES - (size_t)partial, must_wait ? 0 : MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN)
            continue;
        if (got <= 0)
            die("recv", errno);
        received += (uint64_t)got;
        if (options.qos == 2) {
            size_t whole = (size_t)(got + partial) / 4 * 4, answers = 0;
            for (size_t at = 0; at < whole; at += 4) {
                if (in[at] == 0x50) {
                    memcpy(releases + answers, in + at, 4);
                    releases[answers] = 0x62;
                    answers += 4;
                }
            }
            send_all(socket, releases, answers);
            partial = got + partial - (long)whole;
            memmove(in, in + whole, (size_t)partial);
        }
    }
    span.done = sent;
    span_report(&span);
    hang_up(socket);
}

/* Every packet of the flood has the length of the first, so bytes tell messages. */
static void run_receive(void)
{
    static unsigned char acks[READ_BYTES];
    char topic[64];
    unsigned char *packet = malloc((size_t)options.size + 128);
    size_t id_at, length;
    uint64_t received = 0, acked = 0;
    blast_topic(topic, sizeof topic, &options);
    length = encode_publish(packet, topic, options.qos, (size_t)options.size, &id_at);
    int socket = dial();
    subscribe(socket, topic);
    receive_exactly(socket, 5);
    if (!options.count) {
        /* A reader that empties the socket with each read would be woken for each write of the sink. */
        int least = READ_BYTES / 2;
        setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least);
    }
    struct span span = span_begin(&options, 1);
    while (now_ns() < span.end && (!options.count || received / length < (uint64_t)options.count)) {
        received += receive_some(socket, READ_BYTES);
        if (options.qos) {
            /* The sink counts acknowledgements, it does not read their ids. */
            size_t bytes = (size_t)(received / length - acked) * 4;
            for (size_t at = 0; at < bytes; at += 4)
                memcpy(acks + at, (const unsigned char[]){0x40, 2, 0, 1}, 4);
            send_all(socket, acks, bytes);
            acked = received / length;
        }
    }
    span.done = (long)(received / length);
    span_report(&span);
}

static void run_echo(void)
{
    static const unsigned char ack[] = {0x40, 2, 0, 1};
    unsigned char packet[256];
    size_t id_at, length = encode_publish(packet, ECHO_TOPIC, options.qos, (size_t)options.size, &id_at);
    int socket = dial();
    struct span span = span_begin(&options, 1);
    while (span_goes_on(&span)) {
        uint64_t start = now_ns();
        send_all(socket, packet, length);
        receive_exactly(socket, length + (options.qos ? 4 : 0));
        latency_add(now_ns() - start);
        if (options.qos)
            send_all(socket, ack, sizeof ack);
    }
    span_report(&span);
    latency_report();
    hang_up(socket);
}

static void run_connect(void)
{
    struct span span = span_begin(&options, 1);
    while (span_goes_on(&span)) {
        int socket = dial();
        static const unsigned char disconnect_packet[] = {0xe0, 0};
        send_all(socket, disconnect_packet, sizeof disconnect_packet);
        close(socket);
    }
    span_report(&span);
}

int main(int argc, char **argv)
{
    options = read_options(argc, argv);
    in = malloc(READ_BYTES);
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
    else
        die("unknown workload", 0);
    report("done", 1);
    return 0;
}
