/* A program that closes all descriptors, as daemons do, and opens its own in their place. */

#ifndef TESTS_CLOSED_DESCRIPTORS_H
#define TESTS_CLOSED_DESCRIPTORS_H

#include "common.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define FIRST 3
#define LAST 40

static struct counter arrived = COUNTER_INITIALIZER;
static struct counter lost = COUNTER_INITIALIZER;

/* What is opened: files, events or nothing. */
static const char *kind;

/* The program's own. */
static int own[LAST + 1];

/* For both APIs. */
static void connection_lost(void *context, char *cause)
{
	(void)context;
	(void)cause;
	counter_raise(&lost);
}

/* Another file for each number: a temporary one, or events and what watches them, as an event loop has them. */
static void replace_descriptors(void)
{
	int fd;

	for (fd = FIRST; fd <= LAST; ++fd)
		close(fd);
	if (strcmp(kind, "nothing") == 0)
		return;
	for (fd = FIRST; fd <= LAST; ++fd)
	{
		if (strcmp(kind, "events") == 0)
			own[fd] = fd == FIRST ? epoll_create1(0) : eventfd(0, EFD_NONBLOCK);
		else
			own[fd] = memfd_create("closed_descriptors", 0);
		REQUIRE(own[fd] >= 0);
	}
}

static void expect_untouched(void)
{
	uint64_t count;
	struct stat stat;
	int fd;

	if (strcmp(kind, "nothing") == 0)
		return;
	for (fd = FIRST; fd <= LAST; ++fd)
	{
		REQUIRE(fstat(own[fd], &stat) == 0);
		if (strcmp(kind, "files") == 0)
			REQUIRE(S_ISREG(stat.st_mode) && stat.st_size == 0);
		else if (fd > FIRST)
			REQUIRE(read(own[fd], &count, sizeof(count)) == -1 && errno == EAGAIN);
	}
}

static double processor_seconds(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

#endif
