/* Laws that hold for every sample, whole or in pieces, cut, doctored, or written another way. What
 * each holds is in tests/data/bills/expected.tsv, which tests/unit/report/test_bill_inspect.c
 * reads. */
#include "samples.h"
#include "text/csv.h"

static void reads_complete_samples(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(CLEAN_SAMPLES); i++) {
        CLEANUP(buf_release) struct buf bytes = BUF_INIT(SAMPLE_MAX);
        CLEANUP(reading_release) struct reading reading = READING_INIT;

        sample_read(CLEAN_SAMPLES[i], &bytes);
        reading_make(&reading, BILL_DIALECT_API, buf_view(&bytes), SIZE_MAX);
        if (!reading.ok)
            fail_msg("%s: %s", CLEAN_SAMPLES[i], reading.err.text);
        assert_int_equal(reading.rows, reading.totals.rows);
        assert_int_equal(reading.totals.bytes, bytes.length);
    }
}

static void refuses_incomplete_samples(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(BAD_SAMPLES); i++) {
        CLEANUP(buf_release) struct buf bytes = BUF_INIT(SAMPLE_MAX);
        CLEANUP(reading_release) struct reading reading = READING_INIT;

        sample_read(BAD_SAMPLES[i], &bytes);
        reading_make(&reading, BILL_DIALECT_API, buf_view(&bytes), SIZE_MAX);
        assert_false(reading.ok);
        assert_int_equal(reading.err.kind, ERR_DATA);
    }
}

static void same_in_pieces(const char *name)
{
    static const size_t pieces[] = {1, 2, 3, 7, 64, 1000};
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(SAMPLE_MAX);
    CLEANUP(reading_release) struct reading whole = READING_INIT;

    sample_read(name, &bytes);
    reading_make(&whole, BILL_DIALECT_API, buf_view(&bytes), SIZE_MAX);
    for (size_t i = 0; i < LENGTH(pieces); i++) {
        CLEANUP(reading_release) struct reading reading = READING_INIT;

        reading_make(&reading, BILL_DIALECT_API, buf_view(&bytes), pieces[i]);
        assert_int_equal(reading.state, whole.state);
        assert_string_equal(reading.err.text, whole.err.text);
        assert_string_equal(buf_text(&reading.seen), buf_text(&whole.seen));
    }
}

static void pieces_make_no_difference(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(CLEAN_SAMPLES); i++)
        same_in_pieces(CLEAN_SAMPLES[i]);
    for (size_t i = 0; i < LENGTH(BAD_SAMPLES); i++)
        same_in_pieces(BAD_SAMPLES[i]);
}

/* The length without line ends behind the last byte. */
static size_t needed(struct view bytes)
{
    return view_trim(bytes).length;
}

/* `step` > 1 skips lengths in the first half of the file, to save time. */
static void refuse_cuts(const char *name, enum bill_dialect dialect, struct view bytes, size_t step)
{
    CLEANUP(reading_release) struct reading reading = READING_INIT;

    for (size_t length = 0; length <= bytes.length;
         length += length < bytes.length / 2 ? step : 1) {
        reading_make(&reading, dialect, view_from(bytes.at, length), SIZE_MAX);
        if (reading.ok != (length >= needed(bytes)))
            fail_msg("%s cut to %zu of %zu bytes: %s", name, length, bytes.length,
                     reading.ok ? "accepted" : reading.err.text);
        if (!reading.ok && reading.state != BILL_TRUNCATED)
            fail_msg("%s cut to %zu bytes: not seen as truncated: %s", name, length,
                     reading.err.text);
    }
}

static void a_cut_bill_is_never_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(CLEAN_SAMPLES); i++) {
        CLEANUP(buf_release) struct buf bytes = BUF_INIT(SAMPLE_MAX);

        sample_read(CLEAN_SAMPLES[i], &bytes);
        refuse_cuts(CLEAN_SAMPLES[i], BILL_DIALECT_API, buf_view(&bytes), 1);
    }
}

