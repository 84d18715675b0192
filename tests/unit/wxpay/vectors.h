/* The published vectors of tests/data/wechatpay, and small things that several tests of this room
 * need. */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include "base/cleanup.h"
#include "base/file.h"
#include "text/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define VECTORS "tests/data/wechatpay/vectors/"

enum { VECTOR_FILE_MAX = 1 << 20, VECTOR_TEXT_MAX = 1 << 14 };

static inline void vectors_read(const char *path, struct buf *text)
{
    struct err err = ERR_INIT;
    assert_true(file_read(path, text, &err));
}

static inline void vectors_parse(const char *path, struct json_doc *doc)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(VECTOR_FILE_MAX);
    struct err err = ERR_INIT;
    vectors_read(path, &text);
    assert_true(json_doc_parse(buf_view(&text), VECTOR_FILE_MAX, doc, &err));
}

/* An array of the document's root. */
static inline struct json_node vectors_list(const struct json_doc *doc, const char *name,
                                            struct arena *arena)
{
    struct json_node list = {.value = NULL};
    struct err err = ERR_INIT;
    const struct json_field fields[] = {{name, JSON_FIELD_ARRAY, &list, JSON_REQUIRED}};
    assert_true(json_node_unpack(json_doc_root(doc), JSON_FIELDS(fields), arena, &err));
    assert_true(json_node_count(list) > 0);
    return list;
}

static inline struct view vectors_text(struct json_node node, const char *name, struct arena *arena)
{
    struct view text = {.at = NULL};
    struct err err = ERR_INIT;
    const struct json_field fields[] = {{name, JSON_FIELD_TEXT, &text, JSON_REQUIRED}};
    assert_true(json_node_unpack(node, JSON_FIELDS(fields), arena, &err));
    return text;
}

static inline struct instant vectors_instant(const char *text)
{
    struct instant instant = {.us = 0};
    assert_true(instant_parse_rfc3339(view_of(text), &instant));
    return instant;
}

#endif
