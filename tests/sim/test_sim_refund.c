/* The rules of refunds (FACTS §5): what is accepted, what is refused and why, what a body may hold.
 */
#include "refund_reply.h"
#include "refund_rules.h"
#include "refund_state.h"
#include "test_bench.h"

#define AT "2026-06-01T10:00:00+08:00"
#define BODY_WITH(number, refund, total, more)                                                     \
    "{\"transaction_id\":\"42001\",\"out_refund_no\":\"" number                                    \
    "\",\"amount\":{\"refund\":" refund ",\"total\":" total ",\"currency\":\"CNY\"}" more "}"
#define BODY(number, refund) BODY_WITH(number, refund, "10000", "")
#define SUB_MERCHANTS                                                                              \
    "{\"merchant\":{\"mchid\":\"1900000001\",\"name\":\"甲\",\"appids\":[\"wxa\"],\"rate\":"      \
    "\"0.60%\"}}\n{\"merchant\":{\"mchid\":\"1900000031\",\"name\":\"子\",\"appids\":[\"wxa\"],"  \
    "\"rate\":\"0.60%\",\"provider\":\"1900000001\"}}\n"                                           \
    "{\"merchant\":{\"mchid\":\"1900000002\",\"name\":\"乙\",\"appids\":[\"wxa\"],\"rate\":"      \
    "\"0.60%\"}}\n{\"payment\":{\"mchid\":\"1900000031\",\"appid\":\"wxa\",\"out_trade_no\":"      \
    "\"P1\",\"transaction_id\":\"42001\",\"time\":\"2026-05-31T09:00:00+08:00\","                  \
    "\"total_fen\":10000}}\n"

static void put_error(struct text *out, enum reply_error error, const struct reply_detail *detail)
{
    struct reply reply = {0};

    reply_error(&reply, error, detail);
    text_printf(out, "%u %s: %s", reply.status, reply.code, detail->issue);
    reply_release(&reply);
}

/* What one request comes to: "new STATUS", "known STATUS", or "status code: issue". */
static void ask(struct bench *bench, const char *body, int64_t now, struct text *out)
{
    const struct merchant *applicant = &bench->world->merchants[0];
    struct text bytes = {0};
    struct refund_request request;
    struct refund_judgement judgement;
    struct reply_detail wrong = {0};
    const struct accepted *accepted = NULL;
    const struct merchant *shop;
    enum reply_error error;

    text_clear(out);
    text_put(&bytes, body);
    if (!refund_request_decode(&bytes, &request, &wrong)) {
        text_printf(out, "%s: %s", wrong.field != NULL ? wrong.field : "", wrong.issue);
        text_release(&bytes);
        return;
    }
    if (refund_shop(bench->world, applicant, request.sub_mchid, &shop, &error))
        judgement = refund_judge(bench->ledger, shop, &request, now);
    else
        judgement = (struct refund_judgement){
            .verdict = REFUND_WRONG, .error = error, .detail = {.issue = "sub_mchid"}};
    if (judgement.verdict == REFUND_NEW) {
        char *parameters = refund_request_parameters(&request);
        struct refund refund = {
            .merchant = judgement.payment->merchant,
            .payment = judgement.payment,
            .out_refund_no = request.out_refund_no,
            .time = now,
            .refund_fen = request.refund_fen,
            .funded_at = now,
            .abnormal_at = NEVER,
            .type = "ORIGINAL",
        };

        assert_true(ledger_accept(bench->ledger, &refund, parameters, 1, &accepted));
        text_printf(out, "new %s", refund_status_name(refund_status_at(&accepted->refund, now)));
        free(parameters);
    } else if (judgement.verdict == REFUND_KNOWN) {
        text_printf(out, "known %s", refund_status_name(refund_status_at(judgement.refund, now)));
    } else {
        put_error(out, judgement.error, &judgement.detail);
    }
    refund_request_release(&request);
    text_release(&bytes);
}

enum { STEPS_MAX = 6 };

/* One world and what is asked of it, step by step. */
struct rule_case {
    const char *name;
    const char *world;
    struct {
        const char *at;
        const char *body;
        const char *expected;
    } steps[STEPS_MAX];
};

