/* Worlds as text, and what came of them as text. A line each:
 *
 *     bill pay NUMBER TRANSACTION YUAN [key=value …]
 *     bill refund NUMBER REFUND_ID ORDER YUAN [key=value …]
 *     books pay NUMBER TRANSACTION YUAN STATUS [key=value …]
 *     books refund NUMBER ORDER YUAN STATUS [key=value …]
 *     elsewhere pay|refund NUMBER        a neighbouring day's bill has it
 *
 * `-` is the empty text. Keys of rows: at=HH:MM:SS day=+N settle= coupon= fee= app= mch= sub= cur=
 * state= type= attach= tx= status= (of a refund row). Keys of records: at= day= app= items=none or
 * items=KIND:RENTAL:YUAN,… with the item numbers 1, 2, … or N in KIND@N; without items a payment
 * has one of its whole amount. All texts live as long as the text of the world. */
#ifndef TEST_RECON_WORLD_TEXT_H
#define TEST_RECON_WORLD_TEXT_H

#include "world.h"

#include "base/buf.h"

#include <string.h>

static inline struct view text_word(struct view *rest)
{
    struct view word = {NULL, 0};

    (void)view_take(rest, ' ', &word);
    return view_equal_text(word, "-") ? (struct view){NULL, 0} : word;
}

static inline struct money text_yuan(struct view text)
{
    struct money money = {0};

    if (!money_parse(text, &money))
        fail_msg("\"%.*s\" is no amount", VIEW_ARG(text));
    return money;
}

static inline struct instant text_time(struct view text, struct instant old)
{
    char beijing[32];
    struct instant instant;

    (void)snprintf(beijing, sizeof(beijing), "%s %.*s", date_text(beijing_day(old)).s,
                   VIEW_ARG(text));
    if (!instant_parse_beijing(view_of(beijing), &instant))
        fail_msg("\"%.*s\" is no time", VIEW_ARG(text));
    return instant;
}

static inline struct instant text_day(struct view text, struct instant old)
{
    int64_t days = 0;
    struct view digits = view_from(text.at + 1, text.length - 1);

    assert_true(view_to_int64(digits, 0, 1000, &days));
    return (struct instant){old.us + (text.at[0] == '-' ? -days : days) * INSTANT_DAY};
}

static inline enum bill_trade_state text_state(struct view word)
{
    if (view_equal_text(word, "SUCCESS"))
        return BILL_TRADE_SUCCESS;
    if (view_equal_text(word, "REFUND"))
        return BILL_TRADE_REFUND;
    return view_equal_text(word, "REVOKED") ? BILL_TRADE_REVOKED : BILL_TRADE_OTHER;
}

static inline enum bill_refund_status text_refund_status(struct view word)
{
    static const char *const words[] = {"", "SUCCESS", "PROCESSING", "FAIL", "CHANGE"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (view_equal_text(word, words[i]))
            return (enum bill_refund_status)i;
    }
    return BILL_REFUND_OTHER;
}

/* Keys whose value is the text itself. */
static inline bool text_row_text(struct bill_row *row, struct view key, struct view value)
{
    const struct {
        const char *key;
        struct view *target;
    } texts[] = {
        {"app", &row->appid},
        {"mch", &row->mchid},
        {"sub", &row->sub_mchid},
        {"cur", &row->currency},
        {"type", &row->trade_type},
        {"attach", &row->attach},
        {"tx", &row->transaction_id},
        {"state", &row->trade_state_text},
        {"status", &row->refund_status_text},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (view_equal_text(key, texts[i].key)) {
            *texts[i].target = value;
            return true;
        }
    }
    return false;
}

static inline void text_row_key(struct bill_row *row, struct view key, struct view value)
{
    bool is_text = text_row_text(row, key, value);

    if (view_equal_text(key, "state"))
        row->trade_state = text_state(value);
    else if (view_equal_text(key, "status"))
        row->refund_status = text_refund_status(value);
    else if (view_equal_text(key, "at"))
        row->time = text_time(value, row->time);
    else if (view_equal_text(key, "day"))
        row->time = text_day(value, row->time);
    else if (view_equal_text(key, "settle"))
        *(row->trade_state == BILL_TRADE_REFUND ? &row->refund : &row->settlement) =
            text_yuan(value);
    else if (view_equal_text(key, "coupon"))
        row->coupon = text_yuan(value);
    else if (view_equal_text(key, "fee"))
        assert_true(fee_parse(value, &row->fee));
    else if (!is_text)
        fail_msg("rows have no \"%.*s\"", VIEW_ARG(key));
}

