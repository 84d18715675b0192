/* Bills made here, with one thing changed: what is refused, with which words, and what is not. */
#include "bill/bill.h"
#include "samples.h"

#define NAMES                                                                                                                                \
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,"             \
    "交易状态,付款银行,"                                                                                                             \
    "货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型," \
    "退款状态,"                                                                                                                          \
    "商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
#define PAID                                                                                       \
    "`2026-05-31 23:59:59,`wx0123456789abcdef,`1900000001,`0,`dev,`4200001,`R1,`open1,`JSAPI,"     \
    "`SUCCESS,`OTHERS,`CNY,`12.34,`0.00,`0,`0,`0.00,`0.00,`,`,`goods,`attach,`0.07000,`0.60%,"     \
    "`12.34,`0.00,`note"
#define REFUNDED                                                                                   \
    "`2026-05-31 00:00:00,`wx0123456789abcdef,`1900000001,`0,`,`4200002,`R2,`open2,`JSAPI,"        \
    "`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5030001,`F2,`5.00,`0.00,`ORIGINAL,`PROCESSING,`goods,`,"    \
    "`-0.03000,`0.60%,`0.00,`5.00,`"
#define TOTALS                                                                                     \
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
#define SUMS "`2,`12.34,`5.00,`0.00,`0.04000,`12.34,`5.00"
#define BILL NAMES "\r\n" PAID "\r\n" REFUNDED "\r\n" TOTALS "\r\n" SUMS "\r\n"

static void read_text(struct reading *reading, struct view text)
{
    reading_make(reading, BILL_DIALECT_API, text, SIZE_MAX);
}

static void reads_all_fields(void **state)
{
    CLEANUP(reading_release) struct reading reading = READING_INIT;

    (void)state;
    read_text(&reading, VIEW("\xEF\xBB\xBF" BILL));
    assert_string_equal(reading.err.text, "");
    assert_string_equal(
        buf_text(&reading.seen),
        "|2|2026-05-31T23:59:59+08:00|wx0123456789abcdef|1900000001||dev|4200001|R1|open1|JSAPI|0|"
        "SUCCESS|OTHERS|CNY|1234|0|||0|0||0||goods|attach|7000|6000|1|1234|0|note\n"
        "|3|2026-05-31T00:00:00+08:00|wx0123456789abcdef|1900000001|||4200002|R2|open2|JSAPI|1|"
        "REFUND|OTHERS|CNY|0|0|5030001|F2|500|0|ORIGINAL|2|PROCESSING|goods||-3000|6000|1|0|500|"
        "\n");
    assert_int_equal(reading.totals.layout, BILL_LAYOUT_ALL);
    assert_int_equal(reading.totals.rows, 2);
    assert_int_equal(reading.totals.columns, 27);
    assert_int_equal(reading.totals.lines, 5);
    assert_true(reading.totals.has_bom);
    assert_int_equal(reading.totals.line_end, BILL_LINE_END_CRLF);
    assert_int_equal(reading.totals.fee.millifen, 4000);
    assert_int_equal(reading.totals.stated_count, 7);
    assert_string_equal(reading.totals.stated[4].name, "手续费总金额");
    assert_int_equal(reading.totals.stated[4].stated, 4000);
    assert_string_equal(instant_text_beijing(reading.totals.first_at).s, "2026-05-31 00:00:00");
    assert_string_equal(instant_text_beijing(reading.totals.last_at).s, "2026-05-31 23:59:59");
}

