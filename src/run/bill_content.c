#include "run/bill_content.h"

#include "base/memory.h"
#include "crypto/digest.h"
#include "text/gzip.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BYTE_ORDER_MARK VIEW("\xef\xbb\xbf")

struct bill_content_reader {
    struct gzip_reader *gzip;
    struct bill_reader *bill; /* made when the first plain bytes tell the dialect */
    struct digest line;       /* of the line that is being read */
    bool in_line;             /* it has had bytes … */
    bool held_return;         /* … and then a CR, which may be half of its end */
    struct bill_content content;
};

bool bill_content_equal(const struct bill_content *a, const struct bill_content *b)
{
    return a->lines == b->lines && memcmp(a->sum, b->sum, sizeof(a->sum)) == 0;
}

/* The digest's bytes as a number, the first byte lowest. */
static uint64_t word_of(const struct digest_value *value, size_t index)
{
    uint64_t word = 0;

    for (size_t i = 8; i > 0; i--)
        word = word << 8 | value->at[8 * index + i - 1];
    return word;
}

static void end_line(struct bill_content_reader *reader)
{
    struct digest_value value = digest_finish(&reader->line);
    uint64_t carry = 0;

    for (size_t i = 0; i < BILL_CONTENT_WORDS; i++) {
        uint64_t word = word_of(&value, i);
        uint64_t sum = reader->content.sum[i] + word;
        uint64_t carried = sum + carry;

        carry = (uint64_t)(sum < word) + (uint64_t)(carried < sum);
        reader->content.sum[i] = carried;
    }
    reader->content.lines++;
    reader->in_line = false;
    reader->held_return = false;
}

/* A part of a line, without its LF. */
static void add_part(struct bill_content_reader *reader, struct view part)
{
    if (part.length == 0)
        return;
    if (reader->held_return)
        digest_push(&reader->line, VIEW("\r"));
    reader->held_return = part.at[part.length - 1] == '\r';
    part.length -= reader->held_return ? 1 : 0;
    digest_push(&reader->line, part);
    reader->in_line = true;
}

static void add_lines(struct bill_content_reader *reader, struct view bytes)
{
    while (bytes.length > 0) {
        const char *end = memchr(bytes.at, '\n', bytes.length);
        size_t length = end != NULL ? (size_t)(end - bytes.at) : bytes.length;

        add_part(reader, view_from(bytes.at, length));
        if (end == NULL)
            return;
        end_line(reader);
        bytes = view_from(end + 1, bytes.length - length - 1);
    }
}

static void add_rows(struct bill_content_reader *reader, struct view plain)
{
    struct err *unreadable = &reader->content.unreadable;

    if (unreadable->kind == ERR_NONE)
        (void)bill_reader_push(reader->bill, plain, unreadable);
}

static void begin_bill(struct bill_content_reader *reader, struct view plain)
{
    reader->bill =
        bill_reader_new(bill_dialect_guess(plain), (struct bill_handler){0}, BILL_LIMITS);
}

static bool take_plain(void *context, struct view plain, struct err *err)
{
    struct bill_content_reader *reader = context;
    bool first = reader->bill == NULL;

    (void)err;
    if (first)
        begin_bill(reader, plain);
    add_rows(reader, plain);
    if (first && view_starts_with(plain, BYTE_ORDER_MARK))
        plain = view_from(plain.at + BYTE_ORDER_MARK.length, plain.length - BYTE_ORDER_MARK.length);
    add_lines(reader, plain);
    return true;
}

struct bill_content_reader *bill_content_reader_new(void)
{
    struct bill_content_reader *reader = memory_alloc(sizeof(*reader));

    reader->gzip = gzip_reader_new((struct gzip_sink){take_plain, reader}, GZIP_LIMITS);
    digest_init(&reader->line, DIGEST_SHA256);
    reader->content.unreadable = ERR_INIT;
    return reader;
}

void bill_content_reader_free(struct bill_content_reader *reader)
{
    if (reader == NULL)
        return;
    gzip_reader_free(reader->gzip);
    bill_reader_free(reader->bill);
    digest_release(&reader->line);
    free(reader);
}

bool bill_content_push(struct bill_content_reader *reader, struct view received, struct err *err)
{
    return gzip_reader_push(reader->gzip, received, err);
}

bool bill_content_finish(struct bill_content_reader *reader, struct bill_content *ret_content,
                         struct err *err)
{
    struct bill_content *content = &reader->content;

    if (!gzip_reader_finish(reader->gzip, err))
        return false;
    if (reader->in_line || reader->held_return)
        end_line(reader);
    if (reader->bill == NULL)
        begin_bill(reader, VIEW(""));
    content->readable = content->unreadable.kind == ERR_NONE &&
                        bill_reader_finish(reader->bill, &content->totals, &content->unreadable);
    *ret_content = *content;
    return true;
}
