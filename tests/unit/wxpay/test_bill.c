#include "story.h"

#include "wxpay/bill.h"

#define CERTIFICATES                                                                               \
    {                                                                                              \
        .target = "/v3/certificates", .certificates = "old"                                        \
    }
#define TRADE_ALL "/v3/bill/tradebill?bill_date=2026-05-31&bill_type=ALL&tar_type=GZIP"
#define SHA1 "79bb0f45fc4c42234a918000b2668d689e2bde04"
#define FILE_TARGET "/v3/billdownload/file?token=6XIv5TUP_Cv-a&tartype=gzip"
#define OFFER                                                                                      \
    "{\"hash_type\":\"SHA1\",\"hash_value\":\"" SHA1 "\",\"download_url\":\"$URL" FILE_TARGET "\"" \
    "}"

static struct date day(void)
{
    struct date date = {.days = 0};
    assert_true(date_parse(VIEW("2026-05-31"), &date));
    return date;
}

static bool apply(struct story *story, enum wxpay_bill_kind kind, struct wxpay_bill_offer *offer,
                  struct err *err)
{
    return wxpay_bill_apply(story->client, kind, day(), offer, err);
}

/* ---- applying ---------------------------------------------------------------------------------
 */

static void gets_an_offer(void **state)
{
    struct story *story = *state;
    CLEANUP(buf_release) struct buf url = BUF_INIT(1000);
    struct wxpay_bill_offer offer = {.state = WXPAY_BILL_NONE};
    struct err err = ERR_INIT;
    const struct step steps[] = {
        CERTIFICATES,
        {.target = TRADE_ALL, .body = OFFER, .header = "Request-ID: 08F78BE1-268501256"},
    };
    STORY_TELL(story, steps);
    assert_true(apply(story, WXPAY_TRADE_ALL, &offer, &err));
    story_end(story);
    buf_add_format(&url, "%s" FILE_TARGET, story->server->url);
    assert_int_equal(offer.state, WXPAY_BILL_OFFERED);
    assert_string_equal(offer.sha1, SHA1);
    assert_string_equal(offer.url, buf_text(&url));
    assert_string_equal(offer.request_id, "08F78BE1-268501256");
}

struct kind_case {
    enum wxpay_bill_kind kind;
    const char *name;
    const char *target;
    const char *partner_target;
};

static const struct kind_case kinds[] = {
    {WXPAY_TRADE_ALL, "trade ALL", TRADE_ALL, TRADE_ALL "&sub_mchid=1900000110"},
    {WXPAY_TRADE_SUCCESS, "trade SUCCESS",
     "/v3/bill/tradebill?bill_date=2026-05-31&bill_type=SUCCESS&tar_type=GZIP",
     "/v3/bill/tradebill?bill_date=2026-05-31&bill_type=SUCCESS&tar_type=GZIP"
     "&sub_mchid=1900000110"},
    {WXPAY_TRADE_REFUND, "trade REFUND",
     "/v3/bill/tradebill?bill_date=2026-05-31&bill_type=REFUND&tar_type=GZIP",
     "/v3/bill/tradebill?bill_date=2026-05-31&bill_type=REFUND&tar_type=GZIP"
     "&sub_mchid=1900000110"},
    {WXPAY_FUND_BASIC, "fund BASIC",
     "/v3/bill/fundflowbill?bill_date=2026-05-31&account_type=BASIC&tar_type=GZIP",
     "/v3/bill/fundflowbill?bill_date=2026-05-31&account_type=BASIC&tar_type=GZIP"},
    {WXPAY_FUND_OPERATION, "fund OPERATION",
     "/v3/bill/fundflowbill?bill_date=2026-05-31&account_type=OPERATION&tar_type=GZIP",
     "/v3/bill/fundflowbill?bill_date=2026-05-31&account_type=OPERATION&tar_type=GZIP"},
    {WXPAY_FUND_FEES, "fund FEES",
     "/v3/bill/fundflowbill?bill_date=2026-05-31&account_type=FEES&tar_type=GZIP",
     "/v3/bill/fundflowbill?bill_date=2026-05-31&account_type=FEES&tar_type=GZIP"},
};

