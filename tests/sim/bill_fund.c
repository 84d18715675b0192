#include "bill.h"

#include "civil.h"

#include <string.h>

static const struct {
    const char *name;
    const char *type;
} row_words[] = {
    [ACCOUNT_PAYMENT] = {"交易", "交易"},
    [ACCOUNT_FEE] = {"交易", "扣除交易手续费"},
    [ACCOUNT_REFUND] = {"退款", "退款"},
    [ACCOUNT_FEE_BACK] = {"退款", "退还交易手续费"},
    [ACCOUNT_REFUND_CLOSED] = {"退款", "退款关闭"},
    [ACCOUNT_FEE_AGAIN] = {"退款", "扣除交易手续费"},
};

struct flow {
    const struct merchant *merchant;
    int32_t day;
    size_t in_count;
    int64_t in_fen;
    size_t out_count;
    int64_t out_fen;
    struct text *out;
};

/* What a row prints beside times and amounts. */
struct words {
    const char *name;
    const char *type;
    const char *business_no;
    const char *flow_no;
    const char *voucher_no;
    const char *remark;
    bool by_api;
};

static struct words words_of(const struct account_row *row)
{
    struct words words = {.remark = ""};

    if (row->movement != NULL)
        return (struct words){
            .name = row->movement->name,
            .type = row->movement->type,
            .business_no = row->movement->business_no,
            .flow_no = row->movement->flow_no,
            .voucher_no = row->movement->voucher_no,
            .remark = row->movement->remark,
        };
    words.name = row_words[row->kind].name;
    words.type = row_words[row->kind].type;
    if (row->payment != NULL) {
        words.business_no = row->payment->transaction_id;
        words.flow_no = row->payment->transaction_id;
        words.voucher_no = row->payment->out_trade_no;
    } else {
        words.business_no = row->refund->refund_id;
        words.flow_no = row->refund->transaction_id;
        words.voucher_no = row->refund->out_refund_no;
        words.by_api = row->kind == ACCOUNT_REFUND;
    }
    return words;
}

/* A refund that nets the returned fee tells both (FACTS §4.1). */
static void put_remark(struct flow *flow, const struct account_row *row, const struct words *words)
{
    struct text *out = flow->out;

    if (row->refund == NULL || flow->merchant->fund_style != FUND_STYLE_NET) {
        bill_put_escaped(out, words->remark);
        return;
    }
    text_put(out, "`退款总金额");
    text_yuan(out, row->refund->settlement_fen);
    text_put(out, "元;含手续费");
    text_yuan(out, row->refund->fee_fen);
    text_put(out, "元");
}

static void put_row(struct flow *flow, const struct account_row *row)
{
    struct words words = words_of(row);
    struct text *out = flow->out;
    char time[TIME_TEXT_SIZE];
    bool income = row->amount_fen >= 0;

    time_text(row->time, time);
    text_printf(out, "`%s,`%s,`%s,`%s,`%s,`%s,`", time, words.business_no, words.flow_no,
                words.name, words.type, income ? "收入" : "支出");
    text_yuan(out, income ? row->amount_fen : -row->amount_fen);
    text_put(out, ",`");
    text_yuan(out, row->balance_fen);
    if (words.by_api)
        text_printf(out, ",`%sAPI,", flow->merchant->mchid);
    else
        text_put(out, ",`system,");
    put_remark(flow, row, &words);
    text_putc(out, ',');
    bill_put_escaped(out, words.voucher_no);
    text_put(out, "\r\n");
}

/* The rows of the day; those before it only made the balance. */
static void take_row(void *context, const struct account_row *row)
{
    struct flow *flow = context;

    if (day_of(row->time) != flow->day)
        return;
    if (row->amount_fen > 0) {
        flow->in_count++;
        flow->in_fen += row->amount_fen;
    } else {
        flow->out_count++;
        flow->out_fen -= row->amount_fen;
    }
    put_row(flow, row);
}

size_t bill_fund_write(const struct shop *shop, enum account_kind kind, int32_t day,
                       struct text *out)
{
    struct flow flow = {.merchant = shop->merchant, .day = day, .out = out};
    struct account account;

    text_put(out, BILL_BOM "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,"
                           "收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\r\n");
    account_start(&account, shop, kind);
    account.reader = (struct account_reader){take_row, &flow};
    account_advance(&account, day_start(day + 1) - 1);
    account_release(&account);
    text_put(out, "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n");
    text_printf(out, "`%zu,`%zu,`", flow.in_count + flow.out_count, flow.in_count);
    text_yuan(out, flow.in_fen);
    text_printf(out, ",`%zu,`", flow.out_count);
    text_yuan(out, flow.out_fen);
    text_put(out, "\r\n");
    return flow.in_count + flow.out_count;
}
