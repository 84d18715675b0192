#include "faults.h"

#include "civil.h"
#include "fault_words.h"
#include "files.h"
#include "rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { CHANCE_ALWAYS = 1000 };

/* K, K-M, K-* or *. */
static bool nth_parse(char *text, struct fault_rule *rule)
{
    char *dash = strchr(text, '-');
    int64_t first;
    int64_t last = INT32_MAX;

    if (strcmp(text, "*") == 0)
        return true;
    if (dash != NULL)
        *dash++ = '\0';
    if (!script_number(text, 1, INT32_MAX, &first))
        return false;
    rule->nth_first = (uint64_t)first;
    if (dash != NULL && strcmp(dash, "*") == 0)
        return true;
    if (!script_number(dash != NULL ? dash : text, first, INT32_MAX, &last))
        return false;
    rule->nth_last = (uint64_t)last;
    return true;
}

static bool chance_parse(const char *text, struct fault_rule *rule)
{
    int64_t chance;

    if (!script_number(text, 1, CHANCE_ALWAYS, &chance))
        return false;
    rule->chance = (uint64_t)chance;
    return true;
}

static bool bill_date_parse(const char *text, struct fault_rule *rule, struct fail *fail)
{
    if (rule->request != REQUEST_TRADEBILL && rule->request != REQUEST_FUNDFLOWBILL &&
        rule->request != REQUEST_SUB_FUNDFLOWBILL && rule->request != REQUEST_DOWNLOAD)
        return fail_set(fail, EX_DATAERR, "%s requests have no bill_date",
                        request_word(rule->request));
    return day_parse(text, &rule->bill_day) ||
           fail_set(fail, EX_DATAERR, "\"bill_date=%.64s\": expected yyyy-mm-dd", text);
}

static bool out_refund_no_parse(struct faults *faults, const char *text, struct fault_rule *rule,
                                struct fail *fail)
{
    if (rule->request != REQUEST_REFUND && rule->request != REQUEST_REFUND_QUERY &&
        rule->request != REQUEST_REFUND_ABNORMAL)
        return fail_set(fail, EX_DATAERR, "%s requests have no out_refund_no",
                        request_word(rule->request));
    rule->out_refund_no = arena_copy(&faults->arena, text, strlen(text));
    return true;
}

/* What stands behind the prefix; NULL when the word begins otherwise. */
static char *value_of(char *word, const char *prefix)
{
    size_t length = strlen(prefix);

    return strncmp(word, prefix, length) == 0 ? word + length : NULL;
}

static bool filter_parse(struct faults *faults, char *word, struct fault_rule *rule,
                         bool *ret_filter, struct fail *fail)
{
    char *value;

    *ret_filter = true;
    if ((value = value_of(word, "mchid=")) != NULL) {
        rule->mchid = arena_copy(&faults->arena, value, strlen(value));
        return true;
    }
    if ((value = value_of(word, "bill_date=")) != NULL)
        return bill_date_parse(value, rule, fail);
    if ((value = value_of(word, "out_refund_no=")) != NULL)
        return out_refund_no_parse(faults, value, rule, fail);
    if ((value = value_of(word, "nth=")) != NULL)
        return nth_parse(value, rule) ||
               fail_set(fail, EX_DATAERR, "nth: expected K, K-M, K-* or *");
    if ((value = value_of(word, "chance=")) != NULL)
        return chance_parse(value, rule) ||
               fail_set(fail, EX_DATAERR, "chance: expected 1 to 1000 per mille");
    *ret_filter = false;
    return true;
}

/* One word of a rule behind the request. */
static bool word_parse(struct faults *faults, char *word, struct fault_rule *rule, bool *after,
                       struct fail *fail)
{
    bool filter;

    if (rule->fault.kind != FAULT_NONE)
        return fail_set(fail, EX_DATAERR, "\"%.64s\" stands behind the fault", word);
    if (strcmp(word, "after") == 0) {
        *after = true;
        return true;
    }
    return filter_parse(faults, word, rule, &filter, fail) &&
           (filter || fault_read(word, rule->request, &faults->arena, &rule->fault, fail));
}

static bool rule_parse(struct faults *faults, size_t number, char *line, struct fail *fail)
{
    struct fault_rule rule = {.bill_day = DAY_NONE,
                              .nth_first = 1,
                              .nth_last = UINT64_MAX,
                              .chance = CHANCE_ALWAYS,
                              .line = number};
    char *rest = line;
    char *word = strsep(&rest, " ");
    bool after = false;

    if (!request_named(word, &rule.request))
        return fail_set(fail, EX_DATAERR, "unknown request \"%.64s\"", word);
    while ((word = strsep(&rest, " ")) != NULL) {
        if (*word != '\0' && !word_parse(faults, word, &rule, &after, fail))
            return false;
    }
    if (rule.fault.kind == FAULT_NONE)
        return fail_set(fail, EX_DATAERR, "no fault named");
    if (after && !fault_may_be_after(rule.fault.kind))
        return fail_set(fail, EX_DATAERR, "%s is never before the request is carried out",
                        rule.fault.name);
    rule.fault.after = after;
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

static bool fits(const struct fault_rule *rule, const struct fault_subject *subject)
{
    return rule->request == subject->request &&
           (rule->mchid == NULL || strcmp(rule->mchid, subject->mchid) == 0) &&
           (rule->bill_day == DAY_NONE || rule->bill_day == subject->bill_day) &&
           (rule->out_refund_no == NULL ||
            strcmp(rule->out_refund_no, subject->out_refund_no) == 0);
}

static bool has_turn(const struct faults *faults, size_t at)
{
    const struct fault_rule *rule = &faults->rules[at];
    char stream[64];
    struct rng rng;

    if (rule->seen < rule->nth_first || rule->seen > rule->nth_last)
        return false;
    if (rule->chance == CHANCE_ALWAYS)
        return true;
    (void)snprintf(stream, sizeof(stream), "fault %zu/%llu", at, (unsigned long long)rule->seen);
    rng = rng_named(faults->seed, stream);
    return rng_below(&rng, CHANCE_ALWAYS) < rule->chance;
}

const struct fault *faults_next(struct faults *faults, const struct fault_subject *subject)
{
    const struct fault *chosen = NULL;

    for (size_t at = 0; at < faults->count; at++) {
        struct fault_rule *rule = &faults->rules[at];

        if (!fits(rule, subject))
            continue;
        rule->seen++;
        if (chosen == NULL && has_turn(faults, at))
            chosen = &rule->fault;
    }
    if (chosen != NULL && chosen->kind == FAULT_ROTATED_KEY)
        faults->rotated = true;
    return chosen;
}

bool faults_have(const struct faults *faults, enum fault_kind kind)
{
    for (size_t at = 0; at < faults->count; at++) {
        if (faults->rules[at].fault.kind == kind)
            return true;
    }
    return false;
}