static void asks_for_each_kind(void **state)
{
    struct story *story = *state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct wxpay_bill_offer offer;
        struct err err = ERR_INIT;
        struct wxpay_settings settings = story_settings(story);
        const struct step steps[] = {
            CERTIFICATES,
            {.target = kinds[i].target, .body = OFFER},
            CERTIFICATES,
            {.target = kinds[i].partner_target, .body = OFFER},
        };
        STORY_TELL(story, steps);
        story_open_client(story, &settings);
        assert_true(apply(story, kinds[i].kind, &offer, &err));
        settings.sub_mchid = "1900000110";
        story_open_client(story, &settings);
        assert_true(apply(story, kinds[i].kind, &offer, &err));
        story_end(story);
        assert_string_equal(wxpay_bill_kind_name(kinds[i].kind), kinds[i].name);
    }
}

static void reads_published_offers(void **state)
{
    struct story *story = *state;
    static const char *const files[] = {"bill_tradebill_response.json",
                                        "bill_fundflowbill_response.json"};
    for (size_t i = 0; i < 2; i++) {
        CLEANUP(buf_release) struct buf path = BUF_INIT(1000);
        CLEANUP(buf_release) struct buf body = BUF_INIT(VECTOR_FILE_MAX);
        CLEANUP(buf_release) struct buf message = BUF_INIT(1000);
        struct wxpay_bill_offer offer;
        struct wxpay_settings settings = story_settings(story);
        struct err err = ERR_INIT;
        buf_add_format(&path, "tests/data/wechatpay/json/%s", files[i]);
        vectors_read(buf_text(&path), &body);
        const struct step steps[] = {CERTIFICATES, {.target = TRADE_ALL, .body = buf_text(&body)}};
        STORY_TELL(story, steps);
        story_open_client(story, &settings);

        /* All of it is right but for the host, which is not the test's. */
        assert_false(apply(story, WXPAY_TRADE_ALL, &offer, &err));
        buf_add_format(
            &message,
            "trade ALL bill of 2026-05-31: the offer: \"download_url\": the URL is on host "
            "\"api.mch.weixin.qq.com\", not on \"localhost:%d\"",
            story->server->port);
        assert_string_equal(err.text, buf_text(&message));
        story_end(story);
    }
}

static void trims_and_lowers(void **state)
{
    struct story *story = *state;
    CLEANUP(buf_release) struct buf url = BUF_INIT(1000);
    struct wxpay_bill_offer offer;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        CERTIFICATES,
        {.target = TRADE_ALL,
         .body =
             "{\"hash_type\":\"SHA1\",\"hash_value\":\"79BB0F45FC4C42234A918000B2668D689E2BDE04\","
             "\"more\":1,\"download_url\":\" $URL/v3/bill/downloadurl?token=xxx \"}"},
    };
    STORY_TELL(story, steps);
    assert_true(apply(story, WXPAY_TRADE_ALL, &offer, &err));
    story_end(story);
    buf_add_format(&url, "%s/v3/bill/downloadurl?token=xxx", story->server->url);
    assert_string_equal(offer.sha1, SHA1);
    assert_string_equal(offer.url, buf_text(&url));
    assert_string_equal(offer.request_id, "");
}

struct state_case {
    const char *body;
    const char *now;
    enum wxpay_bill_state state;
};

#define NONE "{\"code\":\"NO_STATEMENT_EXIST\",\"message\":\"请求的账单文件不存在\"}"
#define CREATING "{\"code\":\"STATEMENT_CREATING\",\"message\":\"请求的账单正在生成中\"}"

/* Before ten o'clock of the next day nothing is to be concluded. */
static const struct state_case states[] = {
    {NONE, "2026-06-01T10:00:00+08:00", WXPAY_BILL_NONE},
    {NONE, "2026-06-01T09:59:59+08:00", WXPAY_BILL_NOT_READY},
    {NONE, "2026-06-01T00:30:00Z", WXPAY_BILL_NOT_READY},
    {NONE, "2026-06-01T22:00:00+08:00", WXPAY_BILL_NONE},
    {CREATING, "2026-06-01T09:59:59+08:00", WXPAY_BILL_NOT_READY},
    {CREATING, "2026-06-01T12:00:00+08:00", WXPAY_BILL_NOT_READY},
};

