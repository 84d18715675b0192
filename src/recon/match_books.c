/* The other direction: records of the day without a row of this bill. */
#include "base/buf.h"
#include "match_state.h"
#include "text/json.h"

enum { LEFT_FIRST = 64, BOOKS_EVIDENCE_MAX = 2048 };

struct left_scan {
    struct match *match;
    const struct ledger *ledger;
    struct lefts *lefts;
    bool refunds;
};

static bool count_items(struct match *match, const struct ledger_place *place,
                        const struct books_record *record, struct err *err)
{
    struct match_totals *totals = &match->totals;
    const struct ledger_item *cursor = NULL;
    struct books_item item;

    match_add(match, &totals->books_amounts, record->amount);
    match_add(match, &totals->books_items, record->items);
    while (ledger_next_item(match->targets.payments, place, &cursor, &item)) {
        if (item.kind == BOOKS_DEPOSIT)
            match_add(match, &totals->books_deposit_items, item.amount);
    }
    if (match->overflowed)
        return err_set(err, ERR_DATA, "books: sums are beyond any sense at number \"%.*s\"",
                       VIEW_ARG(record->number));
    return true;
}

/* What another bill has (T09), what waits for the next day's bill (T03, R02), and what needs no
 * bill. */
static void set_state(const struct match *match, struct finding *finding)
{
    finding->state = STATE_OPEN;
    if (finding->class == CLASS_T09) {
        finding->state = STATE_RESOLVED;
        finding->resolution = RESOLUTION_AUTO_TIMING;
    } else if (finding->class == CLASS_T03 || finding->class == CLASS_R02) {
        finding->state = STATE_PENDING;
        finding->has_break_on = true;
        finding->break_on = date_add(match->rules.bill_day, 1);
    }
}

static bool add_books_finding(struct match *match, const struct books_record *record, bool refund,
                              enum finding_class class, struct err *err)
{
    CLEANUP(buf_release) struct buf evidence = BUF_INIT(BOOKS_EVIDENCE_MAX);
    struct finding finding = {
        .leg = refund ? LEG_REFUND : LEG_TRADE,
        .key = record->number,
        .class = class,
        .books = {true, record->amount},
        .reason = view_of(class_info(class)->meaning),
    };
    struct json_writer json;

    set_state(match, &finding);
    json_writer_init(&json, &evidence);
    json_writer_begin_object(&json);
    json_writer_pair_text(&json, "bill_sha256", match->rules.bill_sha256);
    json_writer_pair_text(&json, "number", record->number);
    json_writer_pair_text(&json, "second", record->second);
    json_writer_pair_text(&json, "status", view_of(books_status_name(record->status)));
    json_writer_pair_integer(&json, "amount_fen", record->amount.fen);
    json_writer_pair_text(&json, "time", view_of(instant_text(record->time).s));
    json_writer_end_object(&json);
    finding.evidence = buf_view(&evidence);
    return finding_list_add(match->targets.findings, &finding, err);
}

/* A word that the contract does not know says neither that money moved nor that it did not. */
static bool add_unknown_word(struct left_scan *scan, const struct ledger_place *place,
                             const struct books_record *record, struct err *err)
{
    return record->status != BOOKS_OTHER || ledger_line(place) != 0 ||
           add_books_finding(scan->match, record, scan->refunds, CLASS_T13, err);
}

static bool scan_left(void *context, struct ledger_place *place, struct err *err)
{
    struct left_scan *scan = context;
    struct lefts *lefts = scan->lefts;
    struct books_record record;

    ledger_get(scan->ledger, place, &record);
    if (!match_in_day(scan->match, &record))
        return true;
    if (!match_is_moved(scan->refunds, record.status))
        return add_unknown_word(scan, place, &record, err);
    if (!scan->refunds && !count_items(scan->match, place, &record, err))
        return false;
    if (ledger_line(place) != 0)
        return true;
    if (lefts->count == FINDINGS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d records of the books are not in the bill",
                       FINDINGS_MAX);
    if (lefts->count == lefts->capacity) {
        lefts->capacity = lefts->capacity > 0 ? 2 * lefts->capacity : LEFT_FIRST;
        lefts->at = memory_resize(lefts->at, lefts->capacity, sizeof(*lefts->at));
    }
    lefts->at[lefts->count++] = (struct left){place, record.number};
    return true;
}

