/*
 * A clock as slow as a program under callgrind: to be preloaded, so that what depends on time depends on
 * the messages of that time, as it does at full speed. Otherwise the library would see a publisher who
 * pauses between any two messages, on some machines and not on others, and go another way.
 */
#include <dlfcn.h>
#include <time.h>

/* Callgrind takes some fifty times as long for what a library does, and no longer for what the kernel does.
 * So a flood is slower by that much, and an exchange by four: this is between them. */
#define TIMES 10

static int (*real_clock)(clockid_t, struct timespec *);
static struct timespec begun;

__attribute__((constructor)) static void begin(void)
{
    *(void **)&real_clock = dlsym(RTLD_NEXT, "clock_gettime");
    real_clock(CLOCK_MONOTONIC, &begun);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (!real_clock)
        begin();
    int result = real_clock(clock, now);
    if (clock == CLOCK_MONOTONIC) {
        long long passed = (now->tv_sec - begun.tv_sec) * 1000000000LL + now->tv_nsec - begun.tv_nsec;
        long long time = begun.tv_nsec + passed / TIMES;
        now->tv_sec = begun.tv_sec + time / 1000000000LL;
        now->tv_nsec = time % 1000000000LL;
    }
    return result;
}
