#include "bill.h"

#include "civil.h"

#include <stdlib.h>
#include <string.h>

enum movement_kind {
    MOVEMENT_PAYMENT,
    MOVEMENT_FEE,
    MOVEMENT_REFUND,
    MOVEMENT_FEE_BACK,
};

static const struct {
    const char *name;
    const char *type;
} movement_words[] = {
    [MOVEMENT_PAYMENT] = {"交易", "交易"},
    [MOVEMENT_FEE] = {"交易", "扣除交易手续费"},
    [MOVEMENT_REFUND] = {"退款", "退款"},
    [MOVEMENT_FEE_BACK] = {"退款", "退还交易手续费"},
};

struct flow {
    const struct merchant *merchant;
    int32_t day;
    int64_t balance_fen;
    size_t in_count;
    int64_t in_fen;
    size_t out_count;
    int64_t out_fen;
    struct text *out;
};

struct movement {
    enum movement_kind kind;
    int64_t time;
    int64_t amount_fen; /* > 0: money in */
    const char *business_no;
    const char *flow_no;
    const char *voucher_no;
    bool by_api;
    int64_t remark_refund_fen;
    int64_t remark_fee_fen;
    bool has_remark;
};

static void put_row(struct flow *flow, const struct movement *movement)
{
    struct text *out = flow->out;
    char time[TIME_TEXT_SIZE];
    bool income = movement->amount_fen >= 0;

    time_text(movement->time, time);
    text_printf(out, "`%s,`%s,`%s,`%s,`%s,`%s,`", time, movement->business_no, movement->flow_no,
                movement_words[movement->kind].name, movement_words[movement->kind].type,
                income ? "收入" : "支出");
    text_yuan(out, income ? movement->amount_fen : -movement->amount_fen);
    text_put(out, ",`");
    text_yuan(out, flow->balance_fen);
    if (movement->by_api)
        text_printf(out, ",`%sAPI,`", flow->merchant->mchid);
    else
        text_put(out, ",`system,`");
    if (movement->has_remark) {
        text_put(out, "退款总金额");
        text_yuan(out, movement->remark_refund_fen);
        text_put(out, "元;含手续费");
        text_yuan(out, movement->remark_fee_fen);
        text_put(out, "元");
    }
    text_putc(out, ',');
    bill_put_escaped(out, movement->voucher_no);
    text_put(out, "\r\n");
}

/* Each movement changes the balance; those of the day are printed. An amount of nothing does not
 * move. */
static void move(struct flow *flow, const struct movement *movement)
{
    int64_t amount_fen = movement->amount_fen;

    if (amount_fen == 0 || day_of(movement->time) > flow->day)
        return;
    flow->balance_fen += amount_fen;
    if (day_of(movement->time) != flow->day)
        return;
    if (amount_fen > 0) {
        flow->in_count++;
        flow->in_fen += amount_fen;
    } else {
        flow->out_count++;
        flow->out_fen -= amount_fen;
    }
    put_row(flow, movement);
}

static void move_payment(struct flow *flow, const struct payment *payment)
{
    struct movement movement = {
        .kind = MOVEMENT_PAYMENT,
        .time = payment->time,
        .amount_fen = payment->settlement_fen,
        .business_no = payment->transaction_id,
        .flow_no = payment->transaction_id,
        .voucher_no = payment->out_trade_no,
    };

    if (!payment->row.fund_flow)
        return;
    move(flow, &movement);
    movement.kind = MOVEMENT_FEE;
    movement.amount_fen = -payment->fee_fen;
    move(flow, &movement);
}

static void move_refund(struct flow *flow, const struct refund *refund)
{
    bool net = flow->merchant->fund_style == FUND_STYLE_NET;
    struct movement movement = {
        .kind = MOVEMENT_REFUND,
        .time = refund->time,
        .amount_fen = -(refund->settlement_fen - (net ? refund->fee_fen : 0)),
        .business_no = refund->refund_id,
        .flow_no = refund->transaction_id,
        .voucher_no = refund->out_refund_no,
        .by_api = true,
        .remark_refund_fen = refund->settlement_fen,
        .remark_fee_fen = refund->fee_fen,
        .has_remark = net,
    };

    /* A failed refund moves nothing; one still on its way has left the account (FACTS §5.2). */
    if (!refund->row.fund_flow || strcmp(refund->status, "FAIL") == 0)
        return;
    move(flow, &movement);
    if (net)
        return;
    movement.kind = MOVEMENT_FEE_BACK;
    movement.amount_fen = refund->fee_fen;
    movement.by_api = false;
    move(flow, &movement);
}

/* Merges the two time orders; at the same second payments come first. */
static void move_all(struct flow *flow)
{
    const struct merchant *merchant = flow->merchant;
    size_t payment = 0;
    size_t refund = 0;

    while (payment < merchant->payment_count || refund < merchant->refund_count) {
        bool payment_next = refund == merchant->refund_count ||
                            (payment < merchant->payment_count &&
                             merchant->payments[payment].time <= merchant->refunds[refund].time);

        if (payment_next)
            move_payment(flow, &merchant->payments[payment++]);
        else
            move_refund(flow, &merchant->refunds[refund++]);
    }
}

size_t bill_fund_write(const struct merchant *merchant, int32_t day, struct text *out)
{
    struct flow flow = {
        .merchant = merchant,
        .day = day,
        .balance_fen = merchant->opening_balance_fen,
        .out = out,
    };

    text_put(out, BILL_BOM "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,"
                           "收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\r\n");
    move_all(&flow);
    text_put(out, "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n");
    text_printf(out, "`%zu,`%zu,`", flow.in_count + flow.out_count, flow.in_count);
    text_yuan(out, flow.in_fen);
    text_printf(out, ",`%zu,`", flow.out_count);
    text_yuan(out, flow.out_fen);
    text_put(out, "\r\n");
    return flow.in_count + flow.out_count;
}