static const struct rule_case rule_cases[] = {
    {
        "the same number is the same refund",
        MERCHANT("") PAYMENT(""),
        {
            {AT, BODY_WITH("R-1|*@_", "100", "10000", ",\"reason\":\"a\""), "new PROCESSING"},
            {AT, BODY_WITH("R-1|*@_", "100", "10000", ",\"reason\":\"a\""), "known PROCESSING"},
            {"2026-06-01T10:05:00+08:00",
             "{\"reason\":\"a\",\"amount\":{\"total\":10000,\"currency\":\"CNY\",\"refund\":100},"
             "\"out_refund_no\":\"R-1|*@_\",\"transaction_id\":\"42001\"}",
             "known SUCCESS"},
            {AT, BODY_WITH("R-1|*@_", "100", "10000", ",\"reason\":\"b\""),
             "400 INVALID_REQUEST: other parameters under a known out_refund_no"},
            {AT, BODY_WITH("R-1|*@_", "101", "10000", ",\"reason\":\"a\""),
             "400 REFUND_FEE_MISMATCH: other amounts under a known out_refund_no"},
            {AT, BODY_WITH("R-1|*@_", "100", "10001", ",\"reason\":\"a\""),
             "400 REFUND_FEE_MISMATCH: other amounts under a known out_refund_no"},
        },
    },
    {
        "the order has to be there and paid",
        MERCHANT("") PAYMENT(",\"state\":\"REVOKED\""),
        {
            {"2026-05-31T08:59:59+08:00", BODY("R1", "100"),
             "404 RESOURCE_NOT_EXISTS: no such order, or not paid"},
            {AT, BODY("R1", "100"), "400 INVALID_REQUEST: the order is not in a state to refund"},
            {AT,
             "{\"out_trade_no\":\"P10001\",\"out_refund_no\":\"R1\",\"amount\":{\"refund\":1,"
             "\"total\":1,\"currency\":\"CNY\"}}",
             "404 RESOURCE_NOT_EXISTS: no such order, or not paid"},
        },
    },
    {
        "total has to be the order's",
        MERCHANT("") PAYMENT(""),
        {
            {AT, BODY_WITH("R1", "100", "9999", ""),
             "400 INVALID_REQUEST: is not the total of the order"},
            {AT, BODY_WITH("R1", "100", "10000", ""), "new PROCESSING"},
        },
    },
    {
        "365 days and no second longer",
        MERCHANT("") PAYMENT(""),
        {
            {"2027-05-31T09:00:01+08:00", BODY("R1", "100"),
             "403 TRADE_OVERDUE: paid more than 365 days ago"},
            {"2027-05-31T09:00:00+08:00", BODY("R1", "100"), "new PROCESSING"},
            {"2027-06-01T09:00:00+08:00", BODY("R1", "100"), "known SUCCESS"},
        },
    },
    {
        "no more than was paid",
        MERCHANT(",\"opening_balance_fen\":100000") PAYMENT(""),
        {
            {AT, BODY("R0", "10001"), "400 REFUND_FEE_MISMATCH: is more than what is left"},
            {AT, BODY("R1", "9999"), "new PROCESSING"},
            {"2026-06-01T10:01:00+08:00", BODY("R2", "2"),
             "400 REFUND_FEE_MISMATCH: is more than what is left"},
            {"2026-06-01T10:01:00+08:00", BODY("R2", "1"), "new PROCESSING"},
            {"2026-06-01T10:02:00+08:00", BODY("R3", "1"),
             "400 REFUND_FEE_MISMATCH: is more than what is left"},
        },
    },
    {
        "a minute between two refunds of one order",
        MERCHANT("") PAYMENT(""),
        {
            {AT, BODY("R1", "100"), "new PROCESSING"},
            {"2026-06-01T10:00:59+08:00", BODY("R2", "100"),
             "429 FREQUENCY_LIMITED: less than a minute after the last one of this order"},
            {"2026-06-01T10:01:00+08:00", BODY("R2", "100"), "new PROCESSING"},
        },
    },
    {
        "the balance pays: refund less returned fee where they are netted",
        MERCHANT(",\"fund_style\":\"net\",\"opening_balance_fen\":-5000") PAYMENT(""),
        {
            {AT, BODY("R1", "5000"), "403 NOT_ENOUGH: the balance is not enough"},
            {AT, BODY("R1", "4970"), "new PROCESSING"},
            {"2026-06-01T11:00:00+08:00", BODY("R2", "1"),
             "403 NOT_ENOUGH: the balance is not enough"},
        },
    },
    {
        "the balance pays: all of it where the fee comes back in a row of its own",
        MERCHANT(",\"opening_balance_fen\":-5000") PAYMENT(""),
        {
            {AT, BODY("R1", "4941"), "403 NOT_ENOUGH: the balance is not enough"},
            {AT, BODY("R1", "4940"), "new PROCESSING"},
        },
    },
    {
        "a number stays taken when the clock goes back",
        MERCHANT("") PAYMENT(""),
        {
            {"2026-06-02T10:00:00+08:00", BODY("R1", "100"), "new PROCESSING"},
            {AT, BODY("R1", "100"), "known PROCESSING"},
            {AT, BODY("R1", "200"),
             "400 REFUND_FEE_MISMATCH: other amounts under a known out_refund_no"},
        },
    },
    {
        "a user without an account",
        MERCHANT("") PAYMENT(",\"refund_ends\":\"USER_ACCOUNT_ABNORMAL\""),
        {{AT, BODY("R1", "1"), "403 USER_ACCOUNT_ABNORMAL: the account of the user is abnormal"}},
    },
    {
        "refunds of the world count, and their numbers are known",
        MERCHANT("") PAYMENT("") REFUND("1", "2026-06-01T09:59:30+08:00", "4000", ""),
        {
            {AT, BODY("R2", "100"),
             "429 FREQUENCY_LIMITED: less than a minute after the last one of this order"},
            {AT, BODY("R1", "4000"), "known SUCCESS"},
            {AT, BODY("R1", "3999"),
             "400 REFUND_FEE_MISMATCH: other amounts under a known out_refund_no"},
            {"2026-06-01T10:00:30+08:00", BODY("R2", "6001"),
             "400 REFUND_FEE_MISMATCH: is more than what is left"},
        },
    },
    {
        "money of a closed refund can be refunded again, under a new number",
        MERCHANT(",\"opening_balance_fen\":100000")
            PAYMENT(",\"refund_ends\":\"CLOSED\",\"refund_after_s\":3600"),
        {
            {AT, BODY("R1", "10000"), "new PROCESSING"},
            {"2026-06-01T10:59:59+08:00", BODY("R2", "1"),
             "400 REFUND_FEE_MISMATCH: is more than what is left"},
            {"2026-06-01T11:00:00+08:00", BODY("R1", "10000"), "known CLOSED"},
            {"2026-06-01T11:00:00+08:00", BODY("R2", "10000"), "new PROCESSING"},
        },
    },
    {
        "a merchant that lets refunds wait has them accepted without money",
        MERCHANT(",\"unfunded\":\"wait\",\"opening_balance_fen\":-100000") PAYMENT(""),
        {
            {AT, BODY("R1", "10000"), "new PROCESSING"},
            {"2026-06-08T10:00:00+08:00", BODY("R1", "10000"), "known PROCESSING"},
            {"2026-06-08T10:00:01+08:00", BODY("R1", "10000"), "known CLOSED"},
        },
    },
    {
        "a partner names the sub-merchant",
        SUB_MERCHANTS,
        {
            {AT, BODY("R1", "1"), "400 PARAM_ERROR: sub_mchid"},
            {AT, BODY_WITH("R1", "1", "10000", ",\"sub_mchid\":\"1900000099\""),
             "404 MCH_NOT_EXISTS: sub_mchid"},
            {AT, BODY_WITH("R1", "1", "10000", ",\"sub_mchid\":\"1900000002\""),
             "403 NO_AUTH: sub_mchid"},
            {AT, BODY_WITH("R1", "1", "10000", ",\"sub_mchid\":\"1900000031\""), "new PROCESSING"},
        },
    },
    {
        "others name none",
        MERCHANT("") PAYMENT(""),
        {{AT, BODY_WITH("R1", "1", "10000", ",\"sub_mchid\":\"1900000001\""),
          "400 PARAM_ERROR: sub_mchid"}},
    },
};

