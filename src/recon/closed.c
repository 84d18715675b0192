#include "recon/closed.h"

#include "base/buf.h"
#include "text/json.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST = 16, NUMBER_MAX = 128, KEY_MAX = 160, EVIDENCE_MAX = 2048 };

void closed_list_release(struct closed_list *list)
{
    arena_release(&list->arena);
    free(list->at);
    *list = CLOSED_LIST_INIT;
}

/* A refund's fee is taken again; a payment's is named 交易. */
static bool is_fee_again(const struct bill_fund_row *row)
{
    return view_equal_text(row->type, "扣除交易手续费") && view_equal_text(row->name, "退款");
}

static struct view keep(struct closed_list *list, struct view text)
{
    return view_from(arena_copy(&list->arena, text.at, text.length), text.length);
}

static bool add_signed(struct money *sum, const struct bill_fund_row *row)
{
    return row->direction == BILL_INCOME ? money_add(sum, row->amount)
                                         : money_subtract(sum, row->amount);
}

bool closed_list_take(struct closed_list *list, const struct bill_fund_row *row, struct err *err)
{
    bool closing = view_equal_text(row->type, "退款关闭");
    struct closed_refund *refund;

    if (!closing && !is_fee_again(row))
        return true;
    if (row->business_no.length > NUMBER_MAX || row->voucher_no.length > NUMBER_MAX)
        return err_set(err, ERR_DATA, "line %lld: a number has more than %d bytes",
                       (long long)row->line, NUMBER_MAX);
    if (list->count == list->capacity) {
        list->capacity = list->capacity > 0 ? 2 * list->capacity : FIRST;
        list->at = memory_resize(list->at, list->capacity, sizeof(*list->at));
    }
    refund = &list->at[list->count++];
    *refund = (struct closed_refund){.line = row->line,
                                     .refund_id = keep(list, row->business_no),
                                     .refund_no = keep(list, row->voucher_no),
                                     .rows = 1,
                                     .closings = closing ? 1 : 0};
    return (add_signed(&refund->back, row) &&
            (closing || money_subtract(&refund->fee, refund->back))) ||
           err_set(err, ERR_DATA, "line %lld: sums are beyond any sense", (long long)row->line);
}

static int compare(const void *left, const void *right)
{
    const struct closed_refund *a = left;
    const struct closed_refund *b = right;
    int order = view_compare(a->refund_id, b->refund_id);

    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

/* The fee's row says less than the closing's own: its number stays. */
static bool join(struct closed_refund *refund, const struct closed_refund *row, struct err *err)
{
    if (refund->closings == 0)
        refund->refund_no = row->refund_no;
    refund->rows += row->rows;
    refund->closings += row->closings;
    return (money_add(&refund->back, row->back) && money_add(&refund->fee, row->fee)) ||
           err_set(err, ERR_DATA, "line %lld: sums are beyond any sense", (long long)row->line);
}

bool closed_list_gather(struct closed_list *list, struct err *err)
{
    size_t refunds = 0, kept = 0;

    if (list->count == 0)
        return true;
    qsort(list->at, list->count, sizeof(*list->at), compare);
    for (size_t i = 1; i < list->count; i++) {
        if (!view_equal(list->at[refunds].refund_id, list->at[i].refund_id))
            list->at[++refunds] = list->at[i];
        else if (!join(&list->at[refunds], &list->at[i], err))
            return false;
    }
    for (size_t i = 0; i <= refunds; i++) {
        if (list->at[i].closings > 0)
            list->at[kept++] = list->at[i];
    }
    list->count = kept;
    return true;
}

static int compare_id(const void *left, const void *right)
{
    return view_compare(((const struct closed_refund *)left)->refund_id,
                        ((const struct closed_refund *)right)->refund_id);
}

struct closed_refund *closed_list_find(const struct closed_list *list, struct view refund_id)
{
    const struct closed_refund wanted = {.refund_id = refund_id};

    return list->count == 0
               ? NULL
               : bsearch(&wanted, list->at, list->count, sizeof(*list->at), compare_id);
}

struct view closed_number(const struct closed_refund *refund)
{
    return refund->refund_no.length > 0 ? refund->refund_no : refund->refund_id;
}

bool closed_list_totals(const struct closed_list *list, struct closed_totals *ret_totals,
                        struct err *err)
{
    struct closed_totals totals = {.rows = 0};

    for (size_t i = 0; i < list->count; i++) {
        const struct closed_refund *refund = &list->at[i];

        totals.rows += refund->rows;
        if (!money_add(refund->known ? &totals.taken : &totals.unknown,
                       refund->known ? refund->taken : refund->back))
            return err_set(err, ERR_DATA, "line %lld: sums are beyond any sense",
                           (long long)refund->line);
    }
    *ret_totals = totals;
    return true;
}

static bool add_unknown(const struct closed_refund *refund, struct view bill_sha256,
                        struct finding_list *findings, struct err *err)
{
    CLEANUP(buf_release) struct buf key = BUF_INIT(KEY_MAX);
    CLEANUP(buf_release) struct buf evidence = BUF_INIT(EVIDENCE_MAX);
    struct json_writer json;
    struct finding finding = {
        .leg = LEG_FUND,
        .class = CLASS_C01,
        .state = STATE_OPEN,
        .channel = {true, refund->back},
        .reason = VIEW("money of a closed refund came back that neither books nor bills know"),
    };

    json_writer_init(&json, &evidence);
    json_writer_begin_object(&json);
    json_writer_pair_text(&json, "bill_sha256", bill_sha256);
    json_writer_pair_integer(&json, "line", refund->line);
    json_writer_pair_text(&json, "refund_id", refund->refund_id);
    json_writer_pair_text(&json, "out_refund_no", refund->refund_no);
    json_writer_end_object(&json);
    buf_add_format(&key, "closed/%.*s", VIEW_ARG(closed_number(refund)));
    if (key.overflowed || evidence.overflowed)
        return err_set(err, ERR_DATA, "line %lld: numbers are too long", (long long)refund->line);
    finding.key = buf_view(&key);
    finding.evidence = buf_view(&evidence);
    return finding_list_add(findings, &finding, err);
}

bool closed_findings(const struct closed_list *list, struct view bill_sha256,
                     struct finding_list *findings, struct err *err)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!list->at[i].known && !add_unknown(&list->at[i], bill_sha256, findings, err))
            return false;
    }
    return true;
}