/* One change in the bill above, and what it leads to; NULL: still clean. */
static const struct change {
    const char *what, *with;
    enum bill_state state;
    const char *error;
} CHANGES[] = {
    /* the header */
    {"退款金额,充值券", "退款额,充值券", BILL_UNREADABLE,
     "line 1: header fits no known bill; compared with ALL: missing 退款金额; unexpected 退款额"},
    {",费率备注", "", BILL_UNREADABLE,
     "line 1: header fits no known bill; compared with ALL: missing 费率备注"},
    {"商户数据包", "商品名称", BILL_UNREADABLE,
     "line 1: header fits no known bill; compared with ALL: missing 商户数据包; unexpected "
     "商品名称"},
    {"应结订单金额", "总金额", BILL_UNREADABLE,
     "line 1: header fits no known bill; compared with ALL: missing 应结订单金额; unexpected "
     "总金额"},
    {"特约商户号", "子商户号", BILL_OK, NULL},
    {NAMES "\r\n", "", BILL_UNREADABLE, "line 1: values where the header belongs"},
    {NAMES "\r\n", "<html>\r\n", BILL_UNREADABLE,
     "line 1: no header of a bill: the line begins with \"<html>\""},
    {NAMES "\r\n", NAMES "\r\n" NAMES "\r\n", BILL_UNREADABLE, "line 2: a second header"},
    {NAMES "\r\n", NAMES "\r\n\r\n", BILL_UNREADABLE, "line 2: an empty line"},
    {NAMES "\r\n", "\r\n", BILL_UNREADABLE, "line 1: an empty line"},

    /* rows */
    {"`attach,", "", BILL_UNREADABLE, "line 2: found 26 fields, expected 27"},
    {"`attach,", "`attach,`,", BILL_UNREADABLE, "line 2: found 28 fields, expected 27"},
    {"`goods", "`a,`b", BILL_UNREADABLE, "line 2: found 28 fields, expected 27"},
    {"`attach,`0.07000", "`attach,0.07000", BILL_UNREADABLE,
     "line 2: found 26 fields, expected 27"},
    {"\r\n" PAID,
     "\r\n"
     "x" PAID,
     BILL_UNREADABLE, "line 2: neither a row nor the summary: \"x`2026-05-31 23:59:59\""},
    {"`4200001", "`", BILL_UNREADABLE, "line 2: 微信订单号 is empty"},
    {"`R1", "`", BILL_UNREADABLE, "line 2: 商户订单号 is empty"},
    {"`1900000001", "`", BILL_UNREADABLE, "line 2: 商户号 is empty"},
    {"`CNY", "`", BILL_UNREADABLE, "line 2: 货币种类 is empty"},
    {"`SUCCESS", "`", BILL_UNREADABLE, "line 2: 交易状态 is empty"},
    {"`5030001", "`0", BILL_UNREADABLE, "line 3: 微信退款单号 is empty in a refund row"},
    {"`R1", "`R\xFF", BILL_UNREADABLE, "line 2: 商户订单号 is not UTF-8 text: \"R\uFFFD\""},
    {"`R1", "`R\t1", BILL_UNREADABLE, "line 2: 商户订单号 holds a control character: \"R 1\""},
    {"`goods", "`go\tods", BILL_OK, NULL},
    {"`open1", "`\xC0\xAF", BILL_UNREADABLE, "line 2: 用户标识 is not UTF-8: \"\uFFFD\uFFFD\""},
    {"2026-05-31 23:59:59", "2026-05-31 24:00:00", BILL_UNREADABLE,
     "line 2: 交易时间 is not a time: \"2026-05-31 24:00:00\""},
    {"2026-05-31 23:59:59", "2026-05-32 23:59:59", BILL_UNREADABLE,
     "line 2: 交易时间 is not a time: \"2026-05-32 23:59:59\""},
    {"2026-05-31 23:59:59", "2026-05-31T23:59:59", BILL_UNREADABLE,
     "line 2: 交易时间 is not a time: \"2026-05-31T23:59:59\""},
    {"2026-05-31 23:59:59", "2026-05-31 23:59", BILL_UNREADABLE,
     "line 2: 交易时间 is not a time: \"2026-05-31 23:59\""},
    {"2026-05-31 23:59:59", "2026-05-31 23-59:59", BILL_UNREADABLE,
     "line 2: 交易时间 is not a time: \"2026-05-31 23-59:59\""},
    {"2026-05-31 23:59:59", "2026-05-31 23:59-59", BILL_UNREADABLE,
     "line 2: 交易时间 is not a time: \"2026-05-31 23:59-59\""},
    {"2026-05-31 23:59:59", "2026-05-31 23:59:60", BILL_UNREADABLE,
     "line 2: 交易时间 is not a time: \"2026-05-31 23:59:60\""},
    {"2026-05-31 00:00:00", "2026-05-31 0a:00:00", BILL_UNREADABLE,
     "line 3: 交易时间 is not a time: \"2026-05-31 0a:00:00\""},
    {"2026-05-31 23:59:59", "", BILL_UNREADABLE, "line 2: 交易时间 is empty"},
    {"`12.34,`0.00,`0", "`12.345,`0.00,`0", BILL_UNREADABLE,
     "line 2: 应结订单金额 is not an amount: \"12.345\""},
    {"`12.34,`0.00,`0", "`1,234.00,`0.00,`0", BILL_UNREADABLE,
     "line 2: 应结订单金额 is not an amount: \"1,234.00\""},
    {"`12.34,`0.00,`0", "`+12.34,`0.00,`0", BILL_UNREADABLE,
     "line 2: 应结订单金额 is not an amount: \"+12.34\""},
    {"`12.34,`0.00,`0", "`1e3,`0.00,`0", BILL_UNREADABLE,
     "line 2: 应结订单金额 is not an amount: \"1e3\""},
    {"`12.34,`0.00,`0", "` 12.34,`0.00,`0", BILL_UNREADABLE,
     "line 2: 应结订单金额 is not an amount: \" 12.34\""},
    {"`12.34,`0.00,`0", "`,`0.00,`0", BILL_UNREADABLE, "line 2: 应结订单金额 is empty"},
    {"`12.34,`0.00,`0", "`1:.34,`0.00,`0", BILL_UNREADABLE,
     "line 2: 应结订单金额 is not an amount: \"1:.34\""},
    {"`0.07000", "`0.070001", BILL_UNREADABLE, "line 2: 手续费 is not a fee: \"0.070001\""},
    {"`0.60%", "`0.60", BILL_UNREADABLE, "line 2: 费率 is not a rate: \"0.60\""},

    /* amounts in other forms, and texts that mean trouble elsewhere */
    {"`0.07000", "`0.07", BILL_OK, NULL},
    {"`0.00,`0,`0,`0.00,`0.00,`,`,", "`0,`0,`0,`0,`0.0,`,`,", BILL_OK, NULL},
    {"`goods", "`总交易单数", BILL_OK, NULL},
    {"`goods", "`" TOTALS, BILL_OK, NULL},
    {"`goods", "`a,b,\"c\",=cmd|' /C calc'!A0", BILL_OK, NULL},
    {"`goods", "``back`ticks`", BILL_OK, NULL},
    {"`goods", "`ends with a comma,", BILL_OK, NULL},
    {"`goods", "`交易时间\\n`1,\\ `2", BILL_OK, NULL},
    {"`goods", "`cut in the middle \xE5\x85", BILL_OK, NULL},
    {"`SUCCESS", "`NEWWORD", BILL_OK, NULL},
    {"`PROCESSING", "`NEWWORD", BILL_OK, NULL},

    /* the summary */
    {TOTALS, "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额",
     BILL_UNREADABLE, "line 4: summary does not fit a bill of layout ALL: missing 申请退款总金额"},
    {TOTALS, TOTALS ",分账总金额", BILL_UNREADABLE,
     "line 4: summary does not fit a bill of layout ALL: unexpected 分账总金额"},
    {TOTALS, "总交易单数,总交易额,总退款金额,总企业红包退款金额,手续费总金额", BILL_UNREADABLE,
     "line 4: summary does not fit a bill of layout ALL: missing 应结订单总金额 退款总金额 "
     "充值券退款总金额 订单总金额 申请退款总金额; unexpected 总交易额 总退款金额 "
     "总企业红包退款金额"},
    {SUMS, "`2,`12.34,`5.00,`0.00,`0.04000,`12.34", BILL_UNREADABLE,
     "line 5: summary: found 6 fields, expected 7"},
    {SUMS, "`2.5,`12.34,`5.00,`0.00,`0.04000,`12.34,`5.00", BILL_UNREADABLE,
     "line 5: summary: 总交易单数 is not a count: \"2.5\""},
    {SUMS, "`-2,`12.34,`5.00,`0.00,`0.04000,`12.34,`5.00", BILL_UNREADABLE,
     "line 5: summary: 总交易单数 is not a count: \"-2\""},
    {SUMS, "`2,`12.34,`5.00,`,`0.04000,`12.34,`5.00", BILL_UNREADABLE,
     "line 5: summary: 充值券退款总金额 is not an amount: \"\""},
    {SUMS, "2,12.34,5.00,0.00,0.04000,12.34,5.00", BILL_UNREADABLE,
     "line 5: the values of the summary are missing"},
    {SUMS "\r\n", "", BILL_TRUNCATED, "line 4: the bill ends without the values of its summary"},
    {TOTALS "\r\n" SUMS "\r\n", "", BILL_TRUNCATED, "line 3: the bill ends without its summary"},
    {SUMS "\r\n", SUMS "\r\n" PAID "\r\n", BILL_UNREADABLE, "line 6: a row after the summary"},
    {SUMS "\r\n", SUMS "\r\n" PAID, BILL_UNREADABLE, "line 6: a row after the summary"},
    {SUMS "\r\n", SUMS "\r\n" NAMES "\r\n", BILL_UNREADABLE, "line 6: a line after the summary"},
    {SUMS "\r\n", SUMS "\r\n\r\n\n", BILL_OK, NULL},
    {SUMS "\r\n", SUMS, BILL_OK, NULL},
    {SUMS "\r\n", "`2,`12.34,`5.00,`0.00,`0.04000,`12.34,`5.0", BILL_TRUNCATED,
     "line 5: the file ends in the middle of this line"},
    {SUMS "\r\n", "`2,`12.34,`5.00,`0.00,`0.04000,`12.34,`5", BILL_TRUNCATED,
     "line 5: the file ends in the middle of this line"},
    {SUMS, "`2.0,`12.34,`5,`0.0,`0.04,`12.34,`5.0", BILL_OK, NULL},
    {"`5.00,`0.00,`ORIGINAL", "`5.00,`1.00,`ORIGINAL", BILL_TOTALS,
     "line 5: summary differs from the rows: 充值券退款总金额 stated 0.00, computed 1.00"},
    {"`5.00,`0.00,`ORIGINAL", "`5.01,`0.00,`ORIGINAL", BILL_TOTALS,
     "line 5: summary differs from the rows: 退款总金额 stated 5.00, computed 5.01"},
    {"`0.00,`5.00,`\r\n", "`0.00,`4.99,`\r\n", BILL_TOTALS,
     "line 5: summary differs from the rows: 申请退款总金额 stated 5.00, computed 4.99"},
    {"`12.34,`0.00,`note", "`12.35,`0.00,`note", BILL_TOTALS,
     "line 5: summary differs from the rows: 订单总金额 stated 12.34, computed 12.35"},
    {SUMS, "`2,`12.34,`5.00,`0.00,`-0.04000,`12.34,`5.00", BILL_TOTALS,
     "line 5: summary differs from the rows: 手续费总金额 stated -0.04000, computed 0.04000"},
};

