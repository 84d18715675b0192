/* What faults do to bills and to replies: bytes before and after. */
#include "bill_store.h"
#include "fault_reply.h"
#include "test_bench.h"
#include "test_faults.h"

#include <jansson.h>

#define WORLD                                                                                      \
    MERCHANT("")                                                                                   \
    PAYMENT("")                                                                                    \
    "{\"payment\":{\"mchid\":\"1900000001\",\"appid\":\"wxa\",\"out_trade_no\":\"P2\","            \
    "\"transaction_id\":\"42002\",\"openid\":\"o2\",\"time\":\"2026-05-31T23:59:59+08:00\","       \
    "\"total_fen\":9999}}\n"                                                                       \
    "{\"payment\":{\"mchid\":\"1900000001\",\"appid\":\"wxa\",\"out_trade_no\":\"P3\","            \
    "\"transaction_id\":\"42003\",\"openid\":\"o3\",\"time\":\"2026-06-01T00:00:00+08:00\","       \
    "\"total_fen\":1}}\n" REFUND("1", "2026-05-31T10:00:00+08:00", "3000", "")

/* ---- bills --------------------------------------------------------------------------------------
 */

/* The bill of 2026-05-31 as this rule's fault leaves it; NULL: whole. */
static struct made_bill *make_bill(struct bench *bench, struct bill_store *store, const char *rule)
{
    struct bill_name name = {
        .merchant = &bench->world->merchants[0],
        .account = ACCOUNT_BASIC,
        .request = REQUEST_TRADEBILL,
        .type = BILL_TYPE_ALL,
        .day = day_named("2026-05-31"),
    };

    if (rule != NULL) {
        struct faults *faults = faults_of(rule);

        name.spoil = bill_spoil_of(&faults->rules[0].fault);
        name.request = faults->rules[0].request;
        faults_free(faults);
    }
    return bill_store_take(store, &name, bench->ledger, 1);
}

static size_t lines_of(const struct text *text)
{
    size_t lines = 0;

    for (size_t at = 0; at < text->size; at++)
        lines += text->bytes[at] == '\n';
    return lines;
}

/* Line `number` from 0, or from the end when it is negative. */
static char *line_of(const struct text *text, int number)
{
    size_t wanted = number < 0 ? lines_of(text) - (size_t)-number : (size_t)number;
    const char *at = text->bytes;

    for (size_t line = 0; line < wanted; line++)
        at = strchr(at, '\n') + 1;
    return alloc_copy(at, strcspn(at, "\r\n"));
}

static void expect_line(const struct made_bill *bill, int number, const char *expected)
{
    char *line = line_of(&bill->plain, number);

    assert_string_equal(line, expected);
    free(line);
}

static void expect_digest(const struct made_bill *bill)
{
    char sha1[CRYPT_SHA1_HEX_SIZE];

    sha1_hex(&bill->plain, sha1);
    assert_string_equal(sha1, bill->sha1);
}

static const struct {
    const char *rule;
    const char *summary;
    size_t lines;
} summaries[] = {
    {"tradebill drop\n", "`3,`199.99,`30.00,`0.00,`1.02000,`199.99,`30.00", 6},
    {"tradebill reissue\n", "`2,`100.00,`30.00,`0.00,`0.42000,`100.00,`30.00", 5},
    {"tradebill duplicate-row\n", "`3,`199.99,`30.00,`0.00,`1.02000,`199.99,`30.00", 7},
    {"tradebill missing-row\n", "`3,`199.99,`30.00,`0.00,`1.02000,`199.99,`30.00", 5},
    {"tradebill footer-off=1\n", "`4,`199.99,`30.00,`0.00,`1.02000,`199.99,`30.00", 6},
    {"tradebill footer-off=2\n", "`3,`200.00,`30.00,`0.00,`1.02000,`199.99,`30.00", 6},
    {"tradebill footer-off=3\n", "`3,`199.99,`30.01,`0.00,`1.02000,`199.99,`30.00", 6},
    {"tradebill footer-off=4\n", "`3,`199.99,`30.00,`0.01,`1.02000,`199.99,`30.00", 6},
    {"tradebill footer-off=5\n", "`3,`199.99,`30.00,`0.00,`1.02001,`199.99,`30.00", 6},
    {"tradebill footer-off=6\n", "`3,`199.99,`30.00,`0.00,`1.02000,`200.00,`30.00", 6},
    {"tradebill footer-off=7\n", "`3,`199.99,`30.00,`0.00,`1.02000,`199.99,`30.01", 6},
    {"fundflowbill drop\n", "`6,`3,`200.17,`3,`31.20", 9},
    {"fundflowbill reissue\n", "`4,`2,`100.18,`2,`30.60", 7},
    {"fundflowbill duplicate-row\n", "`6,`3,`200.17,`3,`31.20", 10},
    {"fundflowbill missing-row\n", "`6,`3,`200.17,`3,`31.20", 8},
    {"fundflowbill footer-off=5\n", "`6,`3,`200.17,`3,`31.21", 9},
    {"fundflowbill footer-off=6\n", "`6,`3,`200.17,`3,`31.20", 9},
};

