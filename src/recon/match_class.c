/* Which class a row has. Pure functions of a row and a record. */
#include "match_state.h"

/* Behind the letters. */
enum { OUR_DIGITS = 30 };

struct view match_order_number(const struct bill_row *row)
{
    struct view rest = row->attach;
    struct view part;

    if (!view_equal(row->trade_type, VIEW("AUTH")) || !view_skip(&rest, VIEW("wxzff|")) ||
        !view_take(&rest, '|', &part) || rest.length == 0)
        return row->out_trade_no;
    return rest;
}

struct view match_second(const struct bill_row *row)
{
    return match_is_refund(row) ? row->refund_id : row->transaction_id;
}

bool match_is_refund(const struct bill_row *row)
{
    return row->trade_state == BILL_TRADE_REFUND;
}

enum entry_kind match_entry_kind(const struct bill_row *row)
{
    switch (row->trade_state) {
    case BILL_TRADE_SUCCESS:
        return ENTRY_PAYMENT;
    case BILL_TRADE_REFUND:
        return ENTRY_REFUND;
    case BILL_TRADE_REVOKED:
        return ENTRY_REVOKED;
    case BILL_TRADE_OTHER:
        break;
    }
    return ENTRY_OTHER;
}

const char *entry_kind_name(enum entry_kind kind)
{
    static const char *const names[] = {
        [ENTRY_PAYMENT] = "PAYMENT",
        [ENTRY_REFUND] = "REFUND",
        [ENTRY_REVOKED] = "REVOKED",
        [ENTRY_OTHER] = "OTHER",
    };

    return names[kind];
}

static bool is_own_appid(const struct match_rules *rules, struct view appid)
{
    for (size_t i = 0; i < rules->appid_count; i++) {
        if (view_equal(rules->appids[i], appid))
            return true;
    }
    return false;
}

/* A payment row's time is the bill's day. A refund row's need not be (FACTS §3.8). */
bool match_is_other_day(const struct match *match, const struct bill_row *row)
{
    return row->trade_state == BILL_TRADE_SUCCESS &&
           beijing_day(row->time).days != match->rules.bill_day.days;
}

bool match_is_moved(bool refund, enum books_status status)
{
    return refund ? status == BOOKS_SUCCESS || status == BOOKS_PROCESSING : status == BOOKS_PAID;
}

bool match_is_foreign(const struct match *match, const struct bill_row *row)
{
    const struct match_rules *rules = &match->rules;

    return !view_equal(row->mchid, rules->mchid) || !view_equal(row->sub_mchid, rules->sub_mchid) ||
           !is_own_appid(rules, row->appid) || !view_equal(row->currency, VIEW("CNY")) ||
           match_is_other_day(match, row);
}

bool match_in_day(const struct match *match, const struct books_record *record)
{
    return record->has_time && !record->looked_up &&
           beijing_day(record->time).days == match->rules.bill_day.days;
}

static bool is_cross_day(const struct match *match, const struct books_record *record)
{
    return record->has_time && beijing_day(record->time).days != match->rules.bill_day.days;
}

/* Order amount against amount; a difference that is exactly the coupons is explained (T11). */
static enum finding_class amount_class(const struct bill_row *row,
                                       const struct books_record *record)
{
    int64_t order = row->order.fen;

    if (order == record->amount.fen)
        return CLASS_NONE;
    if (record->amount.fen == order - row->coupon.fen ||
        (record->amount.fen == row->settlement.fen &&
         order - row->settlement.fen <= row->coupon.fen))
        return order > record->amount.fen ? CLASS_T11 : CLASS_T05;
    return order > record->amount.fen ? CLASS_T04 : CLASS_T05;
}

/* Was the record found by its transaction, under another number than the bill's? Automatic
 * deductions without attached data have a number of WeChat Pay's own (FACTS §8); everybody else's
 * is the one we sent. */
static bool is_other_number(const struct bill_row *row, const struct books_record *record)
{
    struct view number = match_order_number(row);
    bool theirs =
        view_equal(row->trade_type, VIEW("AUTH")) && view_equal(number, row->out_trade_no);

    return !theirs && !view_equal(record->number, number);
}

