/* Replies that must not be taken: each is refused with a message that names request and reason, in
 * as many requests as the policy allows and not one more, and without showing what is secret. */
#include "story.h"

#include "wxpay/bill.h"
#include "wxpay/certificates.h"
#include "wxpay/order.h"
#include "wxpay/refund.h"

#define SECRET "6XIv5TUPto7pByrTQKhd6kwvyKLG2uY2"
#define TRADE "/v3/bill/tradebill?bill_date=2026-05-31&bill_type=ALL&tar_type=GZIP"
#define ORDER "/v3/pay/transactions/out-trade-no/P1?mchid=1900000109"
#define REFUND "/v3/refund/domestic/refunds/R1"
#define CERTIFICATES                                                                               \
    {                                                                                              \
        .target = "/v3/certificates", .certificates = "old"                                        \
    }

enum { ATTEMPTS = 3 };

/* ---- three calls, as one ----------------------------------------------------------------------
 */

typedef bool ask_function(struct wxpay *client, struct err *err);

static bool ask_for_bill(struct wxpay *client, struct err *err)
{
    struct wxpay_bill_offer offer = {.state = WXPAY_BILL_NONE};
    struct date day;
    assert_true(date_parse(VIEW("2026-05-31"), &day));
    bool asked = wxpay_bill_apply(client, WXPAY_TRADE_ALL, day, &offer, err);
    assert_int_equal(offer.state, asked ? WXPAY_BILL_OFFERED : WXPAY_BILL_NONE);
    return asked;
}

static bool ask_for_order(struct wxpay *client, struct err *err)
{
    struct wxpay_order_answer answer;
    return wxpay_order_query(client, WXPAY_BY_OUT_TRADE_NO, VIEW("P1"), &answer, err);
}

static bool ask_for_refund(struct wxpay *client, struct err *err)
{
    struct wxpay_refund_answer answer;
    return wxpay_refund_query(client, VIEW("R1"), &answer, err);
}

struct question {
    ask_function *ask;
    const char *target;
    const char *name; /* before the request's own message */
    const char *path;
    const char *content; /* before what is wrong with the content */
};

static const struct question questions[] = {
    {ask_for_bill, TRADE,
     "trade ALL bill of 2026-05-31: ", "GET /v3/bill/tradebill: ", "the offer: "},
    {ask_for_order, ORDER,
     "order P1: ", "GET /v3/pay/transactions/out-trade-no/P1: ", "the answer: "},
    {ask_for_refund, REFUND, "refund R1: ", "GET /v3/refund/domestic/refunds/R1: ", "the answer: "},
};

/* ---- what comes back --------------------------------------------------------------------------
 */

struct bad_case {
    struct step step;
    bool repeated;
    bool content; /* the reply was genuine, what it says is wrong */
    enum err_kind kind;
    const char *message; /* its beginning */
};

static const struct bad_case cases[] = {
    {{.body = "<html>" SECRET "</html>"},
     false,
     true,
     ERR_DATA,
     "not valid JSON: line 1, column 1: "},
    {{.body = ""}, false, true, ERR_DATA, "not valid JSON: line 1, column 0: "},
    {{.body = "{\"a\":1}{"}, false, true, ERR_DATA, "not valid JSON: line 1, column 8: "},
    {{.body = "{\"a\":1,\"a\":2}"},
     false,
     true,
     ERR_DATA,
     "not valid JSON: line 1, column 10: duplicate object key near '\"a\"'"},
    {{.body = "[\"" SECRET "\"]"}, false, true, ERR_DATA, "not a JSON object"},
    {{.body = "{\"code\":\"" SECRET "\"}"}, false, true, ERR_DATA, "\""},
    {{.body = "{}", .seal = SEAL_NONE}, true, false, ERR_ACCESS, "the reply is not signed"},
    {{.body = "{}", .seal = SEAL_WRONG},
     true,
     false,
     ERR_ACCESS,
     "the reply's signature with key \"" PLATFORM_SERIAL "\" is wrong"},
    {{.body = "{}", .seal = SEAL_PROBE},
     true,
     false,
     ERR_ACCESS,
     "the reply's signature with key \"" PLATFORM_SERIAL "\" is wrong"},
    {{.body = "{}", .seal = SEAL_STALE},
     false,
     false,
     ERR_ACCESS,
     "the reply was signed at 1780280700, 300 s or more away from our "
     "clock"},
    {{.status = 302, .header = "Location: https://localhost/?token=" SECRET},
     false,
     false,
     ERR_CONFIG,
     "status 302"},
    {{.status = 307, .header = "Location: http://example.com/" SECRET},
     false,
     false,
     ERR_CONFIG,
     "status 307"},
    {{.status = 203, .body = "{}"}, false, false, ERR_CONFIG, "status 203"},
    {{.status = 502, .body = "<html>" SECRET "</html>"},
     true,
     false,
     ERR_UNAVAILABLE,
     "status 502"},
    {{.body = "{\"a\":1}", .cut = true},
     true,
     false,
     ERR_UNAVAILABLE,
     "no complete reply from localhost:"},
    {{.hang_up = true}, true, false, ERR_UNAVAILABLE, "no complete reply from localhost:"},
};