static void judges_changes(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(CHANGES); i++) {
        const struct change *change = &CHANGES[i];
        CLEANUP(buf_release) struct buf text = BUF_INIT(SAMPLE_MAX);
        CLEANUP(reading_release) struct reading reading = READING_INIT;

        buf_add_text(&text, BILL);
        text_replace(&text, change->what, change->with);
        read_text(&reading, buf_view(&text));
        assert_string_equal(reading.err.text, change->error == NULL ? "" : change->error);
        assert_int_equal(reading.state, change->state);
        if (change->state == BILL_OK)
            assert_int_equal(reading.rows, 2);
    }
}

static void refuses_bytes_of_value_zero(void **state)
{
    static const size_t places[] = {3, sizeof(NAMES) + 40, sizeof(BILL) - 8};
    static const char *const errors[] = {"line 1: a byte of value 0", "line 2: a byte of value 0",
                                         "line 5: a byte of value 0"};

    (void)state;
    for (size_t i = 0; i < LENGTH(places); i++) {
        CLEANUP(reading_release) struct reading reading = READING_INIT;
        char text[] = BILL;

        text[places[i]] = '\0';
        read_text(&reading, view_from(text, sizeof(text) - 1));
        assert_string_equal(reading.err.text, errors[i]);
        assert_int_equal(reading.state, BILL_UNREADABLE);
    }
}