static void tells_no_bill_from_not_ready(void **state)
{
    struct story *story = *state;
    struct wxpay_bill_offer offer;
    struct err err = ERR_INIT;
    const struct step first[] = {CERTIFICATES, {.target = TRADE_ALL, .body = OFFER}};
    STORY_TELL(story, first);
    assert_true(apply(story, WXPAY_TRADE_ALL, &offer, &err));

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        const struct step step = {.target = TRADE_ALL,
                                  .status = 400,
                                  .body = states[i].body,
                                  .header = "Request-ID: 1-268"};
        story_tell(story, &step, 1);
        story->clock.at = vectors_instant(states[i].now);
        assert_true(apply(story, WXPAY_TRADE_ALL, &offer, &err));
        assert_int_equal(story->next, 1);
        assert_int_equal(offer.state, states[i].state);
        assert_string_equal(offer.request_id, "1-268");
        assert_string_equal(offer.url, "");
    }
}

struct bad_offer {
    const char *body;
    const char *message;
};

#define BILL "trade ALL bill of 2026-05-31: "

static const struct bad_offer bad_offers[] = {
    {"{}", BILL "the offer: \"hash_type\" is missing"},
    {"{\"hash_type\":\"SM3\",\"hash_value\":\"\",\"download_url\":\"\"}",
     BILL "the offer: \"hash_type\" is not \"SHA1\""},
    {"{\"hash_type\":\"SHA1\",\"hash_value\":\"79bb\",\"download_url\":\"\"}",
     BILL "the offer: \"hash_value\" is not a SHA-1 of 40 hex digits"},
    {"{\"hash_type\":\"SHA1\",\"hash_value\":\"zzbb0f45fc4c42234a918000b2668d689e2bde04\","
     "\"download_url\":\"\"}",
     BILL "the offer: \"hash_value\" is not a SHA-1 of 40 hex digits"},
    {"{\"hash_type\":\"SHA1\",\"hash_value\":\"" SHA1 "00\",\"download_url\":\"\"}",
     BILL "the offer: \"hash_value\" is not a SHA-1 of 40 hex digits"},
    {"{\"hash_type\":\"SHA1\",\"hash_value\":\"" SHA1 "\",\"download_url\":\"http://x/y\"}",
     BILL "the offer: \"download_url\": the URL does not begin with https://"},
    {"{\"hash_type\":\"SHA1\",\"hash_value\":\"" SHA1 "\",\"download_url\":\"$URL/a b\"}",
     BILL "the offer: \"download_url\": the URL's path is empty, longer than 4096 bytes or not "
          "plain ASCII"},
};

static void refuses_offers_it_cannot_use(void **state)
{
    struct story *story = *state;
    for (size_t i = 0; i < sizeof(bad_offers) / sizeof(bad_offers[0]); i++) {
        struct wxpay_bill_offer offer = {.state = WXPAY_BILL_NONE};
        struct err err = ERR_INIT;
        const struct step steps[] = {CERTIFICATES,
                                     {.target = TRADE_ALL, .body = bad_offers[i].body}};
        struct wxpay_settings settings = story_settings(story);
        STORY_TELL(story, steps);
        story_open_client(story, &settings);
        assert_false(apply(story, WXPAY_TRADE_ALL, &offer, &err));
        story_end(story);
        assert_string_equal(err.text, bad_offers[i].message);
        assert_int_equal(err.kind, ERR_DATA);
        assert_int_equal(offer.state, WXPAY_BILL_NONE);
    }
}

static void believes_nothing_unverified(void **state)
{
    struct story *story = *state;
    struct wxpay_bill_offer offer = {.state = WXPAY_BILL_NONE};
    struct err err = ERR_INIT;
    const struct step steps[] = {
        CERTIFICATES,
        {.target = TRADE_ALL, .body = OFFER, .seal = SEAL_NONE},
        {.target = TRADE_ALL, .body = OFFER, .seal = SEAL_WRONG},
        {.target = TRADE_ALL, .body = OFFER, .seal = SEAL_PROBE},
        {.target = TRADE_ALL, .body = OFFER, .seal = SEAL_WRONG},
        {.target = TRADE_ALL, .body = OFFER, .seal = SEAL_PROBE},
    };
    STORY_TELL(story, steps);
    assert_false(apply(story, WXPAY_TRADE_ALL, &offer, &err));
    story_end(story);
    assert_int_equal(err.kind, ERR_ACCESS);
    assert_string_equal(err.text, BILL "GET /v3/bill/tradebill: after 5 attempts: the reply's "
                                       "signature with key \"" PLATFORM_SERIAL "\" is wrong");
    assert_int_equal(offer.state, WXPAY_BILL_NONE);
}

