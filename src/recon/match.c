#include "recon/match.h"

#include "base/buf.h"
#include "match_state.h"
#include "text/json.h"

#include <assert.h>
#include <stdlib.h>

enum { EVIDENCE_MAX = 4096, ASIDE_FIRST = 64 };

struct match *match_new(const struct match_rules *rules, const struct match_targets *targets)
{
    struct match *match = memory_alloc(sizeof(*match));

    match->rules = *rules;
    match->targets = *targets;
    match->totals = (struct match_totals){
        .bill_rows = {.name = "rows of the trade bill"},
        .bill_payments = {.name = "payments in the trade bill"},
        .books_payments = {.name = "paid payments in the books"},
        .bill_refunds = {.name = "refunds in the trade bill"},
        .books_refunds = {.name = "refunds in the books"},
        .books_amounts = {.name = "amounts of the day's payments"},
        .books_items = {.name = "their items"},
        .books_deposit_items = {.name = "deposit items"},
        .settled_payments = {.name = "settlement amounts of payments"},
        .uncertain = {.name = "settlement amounts of rows of other states"},
    };
    return match;
}

void match_free(struct match *match)
{
    if (match == NULL)
        return;
    arena_release(&match->arena);
    free(match->aside);
    free(match->left_payments.at);
    free(match->left_refunds.at);
    free(match);
}

void match_add(struct match *match, struct identity_side *side, struct money money)
{
    side->count++;
    if (!money_add(&side->money, money))
        match->overflowed = true;
}

bool match_sums_fit(const struct match *match, struct err *err)
{
    return !match->overflowed || err_set(err, ERR_DATA, "books: sums are beyond any sense");
}

static struct view number_of(const struct bill_row *row)
{
    return match_is_refund(row) ? row->out_refund_no : match_order_number(row);
}

static void evidence_books(struct json_writer *json, const struct match *match,
                           const struct bill_row *row, const struct ledger_place *place)
{
    const struct ledger *ledger =
        match_is_refund(row) ? match->targets.refunds : match->targets.payments;
    struct books_record record;

    ledger_get(ledger, place, &record);
    json_writer_key(json, "books");
    json_writer_begin_object(json);
    json_writer_pair_text(json, "number", record.number);
    json_writer_pair_text(json, "second", record.second);
    json_writer_pair_text(json, "status", view_of(books_status_name(record.status)));
    json_writer_pair_integer(json, "amount_fen", record.amount.fen);
    if (record.has_time)
        json_writer_pair_text(json, "time", view_of(instant_text(record.time).s));
    json_writer_end_object(json);
}

/* What the finding rests on: bill and line, numbers, and the record as read. */
static void evidence_of(const struct match *match, const struct bill_row *row,
                        const struct ledger_place *place, struct buf *out)
{
    struct json_writer json;

    json_writer_init(&json, out);
    json_writer_begin_object(&json);
    json_writer_pair_text(&json, "bill_sha256", match->rules.bill_sha256);
    json_writer_pair_integer(&json, "line", row->line);
    json_writer_pair_text(&json, "out_trade_no", row->out_trade_no);
    json_writer_pair_text(&json, "transaction_id", row->transaction_id);
    if (match_is_refund(row))
        json_writer_pair_text(&json, "refund_id", row->refund_id);
    json_writer_pair_text(&json, "state", row->trade_state_text);
    json_writer_pair_text(&json, "time", view_of(instant_text(row->time).s));
    if (place != NULL)
        evidence_books(&json, match, row, place);
    json_writer_end_object(&json);
}

/* Classes that the job may close by itself (DOMAIN §3.3, column "auto"). */
static void set_state(struct finding *finding, bool neighbouring)
{
    finding->state = STATE_OPEN;
    if (finding->class == CLASS_T09 && neighbouring) {
        finding->state = STATE_RESOLVED;
        finding->resolution = RESOLUTION_AUTO_TIMING;
    } else if (finding->class == CLASS_T11) {
        finding->state = STATE_RESOLVED;
        finding->resolution = RESOLUTION_EXPLAINED;
    }
}

static struct finding_amount books_amount(const struct match *match, const struct bill_row *row,
                                          const struct ledger_place *place,
                                          enum finding_class class)
{
    struct finding_amount amount = {.known = false};
    struct books_record record;
    bool refund = match_is_refund(row);

