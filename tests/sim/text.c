#include "text.h"

#include "alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_release(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}

void text_clear(struct text *text)
{
    text->size = 0;
    if (text->bytes != NULL)
        text->bytes[0] = '\0';
}

static char *text_extend(struct text *text, size_t size)
{
    char *end;

    text->bytes = alloc_grow(text->bytes, &text->room, text->size + size + 1, 1);
    end = text->bytes + text->size;
    text->size += size;
    text->bytes[text->size] = '\0';
    return end;
}

void text_add(struct text *text, const char *bytes, size_t size)
{
    if (size > 0)
        memcpy(text_extend(text, size), bytes, size);
}

void text_put(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_putc(struct text *text, char byte)
{
    *text_extend(text, 1) = byte;
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list arguments;
    char *formatted = NULL;
    int size;

    va_start(arguments, format);
    size = vasprintf(&formatted, format, arguments);
    va_end(arguments);
    if (size < 0)
        abort();
    text_add(text, formatted, (size_t)size);
    free(formatted);
}

void text_yuan(struct text *text, int64_t fen)
{
    char digits[32];
    size_t at = sizeof(digits);
    uint64_t rest = fen < 0 ? 0 - (uint64_t)fen : (uint64_t)fen;

    for (int printed = 0; printed < 3 || rest > 0; printed++) {
        if (printed == 2)
            digits[--at] = '.';
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (fen < 0)
        digits[--at] = '-';
    text_add(text, digits + at, sizeof(digits) - at);
}
