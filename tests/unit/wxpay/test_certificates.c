#include "story.h"

#include "wxpay/certificates.h"

#define CERTIFICATES "/v3/certificates"

static bool refresh(struct story *story, struct err *err)
{
    return wxpay_certificates_refresh(story->client, err);
}

static void fetches_once_in_twelve_hours(void **state)
{
    struct story *story = *state;
    struct err err = ERR_INIT;
    const struct step steps[] = {{.target = CERTIFICATES, .certificates = "both"}};
    STORY_TELL(story, steps);
    assert_true(refresh(story, &err));
    story->clock.at.us += 12 * INSTANT_HOUR - 1;
    assert_true(refresh(story, &err));
    story_end(story);
    assert_int_equal(story->client->ring.count, 2);

    story_tell(story, NULL, 0);
    story->clock.at.us += 1;
    assert_false(refresh(story, &err)); /* asks again: nobody told it to */
    assert_non_null(strstr(story->complaint, "a request more than told: /v3/certificates"));
}

static void replaces_the_old_ones(void **state)
{
    struct story *story = *state;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        {.target = CERTIFICATES, .certificates = "old"},
        {.target = CERTIFICATES, .certificates = "new", .seal = SEAL_BY_NEWER},
    };
    STORY_TELL(story, steps);
    assert_true(wxpay_certificates_load(story->client, &err));
    assert_true(wxpay_certificates_load(story->client, &err));
    story_end(story);
    assert_int_equal(story->client->ring.count, 1);
    assert_string_equal(story->client->ring.keys[0].id, NEWER_SERIAL);
}

static void expect_failure(struct story *story, enum err_kind kind, const char *message,
                           const char *hint)
{
    struct err err = ERR_INIT;
    assert_false(wxpay_certificates_load(story->client, &err));
    story_end(story);
    assert_string_equal(err.text, message);
    assert_int_equal(err.kind, kind);
    assert_string_equal(err.hint, hint);
    assert_int_equal(story->client->ring.count, 0);
    assert_false(story->client->has_certificates);
}

/* What the certificates themselves do not prove is not taken, whoever knows the APIv3 key. */
static void checks_the_reply_by_what_it_brings(void **state)
{
    struct story *story = *state;
    story->retry.attempts_max = 1;
    struct wxpay_settings settings = story_settings(story);
    story_open_client(story, &settings);
    const struct step unknown[] = {
        {.target = CERTIFICATES, .certificates = "old", .seal = SEAL_BY_NEWER}};
    STORY_TELL(story, unknown);
    expect_failure(
        story, ERR_ACCESS,
        "GET /v3/certificates: the reply is signed with the unknown key \"" NEWER_SERIAL "\"", "");
    const struct step wrong[] = {
        {.target = CERTIFICATES, .certificates = "old", .seal = SEAL_WRONG}};
    STORY_TELL(story, wrong);
    expect_failure(story, ERR_ACCESS,
                   "GET /v3/certificates: the reply's signature with key \"" PLATFORM_SERIAL
                   "\" is wrong",
                   "");
    const struct step without[] = {
        {.target = CERTIFICATES, .certificates = "old", .seal = SEAL_NONE}};
    STORY_TELL(story, without);
    expect_failure(story, ERR_ACCESS, "GET /v3/certificates: the reply is not signed", "");
    const struct step stale[] = {
        {.target = CERTIFICATES, .certificates = "old", .seal = SEAL_STALE}};
    STORY_TELL(story, stale);
    expect_failure(story, ERR_ACCESS,
                   "GET /v3/certificates: the reply was signed at 1780280700, 300 s or more away "
                   "from our clock",
                   "check the machine's clock");
}

static void repeats_after_a_probe(void **state)
{
    struct story *story = *state;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        {.target = CERTIFICATES, .certificates = "old", .seal = SEAL_PROBE},
        {.target = CERTIFICATES, .status = 503},
        {.target = CERTIFICATES, .certificates = "old"},
    };
    STORY_TELL(story, steps);
    assert_true(wxpay_certificates_load(story->client, &err));
    story_end(story);
    assert_int_equal(story->waits, 2);
}

static void says_that_public_key_mode_is_needed(void **state)
{
    struct story *story = *state;
    const struct step steps[] = {{
        .target = CERTIFICATES,
        .status = 404,
        .header = "Request-Id: 0812-268",
        .body = "{\"code\":\"RESOURCE_NOT_EXISTS\",\"message\":"
                "\"无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。\"}",
    }};
    STORY_TELL(story, steps);
    expect_failure(story, ERR_ACCESS,
                   "GET /v3/certificates: status 404 RESOURCE_NOT_EXISTS "
                   "\"无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。\" "
                   "(Request-Id 0812-268)",
                   "this merchant needs public-key mode: put wechatpay_public_key.pem and "
                   "wechatpay_public_key.id from the merchant platform (API security) into its "
                   "keys folder");
}