/* The sample as the merchant platform's page exports it: RFC 4180, every cell quoted. */
static void export_of(struct view bytes, bool keep_ticks, struct buf *out)
{
    struct csv_writer writer;
    struct view line;

    csv_writer_init(&writer, CSV_PROFILE_MACHINE, out);
    (void)view_skip(&bytes, VIEW("\xEF\xBB\xBF"));
    while (view_take(&bytes, '\n', &line)) {
        bool values = view_starts_with(line, VIEW("`"));

        line = view_trim(line);
        for (bool more = true; more;) {
            struct view cell;

            more = memchr(line.at, ',', line.length) != NULL;
            if (!view_take(&line, ',', &cell))
                cell = view_from("", 0);
            if (values && !keep_ticks)
                assert_true(view_skip(&cell, VIEW("`")));
            csv_writer_cell(&writer, CSV_CELL_TEXT, cell);
        }
        csv_writer_end_row(&writer);
    }
    assert_false(out->overflowed);
}

static void exports_read_the_same(const char *name)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(SAMPLE_MAX);
    CLEANUP(reading_release) struct reading api = READING_INIT;

    sample_read(name, &bytes);
    reading_make(&api, BILL_DIALECT_API, buf_view(&bytes), SIZE_MAX);
    for (int keep_ticks = 0; keep_ticks < 2; keep_ticks++) {
        CLEANUP(buf_release) struct buf exported = BUF_INIT(2 * SAMPLE_MAX);
        CLEANUP(reading_release) struct reading reading = READING_INIT;

        export_of(buf_view(&bytes), keep_ticks == 1, &exported);
        assert_int_equal(bill_dialect_guess(buf_view(&exported)), BILL_DIALECT_EXPORT);
        assert_int_equal(bill_dialect_guess(buf_view(&bytes)), BILL_DIALECT_API);

        reading_make(&reading, BILL_DIALECT_EXPORT, buf_view(&exported), 100);
        assert_int_equal(reading.state, api.state);
        assert_string_equal(reading.err.text, api.err.text);
        assert_string_equal(buf_text(&reading.seen), buf_text(&api.seen));
        assert_int_equal(reading.totals.layout, api.totals.layout);
        assert_int_equal(reading.totals.settlement.fen, api.totals.settlement.fen);
        assert_int_equal(reading.totals.fee.millifen, api.totals.fee.millifen);
        if (api.ok && api.totals.rows < 20)
            refuse_cuts(name, BILL_DIALECT_EXPORT, buf_view(&exported), 5);
    }
}

static void both_dialects_give_the_same_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(CLEAN_SAMPLES); i++)
        exports_read_the_same(CLEAN_SAMPLES[i]);
    for (size_t i = 0; i < LENGTH(BAD_SAMPLES); i++)
        exports_read_the_same(BAD_SAMPLES[i]);
}

/* The summary's last line, changed in one digit of one number. */
static size_t refuse_doctored_digits(const char *name)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(SAMPLE_MAX);
    CLEANUP(reading_release) struct reading reading = READING_INIT;
    size_t end, at, changed = 0;

    sample_read(name, &bytes);
    end = needed(buf_view(&bytes));
    for (at = end; bytes.at[at - 1] != '\n'; at--) {
        char digit = bytes.at[at - 1];

        if (digit < '0' || digit > '9')
            continue;
        bytes.at[at - 1] = digit == '9' ? '8' : (char)(digit + 1);
        reading_make(&reading, BILL_DIALECT_API, buf_view(&bytes), SIZE_MAX);
        if (reading.ok)
            fail_msg("%s: digit %zu of the summary changed and accepted", name, at);
        changed++;
        bytes.at[at - 1] = digit;
    }
    return changed;
}

static void every_digit_of_the_summary_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(CLEAN_SAMPLES); i++)
        assert_in_range(refuse_doctored_digits(CLEAN_SAMPLES[i]), 10, 100);
}

