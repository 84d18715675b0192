#include "story.h"

#include "wxpay/call.h"
#include "wxpay/certificates.h"
#include "wxpay/refund.h"

#define JSON "tests/data/wechatpay/json/"
#define CREATE "/v3/refund/domestic/refunds"
#define CERTIFICATES                                                                               \
    {                                                                                              \
        .target = "/v3/certificates", .certificates = "old"                                        \
    }
#define NUMBER "sdk12345678920210326145039"
#define REFUND                                                                                     \
    "{\"refund_id\":\"50001307732021032607480019805\",\"out_refund_no\":\"R1\","                   \
    "\"transaction_id\":\"4200000991\",\"out_trade_no\":\"P123456\",\"channel\":\"ORIGINAL\","     \
    "\"create_time\":\"2026-05-31T14:52:08+08:00\",\"status\":\"PROCESSING\","                     \
    "\"amount\":{\"total\":100,\"refund\":40,\"payer_total\":90,\"payer_refund\":36,"              \
    "\"currency\":\"CNY\"}}"
#define BODY "{\"out_refund_no\":\"R1\",\"as\":\"it is\"}"

/* ---- reading ----------------------------------------------------------------------------------
 */

static void read_file(const char *name, const char *number, struct wxpay_refund *refund)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(200);
    CLEANUP(buf_release) struct buf text = BUF_INIT(VECTOR_FILE_MAX);
    struct err err = ERR_INIT;
    buf_add_format(&path, JSON "%s", name);
    vectors_read(buf_text(&path), &text);
    if (!wxpay_refund_read(buf_view(&text), view_of(number), refund, &err))
        fail_msg("%s", err.text);
}

static void reads_published_refunds(void **state)
{
    struct wxpay_refund refund;
    (void)state;
    read_file("refund_create_response.json", NUMBER, &refund);
    assert_string_equal(refund.refund_id, "50001307732021032607480019805");
    assert_string_equal(refund.out_refund_no, NUMBER);
    assert_string_equal(refund.transaction_id, "4200000991202103266853086457");
    assert_string_equal(refund.out_trade_no, NUMBER);
    assert_string_equal(refund.user_received_account, "支付用户零钱");
    assert_int_equal(refund.status, WXPAY_REFUND_PROCESSING);
    assert_int_equal(refund.channel, WXPAY_CHANNEL_ORIGINAL);
    assert_int_equal(refund.funds_account, WXPAY_FUNDS_UNSETTLED);
    assert_int_equal(refund.create_time.us, vectors_instant("2021-03-26T14:52:08+08:00").us);
    assert_false(refund.has_success_time);
    assert_int_equal(refund.total.fen, 1);
    assert_int_equal(refund.refund.fen, 1);
    assert_int_equal(refund.payer_refund.fen, 1);
    assert_int_equal(refund.discount_refund.fen, 0);

    read_file("refund_query_response.json", NUMBER, &refund);
    assert_int_equal(refund.status, WXPAY_REFUND_SUCCESS);
    assert_true(refund.has_success_time);
    assert_int_equal(refund.success_time.us, vectors_instant("2021-03-26T14:52:11+08:00").us);
}

/* The callback's object has other names (FACTS §5.6): it is not taken for an answer. */
static void a_callback_is_no_answer(void **state)
{
    static const char *const files[] = {"refund_notification_resource_plain.json",
                                        "partner_refund_notification_resource_plain.json"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CLEANUP(buf_release) struct buf path = BUF_INIT(200);
        CLEANUP(buf_release) struct buf text = BUF_INIT(VECTOR_FILE_MAX);
        struct wxpay_refund refund;
        struct err err = ERR_INIT;
        buf_add_format(&path, JSON "%s", files[i]);
        vectors_read(buf_text(&path), &text);
        assert_false(
            wxpay_refund_read(buf_view(&text), VIEW("7752501201407033233368018"), &refund, &err));
        assert_string_equal(err.text, "\"status\" is missing");
    }
}

struct change {
    const char *old;
    const char *new;
    const char *message; /* NULL: still good */
};