static void an_empty_file_is_truncated(void **state)
{
    static const char *const texts[] = {"", "\xEF\xBB\xBF", "\xEF\xBB", "交易时间"};
    static const char *const errors[] = {"line 1: the file is empty",
                                         "line 1: the file ends in the middle of this line",
                                         "line 1: the file ends in the middle of this line",
                                         "line 1: the file ends in the middle of this line"};

    (void)state;
    for (size_t i = 0; i < LENGTH(texts); i++) {
        CLEANUP(reading_release) struct reading reading = READING_INIT;

        read_text(&reading, view_of(texts[i]));
        assert_string_equal(reading.err.text, errors[i]);
        assert_int_equal(reading.state, BILL_TRUNCATED);
    }
}

static void another_file_is_not_a_cut_bill(void **state)
{
    CLEANUP(reading_release) struct reading reading = READING_INIT;

    (void)state;
    read_text(&reading, VIEW("{\"code\":\"NO_AUTH\",\"message\":\"x\"}"));
    assert_string_equal(reading.err.text, "line 1: no header of a bill: the line begins with "
                                          "\"{\"code\":\"NO_AUTH\"\"");
    assert_int_equal(reading.state, BILL_UNREADABLE);
}

static void a_bill_without_rows_is_clean(void **state)
{
    CLEANUP(reading_release) struct reading reading = READING_INIT;

    (void)state;
    read_text(&reading,
              VIEW(NAMES "\r\n" TOTALS "\r\n`0,`0.00,`0.00,`0.00,`0.00000,`0.00,`0.00\r\n"));
    assert_string_equal(reading.err.text, "");
    assert_int_equal(reading.totals.rows, 0);
    assert_int_equal(reading.totals.stated_count, 7);
}

