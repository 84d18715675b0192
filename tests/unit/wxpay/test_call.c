#include "story.h"

#include "wxpay/bill.h"
#include "wxpay/call.h"
#include "wxpay/refund.h"

/* A call of its own, so that nothing but repeating and messages is looked at. */

#define TARGET "/v3/bill/tradebill?x=1"
#define DAY "/v3/bill/tradebill?bill_date=2026-05-31&bill_type=ALL&tar_type=GZIP"

static bool make_call(struct story *story, enum wxpay_reaction *ret_reaction, struct err *err)
{
    struct wxpay_call *call = wxpay_call_new(story->client, &(struct wxpay_plan){
                                                                .endpoint = WXPAY_TRADE_APPLY,
                                                                .accept = WXPAY_ACCEPT_UNSIGNED,
                                                                .target = VIEW(TARGET),
                                                                .reply_bytes_max = 1000,
                                                            });
    wxpay_call_wait(call);
    bool answered = wxpay_call_answered(call, err);
    if (answered)
        *ret_reaction = call->reaction;
    wxpay_call_free(call);
    return answered;
}

static void expect_failure(struct story *story, enum err_kind kind, const char *message)
{
    enum wxpay_reaction reaction = WXPAY_DONE;
    struct err err = ERR_INIT;
    assert_false(make_call(story, &reaction, &err));
    story_end(story);
    assert_string_equal(err.text, message);
    assert_int_equal(err.kind, kind);
    assert_int_equal(reaction, WXPAY_DONE);
}

static void repeats_what_may_pass(void **state)
{
    struct story *story = *state;
    enum wxpay_reaction reaction = WXPAY_REFUSED;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        {.target = TARGET, .hang_up = true},
        {.target = TARGET, .status = 502, .body = "<html>Bad gateway</html>"},
        {.target = TARGET, .status = 429, .body = "{\"code\":\"FREQUENCY_LIMITED\"}"},
        {.target = TARGET, .body = "{}", .cut = true},
        {.target = TARGET, .body = "{}"},
    };
    STORY_TELL(story, steps);
    assert_true(make_call(story, &reaction, &err));
    story_end(story);
    assert_int_equal(reaction, WXPAY_DONE);
    assert_int_equal(err.kind, ERR_NONE); /* failures in between leave no trace */
    assert_int_equal(story->waits, 4);
    for (size_t i = 0; i < 4; i++)
        assert_in_range(story->waits_ms[i], 250 << i, 500 << i);
}

static void gives_up_after_so_many(void **state)
{
    struct story *story = *state;
    const struct step steps[] = {
        {.target = TARGET,
         .status = 500,
         .body = "{\"code\":\"SYSTEM_ERROR\",\"message\":\"系统错误\"}"},
        {.target = TARGET,
         .status = 500,
         .body = "{\"code\":\"SYSTEM_ERROR\",\"message\":\"系统错误\"}"},
        {.target = TARGET,
         .status = 500,
         .header = "Request-ID: 08-268",
         .body = "{\"code\":\"SYSTEM_ERROR\",\"message\":\"系统错误\"}"},
    };
    story->retry.attempts_max = 3;
    struct wxpay_settings settings = story_settings(story);
    story_open_client(story, &settings);
    STORY_TELL(story, steps);
    expect_failure(story, ERR_UNAVAILABLE,
                   "GET /v3/bill/tradebill: after 3 attempts: status 500 SYSTEM_ERROR "
                   "\"系统错误\" (Request-Id 08-268)");
}

static void note(void *context, const struct wxpay_attempt *attempt)
{
    struct buf *lines = context;
    buf_add_format(lines, "%s %s %.*s %d %s%s%s%s\n", attempt->mchid, attempt->method,
                   VIEW_ARG(attempt->path), attempt->status, attempt->request_id.s,
                   attempt->certificates ? " certificates" : "",
                   attempt->again != NULL ? " again: " : "",
                   attempt->again != NULL ? attempt->again->text : "");
}

static struct date last_of_may(void)
{
    struct date day = {.days = 0};
    assert_true(date_parse(VIEW("2026-05-31"), &day));
    return day;
}

