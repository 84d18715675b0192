#include "bill_spoil.h"

#include "civil.h"

#include <string.h>

enum { LONG_NAME_BYTES = 10 * 1024 };

/* As the bill prints them: the comma and the line break of the first one are escaped as the real
 * server does (FACTS §3.5), the others show what it might let through. */
static const struct {
    const char *word;
    const char *bytes; /* NULL: LONG_NAME_BYTES of 电 */
    size_t size;
} goods[] = {
#define GOODS(word, bytes)                                                                         \
    {                                                                                              \
        word, bytes, sizeof(bytes) - 1                                                             \
    }
    GOODS("comma", "租金\\ 押金\\n保险"),      GOODS("quotes", "\"租金\"'押金'\"\""),
    GOODS("formula", "=cmd|' /C calc'!A0"),    GOODS("footer", "总交易单数"),
    GOODS("separator", "租金,`押金"),          GOODS("nul", "租金\0押金"),
    GOODS("not-utf8", "租金\xff\xfe\xe6\x8a"), {"long", NULL, LONG_NAME_BYTES},
#undef GOODS
};

enum { GOODS_COUNT = sizeof(goods) / sizeof(goods[0]) };

/* A part of a bill's text. */
struct span {
    size_t at;
    size_t size;
};

bool bill_spoil_goods(const char *word, int64_t *ret_number)
{
    for (int known = 0; known < GOODS_COUNT; known++) {
        if (strcmp(goods[known].word, word) == 0) {
            *ret_number = known;
            return true;
        }
    }
    return false;
}

struct bill_spoil bill_spoil_of(const struct fault *fault)
{
    struct bill_spoil spoil = {.kind = FAULT_NONE};

    if (fault == NULL || fault->kind < FAULT_REISSUE || fault->kind > FAULT_GOODS)
        return spoil;
    spoil.kind = fault->kind;
    spoil.number = fault->number;
    if (fault->mchid != NULL)
        memcpy(spoil.mchid, fault->mchid, strlen(fault->mchid) + 1);
    return spoil;
}

bool bill_spoil_equal(const struct bill_spoil *left, const struct bill_spoil *right)
{
    return left->kind == right->kind && left->number == right->number &&
           strcmp(left->mchid, right->mchid) == 0;
}

struct merchant bill_spoil_merchant(const struct bill_spoil *spoil, const struct merchant *merchant,
                                    int32_t day)
{
    struct merchant shown = *merchant;
    size_t end = merchant->payment_count;

    if (spoil->kind != FAULT_REISSUE)
        return shown;
    /* Payments stand in order of time; later days are in no bill of this day. */
    while (end > 0 && day_of(merchant->payments[end - 1].time) > day)
        end--;
    if (end > 0 && day_of(merchant->payments[end - 1].time) == day)
        shown.payment_count = end - 1;
    return shown;
}

/* Puts `bytes` in the place of a span. */
static void replace(struct text *bill, struct span span, const char *bytes, size_t size)
{
    struct text whole = {0};

    text_add(&whole, bill->bytes, span.at);
    text_add(&whole, bytes, size);
    text_add(&whole, bill->bytes + span.at + span.size, bill->size - span.at - span.size);
    text_release(bill);
    *bill = whole;
}

/* The line that begins at `at`, with its line end. */
static struct span line_at(const struct text *bill, size_t at)
{
    const char *end = memchr(bill->bytes + at, '\n', bill->size - at);

    return (struct span){at, (size_t)(end - (bill->bytes + at)) + 1};
}

static struct span first_row(const struct text *bill)
{
    return line_at(bill, line_at(bill, 0).size);
}

static struct span last_line(const struct text *bill)
{
    size_t at = bill->size - 1;

    while (at > 0 && bill->bytes[at - 1] != '\n')
        at--;
    return line_at(bill, at);
}

/* The value of a column counted from 1, without its back-tick; false when the line has fewer. Our
 * texts have no bare comma. */
static bool cell_of(const struct text *bill, struct span line, int64_t column, struct span *ret)
{
    const char *at = bill->bytes + line.at;
    const char *end = at + line.size - strlen("\r\n");

    for (; column > 1; column--) {
        at = memchr(at, ',', (size_t)(end - at));
        if (at == NULL)
            return false;
        at++;
    }
    at += *at == '`' ? 1 : 0;
    ret->at = (size_t)(at - bill->bytes);
    ret->size = strcspn(at, ",\r");
    return true;
}

/* The number of a column by its name in the header; 0: not there. */
static int64_t column_named(const struct text *bill, const char *name)
{
    struct span head = line_at(bill, 0);
    struct span cell;

    for (int64_t column = 2; cell_of(bill, head, column, &cell); column++) {
        if (cell.size == strlen(name) && memcmp(bill->bytes + cell.at, name, cell.size) == 0)
            return column;
    }
    return 0;
}

static void set_value(struct text *bill, const char *column_name, const char *bytes, size_t size)
{
    int64_t column = column_named(bill, column_name);
    struct span cell;

    if (column > 0 && cell_of(bill, first_row(bill), column, &cell))
        replace(bill, cell, bytes, size);
}

static void set_goods(struct text *bill, int64_t number)
{
    struct text name = {0};

    if (goods[number].bytes != NULL)
        text_add(&name, goods[number].bytes, goods[number].size);
    while (name.size + strlen("电") <= goods[number].size && goods[number].bytes == NULL)
        text_put(&name, "电");
    set_value(bill, "商品名称", name.bytes, name.size);
    text_release(&name);
}

/* One more in the last place that is printed: 8 → 9, 99.99 → 100.00, -0.36000 → -0.36001. */
static void add_one(struct text *bill, int64_t column)
{
    struct span cell;
    size_t at;

    if (!cell_of(bill, last_line(bill), column, &cell))
        return;
    for (at = cell.at + cell.size; at > cell.at; at--) {
        char *digit = &bill->bytes[at - 1];

        if (*digit == '-')
            break;
        if (*digit == '.')
            continue;
        *digit = (char)(*digit == '9' ? '0' : *digit + 1);
        if (*digit != '0')
            return;
    }
    replace(bill, (struct span){at, 0}, "1", 1);
}

void bill_spoil_text(const struct bill_spoil *spoil, struct text *bill)
{
    struct span row = first_row(bill);
    struct text copy = {0};

    if (spoil->kind == FAULT_DUPLICATE_ROW) {
        text_add(&copy, bill->bytes + row.at, row.size);
        replace(bill, (struct span){row.at, 0}, copy.bytes, copy.size);
        text_release(&copy);
    } else if (spoil->kind == FAULT_MISSING_ROW) {
        replace(bill, row, "", 0);
    } else if (spoil->kind == FAULT_FOREIGN_ROW) {
        set_value(bill, "商户号", spoil->mchid, strlen(spoil->mchid));
    } else if (spoil->kind == FAULT_FOOTER_OFF) {
        add_one(bill, spoil->number);
    } else if (spoil->kind == FAULT_GOODS) {
        set_goods(bill, spoil->number);
    }
}
