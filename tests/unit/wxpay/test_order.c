#include "story.h"

#include "wxpay/order.h"

#define CERTIFICATES                                                                               \
    {                                                                                              \
        .target = "/v3/certificates", .certificates = "old"                                        \
    }
#define ORDER                                                                                      \
    "{\"appid\":\"wx0000000000000001\",\"mchid\":\"1900000109\",\"out_trade_no\":\"P1|2\","        \
    "\"transaction_id\":\"4200000891\",\"trade_type\":\"JSAPI\",\"trade_state\":\"SUCCESS\","      \
    "\"success_time\":\"2026-05-31T10:29:05+08:00\","                                              \
    "\"amount\":{\"total\":100,\"payer_total\":90,\"currency\":\"CNY\"}}"
#define PARTNER_ORDER                                                                              \
    "{\"sp_appid\":\"wx0000000000000001\",\"sp_mchid\":\"1900000109\","                            \
    "\"sub_mchid\":\"1900000110\",\"out_trade_no\":\"P1\",\"trade_state\":\"NOTPAY\"}"

static struct wxpay_order_asked asked_for(const char *number)
{
    return (struct wxpay_order_asked){WXPAY_BY_OUT_TRADE_NO, view_of(number), VIEW("1900000109"),
                                      VIEW("")};
}

static void reads_a_published_order(void **state)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(VECTOR_FILE_MAX);
    struct wxpay_order_asked asked = {WXPAY_BY_TRANSACTION_ID, VIEW("4200000891202103228088184743"),
                                      VIEW("1900006XXX"), VIEW("")};
    struct wxpay_order order;
    struct err err = ERR_INIT;
    (void)state;
    vectors_read("tests/data/wechatpay/json/transaction_query_response.json", &text);
    assert_true(wxpay_order_read(buf_view(&text), &asked, &order, &err));
    assert_string_equal(order.mchid, "1900006XXX");
    assert_string_equal(order.sub_mchid, "");
    assert_string_equal(order.appid, "wxdace645e0bc2cXXX");
    assert_string_equal(order.out_trade_no, "44_2126281063_5504");
    assert_string_equal(order.transaction_id, "4200000891202103228088184743");
    assert_string_equal(order.trade_type, "JSAPI");
    assert_int_equal(order.state, WXPAY_TRADE_SUCCEEDED);
    assert_true(order.has_success_time);
    assert_int_equal(order.success_time.us, vectors_instant("2021-03-22T10:29:05+08:00").us);
    assert_true(order.has_amount);
    assert_int_equal(order.total.fen, 1);
    assert_int_equal(order.payer_total.fen, 1);
}

struct change {
    const char *old;
    const char *new;
    const char *message; /* NULL: still good */
    enum wxpay_trade_state state;
};

static const struct change changes[] = {
    {"SUCCESS", "REFUND", NULL, WXPAY_TRADE_REFUNDED},
    {"SUCCESS", "NOTPAY", NULL, WXPAY_TRADE_NOTPAY},
    {"SUCCESS", "CLOSED", NULL, WXPAY_TRADE_CLOSED},
    {"SUCCESS", "REVOKED", NULL, WXPAY_TRADE_REVOKED},
    {"SUCCESS", "USERPAYING", NULL, WXPAY_TRADE_USERPAYING},
    {"SUCCESS", "PAYERROR", NULL, WXPAY_TRADE_PAYERROR},
    {"SUCCESS", "success", NULL, WXPAY_TRADE_UNKNOWN},
    {"\"SUCCESS\"", "null", "\"trade_state\" is missing", 0},
    {"\"amount\":{\"total\":100,", "\"other\":{", NULL, WXPAY_TRADE_SUCCEEDED},
    {"\"total\":100", "\"total\":1e2", "\"amount\": \"total\" is not an integer", 0},
    {"\"total\":100", "\"total\":-100", "\"amount.total\" is not an amount", 0},
    {"\"CNY\"", "\"HKD\"", "\"amount.currency\" is not \"CNY\"", 0},
    {"1900000109", "1900000108", "\"mchid\" is not the \"1900000109\" that was asked for", 0},
    {"P1|2", "P1|3", "\"out_trade_no\" is not the \"P1|2\" that was asked for", 0},
    {"2026-05-31T", "2026-13-31T", "\"success_time\" is not a time", 0},
    {"JSAPI", "A_TYPE_LONGER_THAN_ALL", "\"trade_type\" is longer than 16 bytes", 0},
    {"\"trade_type\"", "\"mchid\":\"1\",\"trade_type\"",
     "not valid JSON: line 1, column 110: duplicate object key near '\"mchid\"'", 0},
};