/* As many as the policy allows when it is repeated. */
static void expect(struct story *story, const struct question *question, const struct bad_case *bad)
{
    struct step steps[ATTEMPTS];
    CLEANUP(buf_release) struct buf message = BUF_INIT(ERR_TEXT_MAX);
    struct err err = ERR_INIT;
    size_t count = bad->repeated ? ATTEMPTS : 1;

    for (size_t i = 0; i < count; i++) {
        steps[i] = bad->step;
        steps[i].target = question->target;
    }
    story_tell(story, steps, count);
    story->waits = 0;
    assert_false(question->ask(story->client, &err));
    story_end(story);
    buf_add_format(&message, "%s%s%s%s", question->name,
                   bad->content ? question->content : question->path,
                   bad->repeated ? "after 3 attempts: " : "", bad->message);
    if (!view_starts_with(view_of(err.text), buf_view(&message)))
        assert_string_equal(err.text, buf_text(&message));
    assert_int_equal(err.kind, bad->kind);
    assert_null(strstr(err.text, SECRET));
    assert_null(strstr(err.hint, SECRET));
    assert_int_equal(story->waits, count - 1);
}

static void begin(struct story *story)
{
    const struct step first[] = {CERTIFICATES};
    struct wxpay_settings settings = story_settings(story);
    struct err err = ERR_INIT;
    story->retry.attempts_max = ATTEMPTS;
    story_open_client(story, &settings);
    story_tell(story, first, 1);
    assert_true(wxpay_certificates_load(story->client, &err));
}

static void refuses_what_is_no_answer(void **state)
{
    struct story *story = *state;
    begin(story);
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        for (size_t j = 0; j < sizeof(cases) / sizeof(cases[0]); j++)
            expect(story, &questions[i], &cases[j]);
    }
}

static void refuses_what_is_too_large(void **state)
{
    struct story *story = *state;
    CLEANUP(buf_release) struct buf body = BUF_INIT(2 * WXPAY_REPLY_MAX);
    CLEANUP(buf_release) struct buf header = BUF_INIT(2 * HTTP_HEAD_MAX);
    begin(story);
    while (body.length <= WXPAY_REPLY_MAX)
        buf_add_text(&body, "                                                                ");
    buf_add_text(&header, "X-Long: ");
    while (header.length <= HTTP_HEAD_MAX)
        buf_add_text(&header, "0123456789012345678901234567890123456789012345678901234567890123");
    const struct bad_case large_body = {
        {.bytes = buf_view(&body)}, false, false, ERR_LIMIT, "the reply from localhost:"};
    const struct bad_case large_head = {{.body = "{}", .header = buf_text(&header)},
                                        false,
                                        false,
                                        ERR_LIMIT,
                                        "the head of the reply from localhost:"};
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        expect(story, &questions[i], &large_body);
        expect(story, &questions[i], &large_head);
    }
}

static void an_unknown_key_costs_one_look(void **state)
{
    struct story *story = *state;
    struct err err = ERR_INIT;
    begin(story);
    const struct step steps[] = {
        {.target = ORDER, .body = "{}", .seal = SEAL_BY_NEWER},
        CERTIFICATES,
        {.target = REFUND, .body = "{}", .seal = SEAL_BY_NEWER},
    };
    STORY_TELL(story, steps);
    assert_false(ask_for_order(story->client, &err));
    assert_string_equal(err.text, "order P1: GET /v3/pay/transactions/out-trade-no/P1: the reply "
                                  "is signed with the unknown key \"" NEWER_SERIAL "\"");
    assert_false(ask_for_refund(story->client, &err));
    story_end(story);
    assert_int_equal(story->waits, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORY(refuses_what_is_no_answer),
        IN_STORY(refuses_what_is_too_large),
        IN_STORY(an_unknown_key_costs_one_look),
    };
    return cmocka_run_group_tests_name("wxpay/bad replies", tests, merchant_open, merchant_close);
}