static const struct change changes[] = {
    {"PROCESSING", "SOMETHING_NEW", NULL},
    {"\"ORIGINAL\"", "null", NULL},
    {"\"currency\":\"CNY\"", "\"refund_fee\":7,\"unknown\":[1.5]", NULL},
    {"\"CNY\"", "\"USD\"", "\"amount.currency\" is not \"CNY\""},
    {"\"refund\":40", "\"refund\":40.0", "\"amount.refund\" is not an integer"},
    {"\"refund\":40", "\"refund\":\"40\"", "\"amount.refund\" is not an integer"},
    {"\"refund\":40", "\"refund\":-1", "\"amount.refund\" is not an amount"},
    {"\"refund\":40", "\"refund\":101", "\"amount.refund\" is more than \"amount.total\""},
    {"\"total\":100", "\"total\":1125899906842625", "\"amount.total\" is not an amount"},
    {"\"refund\":40,", "", "\"amount.refund\" is missing"},
    {"\"status\":\"PROCESSING\"", "\"status\":1", "\"status\" is not a text"},
    {"\"R1\"", "\"R2\"", "\"out_refund_no\" is not the \"R1\" that was asked for"},
    {"2026-05-31T14:52:08+08:00", "yesterday", "\"create_time\" is not a time"},
    {"2026-05-31T14:52:08+08:00", "", "\"create_time\" is empty"},
    {"\"refund_id\":\"50001307732021032607480019805\"",
     "\"refund_id\":\"500013077320210326074800198050000\"",
     "\"refund_id\" is longer than 32 bytes"},
    {"\"channel\":", "\"status\":\"SUCCESS\",\"channel\":",
     "not valid JSON: line 1, column 211: duplicate object key near '\"status\"'"},
};

static void change_text(const char *text, const struct change *change, struct buf *changed)
{
    const char *at = strstr(text, change->old);
    assert_non_null(at);
    buf_add(changed, text, (size_t)(at - text));
    buf_add_text(changed, change->new);
    buf_add_text(changed, at + strlen(change->old));
}

static void reads_strictly(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        CLEANUP(buf_release) struct buf text = BUF_INIT(VECTOR_TEXT_MAX);
        struct wxpay_refund refund = {.refund_id = ""};
        struct err err = ERR_INIT;
        change_text(REFUND, &changes[i], &text);
        bool good = wxpay_refund_read(buf_view(&text), VIEW("R1"), &refund, &err);
        assert_string_equal(err.text, changes[i].message == NULL ? "" : changes[i].message);
        assert_int_equal(good, changes[i].message == NULL);
        assert_int_equal(refund.total.fen, good ? 100 : 0);
    }
}

static void unknown_words_are_unknown(void **state)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(VECTOR_TEXT_MAX);
    struct wxpay_refund refund;
    struct err err = ERR_INIT;
    (void)state;
    change_text(REFUND, &changes[0], &text);
    assert_true(wxpay_refund_read(buf_view(&text), VIEW("R1"), &refund, &err));
    assert_int_equal(refund.status, WXPAY_REFUND_UNKNOWN);
    assert_int_equal(refund.funds_account, WXPAY_FUNDS_UNKNOWN);
}

/* ---- the body ---------------------------------------------------------------------------------
 */

static struct wxpay_refund_request usual_request(void)
{
    return (struct wxpay_refund_request){
        .transaction_id = VIEW("4200000991202103266853086457"),
        .out_refund_no = VIEW("D20260531-1|a*b@c_d"),
        .reason = VIEW("押金\"退还\""),
        .refund = {9900},
        .total = {9900},
    };
}

static void builds_the_same_bytes_every_time(void **state)
{
    struct wxpay_refund_request request = usual_request();
    struct err err = ERR_INIT;
    (void)state;
    for (int i = 0; i < 2; i++) {
        CLEANUP(buf_release) struct buf body = BUF_INIT(WXPAY_BODY_MAX);
        assert_true(wxpay_refund_body(&request, &body, &err));
        assert_string_equal(buf_text(&body),
                            "{\"transaction_id\":\"4200000991202103266853086457\","
                            "\"out_refund_no\":\"D20260531-1|a*b@c_d\","
                            "\"reason\":\"押金\\\"退还\\\"\","
                            "\"amount\":{\"refund\":9900,\"total\":9900,\"currency\":\"CNY\"}}");
    }
    CLEANUP(buf_release) struct buf body = BUF_INIT(WXPAY_BODY_MAX);
    request.sub_mchid = VIEW("1900000110");
    request.transaction_id = VIEW("");
    request.out_trade_no = VIEW("P12345");
    request.notify_url = VIEW("https://example.com/refunds");
    request.funds_account = VIEW("AVAILABLE");
    request.reason = VIEW("");
    assert_true(wxpay_refund_body(&request, &body, &err));
    assert_string_equal(buf_text(&body),
                        "{\"sub_mchid\":\"1900000110\",\"out_trade_no\":\"P12345\","
                        "\"out_refund_no\":\"D20260531-1|a*b@c_d\","
                        "\"notify_url\":\"https://example.com/refunds\","
                        "\"funds_account\":\"AVAILABLE\","
                        "\"amount\":{\"refund\":9900,\"total\":9900,\"currency\":\"CNY\"}}");
}

