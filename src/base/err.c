#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Bytes that a UTF-8 character with this first byte has. */
static size_t character_length(unsigned char first)
{
    if (first < 0xC0)
        return 1;
    if (first < 0xE0)
        return 2;
    return first < 0xF0 ? 3 : 4;
}

/* Drops the character at the end of a text that was cut, unless all its bytes are there. */
static void cut_at_character(char *text)
{
    size_t length = strlen(text);
    size_t tail = 0;

    while (tail < length && ((unsigned char)text[length - 1 - tail] & 0xC0) == 0x80)
        tail++;
    if (tail == length)
        return;
    tail++;
    if (tail < character_length((unsigned char)text[length - tail]))
        text[length - tail] = '\0';
}

static void format_into(char *text, size_t size, const char *format, va_list list)
    __attribute__((format(printf, 3, 0)));

static void format_into(char *text, size_t size, const char *format, va_list list)
{
    int length = vsnprintf(text, size, format, list);

    assert(length >= 0);
    if ((size_t)length >= size)
        cut_at_character(text);
}

bool err_set(struct err *err, enum err_kind kind, const char *format, ...)
{
    char text[ERR_TEXT_MAX];
    va_list list;

    assert(kind != ERR_NONE);
    va_start(list, format);
    format_into(text, sizeof(text), format, list);
    va_end(list);
    memcpy(err->text, text, sizeof(text));
    err->kind = kind;
    err->hint[0] = '\0';
    return false;
}

bool err_wrap(struct err *err, const char *format, ...)
{
    char text[2 * ERR_TEXT_MAX + 2];
    va_list list;
    size_t length;

    assert(err->kind != ERR_NONE);
    va_start(list, format);
    format_into(text, ERR_TEXT_MAX, format, list);
    va_end(list);
    length = strlen(text);
    memcpy(text + length, ": ", 2);
    memcpy(text + length + 2, err->text, strnlen(err->text, ERR_TEXT_MAX - 1) + 1);
    if (strlen(text) >= ERR_TEXT_MAX) {
        text[ERR_TEXT_MAX - 1] = '\0';
        cut_at_character(text);
    }
    memcpy(err->text, text, strlen(text) + 1);
    return false;
}

bool err_hint(struct err *err, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    format_into(err->hint, sizeof(err->hint), format, list);
    va_end(list);
    return false;
}

bool err_set_errno(struct err *err, enum err_kind kind, int number, const char *format, ...)
{
    char text[ERR_TEXT_MAX];
    char reason[128];
    va_list list;

    va_start(list, format);
    format_into(text, sizeof(text), format, list);
    va_end(list);
    return err_set(err, kind, "%s: %s", text, strerror_r(number, reason, sizeof(reason)));
}

void err_clear(struct err *err)
{
    *err = ERR_INIT;
}

const char *err_kind_name(enum err_kind kind)
{
    switch (kind) {
    case ERR_NONE:
        return "no error";
    case ERR_USAGE:
        return "usage";
    case ERR_DATA:
        return "bad data";
    case ERR_LIMIT:
        return "too large";
    case ERR_UNAVAILABLE:
        return "unavailable";
    case ERR_BUG:
        return "internal error";
    case ERR_IO:
        return "input or output";
    case ERR_LATER:
        return "try again later";
    case ERR_ACCESS:
        return "no access";
    case ERR_CONFIG:
        return "configuration";
    }
    assert(false && "kind of error");
    return "";
}

enum exit_code err_exit_code(enum err_kind kind)
{
    switch (kind) {
    case ERR_NONE:
        return EXIT_CLEAN;
    case ERR_USAGE:
        return EXIT_USAGE_ERROR;
    case ERR_DATA:
    case ERR_LIMIT:
        return EXIT_BAD_DATA;
    case ERR_UNAVAILABLE:
        return EXIT_NOT_AVAILABLE;
    case ERR_BUG:
        return EXIT_INTERNAL;
    case ERR_IO:
        return EXIT_IO_ERROR;
    case ERR_LATER:
        return EXIT_TRY_LATER;
    case ERR_ACCESS:
        return EXIT_NO_ACCESS;
    case ERR_CONFIG:
        return EXIT_BAD_CONFIG;
    }
    assert(false && "kind of error");
    return EXIT_INTERNAL;
}

static const struct {
    enum exit_code code;
    const char *name;
} severity[] = {
    {EXIT_CLEAN, "clean"},
    {EXIT_FINDINGS, "findings open"},
    {EXIT_TRY_LATER, "try again later"},
    {EXIT_NOT_AVAILABLE, "unavailable"},
    {EXIT_BAD_DATA, "bad data"},
    {EXIT_IO_ERROR, "input or output"},
    {EXIT_NO_ACCESS, "no access"},
    {EXIT_BAD_CONFIG, "configuration"},
    {EXIT_USAGE_ERROR, "usage"},
    {EXIT_INTERNAL, "internal error"},
};

static size_t severity_of(enum exit_code code)
{
    for (size_t i = 0; i < sizeof(severity) / sizeof(severity[0]); i++) {
        if (severity[i].code == code)
            return i;
    }
    assert(false && "exit code");
    return 0;
}

enum exit_code exit_code_worse(enum exit_code a, enum exit_code b)
{
    return severity_of(a) >= severity_of(b) ? a : b;
}

const char *exit_code_name(enum exit_code code)
{
    return severity[severity_of(code)].name;
}
