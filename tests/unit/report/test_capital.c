#include "report/capital.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { TEXT_MAX = 1024 };

static void amounts_in_capitals(void **state)
{
    static const struct {
        int64_t fen;
        const char *text;
    } cases[] = {
        {0, "零元整"},
        {1, "壹分"},
        {9, "玖分"},
        {10, "壹角整"},
        {11, "壹角壹分"},
        {50, "伍角整"},
        {100, "壹元整"},
        {101, "壹元零壹分"},
        {110, "壹元壹角整"},
        {123, "壹元贰角叁分"},
        {1000, "壹拾元整"},
        {1050, "壹拾元伍角整"},
        {1100, "壹拾壹元整"},
        {10005, "壹佰元零伍分"},
        {10100, "壹佰零壹元整"},
        {11000, "壹佰壹拾元整"},
        {100100, "壹仟零壹元整"},
        {101000, "壹仟零壹拾元整"},
        {110000, "壹仟壹佰元整"},
        {123450, "壹仟贰佰叁拾肆元伍角整"},
        {168032, "壹仟陆佰捌拾元叁角贰分"},
        {1000000, "壹万元整"},
        {1000100, "壹万零壹元整"},
        {1010000, "壹万零壹佰元整"},
        {1100000, "壹万壹仟元整"},
        {10000000, "壹拾万元整"},
        {10700053, "壹拾万柒仟元伍角叁分"},
        {100000000, "壹佰万元整"},
        {600000000, "陆佰万元整"},
        {1000000000, "壹仟万元整"},
        {1000000100, "壹仟万零壹元整"},
        {10000000000, "壹亿元整"},
        {10000000100, "壹亿零壹元整"},
        {10000100000, "壹亿零壹仟元整"},
        {10001000000, "壹亿零壹万元整"},
        {11000000000, "壹亿壹仟万元整"},
        {123456789012, "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分"},
        {100000000000000, "壹万亿元整"},
        {100000001000000, "壹万亿零壹万元整"},
        {123400000000000, "壹万贰仟叁佰肆拾亿元整"},
        {INT64_C(1000000000000000000), "壹亿亿元整"},
        {-1, "负壹分"},
        {-123450, "负壹仟贰佰叁拾肆元伍角整"},
        {INT64_MIN, "负玖亿贰仟贰佰叁拾叁万柒仟贰佰零叁亿陆仟捌佰伍拾肆万柒仟柒佰伍拾捌元零捌分"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_MAX);

        money_capital((struct money){cases[i].fen}, &text);
        assert_string_equal(buf_text(&text), cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_in_capitals),
    };

    return cmocka_run_group_tests_name("capital numerals", tests, NULL, NULL);
}