static void reads_strictly(void **state)
{
    struct wxpay_order_asked asked = asked_for("P1|2");
    (void)state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        CLEANUP(buf_release) struct buf text = BUF_INIT(VECTOR_TEXT_MAX);
        const char *at = strstr(ORDER, changes[i].old);
        struct wxpay_order order;
        struct err err = ERR_INIT;
        assert_non_null(at);
        buf_add(&text, ORDER, strlen(ORDER) - strlen(at));
        buf_add_text(&text, changes[i].new);
        buf_add_text(&text, at + strlen(changes[i].old));
        bool good = wxpay_order_read(buf_view(&text), &asked, &order, &err);
        assert_string_equal(err.text, changes[i].message == NULL ? "" : changes[i].message);
        assert_int_equal(good, changes[i].message == NULL);
        if (good)
            assert_int_equal(order.state, changes[i].state);
    }
}

static void needs_no_amount(void **state)
{
    struct wxpay_order_asked asked = asked_for("P1");
    struct wxpay_order order;
    struct err err = ERR_INIT;
    (void)state;
    asked.sub_mchid = VIEW("1900000110");
    assert_true(wxpay_order_read(VIEW(PARTNER_ORDER), &asked, &order, &err));
    assert_false(order.has_amount);
    assert_false(order.has_success_time);
    assert_string_equal(order.transaction_id, "");
    assert_string_equal(order.sub_mchid, "1900000110");
    asked.sub_mchid = VIEW("1900000111");
    assert_false(wxpay_order_read(VIEW(PARTNER_ORDER), &asked, &order, &err));
    assert_string_equal(err.text, "\"sub_mchid\" is not the \"1900000111\" that was asked for");
}

static void asks_by_either_number(void **state)
{
    struct story *story = *state;
    struct wxpay_order_answer answer;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        CERTIFICATES,
        {.target = "/v3/pay/transactions/out-trade-no/P1%7C2?mchid=1900000109",
         .body = ORDER,
         .header = "Request-Id: 08-268"},
        {.target = "/v3/pay/transactions/id/4200000891?mchid=1900000109", .body = ORDER},
    };
    STORY_TELL(story, steps);
    assert_true(
        wxpay_order_query(story->client, WXPAY_BY_OUT_TRADE_NO, VIEW("P1|2"), &answer, &err));
    assert_true(answer.found);
    assert_string_equal(answer.request_id.s, "08-268");
    assert_int_equal(answer.order.payer_total.fen, 90);
    assert_true(wxpay_order_query(story->client, WXPAY_BY_TRANSACTION_ID, VIEW("4200000891"),
                                  &answer, &err));
    assert_string_equal(answer.request_id.s, "");
    story_end(story);
}

static void asks_as_partner(void **state)
{
    struct story *story = *state;
    struct wxpay_settings settings = story_settings(story);
    struct wxpay_order_answer answer;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        CERTIFICATES,
        {.target = "/v3/pay/partner/transactions/out-trade-no/P1?sp_mchid=1900000109&"
                   "sub_mchid=1900000110",
         .body = PARTNER_ORDER},
        {.target = "/v3/pay/partner/transactions/id/42?sp_mchid=1900000109&sub_mchid=1900000110",
         .status = 404,
         .body = "{\"code\":\"ORDER_NOT_EXIST\"}"},
    };
    settings.sub_mchid = "1900000110";
    story_open_client(story, &settings);
    STORY_TELL(story, steps);
    assert_true(wxpay_order_query(story->client, WXPAY_BY_OUT_TRADE_NO, VIEW("P1"), &answer, &err));
    assert_int_equal(answer.order.state, WXPAY_TRADE_NOTPAY);
    assert_true(
        wxpay_order_query(story->client, WXPAY_BY_TRANSACTION_ID, VIEW("42"), &answer, &err));
    assert_false(answer.found);
    story_end(story);
}

static void says_what_is_wrong(void **state)
{
    struct story *story = *state;
    struct wxpay_order_answer answer;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        CERTIFICATES,
        {.target = "/v3/pay/transactions/out-trade-no/P1?mchid=1900000109",
         .status = 403,
         .header = "Request-Id: 7-8",
         .body = "{\"code\":\"TRADE_ERROR\"}"},
        {.target = "/v3/pay/transactions/out-trade-no/P1?mchid=1900000109", .body = "[1]"},
    };
    STORY_TELL(story, steps);
    assert_false(
        wxpay_order_query(story->client, WXPAY_BY_OUT_TRADE_NO, VIEW("P1"), &answer, &err));
    assert_string_equal(err.text, "order P1: GET /v3/pay/transactions/out-trade-no/P1: status 403 "
                                  "TRADE_ERROR (Request-Id 7-8)");
    assert_false(
        wxpay_order_query(story->client, WXPAY_BY_OUT_TRADE_NO, VIEW("P1"), &answer, &err));
    assert_string_equal(err.text, "order P1: the answer: not a JSON object");
    assert_int_equal(err.kind, ERR_DATA);
    story_end(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_published_order),
        cmocka_unit_test(reads_strictly),
        cmocka_unit_test(needs_no_amount),
        IN_STORY(asks_by_either_number),
        IN_STORY(asks_as_partner),
        IN_STORY(says_what_is_wrong),
    };
    return cmocka_run_group_tests_name("wxpay/order", tests, merchant_open, merchant_close);
}
