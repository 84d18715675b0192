/* A growing run of bytes, always followed by a terminator that is not counted. Zero-initialised is
 * empty. */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
    char *bytes;
    size_t size;
    size_t room;
};

void text_release(struct text *text);
void text_clear(struct text *text);

void text_add(struct text *text, const char *bytes, size_t size);
void text_put(struct text *text, const char *string);
void text_putc(struct text *text, char byte);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Fen as yuan with two decimals: 1050 → 10.50, -5 → -0.05. */
void text_yuan(struct text *text, int64_t fen);

#endif