static enum finding_class payment_class(const struct match *match, const struct bill_row *row,
                                        const struct books_record *record)
{
    enum finding_class class;

    if (record->contradicts)
        return CLASS_T08;
    if (!match_is_moved(/* refund= */ false, record->status))
        return CLASS_T02;
    if (record->second.length > 0 && !view_equal(record->second, row->transaction_id))
        return CLASS_T10;
    if (record->appid.length > 0 && !view_equal(record->appid, row->appid))
        return CLASS_T10;
    if (is_other_number(row, record))
        return CLASS_T10;
    class = amount_class(row, record);
    if (class != CLASS_NONE && class != CLASS_T11)
        return class;
    if (record->items.fen != record->amount.fen)
        return CLASS_T12;
    if (class == CLASS_NONE && is_cross_day(match, record))
        return CLASS_T09;
    return class;
}

/* Does the books' refund give back another payment than the bill's? */
static bool is_of_other_order(const struct bill_row *row, const struct books_record *record)
{
    return record->second.length > 0 && !view_equal(record->second, row->out_trade_no) &&
           !view_equal(record->second, match_order_number(row));
}

bool match_is_our_refund(struct view out_refund_no)
{
    struct view rest = out_refund_no;

    if (!view_skip(&rest, VIEW("DR")) || rest.length != OUR_DIGITS)
        return false;
    for (size_t i = 0; i < rest.length; i++) {
        char digit = rest.at[i];

        if ((digit < '0' || digit > '9') && (digit < 'a' || digit > 'f'))
            return false;
    }
    return true;
}

enum finding_class match_refund_unknown(const struct bill_row *row)
{
    return match_is_our_refund(row->out_refund_no) ? CLASS_R09 : CLASS_R01;
}

/* The bill's word for a refund that could not be paid out is CHANGE, the API's ABNORMAL (FACTS
 * §3.7). */
static enum finding_class refund_class(const struct match *match, const struct bill_row *row,
                                       const struct books_record *record)
{
    bool failed =
        row->refund_status == BILL_REFUND_CHANGE || row->refund_status == BILL_REFUND_FAIL;

    if (record->contradicts)
        return CLASS_T08;
    if (failed && (record->status == BOOKS_ABNORMAL || record->status == BOOKS_CLOSED))
        return CLASS_R05;
    if (!match_is_moved(/* refund= */ true, record->status))
        return match_refund_unknown(row);
    if (is_of_other_order(row, record))
        return CLASS_T10;
    if (row->refund_requested.fen != record->amount.fen)
        return CLASS_R03;
    if (row->refund_status == BILL_REFUND_OTHER)
        return CLASS_T13;
    if (failed)
        return CLASS_R05;
    return is_cross_day(match, record) ? CLASS_T09 : CLASS_NONE;
}

static bool has(const struct ledger *numbers, struct view number)
{
    return numbers != NULL && ledger_count(numbers) > 0 && ledger_find(numbers, number) != NULL;
}

/* May the neighbour's bill have a row of this record? It has when it says so (T09), and it may have
 * when the record is of that day and no finding there misses it. */
static bool is_taken_by(const struct match_neighbour *neighbour, bool refund, bool of_that_day,
                        const struct books_record *record)
{
    if (neighbour == NULL || !neighbour->reconciled)
        return false;
    if (has(refund ? neighbour->cross_refunds : neighbour->cross_payments, record->number))
        return true;
    return of_that_day && !has(refund ? neighbour->refunds : neighbour->payments, record->number);
}

bool match_is_doubtful(const struct match *match, const struct bill_row *row,
                       const struct books_record *record)
{
    const struct match_rules *rules = &match->rules;
    bool refund = match_is_refund(row);
    int32_t off = record->has_time ? beijing_day(record->time).days - rules->bill_day.days : 0;

    return is_taken_by(rules->before, refund, off == -1, record) ||
           is_taken_by(rules->after, refund, off == 1, record);
}

enum finding_class match_class(const struct match *match, const struct bill_row *row,
                               const struct books_record *record)
{
    enum finding_class class =
        match_is_refund(row) ? refund_class(match, row, record) : payment_class(match, row, record);

    if ((class == CLASS_NONE || class == CLASS_T09) && has(match->repeated, match_second(row)) &&
        match_is_doubtful(match, row, record))
        return CLASS_T07;
    return class;
}