    if (place == NULL)
        return amount;
    ledger_get(refund ? match->targets.refunds : match->targets.payments, place, &record);
    if (!match_is_moved(refund, record.status))
        return amount;
    amount.known = true;
    amount.money = class == CLASS_T12 ? record.items : record.amount;
    return amount;
}

/* Items that do not add up are held against the payment, not against what a coupon took off it. */
static struct money channel_amount(const struct match *match, const struct bill_row *row,
                                   const struct ledger_place *place, enum finding_class class)
{
    struct books_record record;

    if (class != CLASS_T12)
        return match_is_refund(row) ? row->refund_requested : row->order;
    ledger_get(match->targets.payments, place, &record);
    return record.amount;
}

/* Is the record of a payment of the day before, the same or the next? A refund's time in the books
 * is when it was asked for, which proves nothing. */
static bool is_neighbouring(const struct match *match, const struct bill_row *row,
                            const struct ledger_place *place)
{
    struct books_record record;
    int32_t apart;

    if (place == NULL || match_is_refund(row))
        return true;
    ledger_get(match->targets.payments, place, &record);
    apart = beijing_day(record.time).days - match->rules.bill_day.days;
    return apart >= -1 && apart <= 1;
}

static bool add_finding(struct match *match, const struct bill_row *row,
                        const struct ledger_place *place, enum finding_class class, struct view key,
                        struct err *err)
{
    CLEANUP(buf_release) struct buf evidence = BUF_INIT(EVIDENCE_MAX);
    struct finding finding = {
        .leg = match_is_refund(row) ? LEG_REFUND : LEG_TRADE,
        .key = key,
        .class = class,
        .channel = {true, channel_amount(match, row, place, class)},
        .books = books_amount(match, row, place, class),
        .reason = view_of(class_info(class)->meaning),
    };

    set_state(&finding, is_neighbouring(match, row, place));
    evidence_of(match, row, place, &evidence);
    if (evidence.overflowed)
        return err_set(err, ERR_DATA, "line %lld: numbers are too long", (long long)row->line);
    finding.evidence = buf_view(&evidence);
    return finding_list_add(match->targets.findings, &finding, err);
}

static bool is_explained(const struct match *match, const struct bill_row *row,
                         const struct ledger_place *place, enum finding_class class)
{
    return class == CLASS_NONE || class == CLASS_T11 ||
           (class == CLASS_T09 && is_neighbouring(match, row, place));
}

/* A refund that failed went nowhere. */
static struct money refund_moved(const struct bill_row *row)
{
    return row->refund_status == BILL_REFUND_FAIL ? (struct money){0} : row->refund;
}

/* The sum that the row's fee belongs to. */
static struct fee *fees_of(struct match_totals *totals, const struct bill_row *row)
{
    bool moved = match_is_refund(row) ? row->refund_status != BILL_REFUND_FAIL
                                      : row->trade_state == BILL_TRADE_SUCCESS;

    return moved ? &totals->fees : &totals->uncertain_fees;
}

/* A row that stands twice moved the account once. */
static void uncount_settled(struct match *match, const struct bill_row *row)
{
    struct match_totals *totals = &match->totals;

    if (row->trade_state == BILL_TRADE_SUCCESS) {
        totals->settled_payments.count--;
        match->overflowed |= !money_subtract(&totals->settled_payments.money, row->settlement) ||
                             !money_subtract(&totals->movement, row->settlement);
    } else if (match_is_refund(row)) {
        match->overflowed |= !money_add(&totals->movement, refund_moved(row));
    }
    match->overflowed |= !fee_add(fees_of(totals, row), row->fee);
}

bool match_emit(struct match *match, const struct bill_row *row, struct ledger_place *place,
                enum finding_class class, struct view key, struct err *err)
{
    const struct entry entry = {
        .kind = match_entry_kind(row),
        .class = class,
        .row = row,
        .ledger = match_is_refund(row) ? match->targets.refunds : match->targets.payments,
        .place = place != NULL && ledger_line(place) == row->line ? place : NULL,
    };