static void test_rows_and_summary(void **state)
{
    struct bench *bench = bench_new(WORLD);
    struct bill_store store = {0};

    (void)state;
    for (size_t at = 0; at < sizeof(summaries) / sizeof(summaries[0]); at++) {
        struct made_bill *bill = make_bill(bench, &store, summaries[at].rule);

        expect_line(bill, -1, summaries[at].summary);
        assert_int_equal(lines_of(&bill->plain), summaries[at].lines);
        expect_digest(bill);
        made_bill_drop(bill);
    }
    bill_store_clear(&store);
    bench_free(bench);
}

/* Where the two texts differ, at the first byte and up to the last: what stands there in each. */
static void expect_change(const struct text *before, const struct text *after, const char *old,
                          const struct text *new)
{
    size_t head = 0;
    size_t tail = 0;

    while (before->bytes[head] == after->bytes[head])
        head++;
    while (before->bytes[before->size - tail - 1] == after->bytes[after->size - tail - 1] &&
           tail < before->size - head - strlen(old) && tail < after->size - head - new->size)
        tail++;
    assert_int_equal(before->size - head - tail, strlen(old));
    assert_memory_equal(before->bytes + head, old, strlen(old));
    assert_int_equal(after->size - head - tail, new->size);
    assert_memory_equal(after->bytes + head, new->bytes, new->size);
}

static void test_goods_and_number(void **state)
{
    static char long_name[10240 / 3 * 3];
    struct {
        const char *rule;
        const char *old;
        struct text new;
    } cases[] = {
#define CASE(rule, old, new)                                                                       \
    {                                                                                              \
        rule, old,                                                                                 \
        {                                                                                          \
            .bytes = (char[]){new}, .size = sizeof(new) - 1                                        \
        }                                                                                          \
    }
        CASE("tradebill goods=comma\n", "", "租金\\ 押金\\n保险"),
        CASE("tradebill goods=quotes\n", "", "\"租金\"'押金'\"\""),
        CASE("tradebill goods=formula\n", "", "=cmd|' /C calc'!A0"),
        CASE("tradebill goods=footer\n", "", "总交易单数"),
        CASE("tradebill goods=separator\n", "", "租金,`押金"),
        CASE("tradebill goods=nul\n", "", "租金\0押金"),
        CASE("tradebill goods=not-utf8\n", "", "租金\xff\xfe\xe6\x8a"),
        {"tradebill goods=long\n", "", {.bytes = long_name, .size = sizeof(long_name)}},
        CASE("tradebill foreign-row=1900000110\n", "001", "110"),
#undef CASE
    };
    struct bench *bench = bench_new(WORLD);
    struct bill_store store = {0};
    struct made_bill *whole = make_bill(bench, &store, NULL);

    (void)state;
    for (size_t at = 0; at < sizeof(long_name); at++)
        long_name[at] = "电"[at % strlen("电")];
    for (size_t at = 0; at < sizeof(cases) / sizeof(cases[0]); at++) {
        struct made_bill *bill = make_bill(bench, &store, cases[at].rule);

        expect_change(&whole->plain, &bill->plain, cases[at].old, &cases[at].new);
        expect_digest(bill);
        made_bill_drop(bill);
    }
    made_bill_drop(whole);
    bill_store_clear(&store);
    bench_free(bench);
}

/* ---- replies ------------------------------------------------------------------------------------
 */

static const struct request request_at_noon = {.time = 1780286400, .out_refund_no = "R1"};

/* As sim.c does it: true when the request was carried out. */
static bool answer(const struct fault *fault, struct reply *reply)
{
    bool carried_out = !fault_stands_in(fault, &request_at_noon, reply);

    if (carried_out)
        reply_json(reply, json_pack("{s:s}", "status", "PROCESSING"));
    fault_spoil(fault, &request_at_noon, reply);
    return carried_out;
}

#define DONE "{\"status\":\"PROCESSING\"}"
#define CREATING "{\"code\":\"STATEMENT_CREATING\",\"message\":\"请求的账单正在生成中\"}"
#define SYSTEM_ERROR "{\"code\":\"SYSTEM_ERROR\",\"message\":\"系统异常，请稍后重试\"}"
#define FREQUENCY "{\"code\":\"FREQUENCY_LIMITED\",\"message\":\"频率超限，请降低请求频率后重试\"}"
#define SKEW                                                                                                   \
    "{\"code\":\"SIGN_ERROR\",\"message\":\"Http头Authorization中的timestamp与发起请求的时间不得" \
    "超过5分钟\"}"