static void follows_a_change_of_certificate(void **state)
{
    struct story *story = *state;
    struct wxpay_bill_offer offer;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        CERTIFICATES,
        {.target = TRADE_ALL, .body = OFFER},
        {.target = TRADE_ALL, .body = OFFER, .seal = SEAL_BY_NEWER},
        {.target = "/v3/certificates", .certificates = "both"},
        {.target = TRADE_ALL, .body = OFFER, .seal = SEAL_BY_NEWER},
    };
    STORY_TELL(story, steps);
    for (int i = 0; i < 3; i++)
        assert_true(apply(story, WXPAY_TRADE_ALL, &offer, &err));
    story_end(story);
    assert_int_equal(tls_server_connections(story->server), 1);
}

static void works_with_a_public_key_alone(void **state)
{
    struct story *story = *state;
    struct wxpay_bill_offer offer;
    struct err err = ERR_INIT;
    const struct step steps[] = {{.target = TRADE_ALL, .body = OFFER, .seal = SEAL_BY_PUBLIC_KEY}};
    merchant_add_public_key(story->merchant);
    struct wxpay_settings settings = story_settings(story);
    story_open_client(story, &settings);
    STORY_TELL(story, steps);
    assert_true(apply(story, WXPAY_TRADE_ALL, &offer, &err));
    story_end(story);
}

/* ---- downloading ------------------------------------------------------------------------------
 */

struct bowl {
    struct buf bytes;
    bool full;
};

static bool pour(void *context, struct view bytes, struct err *err)
{
    struct bowl *bowl = context;
    if (bowl->full)
        return err_set(err, ERR_UNAVAILABLE, "the database went away");
    buf_add_view(&bowl->bytes, bytes);
    return true;
}

static bool download(struct story *story, const char *target, struct bowl *bowl, uint64_t *bytes,
                     struct err *err)
{
    struct wxpay_bill_offer offer = {.state = WXPAY_BILL_OFFERED};
    snprintf(offer.url, sizeof(offer.url), "%s%s", story->server->url, target);
    bowl->bytes.max = VECTOR_FILE_MAX;
    return wxpay_bill_download(story->client, &offer, pour, bowl, bytes, err);
}

static void downloads_without_signature(void **state)
{
    struct story *story = *state;
    struct bowl bowl = {.full = false};
    uint64_t bytes = 0;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        {.target = FILE_TARGET, .body = "\x1f\x8b and more", .seal = SEAL_NONE}};
    STORY_TELL(story, steps);
    assert_true(download(story, FILE_TARGET, &bowl, &bytes, &err));
    story_end(story);
    assert_int_equal(bytes, 11);
    assert_string_equal(buf_text(&bowl.bytes), "\x1f\x8b and more");
    buf_release(&bowl.bytes);
}

static void repeats_a_download_that_has_not_begun(void **state)
{
    struct story *story = *state;
    struct bowl bowl = {.full = false};
    uint64_t bytes = 0;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        {.target = FILE_TARGET, .hang_up = true},
        {.target = FILE_TARGET, .status = 500, .body = "{\"code\":\"SYSTEM_ERROR\"}"},
        {.target = FILE_TARGET, .body = "rows"},
    };
    STORY_TELL(story, steps);
    assert_true(download(story, FILE_TARGET, &bowl, &bytes, &err));
    story_end(story);
    assert_string_equal(buf_text(&bowl.bytes), "rows");
    buf_release(&bowl.bytes);
}

static void expect_failure(struct story *story, struct bowl *bowl, enum err_kind kind,
                           const char *message)
{
    uint64_t bytes = 77;
    struct err err = ERR_INIT;
    assert_false(download(story, FILE_TARGET, bowl, &bytes, &err));
    story_end(story);
    assert_string_equal(err.text, message);
    assert_int_equal(err.kind, kind);
    assert_int_equal(bytes, 77);
    assert_int_equal(story->waits, 0);
    buf_release(&bowl->bytes);
}

#define DOWNLOAD "download of a bill: GET /v3/billdownload/file: "