static inline void text_row(struct world *world, bool refund, struct view rest)
{
    struct bill_row *row = &world->rows[world->row_count++];
    struct view word, key = {NULL, 0};

    assert_true(world->row_count <= WORLD_MAX);
    *row = (struct bill_row){
        .line = (int64_t)world->row_count + 1,
        .time = {beijing_start(WORLD_DAY).us + 12 * INSTANT_HOUR},
        .appid = VIEW("wxA"),
        .mchid = VIEW("1900000109"),
        .trade_type = VIEW("JSAPI"),
        .currency = VIEW("CNY"),
        .has_order = true,
        .trade_state = refund ? BILL_TRADE_REFUND : BILL_TRADE_SUCCESS,
        .trade_state_text = refund ? VIEW("REFUND") : VIEW("SUCCESS"),
    };
    if (refund) {
        row->out_refund_no = text_word(&rest);
        row->refund_id = text_word(&rest);
        row->out_trade_no = text_word(&rest);
        row->transaction_id = VIEW("4200");
        row->refund_requested = row->refund = text_yuan(text_word(&rest));
        row->refund_status = BILL_REFUND_SUCCESS;
        row->refund_status_text = VIEW("SUCCESS");
    } else {
        row->out_trade_no = text_word(&rest);
        row->transaction_id = text_word(&rest);
        row->order = row->settlement = text_yuan(text_word(&rest));
    }
    while (view_take(&rest, ' ', &word)) {
        assert_true(view_take(&word, '=', &key));
        text_row_key(row, key, word);
    }
}

/* KIND[@N]:RENTAL:YUAN,… */
static inline void text_items(struct world_record *record, struct view rest)
{
    struct view item, kind = {NULL, 0}, rental = {NULL, 0};

    record->item_count = 0;
    if (view_equal_text(rest, "none"))
        return;
    while (view_take(&rest, ',', &item)) {
        size_t count = record->item_count++;
        int64_t item_no = (int64_t)count + 1;
        struct view number = {NULL, 0};

        assert_true(record->item_count <= WORLD_ITEMS_MAX);
        assert_true(view_take(&item, ':', &number) && view_take(&item, ':', &rental));
        assert_true(view_take(&number, '@', &kind));
        if (number.length > 0)
            assert_true(view_to_int64(number, 0, 99, &item_no));
        record->items[count] = (struct books_item){
            .item_no = item_no,
            .kind = books_kind_by_name(kind),
            .store_id = VIEW("S1"),
            .rental_no = view_equal_text(rental, "-") ? (struct view){NULL, 0} : rental,
            .amount = text_yuan(item),
        };
    }
}

static inline void text_record(struct world *world, bool refund, struct view rest)
{
    struct world_record *record = &world->records[world->record_count++];
    struct books_row *row = &record->row;
    struct view word, key = {NULL, 0};

    assert_true(world->record_count <= WORLD_MAX);
    *record = (struct world_record){.refund = refund};
    row->number = text_word(&rest);
    row->second = text_word(&rest);
    row->appid = refund ? (struct view){NULL, 0} : VIEW("wxA");
    row->amount = text_yuan(text_word(&rest));
    row->status = books_status_by_name(text_word(&rest));
    row->time = (struct instant){beijing_start(WORLD_DAY).us + 12 * INSTANT_HOUR};
    row->has_time = refund || row->status == BOOKS_PAID || row->status == BOOKS_OTHER;
    record->item_count = 1;
    record->items[0] = (struct books_item){
        .item_no = 1, .kind = BOOKS_RENT, .rental_no = row->number, .amount = row->amount};
    while (view_take(&rest, ' ', &word)) {
        assert_true(view_take(&word, '=', &key));
        if (view_equal_text(key, "at"))
            row->time = text_time(word, row->time);
        else if (view_equal_text(key, "day"))
            row->time = text_day(word, row->time);
        else if (view_equal_text(key, "app"))
            row->appid = view_equal_text(word, "-") ? (struct view){NULL, 0} : word;
        else if (view_equal_text(key, "items"))
            text_items(record, word);
        else
            fail_msg("records have no \"%.*s\"", VIEW_ARG(key));
    }
}

