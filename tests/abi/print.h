/*
 * Prints sizes, offsets, constants and initializers. A structure S has its members in MEMBERS_S(M, S).
 */

#include <stddef.h>
#include <stdio.h>

#define PRINT_MEMBER(S, m) \
    printf("%s.%s: at %zu, %zu bytes\n", #S, #m, offsetof(S, m), sizeof(((S *)NULL)->m));
#define PRINT_STRUCTURE(S) \
    printf("%s: %zu bytes\n", #S, sizeof(S)); \
    MEMBERS_##S(PRINT_MEMBER, S)

#define PRINT_CONSTANT(c) printf("%s: %ld\n", #c, (long)(c));

/* Pointers are all NULL, so bytes will do. Those of the first four are text. */
#define PRINT_VALUE(S, m) \
    print_bytes(initializer, #m, (const unsigned char *)&value + offsetof(S, m), sizeof(value.m));
#define PRINT_INITIALIZER(S, i) \
    { \
        static const S value = i; \
        const char *initializer = #i; \
        MEMBERS_##S(PRINT_VALUE, S) \
    }

static void print_bytes(const char *initializer, const char *member, const unsigned char *bytes, size_t size)
{
    size_t i;
    printf("%s.%s:", initializer, member);
    for (i = 0; i < size; ++i)
        printf(" %02x", bytes[i]);
    printf("\n");
}