/* Each attempt with its own Request-Id, and the certificates, whose reply nobody sees. */
static void tells_of_each_attempt(void **state)
{
    struct story *story = *state;
    CLEANUP(buf_release) struct buf told = BUF_INIT(4096);
    struct wxpay_settings settings = story_settings(story);
    struct wxpay_bill_offer offer;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        {.target = "/v3/certificates", .status = 500, .header = "Request-Id: 1-1"},
        {.target = "/v3/certificates", .certificates = "old", .header = "Request-Id: 1-2"},
        {.target = DAY, .body = "{}", .cut = true, .header = "Request-Id: 2-1"},
        {.target = DAY, .status = 503, .header = "Request-Id: 2-2"},
        {.target = DAY,
         .status = 400,
         .header = "Request-Id: 2-3",
         .body = "{\"code\":\"NO_STATEMENT_EXIST\"}"},
    };
    settings.told = note;
    settings.told_context = &told;
    story_open_client(story, &settings);
    STORY_TELL(story, steps);
    assert_true(wxpay_bill_apply(story->client, WXPAY_TRADE_ALL, last_of_may(), &offer, &err));
    story_end(story);
    struct view lines = buf_view(&told), line;
    static const char *const expected[] = {
        "1900000109 GET /v3/certificates 500 1-1 certificates again: status 500",
        "1900000109 GET /v3/certificates 200 1-2 certificates",
        "1900000109 GET /v3/bill/tradebill 200 2-1 again: no complete reply from ",
        "1900000109 GET /v3/bill/tradebill 503 2-2 again: status 503",
        "1900000109 GET /v3/bill/tradebill 400 2-3",
    };
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_true(view_take(&lines, '\n', &line));
        if (!view_starts_with(line, view_of(expected[i])))
            fail_msg("%.*s", VIEW_ARG(line));
    }
    assert_int_equal(lines.length, 0);
}

static void waits_as_long_as_it_is_told(void **state)
{
    struct story *story = *state;
    enum wxpay_reaction reaction = WXPAY_REFUSED;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        {.target = TARGET, .status = 429, .header = "Retry-After: 7"},
        {.target = TARGET, .status = 503, .header = "retry-after: Mon, 01 Jun 2026 02:30:09 GMT"},
        {.target = TARGET, .body = "{}"},
    };
    STORY_TELL(story, steps);
    assert_true(make_call(story, &reaction, &err));
    story_end(story);
    assert_int_equal(story->waits_ms[0], 7000);
    assert_int_equal(story->waits_ms[1], 9000);
}

static void does_not_wait_longer_than_the_cap(void **state)
{
    struct story *story = *state;
    const struct step steps[] = {{.target = TARGET, .status = 429, .header = "Retry-After: 600"}};
    STORY_TELL(story, steps);
    expect_failure(story, ERR_LATER, "GET /v3/bill/tradebill: status 429");
    assert_int_equal(story->waits, 0);
}

static void stops_when_it_is_interrupted(void **state)
{
    struct story *story = *state;
    const struct step steps[] = {{.target = TARGET, .status = 500}};
    story->impatient = true;
    STORY_TELL(story, steps);
    expect_failure(story, ERR_LATER,
                   "GET /v3/bill/tradebill: interrupted before another attempt: status 500");
}

struct final_case {
    struct step step;
    enum err_kind kind;
    const char *message;
};

static const struct final_case finals[] = {
    {{.target = TARGET,
      .status = 401,
      .body = "{\"code\":\"SIGN_ERROR\",\"message\":\"签名错误\",\"detail\":{\"field\":\"x\"}}"},
     ERR_ACCESS,
     "GET /v3/bill/tradebill: status 401 SIGN_ERROR \"签名错误\""},
    {{.target = TARGET,
      .status = 400,
      .body = "{\"code\":\"PARAM_ERROR\",\"message\":\"a\\n\\tb\"}"},
     ERR_DATA,
     "GET /v3/bill/tradebill: status 400 PARAM_ERROR \"a  b\""},
    {{.target = TARGET, .status = 404}, ERR_CONFIG, "GET /v3/bill/tradebill: status 404"},
    {{.target = TARGET, .status = 302, .header = "Location: https://localhost/"},
     ERR_CONFIG,
     "GET /v3/bill/tradebill: status 302"},
    {{.target = TARGET, .status = 400, .body = "{\"code\":7}"},
     ERR_DATA,
     "GET /v3/bill/tradebill: status 400"},
    {{.target = TARGET, .status = 400, .body = "{\"code\":\"A\",\"code\":\"B\"}"},
     ERR_DATA,
     "GET /v3/bill/tradebill: status 400"},
};

static void does_not_repeat_what_stays(void **state)
{
    struct story *story = *state;
    for (size_t i = 0; i < sizeof(finals) / sizeof(finals[0]); i++) {
        story_tell(story, &finals[i].step, 1);
        expect_failure(story, finals[i].kind, finals[i].message);
    }
    assert_int_equal(story->waits, 0);
}

