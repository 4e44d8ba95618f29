/* A resolver of the test's own, for names that end in .example: it answers with the addresses that the program sets. The
 * library's calls come here, since a program's symbols are found before those of the C library. */

#ifndef TESTS_NAMES_H
#define TESTS_NAMES_H

#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "common.h"

#define MOST_ADDRESSES 8

/* As text, in the order of the answer. The first may be "none": there are none for who asks with AI_ADDRCONFIG. */
static char **answered_addresses;
static int answered_count;
static atomic_int asked_with_addrconfig, asked_without;

static int real_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = NULL;

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	return real(node, service, hints, result);
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
	struct addrinfo plain = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM };
	int has_addrconfig = hints != NULL && (hints->ai_flags & AI_ADDRCONFIG), i, start = 0;
	struct addrinfo **end = result;

	if (node == NULL || strstr(node, ".example") == NULL)
		return real_getaddrinfo(node, service, hints, result);
	atomic_fetch_add(has_addrconfig ? &asked_with_addrconfig : &asked_without, 1);
	if (strcmp(answered_addresses[0], "none") == 0)
	{
		if (has_addrconfig)
			return EAI_NONAME;
		start = 1;
	}
	*result = NULL;
	/* Lists of one, put together: freeaddrinfo takes any list apart. */
	for (i = start; i < answered_count; i++)
	{
		REQUIRE(real_getaddrinfo(answered_addresses[i], service, &plain, end) == 0);
		end = &(*end)->ai_next;
	}
	return 0;
}

#endif