#define SIXTY_FOUR "0123456789012345678901234567890123456789012345678901234567890123"

static void expect_no_body(const struct wxpay_refund_request *request, const char *message)
{
    CLEANUP(buf_release) struct buf body = BUF_INIT(WXPAY_BODY_MAX);
    struct err err = ERR_INIT;
    assert_false(wxpay_refund_body(request, &body, &err));
    assert_string_equal(err.text, message);
    assert_int_equal(err.kind, ERR_DATA);
    assert_int_equal(body.length, 0);
}

static void builds_nothing_that_is_not_allowed(void **state)
{
    struct wxpay_refund_request request = usual_request();
    (void)state;
    request.out_trade_no = VIEW("P12345");
    expect_no_body(&request, "needs one of transaction_id and out_trade_no");
    request.transaction_id = VIEW("");
    request.out_trade_no = VIEW("P1234");
    expect_no_body(&request, "out_trade_no is not 6 to 32 bytes");
    request.out_trade_no = VIEW("");
    expect_no_body(&request, "needs one of transaction_id and out_trade_no");
    request = usual_request();
    request.out_refund_no = VIEW("R 1");
    expect_no_body(&request, "out_refund_no \"R 1\" is not 1 to 64 letters, digits or _-|*@");
    request.out_refund_no = VIEW(SIXTY_FOUR "x");
    expect_no_body(&request,
                   "out_refund_no \"" SIXTY_FOUR "x\" is not 1 to 64 letters, digits or _-|*@");
    request = usual_request();
    request.reason = VIEW(SIXTY_FOUR "01234567890123456");
    expect_no_body(&request, "the reason is not UTF-8 of at most 80 bytes");
    request = usual_request();
    request.notify_url = VIEW("https://example.com/?a=b");
    expect_no_body(&request, "notify_url is not https://… without query, at most 256 bytes");
    request = usual_request();
    request.funds_account = VIEW("BASIC");
    expect_no_body(&request, "funds_account is not AVAILABLE or UNSETTLED");
    request = usual_request();
    request.refund.fen = 9901;
    expect_no_body(&request, "a refund of 9901 of 9900 fen");
    request.refund.fen = 0;
    expect_no_body(&request, "a refund of 0 of 9900 fen");
}

/* ---- sending ----------------------------------------------------------------------------------
 */

static bool create(struct story *story, struct wxpay_refund_answer *answer, struct err *err)
{
    return wxpay_refund_create(story->client, VIEW("R1"), VIEW(BODY), answer, err);
}

static void sends_the_body_as_it_is(void **state)
{
    struct story *story = *state;
    struct wxpay_refund_answer answer;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        CERTIFICATES,
        {.target = CREATE, .posted = BODY, .body = REFUND, .header = "Request-Id: 0812-268"},
    };
    STORY_TELL(story, steps);
    assert_true(create(story, &answer, &err));
    story_end(story);
    assert_int_equal(answer.reaction, WXPAY_DONE);
    assert_int_equal(answer.refund.status, WXPAY_REFUND_PROCESSING);
    assert_string_equal(answer.request_id.s, "0812-268");
}

static void sends_published_bytes(void **state)
{
    struct story *story = *state;
    CLEANUP(buf_release) struct buf request = BUF_INIT(VECTOR_FILE_MAX);
    CLEANUP(buf_release) struct buf reply = BUF_INIT(VECTOR_FILE_MAX);
    struct wxpay_refund_answer answer;
    struct err err = ERR_INIT;
    vectors_read(JSON "refund_create_request.json", &request);
    vectors_read(JSON "refund_create_response.json", &reply);
    const struct step steps[] = {
        CERTIFICATES,
        {.target = CREATE, .posted = buf_text(&request), .body = buf_text(&reply)},
    };
    STORY_TELL(story, steps);
    assert_true(
        wxpay_refund_create(story->client, VIEW(NUMBER), buf_view(&request), &answer, &err));
    story_end(story);
    assert_int_equal(answer.reaction, WXPAY_DONE);
}

struct outcome_case {
    struct step step;
    enum wxpay_reaction reaction;
    enum err_kind kind;
    const char *reason; /* its beginning, after "refund R1: POST /v3/refund/domestic/refunds: " */
};

