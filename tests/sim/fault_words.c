#include "fault_words.h"

#include "bill_spoil.h"
#include "civil.h"

#include <string.h>
#include <sysexits.h>

enum {
    ON_CERTIFICATES = 1 << REQUEST_CERTIFICATES,
    ON_TRADEBILL = 1 << REQUEST_TRADEBILL,
    ON_BILL = ON_TRADEBILL | 1 << REQUEST_FUNDFLOWBILL,
    ON_APPLICATION = ON_BILL | 1 << REQUEST_SUB_FUNDFLOWBILL,
    ON_DOWNLOAD = 1 << REQUEST_DOWNLOAD,
    ON_PAYMENT = 1 << REQUEST_REFUND | 1 << REQUEST_REFUND_QUERY | 1 << REQUEST_REFUND_ABNORMAL |
                 1 << REQUEST_ORDER_QUERY,
    ON_REFUND = 1 << REQUEST_REFUND,
    ON_SIGNED = ON_CERTIFICATES | ON_APPLICATION | ON_PAYMENT,
    ON_EACH = ON_SIGNED | ON_DOWNLOAD,
};

enum argument_kind {
    ARGUMENT_NONE,
    ARGUMENT_NUMBER,
    ARGUMENT_NUMBER_OR_NONE, /* none is `lowest` */
    ARGUMENT_OFFSET,         /* seconds, also negative */
    ARGUMENT_DAY,
    ARGUMENT_INSTANT,
    ARGUMENT_MCHID,
    ARGUMENT_URL,
    ARGUMENT_GOODS,
};

/* Bytes of a spoiled body; a client's limit is below that. */
#define BODY_MAX (INT64_C(1) << 30)

struct fault_row {
    const char *word;
    int requests;
    enum argument_kind argument;
    int64_t lowest;
    int64_t highest;
    bool may_be_after;
};

