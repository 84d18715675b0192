#include "bill/layout.h"
#include "bill/lines.h"
#include "samples.h"

/* First lines of the samples; the number of columns is that of FACTS §3.6. */
static void knows_the_layouts(void **state)
{
    static const struct {
        const char *file;
        enum bill_layout layout;
        size_t width;
        const char *name;
        enum bill_kind kind;
        bool legacy;
    } cases[] = {
        {"trade_all_2021.csv", BILL_LAYOUT_ALL, 27, "ALL", BILL_KIND_ALL, false},
        {"trade_success_2021.csv", BILL_LAYOUT_SUCCESS, 20, "SUCCESS", BILL_KIND_SUCCESS, false},
        {"trade_refund_2021.csv", BILL_LAYOUT_REFUND, 29, "REFUND", BILL_KIND_REFUND, false},
        {"legacy_trade_all_2018_direct.csv", BILL_LAYOUT_ALL_LEGACY, 24, "ALL legacy",
         BILL_KIND_ALL, true},
        {"legacy_trade_success_2016_partner_rows_only.csv", BILL_LAYOUT_SUCCESS_LEGACY, 18,
         "SUCCESS legacy", BILL_KIND_SUCCESS, true},
        {"legacy_trade_refund_2018_partner.csv", BILL_LAYOUT_REFUND_LEGACY, 26, "REFUND legacy",
         BILL_KIND_REFUND, true},
        {"fundflow_basic_2021_inconsistent_summary.csv", BILL_LAYOUT_FUND, 11, "FUND",
         BILL_KIND_FUND, false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        CLEANUP(buf_release) struct buf bytes = BUF_INIT(SAMPLE_MAX);
        struct view cells[BILL_FIELDS_MAX], rest, line;
        struct bill_head head;
        struct err err = ERR_INIT;
        size_t count;

        sample_read(cases[i].file, &bytes);
        rest = buf_view(&bytes);
        assert_true(view_take(&rest, '\n', &line));
        count = bill_split_names(view_trim(line), cells, BILL_FIELDS_MAX);
        if (!bill_head_read(cells, count, &head, &err))
            fail_msg("%s: %s", cases[i].file, err.text);
        assert_int_equal(head.layout, cases[i].layout);
        assert_int_equal(head.width, cases[i].width);
        assert_int_equal(head.known, cases[i].width);
        assert_string_equal(bill_layout_name(head.layout), cases[i].name);
        assert_int_equal(bill_layout_kind(head.layout), cases[i].kind);
        assert_int_equal(bill_layout_is_legacy(head.layout), cases[i].legacy);
    }
}

/* Leaving out any one column of any layout is never another layout. */
static void no_column_can_be_missed(void **state)
{
    static const char *const files[] = {
        "trade_all_2021.csv",
        "trade_success_2021.csv",
        "trade_refund_2021.csv",
        "legacy_trade_all_2018_direct.csv",
        "legacy_trade_success_2016_partner_rows_only.csv",
        "legacy_trade_refund_2018_partner.csv",
        "fundflow_basic_2021_inconsistent_summary.csv",
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(files); i++) {
        CLEANUP(buf_release) struct buf bytes = BUF_INIT(SAMPLE_MAX);
        struct view cells[BILL_FIELDS_MAX], rest, line;
        size_t count;

        sample_read(files[i], &bytes);
        rest = buf_view(&bytes);
        assert_true(view_take(&rest, '\n', &line));
        count = bill_split_names(line, cells, BILL_FIELDS_MAX);
        for (size_t c = 0; c < count; c++) {
            struct view kept = cells[c];
            struct bill_head head;
            struct err err = ERR_INIT;

            cells[c] = VIEW("renamed");
            assert_false(bill_head_read(cells, count, &head, &err));
            assert_int_equal(err.kind, ERR_DATA);
            if (strstr(err.text, "unexpected renamed") == NULL)
                fail_msg("%s: %s", files[i], err.text);
            cells[c] = kept;
        }
    }
}

static void refuses_too_many_columns(void **state)
{
    struct view cells[BILL_FIELDS_MAX + 1];
    struct bill_head head;
    struct err err = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < LENGTH(cells); i++)
        cells[i] = VIEW("x");
    assert_false(bill_head_read(cells, LENGTH(cells), &head, &err));
    assert_string_equal(err.text, "header has 65 fields, at most 64 are accepted");
    assert_int_equal(err.kind, ERR_LIMIT);
}

static void a_long_difference_is_cut(void **state)
{
    struct view cells[BILL_FIELDS_MAX];
    struct bill_head head;
    struct err err = ERR_INIT;

    (void)state;
    cells[0] = VIEW("交易时间");
    for (size_t i = 1; i < LENGTH(cells); i++)
        cells[i] = VIEW("一个很长很长很长很长很长很长很长很长很长的名字");
    assert_false(bill_head_read(cells, LENGTH(cells), &head, &err));
    assert_true(view_is_utf8(view_of(err.text)));
    if (strstr(err.text, "missing 公众账号ID 商户号") == NULL)
        fail_msg("%s", err.text);
}

static void names_units_of_the_summary(void **state)
{
    static const struct view cells[] = {
        {"总交易单数", 15}, {"应结订单总金额", 21}, {"手续费总金额", 18}, {"订单总金额", 15}};
    struct bill_foot foot;
    struct err err = ERR_INIT;

    (void)state;
    assert_true(bill_foot_read(cells, LENGTH(cells), BILL_LAYOUT_SUCCESS, &foot, &err));
    assert_int_equal(foot.count, 4);
    assert_int_equal(foot.columns[0].unit, BILL_UNIT_COUNT);
    assert_int_equal(foot.columns[1].unit, BILL_UNIT_FEN);
    assert_int_equal(foot.columns[2].unit, BILL_UNIT_MILLIFEN);
    assert_string_equal(foot.columns[3].name, "订单总金额");
    assert_false(bill_foot_read(cells, LENGTH(cells), BILL_LAYOUT_ALL, &foot, &err));
    assert_string_equal(err.text, "summary does not fit a bill of layout ALL: missing 退款总金额 "
                                  "充值券退款总金额 申请退款总金额");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_layouts),          cmocka_unit_test(no_column_can_be_missed),
        cmocka_unit_test(refuses_too_many_columns),   cmocka_unit_test(a_long_difference_is_cut),
        cmocka_unit_test(names_units_of_the_summary),
    };
    return cmocka_run_group_tests_name("bill/layout", tests, NULL, NULL);
}
