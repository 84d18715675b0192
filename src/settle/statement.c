#include "settle/statement.h"

#include "text/json.h"

#include <assert.h>
#include <inttypes.h>

static const struct statement_line_info lines[LINE_COUNT] = {
    [LINE_RENT] = {"RENT", "租金收入", true, false},
    [LINE_SWAP] = {"SWAP", "其他收入·换电", true, false},
    [LINE_DAMAGE] = {"DAMAGE", "其他收入·损坏赔偿", true, false},
    [LINE_PENALTY] = {"PENALTY", "其他收入·违约金", true, false},
    [LINE_OTHER] = {"OTHER", "其他收入·其他", true, false},
    [LINE_RENT_REFUND] = {"RENT_REFUND", "租金退款", true, false},
    [LINE_OTHER_REFUND] = {"OTHER_REFUND", "其他退款", true, false},
    [LINE_FEE] = {"FEE", "支付手续费（净）", false, false},
    [LINE_BASE] = {"BASE", "分成基数", false, false},
    [LINE_SHARE] = {"SHARE", "门店分成", false, false},
    [LINE_FIXED] = {"FIXED", "固定分成", false, false},
    [LINE_ADJUSTMENT] = {"ADJUSTMENT", "调整项", true, false},
    [LINE_NET] = {"NET", "应结净额", false, false},
    [LINE_OPERATOR_SHARE] = {"OPERATOR_SHARE", "平台／运营商分成", false, true},
    [LINE_DEPOSIT_TAKEN] = {"DEPOSIT_TAKEN", "押金收取", true, true},
    [LINE_DEPOSIT_REFUNDED] = {"DEPOSIT_REFUNDED", "押金退还", true, true},
    [LINE_OPEN_PAYMENT] = {"OPEN_PAYMENT", "差错未决·收款", true, true},
    [LINE_OPEN_REFUND] = {"OPEN_REFUND", "差错未决·退款", true, true},
};

const struct statement_line_info *statement_line_info(enum statement_line line)
{
    assert(line < LINE_COUNT);
    return &lines[line];
}

bool statement_line_by_code(struct view code, enum statement_line *ret_line)
{
    for (size_t i = 0; i < LINE_COUNT; i++) {
        if (view_equal_text(code, lines[i].code)) {
            *ret_line = (enum statement_line)i;
            return true;
        }
    }
    return false;
}

static int compare_int64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int statement_item_compare(const void *a, const void *b)
{
    const struct statement_item *left = a;
    const struct statement_item *right = b;
    int order = compare_int64(left->trade_at.us, right->trade_at.us);

    if (order == 0)
        order = view_compare(left->transaction_id, right->transaction_id);
    if (order == 0)
        order = view_compare(left->out_refund_no, right->out_refund_no);
    if (order == 0)
        order = compare_int64(left->line_no, right->line_no);
    return order != 0 ? order : compare_int64(left->item_no, right->item_no);
}

static enum statement_line line_of_income(enum books_kind kind)
{
    switch (kind) {
    case BOOKS_RENT:
        return LINE_RENT;
    case BOOKS_SWAP:
        return LINE_SWAP;
    case BOOKS_DAMAGE:
        return LINE_DAMAGE;
    case BOOKS_PENALTY:
        return LINE_PENALTY;
    case BOOKS_OTHER_KIND:
        return LINE_OTHER;
    case BOOKS_DEPOSIT:
        return LINE_DEPOSIT_TAKEN;
    case BOOKS_INSURANCE:
        break;
    }
    assert(false && "insurance is in no statement");
    return LINE_OTHER;
}

static enum statement_line line_of(const struct statement_item *item)
{
    if (item->code.length > 0)
        return item->refund ? LINE_OPEN_REFUND : LINE_OPEN_PAYMENT;
    if (!item->refund)
        return line_of_income(item->kind);
    if (item->kind == BOOKS_DEPOSIT)
        return LINE_DEPOSIT_REFUNDED;
    return item->kind == BOOKS_RENT ? LINE_RENT_REFUND : LINE_OTHER_REFUND;
}

static bool sum_items(struct statement *statement, struct fee *fee, struct fee *borne)
{
    for (size_t i = 0; i < statement->item_count; i++) {
        const struct statement_item *item = &statement->items[i];
        struct statement_amount *line = &statement->lines[line_of(item)];

        line->count++;
        if (!money_add(&line->money, item->amount))
            return false;
        if (item->code.length > 0 || !settle_kind_is_shared(item->kind))
            continue;
        if (!fee_add(fee, item->fee) || !fee_add(borne, item->borne) ||
            !money_add(&statement->lines[LINE_SHARE].money, item->share))
            return false;
    }
    return true;
}

/* What is derived from the lines above: base, net, and what is left for the operator. */
static bool sum_lines(struct statement *statement, struct fee fee, struct fee borne)
{
    struct statement_amount *at = statement->lines;
    struct money *operator_share = &at[LINE_OPERATOR_SHARE].money;

    for (size_t i = LINE_RENT; i < LINE_FEE; i++) {
        if (!money_add(&at[LINE_BASE].money, at[i].money))
            return false;
    }
    *operator_share = at[LINE_BASE].money;
    at[LINE_FEE].money.fen = -fee_round(borne).fen;
    at[LINE_FIXED].money = statement->fixed;
    at[LINE_NET].money = at[LINE_SHARE].money;
    return money_add(&at[LINE_BASE].money, at[LINE_FEE].money) &&
           money_add(&at[LINE_NET].money, at[LINE_FIXED].money) &&
           money_add(&at[LINE_NET].money, at[LINE_ADJUSTMENT].money) &&
           money_subtract(operator_share, fee_round(fee)) &&
           money_subtract(operator_share, at[LINE_SHARE].money) &&
           money_subtract(operator_share, at[LINE_FIXED].money);
}