static void test_rules(void **state)
{
    struct text got = {0};

    (void)state;
    for (size_t at = 0; at < sizeof(rule_cases) / sizeof(rule_cases[0]); at++) {
        const struct rule_case *one = &rule_cases[at];
        struct bench *bench = bench_new(one->world);

        for (size_t step = 0; step < STEPS_MAX && one->steps[step].at != NULL; step++) {
            ask(bench, one->steps[step].body, instant(one->steps[step].at), &got);
            if (strcmp(got.bytes, one->steps[step].expected) != 0)
                print_message("# %s, step %zu\n", one->name, step + 1);
            assert_string_equal(got.bytes, one->steps[step].expected);
        }
        bench_free(bench);
    }
    text_release(&got);
}

static void test_fifty_refunds(void **state)
{
    struct bench *bench = bench_new(MERCHANT("") PAYMENT(""));
    struct text body = {0};
    struct text got = {0};
    int64_t now = instant(AT);

    (void)state;
    for (int number = 1; number <= 51; number++, now += REFUND_SPACING_S) {
        text_clear(&body);
        text_printf(&body,
                    "{\"transaction_id\":\"42001\",\"out_refund_no\":\"R%d\",\"amount\":"
                    "{\"refund\":1,\"total\":10000,\"currency\":\"CNY\"}}",
                    number);
        ask(bench, body.bytes, now, &got);
        assert_string_equal(got.bytes, number <= 50 ? "new PROCESSING"
                                                    : "403 RULE_LIMIT: 50 refunds of this order");
    }
    text_release(&body);
    text_release(&got);
    bench_free(bench);
}

