#include "text/json.h"
#include "text/utf8.h"

#include <assert.h>
#include <string.h>

void json_writer_init(struct json_writer *writer, struct buf *out)
{
    *writer = (struct json_writer){.out = out};
}

static void separate(struct json_writer *writer)
{
    if (writer->comma)
        buf_add_byte(writer->out, ',');
    writer->comma = true;
}

static void begin(struct json_writer *writer, char bracket)
{
    separate(writer);
    buf_add_byte(writer->out, bracket);
    writer->depth++;
    writer->comma = false;
}

static void end(struct json_writer *writer, char bracket)
{
    assert(writer->depth > 0);
    buf_add_byte(writer->out, bracket);
    writer->depth--;
    writer->comma = true;
}

void json_writer_begin_object(struct json_writer *writer)
{
    begin(writer, '{');
}

void json_writer_end_object(struct json_writer *writer)
{
    end(writer, '}');
}

void json_writer_begin_array(struct json_writer *writer)
{
    begin(writer, '[');
}

void json_writer_end_array(struct json_writer *writer)
{
    end(writer, ']');
}

static void add_escaped(struct buf *out, char c)
{
    static const char digits[] = "0123456789abcdef";

    switch (c) {
    case '"':
        buf_add_text(out, "\\\"");
        return;
    case '\\':
        buf_add_text(out, "\\\\");
        return;
    case '\n':
        buf_add_text(out, "\\n");
        return;
    case '\r':
        buf_add_text(out, "\\r");
        return;
    case '\t':
        buf_add_text(out, "\\t");
        return;
    default:
        buf_add_text(out, "\\u00");
        buf_add_byte(out, digits[(unsigned char)c >> 4]);
        buf_add_byte(out, digits[(unsigned char)c & 0xF]);
        return;
    }
}

static bool must_escape(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

static void add_slowly(struct buf *out, struct view text)
{
    while (text.length > 0) {
        uint32_t code;
        size_t length = utf8_first(text, &code);

        if (length == 0) {
            buf_add_text(out, UTF8_REPLACEMENT);
            length = 1;
        } else if (length == 1 && must_escape(text.at[0])) {
            add_escaped(out, text.at[0]);
        } else {
            buf_add(out, text.at, length);
        }
        text = view_from(text.at + length, text.length - length);
    }
}

/* Nearly all texts are numbers and words of ASCII: those are copied as they are. */
static void add_text(struct buf *out, struct view text)
{
    bool simple = true;
    bool ascii = true;
    char *room;

    for (size_t i = 0; i < text.length; i++) {
        simple &= !must_escape(text.at[i]);
        ascii &= (unsigned char)text.at[i] < 0x80;
    }
    if (!simple || (!ascii && !view_is_utf8(text))) {
        buf_add_byte(out, '"');
        add_slowly(out, text);
        buf_add_byte(out, '"');
        return;
    }
    room = text.length > SIZE_MAX - 2 ? NULL : buf_reserve(out, text.length + 2);
    if (room == NULL)
        return;
    room[0] = '"';
    if (text.length > 0)
        memcpy(room + 1, text.at, text.length);
    room[text.length + 1] = '"';
    buf_grown(out, text.length + 2);
}

void json_writer_key(struct json_writer *writer, const char *key)
{
    assert(writer->depth > 0);
    separate(writer);
    add_text(writer->out, view_of(key));
    buf_add_byte(writer->out, ':');
    writer->comma = false;
}

void json_writer_text(struct json_writer *writer, struct view text)
{
    separate(writer);
    add_text(writer->out, text);
}

void json_writer_integer(struct json_writer *writer, int64_t value)
{
    char digits[24];
    size_t at = sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        digits[--at] = '-';
    separate(writer);
    buf_add(writer->out, digits + at, sizeof(digits) - at);
}

void json_writer_bool(struct json_writer *writer, bool value)
{
    separate(writer);
    buf_add_text(writer->out, value ? "true" : "false");
}

void json_writer_null(struct json_writer *writer)
{
    separate(writer);
    buf_add_text(writer->out, "null");
}

void json_writer_json(struct json_writer *writer, struct view json)
{
    separate(writer);
    buf_add_view(writer->out, json);
}

void json_writer_pair_text(struct json_writer *writer, const char *key, struct view text)
{
    json_writer_key(writer, key);
    json_writer_text(writer, text);
}

void json_writer_pair_integer(struct json_writer *writer, const char *key, int64_t value)
{
    json_writer_key(writer, key);
    json_writer_integer(writer, value);
}

void json_writer_pair_bool(struct json_writer *writer, const char *key, bool value)
{
    json_writer_key(writer, key);
    json_writer_bool(writer, value);
}