static void cuts_long_foreign_texts_between_characters(void **state)
{
    struct story *story = *state;
    CLEANUP(buf_release) struct buf body = BUF_INIT(1000);
    CLEANUP(buf_release) struct buf message = BUF_INIT(1000);
    buf_add_text(&body, "{\"code\":\"X\",\"message\":\"a");
    buf_add_text(&message, "GET /v3/bill/tradebill: status 400 X \"a");
    for (int i = 0; i < 120; i++) {
        buf_add_text(&body, "签");
        if (i < 99) /* 1 + 99 × 3 = 298 of 300 bytes */
            buf_add_text(&message, "签");
    }
    buf_add_text(&body, "\"}");
    buf_add_text(&message, "\"");
    const struct step steps[] = {{.target = TARGET, .status = 400, .body = buf_text(&body)}};
    STORY_TELL(story, steps);
    expect_failure(story, ERR_DATA, buf_text(&message));
}

static void a_reply_that_is_too_large_is_not_repeated(void **state)
{
    struct story *story = *state;
    CLEANUP(buf_release) struct buf body = BUF_INIT(2000);
    CLEANUP(buf_release) struct buf message = BUF_INIT(1000);
    while (body.length <= 1000)
        buf_add_byte(&body, ' ');
    buf_add_format(&message,
                   "GET /v3/bill/tradebill: the reply from localhost:%d is larger than 1000 bytes",
                   story->server->port);
    const struct step steps[] = {{.target = TARGET, .body = buf_text(&body)}};
    STORY_TELL(story, steps);
    expect_failure(story, ERR_LIMIT, buf_text(&message));
}

#define REFUNDS "/v3/refund/domestic/refunds"
#define REFUND                                                                                     \
    "{\"refund_id\":\"50001307732021032607480019805\",\"out_refund_no\":\"R1\","                   \
    "\"transaction_id\":\"4200000991\",\"out_trade_no\":\"P123456\",\"channel\":\"ORIGINAL\","     \
    "\"create_time\":\"2026-05-31T14:52:08+08:00\",\"status\":\"PROCESSING\","                     \
    "\"amount\":{\"total\":100,\"refund\":40,\"payer_total\":90,\"payer_refund\":36}}"

/* A refund is not repeated, so it begins where what came before it had to go. */
static void goes_to_the_host_that_was_reached(void **state)
{
    struct story *story = *state;
    struct wxpay_settings settings = story_settings(story);
    struct wxpay_refund_answer answer;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        {.target = REFUNDS "/R1", .status = 404, .body = "{\"code\":\"RESOURCE_NOT_EXISTS\"}"},
        {.target = REFUNDS, .posted = "{}", .body = REFUND, .seal = SEAL_BY_PUBLIC_KEY},
        {.target = REFUNDS, .posted = "{}", .body = REFUND, .seal = SEAL_BY_PUBLIC_KEY},
    };
    merchant_add_public_key(story->merchant);
    settings.base_url = "https://localhost:1";
    settings.backup_url = story->server->url;
    story_open_client(story, &settings);
    STORY_TELL(story, steps);
    assert_true(wxpay_refund_query(story->client, VIEW("R1"), &answer, &err));
    assert_int_equal(answer.reaction, WXPAY_NOT_FOUND);
    assert_true(wxpay_refund_create(story->client, VIEW("R1"), VIEW("{}"), &answer, &err));
    assert_int_equal(answer.reaction, WXPAY_DONE);

    /* Nobody had gone there before: it is not sent, the next one is. */
    story_open_client(story, &settings);
    assert_false(wxpay_refund_create(story->client, VIEW("R1"), VIEW("{}"), &answer, &err));
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_true(wxpay_refund_create(story->client, VIEW("R1"), VIEW("{}"), &answer, &err));
    story_end(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORY(repeats_what_may_pass),
        IN_STORY(gives_up_after_so_many),
        IN_STORY(tells_of_each_attempt),
        IN_STORY(waits_as_long_as_it_is_told),
        IN_STORY(does_not_wait_longer_than_the_cap),
        IN_STORY(stops_when_it_is_interrupted),
        IN_STORY(does_not_repeat_what_stays),
        IN_STORY(cuts_long_foreign_texts_between_characters),
        IN_STORY(a_reply_that_is_too_large_is_not_repeated),
        IN_STORY(goes_to_the_host_that_was_reached),
    };
    return cmocka_run_group_tests_name("wxpay/call", tests, merchant_open, merchant_close);
}