/* Members of a good body replaced: what is said of it. */
static const struct {
    const char *body;
    const char *expected;
} bodies[] = {
    {"", ": the body is not a JSON object"},
    {"[]", ": the body is not a JSON object"},
    {"{\"a\":1,\"a\":2}", ": the body is not a JSON object"},
    {"{}", "out_refund_no: is required"},
    {BODY("", "1"), "out_refund_no: is too short or too long"},
    {BODY("12345678901234567890123456789012345678901234567890123456789012345", "1"),
     "out_refund_no: is too short or too long"},
    {BODY("a b", "1"), "out_refund_no: has characters that are not allowed"},
    {BODY("押金", "1"), "out_refund_no: has characters that are not allowed"},
    {BODY("R1", "0"), "refund: is below 1"},
    {BODY("R1", "-1"), "refund: is below 1"},
    {BODY("R1", "1.0"), "refund: expected a whole number"},
    {BODY("R1", "\"1\""), "refund: expected a whole number"},
    {BODY_WITH("R1", "1", "10000", ",\"colour\":\"red\""), ": unknown member"},
    {BODY_WITH("R1", "1", "10000", ",\"reason\":\"\""), "reason: is too short or too long"},
    {BODY_WITH("R1", "1", "10000",
               ",\"reason\":\"押金押金押金押金押金押金押金押金押金押金押金押金押金押金\""),
     "reason: is too short or too long"},
    {BODY_WITH("R1", "1", "10000", ",\"notify_url\":\"https://a.example/x?y=1\""),
     "notify_url: expected a URL without parameters"},
    {BODY_WITH("R1", "1", "10000", ",\"notify_url\":\"ftp://a.example\""),
     "notify_url: expected a URL without parameters"},
    {BODY_WITH("R1", "1", "10000", ",\"funds_account\":\"BASIC\""),
     "funds_account: expected AVAILABLE or UNSETTLED"},
    {BODY_WITH("R1", "1", "10000", ",\"out_trade_no\":\"P10001\""),
     "transaction_id: exactly one of transaction_id, out_trade_no"},
    {"{\"out_refund_no\":\"R1\",\"amount\":{\"refund\":1,\"total\":1,\"currency\":\"CNY\"}}",
     "transaction_id: exactly one of transaction_id, out_trade_no"},
    {"{\"out_trade_no\":\"P1\",\"out_refund_no\":\"R1\",\"amount\":{\"refund\":1,\"total\":1,"
     "\"currency\":\"CNY\"}}",
     "out_trade_no: is too short or too long"},
    {"{\"transaction_id\":\"42001\",\"out_refund_no\":\"R1\",\"amount\":{\"refund\":1,\"total\":1,"
     "\"currency\":\"USD\"}}",
     "currency: expected CNY"},
    {"{\"transaction_id\":\"42001\",\"out_refund_no\":\"R1\",\"amount\":{\"refund\":1,"
     "\"currency\":\"CNY\"}}",
     "total: is required"},
    {"{\"transaction_id\":\"42001\",\"out_refund_no\":\"R1\",\"amount\":{\"refund\":3,\"total\":9,"
     "\"currency\":\"CNY\",\"from\":[{\"account\":\"AVAILABLE\",\"amount\":2}]}}",
     "from: does not sum to refund"},
    {"{\"transaction_id\":\"42001\",\"out_refund_no\":\"R1\",\"amount\":{\"refund\":2,\"total\":9,"
     "\"currency\":\"CNY\",\"from\":[{\"account\":\"BASIC\",\"amount\":2}]}}",
     "account: expected AVAILABLE or UNAVAILABLE"},
    {BODY_WITH("R1", "1", "10000", ",\"goods_detail\":[{\"goods_name\":\"a\"}]"),
     "merchant_goods_id: is required"},
    {BODY_WITH("R1", "1", "10000",
               ",\"funds_account\":\"AVAILABLE\",\"notify_url\":\"https://a.example/x\","
               "\"goods_detail\":[{\"merchant_goods_id\":\"1\",\"unit_price\":1,"
               "\"refund_amount\":1,\"refund_quantity\":1}]"),
     "new PROCESSING"},
};

