/* Cancelling the thread of the library that has last called messageArrived, once each. */

#ifndef TESTS_CANCELLED_WORKER_H
#define TESTS_CANCELLED_WORKER_H

#include "support.h"

/* Threads that have ended, having known that they called us. */
static struct counter ended = COUNTER_INITIALIZER;

/* The thread of the last callback, while it lives. A thread is cancelled once. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key;
static pthread_t worker;
static int *is_cancelled;

static void at_end(void *own)
{
	pthread_mutex_lock(&lock);
	if (is_cancelled == own)
		is_cancelled = NULL;
	pthread_mutex_unlock(&lock);
	free(own);
	counter_raise(&ended);
}

/* Has the calling thread be the one. Called with the lock. */
static void be_the_worker(void)
{
	worker = pthread_self();
	is_cancelled = pthread_getspecific(key);
}

/* Whether there was one to cancel. */
static int cancel_worker(void)
{
	int is_first;

	pthread_mutex_lock(&lock);
	is_first = is_cancelled != NULL && !*is_cancelled;
	if (is_first)
	{
		*is_cancelled = 1;
		REQUIRE(pthread_cancel(worker) == 0);
	}
	pthread_mutex_unlock(&lock);
	return is_first;
}

#endif