/* FACTS §5.3. One request each: nothing is ever sent a second time by itself. */
static const struct outcome_case outcomes[] = {
    {{.status = 400, .body = "{\"code\":\"PARAM_ERROR\"}"},
     WXPAY_REFUSED,
     ERR_DATA,
     "status 400 PARAM_ERROR"},
    {{.status = 400, .body = "{\"code\":\"INVALID_REQUEST\"}"},
     WXPAY_ASK_FIRST,
     ERR_LATER,
     "status 400 INVALID_REQUEST"},
    {{.status = 401, .body = "{\"code\":\"SIGN_ERROR\"}"},
     WXPAY_NOT_KNOWN,
     ERR_ACCESS,
     "status 401 SIGN_ERROR"},
    {{.status = 403, .body = "{\"code\":\"NOT_ENOUGH\",\"message\":\"余额不足\"}"},
     WXPAY_NOT_ENOUGH,
     ERR_LATER,
     "status 403 NOT_ENOUGH \"余额不足\""},
    {{.status = 403, .body = "{\"code\":\"USER_ACCOUNT_ABNORMAL\"}"},
     WXPAY_ACCOUNT_CLOSED,
     ERR_DATA,
     "status 403 USER_ACCOUNT_ABNORMAL"},
    {{.status = 404, .body = "{\"code\":\"RESOURCE_NOT_EXISTS\"}", .header = "Request-Id: 7-8"},
     WXPAY_NOT_FOUND,
     ERR_DATA,
     "status 404 RESOURCE_NOT_EXISTS (Request-Id 7-8)"},
    {{.status = 429, .body = "{\"code\":\"FREQUENCY_LIMITED\"}", .header = "Retry-After: 1"},
     WXPAY_ASK_FIRST,
     ERR_LATER,
     "status 429 FREQUENCY_LIMITED"},
    {{.status = 500, .body = "{\"code\":\"SYSTEM_ERROR\"}"},
     WXPAY_ASK_FIRST,
     ERR_LATER,
     "status 500 SYSTEM_ERROR"},
    {{.status = 502, .body = "<html>"}, WXPAY_ASK_FIRST, ERR_LATER, "status 502"},
    {{.status = 302, .header = "Location: https://localhost/"},
     WXPAY_ASK_FIRST,
     ERR_LATER,
     "status 302"},
    {{.hang_up = true}, WXPAY_ASK_FIRST, ERR_UNAVAILABLE, "no complete reply from localhost:"},
    {{.body = REFUND, .cut = true},
     WXPAY_ASK_FIRST,
     ERR_UNAVAILABLE,
     "no complete reply from localhost:"},
    {{.body = REFUND, .seal = SEAL_NONE}, WXPAY_ASK_FIRST, ERR_ACCESS, "the reply is not signed"},
    {{.body = REFUND, .seal = SEAL_PROBE},
     WXPAY_ASK_FIRST,
     ERR_ACCESS,
     "the reply's signature with key \""},
    {{.body = REFUND, .seal = SEAL_WRONG},
     WXPAY_ASK_FIRST,
     ERR_ACCESS,
     "the reply's signature with key \""},
    {{.body = REFUND, .seal = SEAL_STALE}, WXPAY_ASK_FIRST, ERR_ACCESS, "the reply was signed at"},
    {{.body = "{}"}, WXPAY_ASK_FIRST, ERR_DATA, NULL},
    {{.body = "[]"}, WXPAY_ASK_FIRST, ERR_DATA, NULL},
};

static void expect_outcome(struct story *story, const struct outcome_case *outcome)
{
    CLEANUP(buf_release) struct buf begins = BUF_INIT(ERR_TEXT_MAX);
    struct wxpay_refund_answer answer;
    struct err err = ERR_INIT;
    struct step step = outcome->step;

    step.target = CREATE;
    step.posted = BODY;
    story_tell(story, &step, 1);
    assert_true(create(story, &answer, &err));
    story_end(story);
    if (outcome->reason == NULL)
        buf_add_text(&begins, "refund R1: the answer: ");
    else
        buf_add_format(&begins, "refund R1: POST " CREATE ": %s", outcome->reason);
    if (!view_starts_with(view_of(answer.reason.text), buf_view(&begins)))
        assert_string_equal(answer.reason.text, buf_text(&begins));
    assert_int_equal(answer.reaction, outcome->reaction);
    assert_int_equal(answer.reason.kind, outcome->kind);
}

static void says_what_became_of_it_and_sends_nothing_twice(void **state)
{
    struct story *story = *state;
    const struct step first[] = {CERTIFICATES};
    struct err err = ERR_INIT;
    STORY_TELL(story, first);
    assert_true(wxpay_certificates_load(story->client, &err));
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
        expect_outcome(story, &outcomes[i]);
    /* Only the rate made it wait: six a second once errors come (FACTS §5.2). */
    assert_true(story->waits > 0);
    for (size_t i = 0; i < story->waits; i++)
        assert_in_range(story->waits_ms[i], 1, 1000);
}