    if (entry.place != NULL && is_explained(match, row, place, class))
        match->totals.matched++;
    if (class == CLASS_T07)
        uncount_settled(match, row);
    if (class != CLASS_NONE && !add_finding(match, row, place, class, key, err))
        return false;
    return match->targets.sink(match->targets.sink_context, &entry, err);
}

/* A coupon that explains the whole difference belongs to the books' side, or the sums would never
 * agree; so it does when the items do not add up besides. */
static struct money counted_amount(const struct bill_row *row, const struct books_record *record,
                                   enum finding_class class)
{
    return class == CLASS_T11 || class == CLASS_T12 ? row->order : record->amount;
}

static bool pair(struct match *match, const struct bill_row *row, struct ledger_place *place,
                 const struct books_record *record, enum finding_class class, struct err *err)
{
    bool refund = match_is_refund(row);
    bool counts = refund || row->trade_state == BILL_TRADE_SUCCESS;

    ledger_pair(place, row->line, ledger_tag_of(match_second(row)));
    if (counts && match_is_moved(refund, record->status))
        match_add(match, refund ? &match->totals.books_refunds : &match->totals.books_payments,
                  counted_amount(row, record, class));
    return match_emit(match, row, place, class, record->number, err);
}

bool match_pair_as(struct match *match, const struct bill_row *row, struct ledger_place *place,
                   enum finding_class class, struct err *err)
{
    struct books_record record;

    ledger_get(match_is_refund(row) ? match->targets.refunds : match->targets.payments, place,
               &record);
    return pair(match, row, place, &record, class, err);
}

bool match_pair(struct match *match, const struct bill_row *row, struct ledger_place *place,
                struct err *err)
{
    struct books_record record;

    ledger_get(match_is_refund(row) ? match->targets.refunds : match->targets.payments, place,
               &record);
    return pair(match, row, place, &record, match_class(match, row, &record), err);
}

/* Refund rows of ALL bills show a refund time (FACTS §3.8): after the refund was accepted, which is
 * on the bill's day, and before the bill was made, the next morning. */
static bool is_in_time(const struct match *match, const struct bill_row *row)
{
    struct instant start = beijing_start(match->rules.bill_day);

    return row->time.us >= start.us && row->time.us < start.us + INSTANT_DAY + INSTANT_DAY / 2;
}

/* Channel side of the sums. */
static void count_row(struct match *match, const struct bill_row *row)
{
    struct match_totals *totals = &match->totals;
    struct fee fee = {-row->fee.millifen};

    totals->rows++;
    match_add(match, &totals->bill_rows, row->order);
    if (row->trade_state == BILL_TRADE_SUCCESS) {
        match_add(match, &totals->bill_payments, row->order);
        match_add(match, &totals->settled_payments, row->settlement);
        match->overflowed |= !money_add(&totals->movement, row->settlement);
    } else if (match_is_refund(row)) {
        match_add(match, &totals->bill_refunds, row->refund_requested);
        totals->refunds_in_time += is_in_time(match, row) ? 1 : 0;
        match->overflowed |= !money_subtract(&totals->movement, refund_moved(row));
    } else {
        match_add(match, &totals->uncertain, row->settlement);
    }
    match->overflowed |= !fee_add(fees_of(totals, row), fee);
}

static struct view copy(struct match *match, struct view text)
{
    return view_from(arena_copy(&match->arena, text.at, text.length), text.length);
}

/* Numbers that no books could have: keys of findings have limits, too. */
static bool check_numbers(const struct bill_row *row, struct err *err)
{
    const struct view numbers[] = {row->out_trade_no, row->transaction_id, row->out_refund_no,
                                   row->refund_id, match_order_number(row)};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (numbers[i].length > LEDGER_TEXT_MAX)
            return err_set(err, ERR_DATA, "line %lld: a number has %zu bytes, more than %d",
                           (long long)row->line, numbers[i].length, LEDGER_TEXT_MAX);
    }
    return true;
}

static bool put_aside(struct match *match, const struct bill_row *row, bool foreign,
                      struct err *err)
{
    struct aside *aside;