bool statement_sum(struct statement *statement, struct err *err)
{
    struct fee fee = {0};
    struct fee borne = {0};

    for (size_t i = 0; i < LINE_COUNT; i++)
        statement->lines[i] = (struct statement_amount){0};
    if (!sum_items(statement, &fee, &borne) || !sum_lines(statement, fee, borne))
        return err_set(err, ERR_DATA, "store \"%.*s\": the items add up to more than fits",
                       VIEW_ARG(statement->store_id));
    return true;
}

static void add_terms(struct json_writer *writer, const struct store_terms *terms, bool with_dates)
{
    json_writer_begin_object(writer);
    json_writer_pair_text(writer, "kind", view_of(books_kind_name(terms->kind)));
    if (with_dates) {
        json_writer_pair_text(writer, "valid_from", view_of(date_text(terms->valid_from).s));
        json_writer_key(writer, "valid_to");
        if (terms->open_ended)
            json_writer_null(writer);
        else
            json_writer_text(writer, view_of(date_text(terms->valid_to).s));
    }
    json_writer_pair_integer(writer, "share_ppm", terms->share.value);
    json_writer_pair_integer(writer, "fixed_fen", terms->fixed.fen);
    json_writer_pair_text(writer, "fee_bearer", view_of(fee_bearer_name(terms->fee_bearer)));
    json_writer_pair_text(writer, "cycle", view_of(settle_cycle_name(terms->cycle)));
    json_writer_pair_integer(writer, "hold_days", terms->hold_days);
    json_writer_pair_integer(writer, "min_payout_fen", terms->min_payout.fen);
    json_writer_end_object(writer);
}

static void add_all_terms(const struct statement *statement, struct buf *out, bool with_dates)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_writer_begin_array(&writer);
    for (size_t i = 0; i < statement->terms_count; i++)
        add_terms(&writer, statement->terms[i], with_dates);
    json_writer_end_array(&writer);
}

void statement_terms_json(const struct statement *statement, struct buf *out)
{
    add_all_terms(statement, out, /* with_dates= */ true);
}

/* As JSON, because its texts cannot run into each other. */
static void add_item(struct buf *out, const struct statement_item *item)
{
    struct json_writer writer;

    json_writer_init(&writer, out);
    json_writer_begin_array(&writer);
    json_writer_integer(&writer, item->item_no);
    json_writer_bool(&writer, item->refund);
    json_writer_text(&writer, view_of(books_kind_name(item->kind)));
    json_writer_integer(&writer, item->trade_at.us);
    json_writer_text(&writer, item->out_trade_no);
    json_writer_text(&writer, item->transaction_id);
    json_writer_text(&writer, item->out_refund_no);
    json_writer_text(&writer, item->rental_no);
    json_writer_text(&writer, item->code);
    json_writer_integer(&writer, item->amount.fen);
    json_writer_integer(&writer, item->fee.millifen);
    json_writer_integer(&writer, item->borne.millifen);
    json_writer_integer(&writer, item->share.fen);
    json_writer_end_array(&writer);
}

/* Texts of an item have limits of their own, far below. */
enum { DIGEST_PIECE_MAX = 1 << 20 };

static void push_piece(struct digest *digest, struct buf *piece)
{
    assert(!piece->overflowed);
    buf_add_byte(piece, '\n');
    digest_push(digest, buf_view(piece));
    buf_clear(piece);
}

struct digest_text statement_digest(const struct statement *statement)
{
    CLEANUP(digest_release) struct digest digest;
    CLEANUP(buf_release) struct buf piece = BUF_INIT(DIGEST_PIECE_MAX);
    struct digest_value value;

    digest_init(&digest, DIGEST_SHA256);
    add_all_terms(statement, &piece, /* with_dates= */ false);
    push_piece(&digest, &piece);
    for (size_t i = 0; i < LINE_COUNT; i++) {
        buf_add_format(&piece, "%s %" PRId64 " %" PRId64, lines[i].code, statement->lines[i].count,
                       statement->lines[i].money.fen);
        push_piece(&digest, &piece);
    }
    for (size_t i = 0; i < statement->item_count; i++) {
        add_item(&piece, &statement->items[i]);
        push_piece(&digest, &piece);
    }
    value = digest_finish(&digest);
    return digest_text(&value);
}

void statement_difference(const struct statement_amount *before,
                          const struct statement_amount *after, struct buf *out)
{
    size_t start = out->length;

    for (size_t i = 0; i < LINE_COUNT; i++) {
        if (before[i].count == after[i].count && before[i].money.fen == after[i].money.fen)
            continue;
        buf_add_format(out, "%s%s %s", out->length > start ? "; " : "", lines[i].name,
                       money_text(before[i].money).s);
        if (lines[i].counted)
            buf_add_format(out, " (%" PRId64 ")", before[i].count);
        buf_add_format(out, " → %s", money_text(after[i].money).s);
        if (lines[i].counted)
            buf_add_format(out, " (%" PRId64 ")", after[i].count);
    }
    if (out->length == start)
        buf_add_text(out, "合计不变，明细或条款有变");
}