static void unknown_columns_are_passed_over(void **state)
{
    CLEANUP(reading_release) struct reading plain = READING_INIT;
    CLEANUP(reading_release) struct reading reading = READING_INIT;

    (void)state;
    read_text(&plain, VIEW(BILL));
    read_text(&reading, VIEW("新列," NAMES ",另一列\n"
                             "`\xFF," PAID ",`x\n`," REFUNDED ",`\n" TOTALS "\n" SUMS "\n"));
    assert_string_equal(reading.err.text, "");
    assert_int_equal(reading.totals.columns, 29);
    assert_int_equal(reading.totals.line_end, BILL_LINE_END_LF);
    assert_string_equal(buf_text(&reading.seen), buf_text(&plain.seen));
}

static void limits_hold(void **state)
{
    static const struct {
        struct bill_limits limits;
        const char *error;
    } cases[] = {
        {{sizeof(BILL) - 1, 2, sizeof(NAMES)}, ""},
        {{sizeof(BILL) - 2, 2, 4096}, "line 1: more than 970 bytes"},
        {{4096, 1, 4096}, "line 3: more than 1 rows"},
        {{4096, 2, 300}, "line 1: longer than 300 bytes"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        CLEANUP(reading_release) struct reading reading = READING_INIT;

        reading_make_limited(&reading, BILL_DIALECT_API, VIEW(BILL), SIZE_MAX, cases[i].limits);
        assert_string_equal(reading.err.text, cases[i].error);
        assert_int_equal(reading.state, i == 0 ? BILL_OK : BILL_TOO_LARGE);
        assert_int_equal(reading.err.kind, i == 0 ? ERR_NONE : ERR_LIMIT);
    }
}

/* Rows are handed on one behind; of two errors the first is told all the same. */
static void the_first_error_is_told(void **state)
{
    static const char *const bad = "`2026-05-31 23:59:59,`\r\n";
    CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
    size_t header;

    (void)state;
    buf_add_text(&text, NAMES "\r\n");
    header = text.length;
    buf_add_text(&text, PAID "\r\n");
    buf_add_text(&text, bad);
    for (size_t i = 0; i < 1000; i++)
        buf_add_byte(&text, '`');
    buf_add_text(&text, "\r\n");
    for (size_t piece = 1; piece <= text.length; piece += piece < header ? 97 : 1) {
        CLEANUP(reading_release) struct reading reading = READING_INIT;

        reading_make_limited(&reading, BILL_DIALECT_API, buf_view(&text), piece,
                             (struct bill_limits){4096, 10, sizeof(NAMES)});
        assert_string_equal(reading.err.text, "line 3: found 2 fields, expected 27");
        assert_int_equal(reading.rows, 1);
    }
}

static void a_line_that_never_ends_stops_at_the_limit(void **state)
{
    CLEANUP(bill_reader_done)
    struct bill_reader *reader =
        bill_reader_new(BILL_DIALECT_API, (struct bill_handler){.context = NULL}, BILL_LIMITS);
    struct err err = ERR_INIT;
    size_t pushed = 0;

    (void)state;
    while (bill_reader_push(reader, VIEW("0123456789abcdef"), &err))
        pushed += 16;
    assert_int_equal(pushed, BILL_LIMITS.line_max);
    assert_string_equal(err.text, "line 1: longer than 65536 bytes");
}

static void sums_never_wrap(void **state)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)16 << 20);
    CLEANUP(bill_reader_done)
    struct bill_reader *reader =
        bill_reader_new(BILL_DIALECT_API, (struct bill_handler){.context = NULL}, BILL_LIMITS);
    struct err err = ERR_INIT;
    bool pushed = true;

    (void)state;
    buf_add_text(&text, PAID "\n");
    /* 2^50 fen, the largest amount that is read: 2^13 of them leave 63 bits. */
    text_replace(&text, "`12.34,`0.00,`0", "`11258999068426.24,`0.00,`0");
    assert_true(bill_reader_push(reader, VIEW(NAMES "\n"), &err));
    for (int i = 0; i < 9000 && pushed; i++)
        pushed = bill_reader_push(reader, buf_view(&text), &err);
    assert_false(pushed);
    assert_string_equal(err.text, "line 8193: a sum of the rows is too large");
    assert_int_equal(bill_reader_state(reader), BILL_TOO_LARGE);
}

