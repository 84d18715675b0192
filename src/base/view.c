#include "base/view.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

int view_print_length(struct view view)
{
    return view.length > INT_MAX ? INT_MAX : (int)view.length;
}

struct view view_of(const char *text)
{
    return (struct view){text, text == NULL ? 0 : strlen(text)};
}

struct view view_from(const char *at, size_t length)
{
    return (struct view){at, length};
}

bool view_equal(struct view a, struct view b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

bool view_equal_text(struct view view, const char *text)
{
    return view_equal(view, view_of(text));
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool view_equal_ignore_case(struct view a, struct view b)
{
    if (a.length != b.length)
        return false;
    for (size_t i = 0; i < a.length; i++) {
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    }
    return true;
}

bool view_starts_with(struct view view, struct view prefix)
{
    return view.length >= prefix.length && view_equal(view_from(view.at, prefix.length), prefix);
}

bool view_ends_with(struct view view, struct view suffix)
{
    return view.length >= suffix.length &&
           (suffix.length == 0 ||
            view_equal(view_from(view.at + (view.length - suffix.length), suffix.length), suffix));
}

int view_compare(struct view a, struct view b)
{
    size_t shared = a.length < b.length ? a.length : b.length;
    int order = shared == 0 ? 0 : memcmp(a.at, b.at, shared);

    if (order != 0)
        return order;
    return (a.length > b.length) - (a.length < b.length);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct view view_trim(struct view view)
{
    while (view.length > 0 && is_blank(view.at[0])) {
        view.at++;
        view.length--;
    }
    while (view.length > 0 && is_blank(view.at[view.length - 1]))
        view.length--;
    return view;
}

bool view_skip(struct view *rest, struct view prefix)
{
    if (!view_starts_with(*rest, prefix))
        return false;
    if (prefix.length > 0) {
        rest->at += prefix.length;
        rest->length -= prefix.length;
    }
    return true;
}

bool view_take(struct view *rest, char separator, struct view *ret_part)
{
    const char *end;

    if (rest->length == 0)
        return false;
    end = memchr(rest->at, separator, rest->length);
    if (end == NULL) {
        *ret_part = *rest;
        *rest = view_from(rest->at + rest->length, 0);
        return true;
    }
    *ret_part = view_from(rest->at, (size_t)(end - rest->at));
    rest->length -= ret_part->length + 1;
    rest->at = end + 1;
    return true;
}

bool view_to_int64(struct view view, int64_t least, int64_t most, int64_t *ret_value)
{
    int64_t value = 0;

    if (view.length == 0)
        return false;
    for (size_t i = 0; i < view.length; i++) {
        int digit = view.at[i] - '0';

        if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    if (value < least || value > most)
        return false;
    *ret_value = value;
    return true;
}

/* Length of the UTF-8 character at `at`, or 0. */
static size_t utf8_length(const unsigned char *at, size_t left)
{
    static const struct {
        unsigned char mask, lead;
        size_t length;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 1, 0},
                 {0xE0, 0xC0, 2, 0x80},
                 {0xF0, 0xE0, 3, 0x800},
                 {0xF8, 0xF0, 4, 0x10000}};

    for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
        uint32_t code;

        if ((at[0] & forms[f].mask) != forms[f].lead)
            continue;
        if (left < forms[f].length)
            return 0;
        code = at[0] & (unsigned char)~forms[f].mask;
        for (size_t i = 1; i < forms[f].length; i++) {
            if ((at[i] & 0xC0) != 0x80)
                return 0;
            code = code << 6 | (at[i] & 0x3FU);
        }
        if (code < forms[f].least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
            return 0;
        return forms[f].length;
    }
    return 0;
}

/* How many bytes below 0x80 follow at least, looked at eight at a time. */
static size_t ascii_run(const char *at, size_t left)
{
    size_t run = 0;
    uint64_t word;

    while (run + sizeof(word) <= left) {
        memcpy(&word, at + run, sizeof(word));
        if ((word & UINT64_C(0x8080808080808080)) != 0)
            break;
        run += sizeof(word);
    }
    return run;
}

bool view_has_control(struct view view)
{
    static const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t control = 0;
    size_t at = 0;

    for (; at + sizeof(uint64_t) <= view.length; at += sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, view.at + at, sizeof(word));
        control |= (word - ones * 0x20) & ~word & ones * 0x80;
    }
    for (; at < view.length; at++)
        control |= (unsigned char)view.at[at] < 0x20;
    return control != 0;
}

/* Most of Chinese: three bytes, of which the first leaves nothing to doubt. */
static bool is_plain_three(const unsigned char *at, size_t left)
{
    return left >= 3 && at[0] >= 0xE1 && at[0] <= 0xEC && (at[1] & 0xC0) == 0x80 &&
           (at[2] & 0xC0) == 0x80;
}

bool view_is_utf8(struct view view)
{
    const unsigned char *bytes = (const unsigned char *)view.at;
    size_t at = 0;

    while (at < view.length) {
        size_t length = 3;

        if (!is_plain_three(bytes + at, view.length - at))
            length = ascii_run(view.at + at, view.length - at);
        if (length == 0)
            length = bytes[at] < 0x80 ? 1 : utf8_length(bytes + at, view.length - at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}
