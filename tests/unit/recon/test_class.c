#include "recon/class.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "../base/child.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* DOMAIN §3.3: code and 名称, in its order. Those of kinds that nobody has classified warn (§3.2).
 */
static const struct {
    enum finding_class class;
    const char *code, *name;
    bool warns;
} CLASSES[] = {
    {CLASS_E01, "E01", "账单未出", false},       {CLASS_E02, "E02", "空账单存疑", false},
    {CLASS_E03, "E03", "摘要不符", false},       {CLASS_E04, "E04", "无法解析", false},
    {CLASS_E05, "E05", "合计不符", false},       {CLASS_E06, "E06", "账单重出", false},
    {CLASS_E07, "E07", "越界行", false},         {CLASS_E08, "E08", "断日", false},
    {CLASS_E09, "E09", "业务侧不全", false},     {CLASS_T01, "T01", "渠道有·我方无", false},
    {CLASS_T02, "T02", "掉单", false},           {CLASS_T03, "T03", "我方有·渠道无", false},
    {CLASS_T04, "T04", "金额多", false},         {CLASS_T05, "T05", "金额少", false},
    {CLASS_T06, "T06", "重复支付", false},       {CLASS_T07, "T07", "账单重复行", false},
    {CLASS_T08, "T08", "我方重复", false},       {CLASS_T09, "T09", "跨日", false},
    {CLASS_T10, "T10", "主体不符", false},       {CLASS_T11, "T11", "优惠差", false},
    {CLASS_T12, "T12", "拆分不平", false},       {CLASS_T13, "T13", "状态异常", true},
    {CLASS_R01, "R01", "外部退款", false},       {CLASS_R02, "R02", "虚假退款", false},
    {CLASS_R03, "R03", "退款金额不符", false},   {CLASS_R04, "R04", "退款滞留", false},
    {CLASS_R05, "R05", "退款异常", false},       {CLASS_R06, "R06", "退款关闭", false},
    {CLASS_R07, "R07", "超退", false},           {CLASS_R08, "R08", "重复退款", false},
    {CLASS_R09, "R09", "无依据退款", false},     {CLASS_R10, "R10", "应退未退", false},
    {CLASS_C01, "C01", "资金有·交易无", false},  {CLASS_C02, "C02", "交易有·资金无", false},
    {CLASS_C05, "C05", "未知业务类型", true},    {CLASS_S01, "S01", "未归属门店", false},
    {CLASS_S02, "S02", "条款缺失或重叠", false}, {CLASS_S05, "S05", "门店合计≠商户合计", false},
};

static void has_a_row_for_each_class(void **state)
{
    (void)state;
    assert_int_equal(LENGTH(CLASSES), CLASS_COUNT - 1);
    for (size_t i = 0; i < LENGTH(CLASSES); i++) {
        const struct class_info *info = class_info(CLASSES[i].class);

        assert_int_equal(CLASSES[i].class, i + 1);
        assert_string_equal(info->code, CLASSES[i].code);
        assert_string_equal(info->name, CLASSES[i].name);
        assert_int_equal(info->warns, CLASSES[i].warns);
        assert_true(strlen(info->meaning) > 0);
        assert_non_null(finding_owner_name(info->owner));
    }
}

static void finds_classes_by_code(void **state)
{
    static const char *const others[] = {"",    "T",  "T0",   "T011", "t01",
                                         "T99", "E1", " T01", "T01 ", "渠道有·我方无"};
    enum finding_class class = CLASS_COUNT;

    (void)state;
    for (size_t i = 0; i < LENGTH(others); i++)
        assert_false(class_by_code(view_of(others[i]), &class));
    assert_int_equal(class, CLASS_COUNT);
    for (size_t i = 0; i < LENGTH(CLASSES); i++) {
        assert_true(class_by_code(view_of(CLASSES[i].code), &class));
        assert_int_equal(class, CLASSES[i].class);
    }
}

/* What the job cannot fetch or read is the operator's; money going out twice or not at all is ops';
 * everything else is finance's (DOMAIN §1). */
static void says_who_looks(void **state)
{
    static const char *const ops[] = {"T06", "R04", "R05", "R06", "R07", "R08", "R09", "R10"};

    (void)state;
    for (size_t i = 0; i < LENGTH(CLASSES); i++) {
        const char *wanted = "finance";

        for (size_t n = 0; n < LENGTH(ops); n++) {
            if (strcmp(CLASSES[i].code, ops[n]) == 0)
                wanted = "ops";
        }
        if (CLASSES[i].code[0] == 'E' && CLASSES[i].class != CLASS_E07)
            wanted = "operator";
        assert_string_equal(finding_owner_name(class_info(CLASSES[i].class)->owner), wanted);
    }
}

/* R10 is a list of work, not a difference of a day; R09 is never un-flagged (DOMAIN §3.3). */
static void tells_apart_what_runs_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(CLASSES); i++) {
        const struct class_info *info = class_info(CLASSES[i].class);

        assert_int_equal(info->listed, CLASSES[i].class == CLASS_R10);
        assert_int_equal(info->stays, CLASSES[i].class == CLASS_R09);
    }
}

static void look_at_none(void *context)
{
    (void)context;
    (void)class_info(CLASS_NONE);
}

static void look_beyond(void *context)
{
    (void)context;
    (void)class_info(CLASS_COUNT);
}

static void asserts_that_there_is_one(void **state)
{
    (void)state;
    assert_int_equal(child_run(look_at_none, NULL).signal, SIGABRT);
    assert_int_equal(child_run(look_beyond, NULL).signal, SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_a_row_for_each_class),
        cmocka_unit_test(finds_classes_by_code),
        cmocka_unit_test(says_who_looks),
        cmocka_unit_test(tells_apart_what_runs_do),
        cmocka_unit_test(asserts_that_there_is_one),
    };
    return cmocka_run_group_tests_name("recon/class", tests, NULL, NULL);
}
