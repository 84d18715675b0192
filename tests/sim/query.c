#include "query.h"

#include "alloc.h"

#include <stdlib.h>
#include <string.h>

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return -1;
}

/* In place; a decoded value is never longer. */
bool query_decode(char *text)
{
    char *out = text;

    for (; *text != '\0'; text++) {
        if (*text != '%') {
            *out++ = *text;
            continue;
        }
        if (hex_digit(text[1]) < 0 || hex_digit(text[2]) < 0)
            return false;
        *out = (char)(hex_digit(text[1]) * 16 + hex_digit(text[2]));
        if (*out++ == '\0')
            return false;
        text += 2;
    }
    *out = '\0';
    return true;
}

static bool add_pair(struct query *query, char *pair)
{
    char *value = strchr(pair, '=');

    if (value == NULL || value == pair || query->count == QUERY_PAIRS_MAX)
        return false;
    *value++ = '\0';
    if (!query_decode(pair) || !query_decode(value) || query_value(query, pair) != NULL)
        return false;
    query->pairs[query->count].name = pair;
    query->pairs[query->count++].value = value;
    return true;
}

bool query_parse(const char *raw, struct query *query)
{
    char *rest;
    char *pair;

    *query = (struct query){.bytes = alloc_copy(raw, strlen(raw))};
    rest = *raw != '\0' ? query->bytes : NULL;
    while ((pair = strsep(&rest, "&")) != NULL) {
        if (!add_pair(query, pair))
            return false;
    }
    return true;
}

void query_release(struct query *query)
{
    free(query->bytes);
    *query = (struct query){0};
}

const char *query_value(const struct query *query, const char *name)
{
    for (size_t at = 0; at < query->count; at++) {
        if (strcmp(query->pairs[at].name, name) == 0)
            return query->pairs[at].value;
    }
    return NULL;
}