static inline void text_elsewhere(struct world *world, bool refund, struct view number)
{
    if (refund)
        world->elsewhere_refunds[world->elsewhere_refund_count++] = number;
    else
        world->elsewhere_payments[world->elsewhere_payment_count++] = number;
}

static inline void text_world(const char *text, struct world *world)
{
    struct view rest = view_of(text), line;

    *world = (struct world){.row_count = 0};
    while (view_take(&rest, '\n', &line)) {
        struct view side = text_word(&line), kind = text_word(&line);
        bool refund = view_equal_text(kind, "refund");

        assert_true(refund || view_equal_text(kind, "pay"));
        if (view_equal_text(side, "bill"))
            text_row(world, refund, line);
        else if (view_equal_text(side, "books"))
            text_record(world, refund, line);
        else if (view_equal_text(side, "elsewhere"))
            text_elsewhere(world, refund, line);
        else
            fail_msg("\"%.*s\" is neither bill nor books nor elsewhere", VIEW_ARG(side));
    }
}

/* ---- what came of it ------------------------------------------------------------------------- */

static inline int text_compare_entries(const void *a, const void *b)
{
    int64_t left = ((const struct world_entry *)a)->line,
            right = ((const struct world_entry *)b)->line;

    return (left > right) - (left < right);
}

static inline int text_compare_findings(const void *a, const void *b)
{
    const struct finding *left = a, *right = b;

    return left->leg != right->leg ? (left->leg > right->leg) - (left->leg < right->leg)
                                   : view_compare(left->key, right->key);
}

static inline void text_amount(struct buf *out, struct finding_amount amount)
{
    if (amount.known)
        buf_add_format(out, " %s", money_text(amount.money).s);
    else
        buf_add_text(out, " ?");
}

static inline void text_finding(struct buf *out, const struct finding *finding)
{
    buf_add_format(out, "%s %.*s %s %s", finding_leg_name(finding->leg), VIEW_ARG(finding->key),
                   class_info(finding->class)->code, finding_state_name(finding->state));
    if (finding->resolution != RESOLUTION_NONE)
        buf_add_format(out, "/%s", finding_resolution_name(finding->resolution));
    if (finding->has_break_on)
        buf_add_format(out, "/%+d", finding->break_on.days - WORLD_DAY.days);
    text_amount(out, finding->channel);
    text_amount(out, finding->books);
    buf_add_byte(out, '\n');
}

/* "LINE KIND CLASS RECORD" for each row in the order of lines, then
 * "LEG KEY CLASS STATE CHANNEL BOOKS" for each finding in the order of keys. */
static inline void text_outcome(struct outcome *outcome, struct buf *out)
{
    qsort(outcome->entries, outcome->entry_count, sizeof(outcome->entries[0]),
          text_compare_entries);
    if (outcome->findings.count > 0)
        qsort(outcome->findings.at, outcome->findings.count, sizeof(*outcome->findings.at),
              text_compare_findings);
    for (size_t i = 0; i < outcome->entry_count; i++) {
        const struct world_entry *entry = &outcome->entries[i];

        buf_add_format(out, "%d %s %s %.*s\n", (int)entry->line - 1, entry_kind_name(entry->kind),
                       entry->class == CLASS_NONE ? "-" : class_info(entry->class)->code,
                       VIEW_ARG(entry->number.length == 0 ? VIEW("-") : entry->number));
    }
    for (size_t i = 0; i < outcome->findings.count; i++)
        text_finding(out, &outcome->findings.at[i]);
    assert_false(out->overflowed);
}

static inline void text_side(struct buf *out, const char *name, const struct identity_side *left,
                             const struct identity_side *right)
{
    buf_add_format(out, "%s %lld/%s %lld/%s\n", name, (long long)left->count,
                   money_text(left->money).s, (long long)right->count, money_text(right->money).s);
}

/* "payments COUNT/SUM COUNT/SUM", channel and books, and so on. */
static inline void text_totals(const struct match_totals *totals, struct buf *out)
{
    buf_add_format(out, "rows %lld matched %lld foreign %lld\n", (long long)totals->rows,
                   (long long)totals->matched, (long long)totals->foreign);
    text_side(out, "payments", &totals->bill_payments, &totals->books_payments);
    text_side(out, "refunds", &totals->bill_refunds, &totals->books_refunds);
    text_side(out, "items", &totals->books_amounts, &totals->books_items);
}

#endif