static const struct view *numbers_of(struct match *match, const struct lefts *lefts)
{
    struct view *numbers = ARENA_ARRAY(&match->arena, struct view, lefts->count);

    for (size_t i = 0; i < lefts->count; i++)
        numbers[i] = lefts->at[i].number;
    return numbers;
}

static const struct view *transactions_of(struct match *match, size_t *ret_count)
{
    const struct lefts *lefts = &match->left_payments;
    struct view *numbers = ARENA_ARRAY(&match->arena, struct view, lefts->count);
    size_t count = 0;

    for (size_t i = 0; i < lefts->count; i++) {
        struct books_record record;

        ledger_get(match->targets.payments, lefts->at[i].place, &record);
        if (record.second.length > 0)
            numbers[count++] = record.second;
    }
    *ret_count = count;
    return numbers;
}

bool match_left_keys(struct match *match, struct match_keys *ret_keys, struct err *err)
{
    struct left_scan payments = {match, match->targets.payments, &match->left_payments,
                                 /* refunds= */ false};
    struct left_scan refunds = {match, match->targets.refunds, &match->left_refunds,
                                /* refunds= */ true};
    struct match_keys keys = {.out_trade_nos = NULL};

    if (!ledger_each(match->targets.payments, scan_left, &payments, err) ||
        !ledger_each(match->targets.refunds, scan_left, &refunds, err))
        return false;

    keys.out_trade_nos = numbers_of(match, &match->left_payments);
    keys.out_trade_no_count = match->left_payments.count;
    keys.transaction_ids = transactions_of(match, &keys.transaction_id_count);
    keys.out_refund_nos = numbers_of(match, &match->left_refunds);
    keys.out_refund_no_count = match->left_refunds.count;
    *ret_keys = keys;
    return true;
}

/* Another payment of the books carries the same transaction_id. */
static bool shares_transaction(const struct match_elsewhere *elsewhere,
                               const struct books_record *record)
{
    const struct ledger_place *place =
        record->second.length == 0 ? NULL : ledger_find(elsewhere->by_transaction, record->second);
    struct books_record other;

    if (place == NULL)
        return false;
    ledger_get(elsewhere->by_transaction, place, &other);
    return other.contradicts;
}

static bool class_left(struct match *match, const struct match_elsewhere *elsewhere,
                       const struct left *left, bool refund, struct err *err)
{
    const struct ledger *ledger = refund ? match->targets.refunds : match->targets.payments;
    const struct ledger *others = refund ? elsewhere->refunds : elsewhere->payments;
    struct books_record record;
    enum finding_class class = refund ? CLASS_R02 : CLASS_T03;

    ledger_get(ledger, left->place, &record);
    if (ledger_find(others, left->number) != NULL)
        return add_books_finding(match, &record, refund, CLASS_T09, err);
    if (record.contradicts || (!refund && shares_transaction(elsewhere, &record)))
        class = CLASS_T08;
    match_add(match, refund ? &match->totals.books_refunds : &match->totals.books_payments,
              record.amount);
    return add_books_finding(match, &record, refund, class, err);
}

bool match_books_only(struct match *match, const struct match_elsewhere *elsewhere, struct err *err)
{
    for (size_t i = 0; i < match->left_payments.count; i++) {
        if (!class_left(match, elsewhere, &match->left_payments.at[i], /* refund= */ false, err))
            return false;
    }
    for (size_t i = 0; i < match->left_refunds.count; i++) {
        if (!class_left(match, elsewhere, &match->left_refunds.at[i], /* refund= */ true, err))
            return false;
    }
    return match_sums_fit(match, err);
}