static const struct fault_row rows[FAULT_KIND_COUNT] = {
    [FAULT_NOT_READY] = {"not-ready", ON_APPLICATION, ARGUMENT_NONE, 0, 0, false},
    [FAULT_LATE] = {"late", ON_APPLICATION, ARGUMENT_INSTANT, 0, 0, false},
    [FAULT_NO_BILL] = {"no-bill", ON_APPLICATION, ARGUMENT_NONE, 0, 0, false},
    [FAULT_STATUS] = {"status", ON_EACH, ARGUMENT_NUMBER, 201, 599, true},
    [FAULT_RATE_LIMIT] = {"rate-limit", ON_EACH, ARGUMENT_NUMBER_OR_NONE, 0, 86400, true},
    [FAULT_IP_NOT_ALLOWED] = {"ip-not-allowed", ON_EACH, ARGUMENT_NONE, 0, 0, false},
    [FAULT_INVALID_REQUEST] = {"invalid-request", ON_REFUND, ARGUMENT_NONE, 0, 0, true},
    [FAULT_DROP] = {"drop", ON_EACH, ARGUMENT_NONE, 0, 0, true},
    [FAULT_SERVER_CLOCK] = {"server-clock", ON_SIGNED, ARGUMENT_OFFSET, 0, 0, false},
    [FAULT_WRONG_DIGEST] = {"wrong-digest", ON_APPLICATION, ARGUMENT_NONE, 0, 0, false},
    [FAULT_LEADING_SPACE] = {"leading-space", ON_APPLICATION, ARGUMENT_NONE, 0, 0, false},
    [FAULT_OTHER_HOST] = {"other-host", ON_APPLICATION, ARGUMENT_NONE, 0, 0, false},
    [FAULT_SWAP_DAY] = {"swap-day", ON_APPLICATION, ARGUMENT_DAY, 0, 0, false},
    [FAULT_SWAP_MERCHANT] = {"swap-merchant", ON_APPLICATION, ARGUMENT_MCHID, 0, 0, false},
    [FAULT_REISSUE] = {"reissue", ON_APPLICATION, ARGUMENT_NONE, 0, 0, false},
    [FAULT_DUPLICATE_ROW] = {"duplicate-row", ON_APPLICATION, ARGUMENT_NONE, 0, 0, false},
    [FAULT_MISSING_ROW] = {"missing-row", ON_APPLICATION, ARGUMENT_NONE, 0, 0, false},
    [FAULT_FOREIGN_ROW] = {"foreign-row", ON_TRADEBILL, ARGUMENT_MCHID, 0, 0, false},
    [FAULT_FOOTER_OFF] = {"footer-off", ON_APPLICATION, ARGUMENT_NUMBER, 1, SPOIL_FOOTER_COLUMNS,
                          false},
    [FAULT_GOODS] = {"goods", ON_TRADEBILL, ARGUMENT_GOODS, 0, 0, false},
    [FAULT_EMPTY_BODY] = {"empty-body", ON_EACH, ARGUMENT_NONE, 0, 0, false},
    [FAULT_SHORTEN] = {"shorten", ON_EACH, ARGUMENT_NUMBER, 0, BODY_MAX, false},
    [FAULT_HUGE] = {"huge", ON_EACH, ARGUMENT_NUMBER, 1, BODY_MAX, false},
    [FAULT_NOT_JSON] = {"not-json", ON_SIGNED, ARGUMENT_NUMBER_OR_NONE, 200, 599, false},
    [FAULT_OTHER_JSON] = {"other-json", ON_SIGNED, ARGUMENT_NONE, 0, 0, false},
    [FAULT_DAMAGED_GZIP] = {"damaged-gzip", ON_DOWNLOAD, ARGUMENT_NONE, 0, 0, false},
    [FAULT_GZIP_BOMB] = {"gzip-bomb", ON_DOWNLOAD, ARGUMENT_NUMBER, 1, BODY_MAX, false},
    [FAULT_REDIRECT] = {"redirect", ON_EACH, ARGUMENT_URL, 0, 0, false},
    [FAULT_BAD_SIGNATURE] = {"bad-signature", ON_SIGNED, ARGUMENT_NONE, 0, 0, false},
    [FAULT_NO_SIGNATURE] = {"no-signature", ON_SIGNED, ARGUMENT_NONE, 0, 0, false},
    [FAULT_PROBE_SIGNATURE] = {"probe-signature", ON_SIGNED, ARGUMENT_NONE, 0, 0, false},
    [FAULT_FOREIGN_SIGNATURE] = {"foreign-signature", ON_SIGNED, ARGUMENT_NONE, 0, 0, false},
    [FAULT_UNKNOWN_KEY] = {"unknown-key", ON_SIGNED, ARGUMENT_NONE, 0, 0, false},
    [FAULT_EXPIRED_KEY] = {"expired-key", ON_SIGNED, ARGUMENT_NONE, 0, 0, false},
    [FAULT_ROTATED_KEY] = {"rotated-key", ON_SIGNED, ARGUMENT_NONE, 0, 0, false},
    [FAULT_TIMESTAMP] = {"timestamp", ON_SIGNED, ARGUMENT_OFFSET, 0, 0, false},
    [FAULT_TRUNCATE] = {"truncate", ON_EACH, ARGUMENT_NUMBER, 0, BODY_MAX, false},
    [FAULT_HANG_UP] = {"hang-up", ON_EACH, ARGUMENT_NUMBER, 0, BODY_MAX, false},
    [FAULT_RESET] = {"reset", ON_EACH, ARGUMENT_NUMBER, 0, BODY_MAX, false},
    [FAULT_TRICKLE] = {"trickle", ON_EACH, ARGUMENT_NUMBER, 1, BODY_MAX, false},
    [FAULT_DELAY] = {"delay", ON_EACH, ARGUMENT_NUMBER, 1, 3600000, false},
};

static const char *const request_words[] = {
    [REQUEST_CERTIFICATES] = "certificates",
    [REQUEST_TRADEBILL] = "tradebill",
    [REQUEST_FUNDFLOWBILL] = "fundflowbill",
    [REQUEST_DOWNLOAD] = "download",
    [REQUEST_REFUND] = "refund",
    [REQUEST_REFUND_QUERY] = "refund-query",
    [REQUEST_REFUND_ABNORMAL] = "refund-abnormal",
    [REQUEST_ORDER_QUERY] = "order-query",
    [REQUEST_SUB_FUNDFLOWBILL] = "sub-fundflowbill",
};