    if (!check_numbers(row, err))
        return false;
    if (match->aside_count >= MATCH_ASIDE_MAX &&
        (int64_t)match->aside_count > match->totals.rows / 2)
        return err_set(err, ERR_LIMIT, "line %lld: %zu of %lld rows could not be paired",
                       (long long)row->line, match->aside_count + 1, (long long)match->totals.rows);
    if (match->aside_count == match->aside_capacity) {
        match->aside_capacity = match->aside_capacity > 0 ? 2 * match->aside_capacity : ASIDE_FIRST;
        match->aside = memory_resize(match->aside, match->aside_capacity, sizeof(*match->aside));
    }
    aside = &match->aside[match->aside_count++];
    aside->row = *row;
    aside->row.appid = copy(match, row->appid);
    aside->row.mchid = copy(match, row->mchid);
    aside->row.sub_mchid = copy(match, row->sub_mchid);
    aside->row.transaction_id = copy(match, row->transaction_id);
    aside->row.out_trade_no = copy(match, row->out_trade_no);
    aside->row.trade_type = copy(match, row->trade_type);
    aside->row.trade_state_text = copy(match, row->trade_state_text);
    aside->row.currency = copy(match, row->currency);
    aside->row.refund_id = copy(match, row->refund_id);
    aside->row.out_refund_no = copy(match, row->out_refund_no);
    aside->row.attach = copy(match, row->attach);
    aside->number = number_of(&aside->row);
    aside->foreign = foreign;
    /* Nothing of this row looks at the rest, and its bytes are gone after the call. */
    aside->row.raw = aside->row.device = aside->row.openid = aside->row.bank =
        (struct view){NULL, 0};
    aside->row.goods = aside->row.rate_note = aside->row.refund_type = (struct view){NULL, 0};
    aside->row.refund_status_text = (struct view){NULL, 0};
    return true;
}

bool match_is_same(const struct bill_row *row, const struct ledger_place *place)
{
    return ledger_line(place) == 0 &&
           ledger_second_is(place, match_is_refund(row) ? row->out_trade_no : row->transaction_id);
}

/* May the row be paired now, whatever comes later? */
static bool is_plain(const struct bill_row *row, const struct ledger_place *place)
{
    return match_is_same(row, place) &&
           (match_is_refund(row) || row->trade_state == BILL_TRADE_SUCCESS);
}

void match_ahead(const struct match *match, const struct bill_row *rows, size_t count)
{
    const struct ledger_place *places[MATCH_AHEAD];
    uint64_t ahead[MATCH_AHEAD];

    assert(count <= MATCH_AHEAD);
    for (size_t i = 0; i < count; i++)
        ahead[i] = ledger_ahead(match->targets.payments, rows[i].out_trade_no);
    for (size_t i = 0; i < count; i++)
        places[i] = ledger_ahead_record(match->targets.payments, ahead[i]);
    for (size_t i = 0; i < count; i++)
        ledger_ahead_item(match->targets.payments, places[i]);
}

bool match_row(struct match *match, const struct bill_row *row, struct err *err)
{
    struct ledger *ledger;
    struct books_record record;
    struct ledger_place *place;

    count_row(match, row);
    if (match->overflowed)
        return err_set(err, ERR_DATA, "line %lld: sums are beyond any sense", (long long)row->line);
    if (match_is_foreign(match, row)) {
        match->totals.foreign++;
        match->totals.other_day += match_is_other_day(match, row) ? 1 : 0;
        return put_aside(match, row, /* foreign= */ true, err);
    }
    ledger = match_is_refund(row) ? match->targets.refunds : match->targets.payments;
    place = ledger_find(ledger, number_of(row));
    if (place == NULL || !is_plain(row, place))
        return put_aside(match, row, /* foreign= */ false, err);
    ledger_get(ledger, place, &record);
    if (match_is_doubtful(match, row, &record))
        return put_aside(match, row, /* foreign= */ false, err);
    return pair(match, row, place, &record, match_class(match, row, &record), err);
}

struct match_totals match_totals(const struct match *match)
{
    struct match_totals totals = match->totals;
    struct money movement = totals.movement;
    struct money uncertain = totals.uncertain.money;

    /* Who asks before match_settle_aside has refused sums that do not fit looks at counts only. */
    if (money_add(&movement, fee_round(totals.fees)) &&
        money_add(&uncertain, fee_round(totals.uncertain_fees))) {
        totals.movement = movement;
        totals.uncertain_movement = uncertain;
    }
    return totals;
}
