#include "bench.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define MOST_SAMPLES 4000000

static uint64_t *samples;
static long sample_count;

static void set_option(struct options *options, const char *name, const char *value)
{
    struct {
        const char *name;
        int *field;
    } numbers[] = {
        {"port", &options->port},       {"qos", &options->qos},         {"size", &options->size},
        {"window", &options->window},   {"hold", &options->hold},       {"threads", &options->threads},
        {"handles", &options->handles}, {"clients", &options->clients}, {"keepalive", &options->keep_alive},
        {"cpu", &options->cpu},         {"callbacks", &options->callbacks}, {"idle", &options->idle},
        {"turn", &options->turn},       {"offline", &options->offline},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(name, numbers[i].name) == 0) {
            *numbers[i].field = atoi(value);
            return;
        }
    }
    if (strcmp(name, "count") == 0)
        options->count = atol(value);
    else if (strcmp(name, "directory") == 0)
        options->directory = value;
    else if (strcmp(name, "over") == 0)
        options->over = value;
    else if (strcmp(name, "trust") == 0)
        options->trust = value;
    else if (strcmp(name, "seconds") == 0)
        options->seconds = atof(value);
    else
        die(name, EINVAL);
}

static void pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        die("sched_setaffinity", errno);
}

struct options read_options(int argc, char **argv)
{
    struct options options = {.size = 64, .threads = 1, .handles = 1, .clients = 1, .keep_alive = 60, .idle = 1, .turn = -1, .cpu = -1, .seconds = 1.0};
    if (argc < 2)
        die("no workload", EINVAL);
    options.workload = argv[1];
    for (int i = 2; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals)
            die(argv[i], EINVAL);
        *equals = '\0';
        set_option(&options, argv[i], equals + 1);
    }
    /* Before any library starts a thread: threads inherit it. */
    if (options.cpu >= 0)
        pin(options.cpu);
    return options;
}

uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void report(const char *name, double value)
{
    printf("%s %.6g\n", name, value);
    fflush(stdout);
}

void report_text(const char *name, const char *value)
{
    printf("%s %s\n", name, value);
    fflush(stdout);
}

void die(const char *what, int code)
{
    fprintf(stderr, "%s failed: %d\n", what, code);
    printf("error %s:%d\n", what, code);
    fflush(stdout);
    _exit(1);
}

void report_library(const void *function)
{
    Dl_info info;
    if (dladdr(function, &info))
        report_text("library", info.dli_fname);
}

struct span span_begin(const struct options *options, long stride)
{
    struct span span = {.limit = options->count ? options->count : LONG_MAX, .stride = stride};
    span.start = now_ns();
    span.end = options->count ? UINT64_MAX : span.start + (uint64_t)(options->seconds * 1e9);
    return span;
}

int span_goes_on(struct span *span)
{
    if (span->done == span->limit)
        return 0;
    if (span->done % span->stride == 0 && now_ns() >= span->end)
        return 0;
    span->done++;
    return 1;
}

void span_report(const struct span *span)
{
    double seconds = (double)(now_ns() - span->start) / 1e9;
    report("messages", (double)span->done);
    report("seconds", seconds);
    report("rate", (double)span->done / seconds);
}

void latency_add(uint64_t ns)
{
    if (!samples && !(samples = malloc(MOST_SAMPLES * sizeof *samples)))
        die("malloc", ENOMEM);
    if (sample_count < MOST_SAMPLES)
        samples[sample_count++] = ns;
}

static int by_size(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

void latency_report(void)
{
    if (sample_count == 0)
        die("no sample", 0);
    qsort(samples, (size_t)sample_count, sizeof *samples, by_size);
    report("samples", (double)sample_count);
    report("p50_us", (double)samples[sample_count / 2] / 1e3);
    report("p99_us", (double)samples[sample_count - 1 - sample_count / 100] / 1e3);
}

void await(sem_t *semaphore, const char *what)
{
    struct timespec deadline;
    if (sem_trywait(semaphore) == 0)
        return;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += PATIENCE_MS / 1000;
    while (sem_timedwait(semaphore, &deadline) != 0)
        if (errno != EINTR)
            die(what, errno);
}

void counter_init(struct counter *counter, const struct options *options)
{
    memset(counter, 0, sizeof *counter);
    counter->options = options;
    sem_init(&counter->over, 0, 0);
}

void counter_hit(struct counter *counter)
{
    switch (atomic_load_explicit(&counter->running, memory_order_relaxed)) {
    case 0:
        counter->span = span_begin(counter->options, 128);
        atomic_store(&counter->running, 1);
        /* fall through */
    case 1:
        if (span_goes_on(&counter->span) && counter->span.done < counter->span.limit)
            return;
        span_report(&counter->span);
        atomic_store(&counter->running, 2);
        sem_post(&counter->over);
        return;
    default:
        return;
    }
}

void deliveries_init(struct deliveries *deliveries, int window)
{
    sem_init(&deliveries->window, 0, (unsigned)window);
    sem_init(&deliveries->drained, 0, 0);
    atomic_init(&deliveries->completed, 0);
    atomic_init(&deliveries->awaited, LONG_MAX);
    deliveries->bounded = window > 0;
}

void deliveries_take(struct deliveries *deliveries)
{
    if (deliveries->bounded)
        await(&deliveries->window, "room in the window");
}

void deliveries_complete(struct deliveries *deliveries)
{
    long completed = atomic_fetch_add(&deliveries->completed, 1) + 1;
    if (deliveries->bounded)
        sem_post(&deliveries->window);
    if (completed == atomic_load(&deliveries->awaited))
        sem_post(&deliveries->drained);
}

void deliveries_drain(struct deliveries *deliveries, long published)
{
    atomic_store(&deliveries->awaited, published);
    /* Both sides may see the end and post: once is enough, twice does no harm. */
    if (atomic_load(&deliveries->completed) == published)
        sem_post(&deliveries->drained);
    await(&deliveries->drained, "the last acknowledgement");
}

uint64_t cpu_ns(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000u +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000u;
}

long resident_bytes(void)
{
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (!statm || fscanf(statm, "%*s %ld", &pages) != 1)
        die("/proc/self/statm", errno);
    fclose(statm);
    return pages * sysconf(_SC_PAGESIZE);
}

void sleep_seconds(double seconds)
{
    struct timespec time = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&time, &time) != 0 && errno == EINTR)
        ;
}

void blast_topic(char *out, unsigned long size, const struct options *options)
{
    snprintf(out, size, "blast/%d/%d/%ld", options->qos, options->size, options->count);
}

void hold_topic(char *out, unsigned long size, const struct options *options)
{
    snprintf(out, size, "hold/%d", options->hold);
}