/* Each column of the summary off by one of its smallest unit, the rows untouched. */
static void every_total_off_by_one_is_refused(void **state)
{
    static const struct {
        const char *values, *error;
    } cases[] = {
        {"`4,`0.03,`0.00,`0.00,`0.00000,`0.03,`0.00",
         "line 6: summary differs from the rows: 总交易单数 stated 4, computed 3"},
        {"`2,`0.03,`0.00,`0.00,`0.00000,`0.03,`0.00",
         "line 6: summary differs from the rows: 总交易单数 stated 2, computed 3"},
        {"`3,`0.04,`0.00,`0.00,`0.00000,`0.03,`0.00",
         "line 6: summary differs from the rows: 应结订单总金额 stated 0.04, computed 0.03"},
        {"`3,`0.02,`0.00,`0.00,`0.00000,`0.03,`0.00",
         "line 6: summary differs from the rows: 应结订单总金额 stated 0.02, computed 0.03"},
        {"`3,`0.03,`0.01,`0.00,`0.00000,`0.03,`0.00",
         "line 6: summary differs from the rows: 退款总金额 stated 0.01, computed 0.00"},
        {"`3,`0.03,`0.00,`-0.01,`0.00000,`0.03,`0.00",
         "line 6: summary differs from the rows: 充值券退款总金额 stated -0.01, computed 0.00"},
        {"`3,`0.03,`0.00,`0.00,`0.00001,`0.03,`0.00",
         "line 6: summary differs from the rows: 手续费总金额 stated 0.00001, computed 0.00000"},
        {"`3,`0.03,`0.00,`0.00,`0.00000,`0.02,`0.00",
         "line 6: summary differs from the rows: 订单总金额 stated 0.02, computed 0.03"},
        {"`3,`0.03,`0.00,`0.00,`0.00000,`0.03,`0.01",
         "line 6: summary differs from the rows: 申请退款总金额 stated 0.01, computed 0.00"},
        {"`3,`0.04,`0.00,`0.00,`0.00000,`0.03,`0.01",
         "line 6: summary differs from the rows: 应结订单总金额 stated 0.04, computed 0.03; "
         "申请退款总金额 stated 0.01, computed 0.00"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        CLEANUP(buf_release) struct buf bytes = BUF_INIT(SAMPLE_MAX);
        CLEANUP(reading_release) struct reading reading = READING_INIT;

        sample_read("trade_all_2021.csv", &bytes);
        text_replace(&bytes, "`3,`0.03,`0.00,`0.00,`0.00000,`0.03,`0.00", cases[i].values);
        reading_make(&reading, BILL_DIALECT_API, buf_view(&bytes), SIZE_MAX);
        assert_int_equal(reading.state, BILL_TOTALS);
        assert_string_equal(reading.err.text, cases[i].error);
    }
}

/* The same three refunds in an ALL and in a REFUND bill: 交易时间 differs, as FACTS §3.8 tells. */
static void refund_rows_have_two_times(void **state)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(SAMPLE_MAX);
    CLEANUP(reading_release) struct reading reading = READING_INIT;

    (void)state;
    sample_read("legacy_trade_refund_2018_partner.csv", &bytes);
    reading_make(&reading, BILL_DIALECT_API, buf_view(&bytes), SIZE_MAX);
    assert_true(reading.ok);
    assert_string_equal(date_text(beijing_day(reading.totals.first_at)).s, "2018-08-21");
    assert_non_null(strstr(buf_text(&reading.seen), "2018-08-20T14:40:09+08:00"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_complete_samples),
        cmocka_unit_test(refuses_incomplete_samples),
        cmocka_unit_test(pieces_make_no_difference),
        cmocka_unit_test(a_cut_bill_is_never_accepted),
        cmocka_unit_test(both_dialects_give_the_same_rows),
        cmocka_unit_test(every_digit_of_the_summary_counts),
        cmocka_unit_test(every_total_off_by_one_is_refused),
        cmocka_unit_test(refund_rows_have_two_times),
    };
    return cmocka_run_group_tests_name("bill/samples", tests, NULL, NULL);
}
