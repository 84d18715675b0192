#include "base/buf.h"

#include "base/memory.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 64 };

char *buf_reserve(struct buf *buf, size_t length)
{
    size_t wanted;

    if (buf->overflowed || length > buf->max || buf->length > buf->max - length) {
        buf->overflowed = true;
        return NULL;
    }
    wanted = buf->length + length + 1;
    if (wanted > buf->capacity) {
        size_t capacity = buf->capacity > 0 ? buf->capacity : CAPACITY_FIRST;

        while (capacity < wanted)
            capacity *= 2;
        if (capacity > buf->max + 1)
            capacity = buf->max + 1;
        buf->at = memory_resize(buf->at, capacity, 1);
        buf->capacity = capacity;
        buf->at[buf->length] = '\0';
    }
    return buf->at + buf->length;
}

void buf_grown(struct buf *buf, size_t length)
{
    assert(buf->length + length < buf->capacity);
    buf->length += length;
    buf->at[buf->length] = '\0';
}

void buf_add(struct buf *buf, const void *at, size_t length)
{
    char *room = buf_reserve(buf, length);

    if (room == NULL)
        return;
    if (length > 0)
        memcpy(room, at, length);
    buf_grown(buf, length);
}

void buf_add_view(struct buf *buf, struct view view)
{
    buf_add(buf, view.at, view.length);
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_add_byte(struct buf *buf, char byte)
{
    buf_add(buf, &byte, 1);
}

void buf_add_format_list(struct buf *buf, const char *format, va_list list)
{
    va_list again;
    int length;
    char *room;

    va_copy(again, list);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(length >= 0);
    room = buf_reserve(buf, (size_t)length);
    if (room == NULL)
        return;
    (void)vsnprintf(room, (size_t)length + 1, format, list);
    buf_grown(buf, (size_t)length);
}

void buf_add_format(struct buf *buf, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    buf_add_format_list(buf, format, list);
    va_end(list);
}

struct view buf_view(const struct buf *buf)
{
    return (struct view){buf->at, buf->length};
}

const char *buf_text(const struct buf *buf)
{
    return buf->at == NULL ? "" : buf->at;
}

void buf_clear(struct buf *buf)
{
    buf->length = 0;
    buf->overflowed = false;
    if (buf->at != NULL)
        buf->at[0] = '\0';
}

void buf_release(struct buf *buf)
{
    free(buf->at);
    *buf = BUF_INIT(buf->max);
}