static void says_that_nothing_was_sent(void **state)
{
    struct story *story = *state;
    struct wxpay_settings settings = story_settings(story);
    struct wxpay_refund_answer answer = {.reaction = WXPAY_PEOPLE};
    struct err err = ERR_INIT;
    merchant_add_public_key(story->merchant);
    settings.base_url = "https://localhost:1"; /* tcpmux: nobody's since the 1980s */
    story_open_client(story, &settings);
    assert_false(create(story, &answer, &err));
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.text, "refund R1: POST " CREATE ": no complete reply from "));
    assert_int_equal(answer.reaction, WXPAY_PEOPLE);

    const struct step steps[] = {{.target = "/v3/certificates", .status = 401}};
    merchant_fill_folder(story->merchant);
    settings = story_settings(story);
    story_open_client(story, &settings);
    STORY_TELL(story, steps);
    assert_false(create(story, &answer, &err));
    story_end(story);
    assert_string_equal(err.text, "refund R1: GET /v3/certificates: status 401");
}

/* ---- asking -----------------------------------------------------------------------------------
 */

static void asks_by_the_encoded_number(void **state)
{
    struct story *story = *state;
    struct wxpay_settings settings = story_settings(story);
    struct wxpay_refund_answer answer;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        CERTIFICATES,
        {.target = CREATE "/R%7C1%2A2%403?sub_mchid=1900000110",
         .status = 404,
         .body = "{\"code\":\"RESOURCE_NOT_EXISTS\"}"},
    };
    settings.sub_mchid = "1900000110";
    story_open_client(story, &settings);
    STORY_TELL(story, steps);
    assert_true(wxpay_refund_query(story->client, VIEW("R|1*2@3"), &answer, &err));
    story_end(story);
    assert_int_equal(answer.reaction, WXPAY_NOT_FOUND);
}

static void asks_again_after_a_probe(void **state)
{
    struct story *story = *state;
    struct wxpay_refund_answer answer;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        CERTIFICATES,
        {.target = CREATE "/R1", .body = REFUND, .seal = SEAL_PROBE},
        {.target = CREATE "/R1", .hang_up = true},
        {.target = CREATE "/R1", .body = REFUND},
    };
    STORY_TELL(story, steps);
    assert_true(wxpay_refund_query(story->client, VIEW("R1"), &answer, &err));
    story_end(story);
    assert_int_equal(answer.reaction, WXPAY_DONE);
    assert_int_equal(answer.refund.refund.fen, 40);
}

static void says_what_is_wrong_with_the_answer(void **state)
{
    struct story *story = *state;
    struct wxpay_refund_answer answer;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        CERTIFICATES,
        {.target = CREATE "/R2", .body = REFUND, .header = "Request-Id: 7-8"},
        {.target = CREATE "/R2", .status = 403, .body = "{\"code\":\"NO_AUTH\"}"},
    };
    STORY_TELL(story, steps);
    assert_false(wxpay_refund_query(story->client, VIEW("R2"), &answer, &err));
    assert_string_equal(err.text, "refund R2: the answer: \"out_refund_no\" is not the \"R2\" that "
                                  "was asked for (Request-Id 7-8)");
    assert_false(wxpay_refund_query(story->client, VIEW("R2"), &answer, &err));
    assert_string_equal(err.text, "refund R2: GET " CREATE "/R2: status 403 NO_AUTH");
    assert_int_equal(err.kind, ERR_ACCESS);
    story_end(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_published_refunds),
        cmocka_unit_test(a_callback_is_no_answer),
        cmocka_unit_test(reads_strictly),
        cmocka_unit_test(unknown_words_are_unknown),
        cmocka_unit_test(builds_the_same_bytes_every_time),
        cmocka_unit_test(builds_nothing_that_is_not_allowed),
        IN_STORY(sends_the_body_as_it_is),
        IN_STORY(sends_published_bytes),
        IN_STORY(says_what_became_of_it_and_sends_nothing_twice),
        IN_STORY(says_that_nothing_was_sent),
        IN_STORY(asks_by_the_encoded_number),
        IN_STORY(asks_again_after_a_probe),
        IN_STORY(says_what_is_wrong_with_the_answer),
    };
    return cmocka_run_group_tests_name("wxpay/refund", tests, merchant_open, merchant_close);
}
