#include "faults.h"

#include "civil.h"
#include "files.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
    ON_CERTIFICATES = 1 << REQUEST_CERTIFICATES,
    ON_BILL = 1 << REQUEST_TRADEBILL | 1 << REQUEST_FUNDFLOWBILL,
    ON_DOWNLOAD = 1 << REQUEST_DOWNLOAD,
    ON_ORDERS = 1 << REQUEST_REFUND | 1 << REQUEST_REFUND_QUERY | 1 << REQUEST_REFUND_ABNORMAL |
                1 << REQUEST_ORDER_QUERY,
    ON_SIGNED = ON_CERTIFICATES | ON_BILL | ON_ORDERS | 1 << REQUEST_SUB_FUNDFLOWBILL,
    ON_EACH = ON_SIGNED | ON_DOWNLOAD,
};

enum fault_argument {
    ARGUMENT_NONE,
    ARGUMENT_BYTES,
    ARGUMENT_STATUS,
    ARGUMENT_DAY,
    ARGUMENT_MCHID
};

static const struct {
    const char *name;
    int requests;
    enum fault_argument argument;
} fault_words[] = {
    [FAULT_NOT_READY] = {"not-ready", ON_BILL, ARGUMENT_NONE},
    [FAULT_NO_BILL] = {"no-bill", ON_BILL, ARGUMENT_NONE},
    [FAULT_WRONG_DIGEST] = {"wrong-digest", ON_BILL, ARGUMENT_NONE},
    [FAULT_TRUNCATE] = {"truncate", ON_EACH, ARGUMENT_BYTES},
    [FAULT_STATUS] = {"status", ON_EACH, ARGUMENT_STATUS},
    [FAULT_BAD_SIGNATURE] = {"bad-signature", ON_SIGNED, ARGUMENT_NONE},
    [FAULT_PROBE_SIGNATURE] = {"probe-signature", ON_SIGNED, ARGUMENT_NONE},
    [FAULT_EMPTY_BODY] = {"empty-body", ON_EACH, ARGUMENT_NONE},
    [FAULT_LEADING_SPACE] = {"leading-space", ON_BILL, ARGUMENT_NONE},
    [FAULT_SWAP_DAY] = {"swap-day", ON_BILL, ARGUMENT_DAY},
    [FAULT_SWAP_MERCHANT] = {"swap-merchant", ON_BILL, ARGUMENT_MCHID},
    [FAULT_RATE_LIMIT] = {"rate-limit", ON_EACH, ARGUMENT_NONE},
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

enum { FAULT_COUNT = sizeof(fault_words) / sizeof(fault_words[0]) };
enum { REQUEST_COUNT = sizeof(request_words) / sizeof(request_words[0]) };

static bool number_parse(const char *text, int64_t lowest, int64_t highest, int64_t *ret_number)
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

static bool nth_parse(char *text, struct fault_rule *rule)
{
    char *dash = strchr(text, '-');
    int64_t first;
    int64_t last;

    if (strcmp(text, "*") == 0)
        return true;
    if (dash != NULL)
        *dash = '\0';
    if (!number_parse(text, 1, INT32_MAX, &first) ||
        !number_parse(dash != NULL ? dash + 1 : text, first, INT32_MAX, &last))
        return false;
    rule->nth_first = (uint64_t)first;
    rule->nth_last = (uint64_t)last;
    return true;
}

static bool argument_parse(struct arena *arena, enum fault_argument expected, const char *text,
                           struct fault *fault)
{
    switch (expected) {
    case ARGUMENT_NONE:
        return text == NULL;
    case ARGUMENT_BYTES:
        return text != NULL && number_parse(text, 0, INT64_C(1) << 40, &fault->number);
    case ARGUMENT_STATUS:
        return text != NULL && number_parse(text, 201, 599, &fault->number);
    case ARGUMENT_DAY:
        return text != NULL && day_parse(text, &fault->day);
    case ARGUMENT_MCHID:
        if (text == NULL || *text == '\0')
            return false;
        fault->mchid = arena_copy(arena, text, strlen(text));
        return true;
    }
    return false;
}

static bool fault_parse(struct faults *faults, char *word, struct fault_rule *rule,
                        struct fail *fail)
{
    char *argument = strchr(word, '=');
    int known = 0;

    if (argument != NULL)
        *argument++ = '\0';
    while (known < FAULT_COUNT && strcmp(fault_words[known].name, word) != 0)
        known++;
    if (known == FAULT_COUNT)
        return fail_set(fail, EX_DATAERR, "unknown word \"%.64s\"", word);
    if ((fault_words[known].requests & (1 << rule->request)) == 0)
        return fail_set(fail, EX_DATAERR, "%s cannot happen to %s", word,
                        request_words[rule->request]);
    if (!argument_parse(&faults->arena, fault_words[known].argument, argument, &rule->fault))
        return fail_set(fail, EX_DATAERR, "%s: missing, needless or bad argument", word);
    rule->fault.kind = (enum fault_kind)known;
    rule->fault.name = fault_words[known].name;
    return true;
}

static bool filter_parse(struct faults *faults, char *word, struct fault_rule *rule,
                         bool *ret_filter, struct fail *fail)
{
    static const char mchid[] = "mchid=";
    static const char bill_date[] = "bill_date=";
    static const char nth[] = "nth=";

    *ret_filter = true;
    if (strncmp(word, mchid, sizeof(mchid) - 1) == 0) {
        word += sizeof(mchid) - 1;
        rule->mchid = arena_copy(&faults->arena, word, strlen(word));
        return true;
    }
    if (strncmp(word, bill_date, sizeof(bill_date) - 1) == 0) {
        if ((1 << rule->request & (ON_CERTIFICATES | ON_ORDERS)) != 0)
            return fail_set(fail, EX_DATAERR, "%s have no bill_date", request_words[rule->request]);
        return day_parse(word + sizeof(bill_date) - 1, &rule->bill_day) ||
               fail_set(fail, EX_DATAERR, "\"%.64s\": expected yyyy-mm-dd", word);
    }
    if (strncmp(word, nth, sizeof(nth) - 1) == 0)
        return nth_parse(word + sizeof(nth) - 1, rule) ||
               fail_set(fail, EX_DATAERR, "nth: expected K, K-M or *");
    *ret_filter = false;
    return true;
}

static bool request_parse(const char *word, struct fault_rule *rule, struct fail *fail)
{
    for (int known = 0; known < REQUEST_COUNT; known++) {
        if (strcmp(request_words[known], word) == 0) {
            rule->request = (enum request_kind)known;
            return true;
        }
    }
    return fail_set(fail, EX_DATAERR, "unknown request \"%.64s\"", word);
}

static bool rule_parse(struct faults *faults, size_t number, char *line, struct fail *fail)
{
    struct fault_rule rule = {
        .bill_day = DAY_NONE, .nth_first = 1, .nth_last = UINT64_MAX, .line = number};
    char *rest = line;
    char *word = strsep(&rest, " ");
    bool has_fault = false;

    if (!request_parse(word, &rule, fail))
        return false;
    while ((word = strsep(&rest, " ")) != NULL) {
        bool filter;

        if (*word == '\0')
            continue;
        if (has_fault)
            return fail_set(fail, EX_DATAERR, "\"%.64s\" stands behind the fault", word);
        if (!filter_parse(faults, word, &rule, &filter, fail))
            return false;
        if (!filter && !fault_parse(faults, word, &rule, fail))
            return false;
        has_fault = !filter;
    }
    if (!has_fault)
        return fail_set(fail, EX_DATAERR, "no fault named");
    faults->rules =
        alloc_grow(faults->rules, &faults->room, faults->count + 1, sizeof(*faults->rules));
    faults->rules[faults->count++] = rule;
    return true;
}

static bool script_parse(struct faults *faults, const char *path, char *script, struct fail *fail)
{
    char *rest = script;
    char *line;

    for (size_t number = 1; (line = strsep(&rest, "\n")) != NULL; number++) {
        struct fail reason;

        line += strspn(line, " \t\r");
        for (char *at = line; *at != '\0'; at++)
            *at = *at == '\t' || *at == '\r' ? ' ' : *at;
        if (*line == '\0' || *line == '#' || rule_parse(faults, number, line, &reason))
            continue;
        return fail_set(fail, EX_DATAERR, "%s:%zu: %s", path, number, reason.text);
    }
    return true;
}

struct faults *faults_load(const char *path, struct fail *fail)
{
    struct faults *faults = alloc_zeroed(1, sizeof(*faults));
    struct text script = {0};
    bool good = path == NULL || file_read(path, &script, fail);

    if (good && script.size > 0)
        good = script_parse(faults, path, script.bytes, fail);
    text_release(&script);
    if (!good) {
        faults_free(faults);
        return NULL;
    }
    return faults;
}

void faults_free(struct faults *faults)
{
    if (faults == NULL)
        return;
    arena_release(&faults->arena);
    free(faults->rules);
    free(faults);
}

const struct fault *faults_next(struct faults *faults, enum request_kind request, const char *mchid,
                                int32_t bill_day)
{
    const struct fault *chosen = NULL;

    for (size_t at = 0; at < faults->count; at++) {
        struct fault_rule *rule = &faults->rules[at];

        if (rule->request != request || (rule->mchid != NULL && strcmp(rule->mchid, mchid) != 0) ||
            (rule->bill_day != DAY_NONE && rule->bill_day != bill_day))
            continue;
        rule->seen++;
        if (chosen == NULL && rule->seen >= rule->nth_first && rule->seen <= rule->nth_last)
            chosen = &rule->fault;
    }
    return chosen;
}
