/* The query of a request, decoded. The raw text stays what is signed (FACTS §1.1). */
#ifndef SIM_QUERY_H
#define SIM_QUERY_H

#include <stdbool.h>
#include <stddef.h>

enum { QUERY_PAIRS_MAX = 16 };

struct query {
    char *bytes;
    struct {
        const char *name;
        const char *value;
    } pairs[QUERY_PAIRS_MAX];
    size_t count;
};

/* Everything behind the `?`; false when it is malformed, too long or names something twice. */
bool query_parse(const char *raw, struct query *query);

/* Percent-decoding in place; false on a malformed escape and on an escaped NUL. */
bool query_decode(char *text);

void query_release(struct query *query);

/* NULL when it is not there. */
const char *query_value(const struct query *query, const char *name);

#endif
