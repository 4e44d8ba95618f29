/* What the test programs share, whatever their API: events printed one line each, waiting with a deadline, and a look at
 * the process itself. Everything is static, so that a program is one file and this header. */

#ifndef TESTS_COMMON_H
#define TESTS_COMMON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

/* How long anything that must happen may take, in milliseconds. */
#define PATIENCE 40000

static pthread_mutex_t support_lock = PTHREAD_MUTEX_INITIALIZER;

/* Prints one event. Whole lines, whichever thread they come from. */
UNUSED static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
UNUSED static void say(const char *format, ...)
{
	va_list values;

	pthread_mutex_lock(&support_lock);
	va_start(values, format);
	vprintf(format, values);
	va_end(values);
	putchar('\n');
	fflush(stdout);
	pthread_mutex_unlock(&support_lock);
}

/* Ends the program: something is not as it must be. */
UNUSED static void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
UNUSED static void fail(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	vfprintf(stderr, format, values);
	va_end(values);
	fputc('\n', stderr);
	_exit(1);
}

/* Demands that a call gives the return code that it must. */
#define EXPECT(expected, call) expect_code(expected, call, #call, __FILE__, __LINE__)
UNUSED static void expect_code(int expected, int rc, const char *call, const char *file, int line)
{
	if (rc != expected)
		fail("%s:%d: %s gave %d instead of %d", file, line, call, rc, expected);
}

#define REQUIRE(condition) ((condition) ? (void)0 : fail("%s:%d: not true: %s", __FILE__, __LINE__, #condition))

/* Milliseconds of a clock that only goes forward. */
UNUSED static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}

/* A number that threads raise, and wait for. */
struct counter
{
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int value;
};

#define COUNTER_INITIALIZER { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 }

UNUSED static void counter_raise(struct counter *counter)
{
	pthread_mutex_lock(&counter->lock);
	counter->value++;
	pthread_cond_broadcast(&counter->changed);
	pthread_mutex_unlock(&counter->lock);
}

UNUSED static int counter_value(struct counter *counter)
{
	int value;

	pthread_mutex_lock(&counter->lock);
	value = counter->value;
	pthread_mutex_unlock(&counter->lock);
	return value;
}

/* Waits until the counter has reached value; 0 if the time is up before. */
UNUSED static int counter_reaches(struct counter *counter, int value, long ms)
{
	struct timespec deadline;
	int reached;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += ms / 1000;
	deadline.tv_nsec += ms % 1000 * 1000000L;
	if (deadline.tv_nsec >= 1000000000L)
	{
		deadline.tv_sec++;
		deadline.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&counter->lock);
	while (counter->value < value && pthread_cond_timedwait(&counter->changed, &counter->lock, &deadline) != ETIMEDOUT)
		;
	reached = counter->value >= value;
	pthread_mutex_unlock(&counter->lock);
	return reached;
}

#define AWAIT(counter, value) REQUIRE(counter_reaches(counter, value, PATIENCE))

/* Waits for a line on standard input: the test says when to go on. Fails at its end. */
UNUSED static void await_go(void)
{
	char line[64];

	if (fgets(line, sizeof(line), stdin) == NULL)
		fail("standard input ended");
}

UNUSED static int entries(const char *directory)
{
	DIR *opened = opendir(directory);
	int count = 0;

	REQUIRE(opened != NULL);
	while (readdir(opened) != NULL)
		count++;
	closedir(opened);
	return count;
}

/* The number of open file descriptors. */
UNUSED static int open_descriptors(void)
{
	return entries("/proc/self/fd");
}

/* Keeps the process on one processor from now on. */
UNUSED static void use_one_processor(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
}

/* The number of threads. */
UNUSED static int running_threads(void)
{
	return entries("/proc/self/task") - 2;
}

/* Waits until the process has at most so many threads: a thread is joined, or gone, shortly after its end. */
UNUSED static int threads_fall_to(int count)
{
	const struct timespec step = { 0, 5000000 };
	long deadline = now_ms() + PATIENCE;

	while (running_threads() > count)
	{
		if (now_ms() > deadline)
			return 0;
		nanosleep(&step, NULL);
	}
	return 1;
}

/* The command line's argument, which must be there. */
UNUSED static const char *argument(int argc, char **argv, int index)
{
	if (index >= argc)
		fail("%s: argument %d is missing", argv[0], index);
	return argv[index];
}

/* A payload whose every byte can be checked. */
UNUSED static unsigned char *pattern(int size)
{
	unsigned char *bytes = malloc(size > 0 ? (size_t)size : 1);
	int i;

	REQUIRE(bytes != NULL);
	for (i = 0; i < size; ++i)
		bytes[i] = (unsigned char)(i * 31 + i / 251 + size);
	return bytes;
}

/* A connectionLost for clients that must not lose their connection; the context is what they are called. */
UNUSED static void fail_on_loss(void *name, char *cause)
{
	fail("%s lost its connection: %s", (const char *)name, cause == NULL ? "no cause" : cause);
}

#endif