static void does_not_repeat_half_a_download(void **state)
{
    struct story *story = *state;
    CLEANUP(buf_release) struct buf message = BUF_INIT(1000);
    struct bowl bowl = {.full = false};
    const struct step steps[] = {{.target = FILE_TARGET, .body = "half", .cut = true}};
    STORY_TELL(story, steps);
    buf_add_format(&message,
                   DOWNLOAD "no complete reply from localhost:%d: transfer closed with 1 bytes "
                            "remaining to read",
                   story->server->port);
    expect_failure(story, &bowl, ERR_UNAVAILABLE, buf_text(&message));
}

static void returns_what_the_sink_says(void **state)
{
    struct story *story = *state;
    struct bowl bowl = {.full = true};
    const struct step steps[] = {{.target = FILE_TARGET, .body = "rows"}};
    STORY_TELL(story, steps);
    expect_failure(story, &bowl, ERR_UNAVAILABLE, DOWNLOAD "the database went away");
}

static void says_when_to_apply_again(void **state)
{
    struct story *story = *state;
    struct bowl bowl = {.full = false};
    const struct step steps[] = {
        {.target = FILE_TARGET,
         .status = 400,
         .body = "{\"code\":\"INVALID_REQUEST\",\"message\":\"token过期\"}"}};
    STORY_TELL(story, steps);
    expect_failure(story, &bowl, ERR_LATER, DOWNLOAD "status 400 INVALID_REQUEST \"token过期\"");
}

static void an_empty_bill_is_none(void **state)
{
    struct story *story = *state;
    struct bowl bowl = {.full = false};
    const struct step steps[] = {{.target = FILE_TARGET, .body = ""}};
    STORY_TELL(story, steps);
    expect_failure(story, &bowl, ERR_DATA, "download of a bill: the reply is empty");
}

static void limits_a_bill(void **state)
{
    struct story *story = *state;
    CLEANUP(buf_release) struct buf message = BUF_INIT(1000);
    struct bowl bowl = {.full = false};
    const struct step steps[] = {{.target = FILE_TARGET, .body = "rows"}};
    struct wxpay_settings settings = story_settings(story);
    settings.bill_bytes_max = 3;
    story_open_client(story, &settings);
    STORY_TELL(story, steps);
    buf_add_format(&message, DOWNLOAD "the reply from localhost:%d is larger than 3 bytes",
                   story->server->port);
    expect_failure(story, &bowl, ERR_LIMIT, buf_text(&message));
}

static void downloads_from_its_host_only(void **state)
{
    struct story *story = *state;
    CLEANUP(buf_release) struct buf message = BUF_INIT(1000);
    struct wxpay_bill_offer offer = {.state = WXPAY_BILL_OFFERED, .url = "https://evil.example/x"};
    struct bowl bowl = {.full = false};
    uint64_t bytes = 0;
    struct err err = ERR_INIT;
    story_tell(story, NULL, 0);
    assert_false(wxpay_bill_download(story->client, &offer, pour, &bowl, &bytes, &err));
    buf_add_format(&message,
                   "download of a bill: the URL is on host \"evil.example\", not on "
                   "\"localhost:%d\"",
                   story->server->port);
    assert_string_equal(err.text, buf_text(&message));
    assert_int_equal(tls_server_connections(story->server), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORY(gets_an_offer),
        IN_STORY(asks_for_each_kind),
        IN_STORY(reads_published_offers),
        IN_STORY(trims_and_lowers),
        IN_STORY(tells_no_bill_from_not_ready),
        IN_STORY(refuses_offers_it_cannot_use),
        IN_STORY(believes_nothing_unverified),
        IN_STORY(follows_a_change_of_certificate),
        IN_STORY(works_with_a_public_key_alone),
        IN_STORY(downloads_without_signature),
        IN_STORY(repeats_a_download_that_has_not_begun),
        IN_STORY(does_not_repeat_half_a_download),
        IN_STORY(returns_what_the_sink_says),
        IN_STORY(says_when_to_apply_again),
        IN_STORY(an_empty_bill_is_none),
        IN_STORY(limits_a_bill),
        IN_STORY(downloads_from_its_host_only),
    };
    return cmocka_run_group_tests_name("wxpay/bill", tests, merchant_open, merchant_close);
}