enum { REQUEST_COUNT = sizeof(request_words) / sizeof(request_words[0]) };

/* A day is the most that any clock here is off. */
enum { OFFSET_MAX_S = 86400 };

enum { MCHID_DIGITS_MAX = 32 };

const char *request_word(enum request_kind kind)
{
    return request_words[kind];
}

const char *fault_word(enum fault_kind kind)
{
    return rows[kind].word;
}

bool fault_may_be_after(enum fault_kind kind)
{
    return rows[kind].may_be_after;
}

bool request_named(const char *word, enum request_kind *ret_kind)
{
    for (int known = 0; known < REQUEST_COUNT; known++) {
        if (strcmp(request_words[known], word) == 0) {
            *ret_kind = (enum request_kind)known;
            return true;
        }
    }
    return false;
}

bool script_number(const char *text, int64_t lowest, int64_t highest, int64_t *ret_number)
{
    int64_t number = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || number > highest)
            return false;
        number = number * 10 + (*text - '0');
    }
    if (number < lowest || number > highest)
        return false;
    *ret_number = number;
    return true;
}

static bool read_offset(const char *text, int64_t *ret_offset)
{
    bool negative = *text == '-';

    if (!script_number(negative ? text + 1 : text, 1, OFFSET_MAX_S, ret_offset))
        return false;
    if (negative)
        *ret_offset = -*ret_offset;
    return true;
}

static bool read_mchid(const char *text, struct arena *arena, const char **ret_mchid)
{
    size_t length = strlen(text);

    if (length == 0 || length > MCHID_DIGITS_MAX || strspn(text, "0123456789") != length)
        return false;
    *ret_mchid = arena_copy(arena, text, length);
    return true;
}

static bool read_given(const struct fault_row *row, const char *text, struct arena *arena,
                       struct fault *fault)
{
    switch (row->argument) {
    case ARGUMENT_NONE:
        return false;
    case ARGUMENT_NUMBER:
    case ARGUMENT_NUMBER_OR_NONE:
        return script_number(text, row->lowest, row->highest, &fault->number);
    case ARGUMENT_OFFSET:
        return read_offset(text, &fault->number);
    case ARGUMENT_DAY:
        return day_parse(text, &fault->day);
    case ARGUMENT_INSTANT:
        return instant_parse(text, &fault->number);
    case ARGUMENT_MCHID:
        return read_mchid(text, arena, &fault->mchid);
    case ARGUMENT_URL:
        fault->url = arena_copy(arena, text, strlen(text));
        return strncmp(text, "https://", strlen("https://")) == 0;
    case ARGUMENT_GOODS:
        return bill_spoil_goods(text, &fault->number);
    }
    return false;
}

static bool read_argument(const struct fault_row *row, const char *text, struct arena *arena,
                          struct fault *fault)
{
    if (text != NULL)
        return read_given(row, text, arena, fault);
    fault->number = row->lowest;
    return row->argument == ARGUMENT_NONE || row->argument == ARGUMENT_NUMBER_OR_NONE;
}

bool fault_read(char *word, enum request_kind request, struct arena *arena, struct fault *ret_fault,
                struct fail *fail)
{
    struct fault fault = {.kind = FAULT_NONE + 1};
    char *argument = strchr(word, '=');

    if (argument != NULL)
        *argument++ = '\0';
    while (fault.kind < FAULT_KIND_COUNT && strcmp(rows[fault.kind].word, word) != 0)
        fault.kind++;
    if (fault.kind == FAULT_KIND_COUNT)
        return fail_set(fail, EX_DATAERR, "unknown word \"%.64s\"", word);
    if ((rows[fault.kind].requests & (1 << request)) == 0)
        return fail_set(fail, EX_DATAERR, "%s cannot happen to %s", word, request_word(request));
    if (!read_argument(&rows[fault.kind], argument, arena, &fault))
        return fail_set(fail, EX_DATAERR, "%s: missing, needless or bad argument", word);
    fault.name = rows[fault.kind].word;
    *ret_fault = fault;
    return true;
}