static bool refuse_second(void *context, const struct bill_row *row, struct err *err)
{
    int64_t *rows = context;

    (*rows)++;
    return *rows < 2 ||
           err_set(err, ERR_UNAVAILABLE, "no more of %.*s", VIEW_ARG(row->out_trade_no));
}

static void the_handler_can_stop(void **state)
{
    int64_t rows = 0;
    struct err err = ERR_INIT;
    CLEANUP(bill_reader_done)
    struct bill_reader *reader = bill_reader_new(
        BILL_DIALECT_API, (struct bill_handler){.trade = refuse_second, .context = &rows},
        BILL_LIMITS);

    (void)state;
    assert_false(bill_reader_push(reader, VIEW(BILL), &err));
    assert_int_equal(rows, 2);
    assert_int_equal(bill_reader_state(reader), BILL_STOPPED);
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_string_equal(err.text, "line 3: no more of R2");
}

static bool keep_raw(void *context, const struct bill_row *row, struct err *err)
{
    (void)err;
    buf_add_view(context, row->raw);
    buf_add_byte(context, '\n');
    return true;
}

static void rows_carry_their_line(void **state)
{
    static const size_t pieces[] = {1, 50, 10000};

    (void)state;
    for (size_t i = 0; i < LENGTH(pieces); i++) {
        CLEANUP(buf_release) struct buf raw = BUF_INIT(SAMPLE_MAX);
        struct view bytes = VIEW(BILL);
        struct err err = ERR_INIT;
        CLEANUP(bill_reader_done)
        struct bill_reader *reader =
            bill_reader_new(BILL_DIALECT_API,
                            (struct bill_handler){.trade = keep_raw, .context = &raw}, BILL_LIMITS);

        while (bytes.length > 0) {
            size_t length = bytes.length < pieces[i] ? bytes.length : pieces[i];

            assert_true(bill_reader_push(reader, view_from(bytes.at, length), &err));
            bytes = view_from(bytes.at + length, bytes.length - length);
        }
        assert_string_equal(buf_text(&raw), PAID "\n" REFUNDED "\n");
    }
}

static void damaged_free_text_is_mended(void **state)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(SAMPLE_MAX);
    CLEANUP(reading_release) struct reading reading = READING_INIT;

    (void)state;
    buf_add_text(&text, BILL);
    text_replace(&text, "`goods", "`租\xE5\x85");
    text_replace(&text, "`attach", "`\xFFx");
    read_text(&reading, buf_view(&text));
    assert_true(reading.ok);
    assert_non_null(strstr(buf_text(&reading.seen), "|租\uFFFD\uFFFD|\uFFFDx|"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_fields),
        cmocka_unit_test(judges_changes),
        cmocka_unit_test(refuses_bytes_of_value_zero),
        cmocka_unit_test(an_empty_file_is_truncated),
        cmocka_unit_test(another_file_is_not_a_cut_bill),
        cmocka_unit_test(a_bill_without_rows_is_clean),
        cmocka_unit_test(unknown_columns_are_passed_over),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(the_first_error_is_told),
        cmocka_unit_test(a_line_that_never_ends_stops_at_the_limit),
        cmocka_unit_test(sums_never_wrap),
        cmocka_unit_test(the_handler_can_stop),
        cmocka_unit_test(rows_carry_their_line),
        cmocka_unit_test(damaged_free_text_is_mended),
    };
    return cmocka_run_group_tests_name("bill/bill", tests, NULL, NULL);
}
