#include "recon/finding.h"

#include "base/buf.h"
#include "crypto/digest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_FIRST = 64 };

static struct view keep(struct arena *arena, struct view text)
{
    return view_from(arena_copy(arena, text.at, text.length), text.length);
}

bool finding_list_add(struct finding_list *list, const struct finding *finding, struct err *err)
{
    struct finding *copy;

    assert(finding->class != CLASS_NONE);
    assert((finding->state == STATE_RESOLVED) == (finding->resolution != RESOLUTION_NONE));
    if (list->count == FINDINGS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d findings in one day", FINDINGS_MAX);
    if (list->count == list->capacity) {
        list->capacity = list->capacity > 0 ? 2 * list->capacity : LIST_FIRST;
        list->at = memory_resize(list->at, list->capacity, sizeof(*list->at));
    }
    copy = &list->at[list->count++];
    *copy = *finding;
    copy->key = keep(&list->arena, finding->key);
    copy->evidence = keep(&list->arena, finding->evidence);
    copy->reason = keep(&list->arena, finding->reason);
    return true;
}

static int compare_int64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_amounts(struct finding_amount a, struct finding_amount b)
{
    int order = a.known - b.known;

    return order != 0 || !a.known ? order : compare_int64(a.money.fen, b.money.fen);
}

/* By identity, then by facts: what the bill or the books gave does not depend on their order. */
static int compare_findings(const void *left, const void *right)
{
    const struct finding *a = left;
    const struct finding *b = right;
    int order = compare_int64((int64_t)a->leg, (int64_t)b->leg);

    if (order == 0)
        order = view_compare(a->key, b->key);
    if (order == 0)
        order = compare_int64((int64_t)a->class, (int64_t)b->class);
    if (order == 0)
        order = compare_amounts(a->channel, b->channel);
    if (order == 0)
        order = compare_amounts(a->books, b->books);
    return order != 0 ? order : view_compare(a->evidence, b->evidence);
}

static bool same_identity(const struct finding *a, const struct finding *b)
{
    return a->leg == b->leg && view_equal(a->key, b->key);
}

/* Gives later ones of equal keys others; false when all were different. */
static bool part_once(struct finding_list *list)
{
    bool parted = false;

    for (size_t i = 0; i < list->count;) {
        struct finding *first = &list->at[i];
        size_t equal = 1;

        for (; i + equal < list->count && same_identity(first, &list->at[i + equal]); equal++) {
            CLEANUP(buf_release) struct buf key = BUF_INIT(first->key.length + 24);

            buf_add_format(&key, "%.*s#%zu", VIEW_ARG(first->key), equal + 1);
            first[equal].key = keep(&list->arena, buf_view(&key));
            parted = true;
        }
        i += equal;
    }
    return parted;
}

void finding_list_part(struct finding_list *list)
{
    do {
        if (list->count > 0)
            qsort(list->at, list->count, sizeof(*list->at), compare_findings);
    } while (part_once(list));
}

void finding_list_clear(struct finding_list *list)
{
    arena_clear(&list->arena);
    list->count = 0;
}

void finding_list_release(struct finding_list *list)
{
    arena_release(&list->arena);
    free(list->at);
    *list = FINDING_LIST_INIT;
}

struct money finding_difference(const struct finding *finding)
{
    struct money channel = finding->channel.known ? finding->channel.money : (struct money){0};
    struct money books = finding->books.known ? finding->books.money : (struct money){0};
    bool fits = money_subtract(&channel, books);

    assert(fits);
    return channel;
}

struct finding_id finding_id(struct view mchid, struct date bill_day, enum finding_leg leg,
                             struct view key)
{
    struct finding_id id;
    CLEANUP(buf_release) struct buf identity = BUF_INIT(64 * 1024);
    struct digest_value value;
    struct digest_text hex;

    buf_add_format(&identity, "%.*s\n%s\n%s\n", VIEW_ARG(mchid), finding_leg_name(leg),
                   date_text(bill_day).s);
    buf_add_view(&identity, key);
    assert(!identity.overflowed);
    value = digest_of(DIGEST_SHA256, buf_view(&identity));
    hex = digest_text(&value);
    memcpy(id.s, hex.s, sizeof(id.s) - 1);
    id.s[sizeof(id.s) - 1] = '\0';
    return id;
}

static bool same_amount(struct finding_amount a, struct finding_amount b)
{
    return a.known == b.known && (!a.known || a.money.fen == b.money.fen);
}

/* Are class and amounts the same? The evidence may have moved to another line. */
static bool same_facts(const struct finding *a, const struct finding *b)
{
    return a->class == b->class && same_amount(a->channel, b->channel) &&
           same_amount(a->books, b->books);
}

/* Nobody finds it any more: evidence came later, or the books were mended. */
static enum finding_resolution resolution_of_vanished(const struct finding *stored)
{
    return stored->leg == LEG_EVIDENCE || stored->leg == LEG_BOOKS ? RESOLUTION_AUTO_TIMING
                                                                   : RESOLUTION_BOOKED;
}

/* True only as long as it is found: what the day's run resolved by itself, and what was accepted,
 * because that is set against the identities. */
static bool is_explanation(const struct finding *stored)
{
    return stored->resolution == RESOLUTION_ACCEPTED ||
           (stored->class == CLASS_T09 && stored->resolution == RESOLUTION_AUTO_TIMING) ||
           (stored->class == CLASS_T11 && stored->resolution == RESOLUTION_EXPLAINED);
}

static bool merge_vanished(const struct finding *stored, struct finding *ret_next)
{
    if (stored->state == STATE_RESOLVED && !is_explanation(stored))
        return false;
    *ret_next = *stored;
    ret_next->state = STATE_RESOLVED;
    ret_next->resolution = resolution_of_vanished(stored);
    ret_next->has_break_on = false;
    ret_next->reason = VIEW("not found any more");
    return true;
}

/* A state that time or a person gave stays as long as the facts do. */
static bool keeps_state(const struct finding *stored, const struct finding *fresh)
{
    switch (stored->state) {
    case STATE_PENDING:
        return fresh->state == STATE_PENDING;
    case STATE_OPEN:
    case STATE_IN_REVIEW:
    case STATE_REOPENED:
        return fresh->state != STATE_RESOLVED;
    case STATE_RESOLVED:
        return (fresh->state == STATE_RESOLVED && stored->resolution != RESOLUTION_BOOKED) ||
               stored->resolution == RESOLUTION_ACCEPTED ||
               stored->resolution == RESOLUTION_REFUNDED;
    }
    assert(false && "state");
    return true;
}

/* Where a finding with these facts goes on. It is never PENDING a second time: its day has come. */
static enum finding_state state_of_change(const struct finding *stored, const struct finding *fresh)
{
    if (stored->state == STATE_PENDING || fresh->state == STATE_RESOLVED)
        return fresh->state;
    return stored->state == STATE_RESOLVED || stored->state == STATE_REOPENED ? STATE_REOPENED
                                                                              : STATE_OPEN;
}

bool finding_merge(const struct finding *stored, const struct finding *fresh,
                   struct finding *ret_next)
{
    if (stored == NULL) {
        *ret_next = *fresh;
        return true;
    }
    if (class_info(stored->class)->stays && (fresh == NULL || fresh->class != stored->class))
        return false;
    if (fresh == NULL)
        return merge_vanished(stored, ret_next);
    if (same_facts(stored, fresh) && keeps_state(stored, fresh))
        return false;
    *ret_next = *fresh;
    ret_next->state = state_of_change(stored, fresh);
    ret_next->has_break_on = ret_next->state == STATE_PENDING && fresh->has_break_on;
    return true;
}

const char *finding_leg_name(enum finding_leg leg)
{
    static const char *const names[LEG_COUNT] = {
        [LEG_TRADE] = "TRADE",       [LEG_REFUND] = "REFUND", [LEG_FUND] = "FUND",
        [LEG_EVIDENCE] = "EVIDENCE", [LEG_BOOKS] = "BOOKS",   [LEG_SETTLE] = "SETTLE",
        [LEG_DEPOSIT] = "DEPOSIT",
    };

    assert((unsigned)leg < LEG_COUNT);
    return names[leg];
}

static const char *const state_names[] = {
    [STATE_PENDING] = "PENDING",   [STATE_OPEN] = "OPEN",         [STATE_IN_REVIEW] = "IN_REVIEW",
    [STATE_RESOLVED] = "RESOLVED", [STATE_REOPENED] = "REOPENED",
};

static const char *const resolution_names[] = {
    [RESOLUTION_NONE] = NULL,
    [RESOLUTION_AUTO_TIMING] = "auto_timing",
    [RESOLUTION_AUTO_QUERY] = "auto_query",
    [RESOLUTION_BOOKED] = "booked",
    [RESOLUTION_REFUNDED] = "refunded",
    [RESOLUTION_ACCEPTED] = "accepted",
    [RESOLUTION_EXPLAINED] = "explained",
};

const char *finding_state_name(enum finding_state state)
{
    assert((size_t)state < sizeof(state_names) / sizeof(state_names[0]));
    return state_names[state];
}

bool finding_state_by_name(struct view name, enum finding_state *ret_state)
{
    for (size_t i = 0; i < sizeof(state_names) / sizeof(state_names[0]); i++) {
        if (view_equal_text(name, state_names[i])) {
            *ret_state = (enum finding_state)i;
            return true;
        }
    }
    return false;
}

const char *finding_resolution_name(enum finding_resolution resolution)
{
    assert((size_t)resolution < sizeof(resolution_names) / sizeof(resolution_names[0]));
    return resolution_names[resolution];
}

bool finding_resolution_by_name(struct view name, enum finding_resolution *ret_resolution)
{
    for (size_t i = 1; i < sizeof(resolution_names) / sizeof(resolution_names[0]); i++) {
        if (view_equal_text(name, resolution_names[i])) {
            *ret_resolution = (enum finding_resolution)i;
            return true;
        }
    }
    return false;
}
