#include "recon/class.h"

#include <assert.h>

#define ROW(code, name, owner, warns_, meaning)                                                    \
    [CLASS_##code] = {#code, name, meaning, owner, .warns = (warns_)}

static const struct class_info classes[CLASS_COUNT] = {
    ROW(E01, "账单未出", OWNER_OPERATOR, false, "bill not generated yet"),
    ROW(E02, "空账单存疑", OWNER_OPERATOR, false,
        "no bill or no rows while the books have money that day"),
    ROW(E03, "摘要不符", OWNER_OPERATOR, false, "digest differs from the announced one"),
    ROW(E04, "无法解析", OWNER_OPERATOR, false, "bill not understood"),
    ROW(E05, "合计不符", OWNER_OPERATOR, false, "sum of rows differs from the footer"),
    ROW(E06, "账单重出", OWNER_OPERATOR, false, "a later download differs from the stored bill"),
    ROW(E07, "越界行", OWNER_FINANCE, false, "row of another merchant, AppID, currency or day"),
    ROW(E08, "断日", OWNER_OPERATOR, false, "a day is missing in the chain"),
    ROW(E09, "业务侧不全", OWNER_OPERATOR, false,
        "books missing, of another version or not complete up to the cut-off"),
    ROW(T01, "渠道有·我方无", OWNER_FINANCE, false,
        "paid at WeChat Pay, no payment of that number in the books"),
    ROW(T02, "掉单", OWNER_FINANCE, false, "paid at WeChat Pay, not paid in the books"),
    ROW(T03, "我方有·渠道无", OWNER_FINANCE, false, "paid in the books, not in the bill"),
    ROW(T04, "金额多", OWNER_FINANCE, false, "WeChat Pay's amount is larger than the books'"),
    ROW(T05, "金额少", OWNER_FINANCE, false, "WeChat Pay's amount is smaller than the books'"),
    ROW(T06, "重复支付", OWNER_OPS, false, "two paid transactions for one business order"),
    ROW(T07, "账单重复行", OWNER_FINANCE, false,
        "the same transaction and state twice in the bill"),
    ROW(T08, "我方重复", OWNER_FINANCE, false, "two records of the books share a number"),
    ROW(T09, "跨日", OWNER_FINANCE, false,
        "the two sides fall on neighbouring days; the bill's day counts"),
    ROW(T10, "主体不符", OWNER_FINANCE, false,
        "AppID, transaction or number differs from the books"),
    ROW(T11, "优惠差", OWNER_FINANCE, false, "difference explained exactly by the coupons"),
    ROW(T12, "拆分不平", OWNER_FINANCE, false, "items or deposits do not add up to the payment"),
    ROW(T13, "状态异常", OWNER_FINANCE, true, "reversed, or a state that nobody has classified"),
    ROW(R01, "外部退款", OWNER_FINANCE, false, "refund in the bill, none in the books"),
    ROW(R02, "虚假退款", OWNER_FINANCE, false, "refund in the books, in no bill"),
    ROW(R03, "退款金额不符", OWNER_FINANCE, false, "refund amounts differ"),
    ROW(R04, "退款滞留", OWNER_OPS, false, "refund under way for too long"),
    ROW(R05, "退款异常", OWNER_OPS, false, "WeChat Pay could not pay the refund out"),
    ROW(R06, "退款关闭", OWNER_OPS, false, "WeChat Pay closed the refund without paying it out"),
    ROW(R07, "超退", OWNER_OPS, false,
        "refunds exceed the payment, or the deposit less deductions"),
    ROW(R08, "重复退款", OWNER_OPS, false,
        "two refunds of WeChat Pay for one refund number, or of one deposit beyond its amount"),
    [CLASS_R09] = {"R09", "无依据退款", "refund under a number of ours that nobody approved",
                   OWNER_OPS, .stays = true},
    [CLASS_R10] = {"R10", "应退未退", "deposit is due and not refunded by its deadline", OWNER_OPS,
                   .listed = true},
    ROW(C01, "资金有·交易无", OWNER_FINANCE, false, "moved on the account, not in the trade bill"),
    ROW(C02, "交易有·资金无", OWNER_FINANCE, false, "in the trade bill, not moved on the account"),
    ROW(C05, "未知业务类型", OWNER_FINANCE, true, "a fund-flow type that nobody has classified"),
    ROW(S01, "未归属门店", OWNER_FINANCE, false, "matched money with no store at that time"),
    ROW(S02, "条款缺失或重叠", OWNER_FINANCE, false, "no terms, or two, on that day"),
    ROW(S05, "门店合计≠商户合计", OWNER_FINANCE, false, "stores do not add up to the merchant"),
};

const struct class_info *class_info(enum finding_class class)
{
    assert(class > CLASS_NONE && class < CLASS_COUNT);
    return &classes[class];
}

bool class_is_evidence(enum finding_class class)
{
    return class >= CLASS_E01 && class <= CLASS_E09;
}

bool class_by_code(struct view code, enum finding_class *ret_class)
{
    for (int i = CLASS_NONE + 1; i < CLASS_COUNT; i++) {
        if (view_equal_text(code, classes[i].code)) {
            *ret_class = (enum finding_class)i;
            return true;
        }
    }
    return false;
}

const char *finding_owner_name(enum finding_owner owner)
{
    switch (owner) {
    case OWNER_FINANCE:
        return "finance";
    case OWNER_OPS:
        return "ops";
    case OWNER_OPERATOR:
        return "operator";
    }
    assert(false && "owner");
    return "";
}
