/* JSON in and out (RFC 8259). The only user of jansson.
 *
 * Reading is strict: one object or array, valid UTF-8, no duplicate keys, no NUL in texts, a limit
 * on bytes and on depth (ERR_LIMIT), and nothing behind it. What a reply must hold is a table:
 *
 *     struct view digest;
 *     int64_t total_fen;
 *     const struct json_field fields[] = {
 *         {"hash_value", JSON_FIELD_TEXT, &digest, JSON_REQUIRED},
 *         {"amount.total", JSON_FIELD_INTEGER, &total_fen, JSON_REQUIRED},
 *     };
 *     if (!json_node_unpack(json_doc_root(&doc), JSON_FIELDS(fields), arena, err))
 *
 * A dot in a name goes into an object. Keys that the table does not name are ignored: the other
 * side may add some. Numbers are integers; a real is an error. Times stay texts (base/date.h reads
 * them). Errors are ERR_DATA and name the key: `"amount.total" is not an integer`.
 *
 * The writer appends compact JSON to a buffer: keys in the order written, no blanks, no line ends.
 * It trusts its caller to nest properly, and asserts it where that costs nothing. */
#ifndef TEXT_JSON_H
#define TEXT_JSON_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/date.h"
#include "base/err.h"
#include "base/memory.h"
#include "base/money.h"

enum { JSON_DEPTH_MAX = 32 };

/* A parsed text. Nodes point into it and live as long as it does. */
struct json_doc {
    void *root;
};

#define JSON_DOC_INIT ((struct json_doc){.root = NULL})

/* A value inside a document; passed by value. */
struct json_node {
    const void *value;
};

enum json_field_type {
    JSON_FIELD_TEXT,    /* struct view; copied into the arena, terminated there */
    JSON_FIELD_INTEGER, /* int64_t */
    JSON_FIELD_BOOL,    /* bool */
    JSON_FIELD_OBJECT,  /* struct json_node */
    JSON_FIELD_ARRAY,   /* struct json_node */
};

/* An optional key that is missing or null leaves its target alone: initialise it. */
enum json_presence { JSON_REQUIRED, JSON_OPTIONAL };

struct json_field {
    const char *name; /* "a" or "a.b" */
    enum json_field_type type;
    void *target;
    enum json_presence presence;
};

#define JSON_FIELDS(fields) (fields), (sizeof(fields) / sizeof((fields)[0]))

bool json_doc_parse(struct view text, size_t size_max, struct json_doc *ret_doc, struct err *err);
void json_doc_release(struct json_doc *doc);

struct json_node json_doc_root(const struct json_doc *doc);

/* On failure targets may have been written. ERR_DATA also when the node is no object. */
bool json_node_unpack(struct json_node object, const struct json_field *fields, size_t count,
                      struct arena *arena, struct err *err);

/* Elements of an array; 0 for anything else. `json_node_at` asserts index < count. */
size_t json_node_count(struct json_node array);
struct json_node json_node_at(struct json_node array, size_t index);

/* An element that is itself a text. */
bool json_node_text(struct json_node node, struct arena *arena, struct view *ret_text,
                    struct err *err);

struct json_writer {
    struct buf *out;
    unsigned depth;
    bool comma; /* the next value or key needs one */
};

void json_writer_init(struct json_writer *writer, struct buf *out);

void json_writer_begin_object(struct json_writer *writer);
void json_writer_end_object(struct json_writer *writer);
void json_writer_begin_array(struct json_writer *writer);
void json_writer_end_array(struct json_writer *writer);

/* The next call writes its value. */
void json_writer_key(struct json_writer *writer, const char *key);

/* Values: members of an array, or after a key. Bytes that are not UTF-8 become U+FFFD. */
void json_writer_text(struct json_writer *writer, struct view text);
void json_writer_integer(struct json_writer *writer, int64_t value);
void json_writer_bool(struct json_writer *writer, bool value);
void json_writer_null(struct json_writer *writer);
void json_writer_json(struct json_writer *writer, struct view json); /* a text that is JSON */

/* Key and value in one. */
void json_writer_pair_text(struct json_writer *writer, const char *key, struct view text);
void json_writer_pair_integer(struct json_writer *writer, const char *key, int64_t value);
void json_writer_pair_bool(struct json_writer *writer, const char *key, bool value);

#endif