static void a_wrong_apiv3_key_is_not_tried_twice(void **state)
{
    struct story *story = *state;
    merchant_write(story->merchant, "apiv3.key", VIEW("b7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"));
    struct wxpay_settings settings = story_settings(story);
    story_open_client(story, &settings);
    const struct step steps[] = {{.target = CERTIFICATES, .certificates = "old"}};
    STORY_TELL(story, steps);
    expect_failure(story, ERR_ACCESS,
                   "GET /v3/certificates: certificate " PLATFORM_SERIAL
                   ": the APIv3 key does not open it",
                   "compare apiv3.key with the APIv3 key set on the merchant platform");
}

/* ---- public-key mode --------------------------------------------------------------------------
 */

static void open_with_public_key(struct story *story)
{
    merchant_add_public_key(story->merchant);
    struct wxpay_settings settings = story_settings(story);
    story_open_client(story, &settings);
}

static void needs_no_certificates_with_a_public_key(void **state)
{
    struct story *story = *state;
    struct err err = ERR_INIT;
    open_with_public_key(story);
    story_tell(story, NULL, 0);
    assert_true(refresh(story, &err));
    story_end(story);
}

static void takes_certificates_sealed_with_the_public_key(void **state)
{
    struct story *story = *state;
    struct err err = ERR_INIT;
    open_with_public_key(story);
    const struct step steps[] = {
        {.target = CERTIFICATES, .certificates = "old", .seal = SEAL_BY_PUBLIC_KEY}};
    STORY_TELL(story, steps);
    assert_true(wxpay_certificates_load(story->client, &err));
    story_end(story);
    assert_int_equal(story->client->ring.count, 2);
}

static bool judge_reply(struct story *story, enum wxpay_verdict *ret_verdict, struct err *err)
{
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    reply.body = BUF_INIT(VECTOR_TEXT_MAX);
    buf_add_text(&reply.body, "{}");
    story_seal(story, SEAL_BY_NEWER, buf_view(&reply.body), &reply.head);
    return wxpay_accept_signed(story->client, &reply, ret_verdict, err);
}

static void an_unknown_serial_makes_it_fetch_once(void **state)
{
    struct story *story = *state;
    enum wxpay_verdict verdict = WXPAY_UNSIGNED;
    struct err err = ERR_INIT;
    const struct step steps[] = {{.target = CERTIFICATES, .certificates = "both"}};
    STORY_TELL(story, steps);
    assert_true(judge_reply(story, &verdict, &err));
    assert_int_equal(verdict, WXPAY_GENUINE);
    assert_true(judge_reply(story, &verdict, &err)); /* known by now */
    story_end(story);
}

static void a_serial_nobody_knows_stays_unknown(void **state)
{
    struct story *story = *state;
    enum wxpay_verdict verdict = WXPAY_UNSIGNED;
    struct err err = ERR_INIT;
    const struct step steps[] = {{.target = CERTIFICATES, .certificates = "old"}};
    STORY_TELL(story, steps);
    assert_true(judge_reply(story, &verdict, &err));
    assert_int_equal(verdict, WXPAY_UNKNOWN_KEY);
    story_end(story);
}

static void says_whose_key_it_was_looking_for(void **state)
{
    struct story *story = *state;
    enum wxpay_verdict verdict = WXPAY_UNSIGNED;
    struct err err = ERR_INIT;
    const struct step steps[] = {{.target = CERTIFICATES, .status = 403}};
    STORY_TELL(story, steps);
    assert_false(judge_reply(story, &verdict, &err));
    assert_string_equal(err.text,
                        "unknown key \"" NEWER_SERIAL "\": GET /v3/certificates: status 403");
    assert_int_equal(err.kind, ERR_ACCESS);
    assert_int_equal(verdict, WXPAY_UNSIGNED);
    story_end(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORY(fetches_once_in_twelve_hours),
        IN_STORY(replaces_the_old_ones),
        IN_STORY(checks_the_reply_by_what_it_brings),
        IN_STORY(repeats_after_a_probe),
        IN_STORY(says_that_public_key_mode_is_needed),
        IN_STORY(a_wrong_apiv3_key_is_not_tried_twice),
        IN_STORY(needs_no_certificates_with_a_public_key),
        IN_STORY(takes_certificates_sealed_with_the_public_key),
        IN_STORY(an_unknown_serial_makes_it_fetch_once),
        IN_STORY(a_serial_nobody_knows_stays_unknown),
        IN_STORY(says_whose_key_it_was_looking_for),
    };
    return cmocka_run_group_tests_name("wxpay/certificates", tests, merchant_open, merchant_close);
}