static void test_bodies(void **state)
{
    struct bench *bench = bench_new(MERCHANT("") PAYMENT(""));
    struct text got = {0};

    (void)state;
    for (size_t at = 0; at < sizeof(bodies) / sizeof(bodies[0]); at++) {
        ask(bench, bodies[at].body, instant(AT), &got);
        if (strcmp(got.bytes, bodies[at].expected) != 0)
            print_message("# %s\n", bodies[at].body);
        assert_string_equal(got.bytes, bodies[at].expected);
    }
    text_release(&got);
    bench_free(bench);
}

/* Fee, discount and coupon come back in full with the last fen, in whatever pieces. */
static void test_shares_add_up(void **state)
{
    static const int64_t pieces[][5] = {
        {10000}, {1, 9999}, {3333, 3333, 3334}, {5000, 5000}, {83, 84, 1, 4999, 4833}};

    (void)state;
    for (size_t at = 0; at < sizeof(pieces) / sizeof(pieces[0]); at++) {
        struct payment payment = {.total_fen = 10000,
                                  .coupon_fen = 777,
                                  .discount_fen = 333,
                                  .settlement_fen = 9667,
                                  .fee_fen = 58};
        struct refund before = {0};

        for (size_t piece = 0; piece < 5 && pieces[at][piece] > 0; piece++) {
            struct refund refund = {.payment = &payment, .refund_fen = pieces[at][piece]};

            refund_share(&refund, 6000, &before);
            assert_true(refund.fee_fen >= 0 && refund.coupon_fen >= 0 && refund.discount_fen >= 0);
            assert_int_equal(refund.settlement_fen + refund.discount_fen, refund.refund_fen);
        }
        assert_int_equal(before.refund_fen, 10000);
        assert_int_equal(before.settlement_fen, 9667);
        assert_int_equal(before.discount_fen, 333);
        assert_int_equal(before.coupon_fen, 777);
        assert_int_equal(before.fee_fen, 58);
    }
}

/* The object of a refund, whole. */
static void test_object(void **state)
{
    struct bench *bench = bench_new(
        MERCHANT("") PAYMENT(",\"coupon_fen\":1000,\"discount_fen\":500,\"bank\":\"CFT\""));
    struct text got = {0};
    const struct accepted *accepted;
    const struct refund *refund;
    int64_t now = instant(AT);
    json_t *object;
    char *printed;

    (void)state;
    ask(bench, BODY_WITH("R1", "5000", "10000", ",\"funds_account\":\"AVAILABLE\""), now, &got);
    assert_string_equal(got.bytes, "new PROCESSING");
    refund = ledger_by_out_refund_no(bench->ledger, 0, "R1", now, &accepted);
    assert_non_null(refund);
    assert_null(ledger_by_out_refund_no(bench->ledger, 0, "R1", now - 1, &accepted));
    (void)ledger_by_refund_id(bench->ledger, 0, refund->refund_id, now, &accepted);
    object = refund_object(refund, accepted, now);
    printed = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
    text_clear(&got);
    text_printf(&got,
                "{\"amount\":{\"currency\":\"CNY\",\"discount_refund\":750,\"from\":[],"
                "\"payer_refund\":4250,\"payer_total\":8500,\"refund\":5000,\"refund_fee\":28,"
                "\"settlement_refund\":4750,\"settlement_total\":9500,\"total\":10000},"
                "\"channel\":\"ORIGINAL\",\"create_time\":\"2026-06-01T10:00:00+08:00\","
                "\"funds_account\":\"UNSETTLED\",\"out_refund_no\":\"R1\",\"out_trade_no\":\"P1\","
                "\"promotion_detail\":[{\"amount\":1000,\"promotion_id\":\"109519\","
                "\"refund_amount\":500,\"scope\":\"GLOBAL\",\"type\":\"COUPON\"},{\"amount\":500,"
                "\"promotion_id\":\"109520\",\"refund_amount\":250,\"scope\":\"GLOBAL\",\"type\":"
                "\"DISCOUNT\"}],\"refund_id\":\"%s\",\"status\":\"PROCESSING\","
                "\"transaction_id\":\"42001\",\"user_received_account\":\"支付用户零钱\"}",
                refund->refund_id);
    assert_string_equal(printed, got.bytes);
    assert_int_equal(strlen(refund->refund_id), 29);
    free(printed);
    json_decref(object);
    object = refund_object(refund, accepted, now + 300);
    assert_string_equal(json_string_value(json_object_get(object, "status")), "SUCCESS");
    assert_non_null(json_object_get(object, "success_time"));
    json_decref(object);
    text_release(&got);
    bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),  cmocka_unit_test(test_fifty_refunds),
        cmocka_unit_test(test_bodies), cmocka_unit_test(test_shares_add_up),
        cmocka_unit_test(test_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