/* Status 0: no reply at all. */
static const struct {
    struct fault fault;
    bool carried_out;
    unsigned int status;
    const char *body;
} replies[] = {
    {{.kind = FAULT_NOT_READY}, false, 400, CREATING},
    {{.kind = FAULT_LATE, .number = 1780286401}, false, 400, CREATING},
    {{.kind = FAULT_LATE, .number = 1780286400}, true, 200, DONE},
    {{.kind = FAULT_STATUS, .number = 500}, false, 500, SYSTEM_ERROR},
    {{.kind = FAULT_STATUS, .number = 500, .after = true}, true, 500, SYSTEM_ERROR},
    {{.kind = FAULT_STATUS, .number = 202, .after = true}, true, 202, ""},
    {{.kind = FAULT_RATE_LIMIT}, false, 429, FREQUENCY},
    {{.kind = FAULT_RATE_LIMIT, .after = true}, true, 429, FREQUENCY},
    {{.kind = FAULT_DROP}, false, 0, ""},
    {{.kind = FAULT_DROP, .after = true}, true, 0, ""},
    {{.kind = FAULT_SERVER_CLOCK, .number = -300}, true, 200, DONE},
    {{.kind = FAULT_SERVER_CLOCK, .number = -301}, false, 401, SKEW},
    {{.kind = FAULT_EMPTY_BODY}, true, 200, ""},
    {{.kind = FAULT_SHORTEN, .number = 4}, true, 200, "{\"st"},
    {{.kind = FAULT_SHORTEN, .number = 400}, true, 200, DONE},
    {{.kind = FAULT_HUGE, .number = 26}, true, 200, "   " DONE},
    {{.kind = FAULT_HUGE, .number = 2}, true, 200, DONE},
    {{.kind = FAULT_OTHER_JSON}, true, 200, "{\"data\":" DONE "}"},
    {{.kind = FAULT_REDIRECT, .url = "https://elsewhere/"}, true, 307, ""},
    {{.kind = FAULT_TRUNCATE, .number = 4}, true, 200, DONE},
    {{.kind = FAULT_BAD_SIGNATURE}, true, 200, DONE},
};

static void test_replies(void **state)
{
    (void)state;
    for (size_t at = 0; at < sizeof(replies) / sizeof(replies[0]); at++) {
        struct reply reply = {0};
        const char *bytes;
        size_t size;

        assert_int_equal(answer(&replies[at].fault, &reply), replies[at].carried_out);
        assert_int_equal(reply.status, replies[at].status);
        reply_bytes(&reply, &bytes, &size);
        assert_int_equal(size, strlen(replies[at].body));
        if (size > 0)
            assert_memory_equal(bytes, replies[at].body, size);
        reply_release(&reply);
    }
}

static void test_ways(void **state)
{
    struct reply reply = {0};

    (void)state;
    answer(&(struct fault){.kind = FAULT_RESET, .number = 5}, &reply);
    assert_int_equal(reply.end, REPLY_END_RESET);
    assert_int_equal(reply.end_at, 5);
    answer(&(struct fault){.kind = FAULT_TRICKLE, .number = 6}, &reply);
    assert_int_equal(reply.bytes_per_s, 6);
    answer(&(struct fault){.kind = FAULT_DELAY, .number = 7}, &reply);
    assert_int_equal(reply.delay_ms, 7);
    answer(&(struct fault){.kind = FAULT_RATE_LIMIT, .number = 8}, &reply);
    assert_int_equal(reply.retry_after_s, 8);
    answer(&(struct fault){.kind = FAULT_REDIRECT, .url = "https://elsewhere/"}, &reply);
    assert_string_equal(reply.location, "https://elsewhere/");
    reply_release(&reply);
}

/* A download's bytes are those of the store: a spoiled reply has its own. */
static void test_shared_bytes(void **state)
{
    struct bench *bench = bench_new(WORLD);
    struct bill_store store = {0};
    struct made_bill *bill = make_bill(bench, &store, NULL);
    size_t whole = made_bill_gzip(bill)->size;
    struct reply reply = {
        .kind = REPLY_DOWNLOAD, .status = 200, .code = "", .gzip = true, .bill = bill};
    const char *bytes;
    size_t size;

    (void)state;
    fault_spoil(&(struct fault){.kind = FAULT_DAMAGED_GZIP}, &request_at_noon, &reply);
    reply_bytes(&reply, &bytes, &size);
    assert_int_equal(size, whole);
    bill = make_bill(bench, &store, NULL);
    for (size_t at = 0; at < size; at++)
        assert_int_equal(bytes[at] != bill->gzip.bytes[at], at == size / 2);
    fault_spoil(&(struct fault){.kind = FAULT_GZIP_BOMB, .number = 1 << 24}, &request_at_noon,
                &reply);
    reply_bytes(&reply, &bytes, &size);
    assert_in_range(size, 100, (1 << 24) / 1000 + 100);
    fault_spoil(&(struct fault){.kind = FAULT_STATUS, .number = 503, .after = true},
                &request_at_noon, &reply);
    assert_int_equal(reply.kind, REPLY_JSON);
    reply_release(&reply);
    made_bill_drop(bill);
    bill_store_clear(&store);
    bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_and_summary), cmocka_unit_test(test_goods_and_number),
        cmocka_unit_test(test_replies),          cmocka_unit_test(test_ways),
        cmocka_unit_test(test_shared_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
