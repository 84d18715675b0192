#include "story.h"

#include "wxpay/bill.h"
#include "wxpay/certificates.h"

#define CERTIFICATES "/v3/certificates"

static bool refresh(struct story *story, struct err *err)
{
    return wxpay_certificates_ready(story->client) || wxpay_certificates_load(story->client, err);
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

/* ---- calls that need them ---------------------------------------------------------------------
 */

#define TRADE "/v3/bill/tradebill?bill_date=2026-05-31&bill_type=ALL&tar_type=GZIP"
#define OFFER                                                                                      \
    "{\"hash_type\":\"SHA1\",\"hash_value\":\"79bb0f45fc4c42234a918000b2668d689e2bde04\","         \
    "\"download_url\":\"$URL/x\"}"

static bool apply(struct story *story, struct err *err)
{
    struct wxpay_bill_offer offer;
    struct date day = beijing_day((struct instant){story->clock.at.us - INSTANT_DAY});
    return wxpay_bill_apply(story->client, WXPAY_TRADE_ALL, day, &offer, err);
}

static void expect_refusal(struct story *story, const char *message)
{
    struct err err = ERR_INIT;
    assert_false(apply(story, &err));
    story_end(story);
    assert_string_equal(err.text, message);
    assert_int_equal(err.kind, ERR_ACCESS);
}

static void an_unknown_serial_makes_it_fetch_once(void **state)
{
    struct story *story = *state;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        {.target = CERTIFICATES, .certificates = "old"},
        {.target = TRADE, .body = OFFER, .seal = SEAL_BY_NEWER},
        {.target = CERTIFICATES, .certificates = "both"},
        {.target = TRADE, .body = OFFER, .seal = SEAL_BY_NEWER},
    };
    STORY_TELL(story, steps);
    assert_true(apply(story, &err));
    assert_true(apply(story, &err)); /* known by now */
    story_end(story);
}

/* Not again and again: otherwise every call would cost two. */
static void a_serial_nobody_knows_stays_unknown(void **state)
{
    struct story *story = *state;
    const struct step steps[] = {
        {.target = CERTIFICATES, .certificates = "old"},
        {.target = TRADE, .body = OFFER, .seal = SEAL_BY_NEWER},
        {.target = CERTIFICATES, .certificates = "old"},
    };
    const struct step more[] = {{.target = TRADE, .body = OFFER, .seal = SEAL_BY_NEWER}};
    const struct step later[] = {
        {.target = TRADE, .body = OFFER, .seal = SEAL_BY_NEWER},
        {.target = CERTIFICATES, .certificates = "both"},
    };
    const char *message = "trade ALL bill of 2026-05-31: GET /v3/bill/tradebill: the reply is "
                          "signed with the unknown key \"" NEWER_SERIAL "\"";
    struct err err = ERR_INIT;
    STORY_TELL(story, steps);
    expect_refusal(story, message);
    STORY_TELL(story, more);
    expect_refusal(story, message);
    story->client->asked_at.us -= WXPAY_ASK_AGAIN; /* as if so long ago */
    STORY_TELL(story, later);
    assert_true(apply(story, &err));
    story_end(story);
}

static void says_whose_key_it_was_looking_for(void **state)
{
    struct story *story = *state;
    const struct step steps[] = {
        {.target = CERTIFICATES, .certificates = "old"},
        {.target = TRADE, .body = OFFER, .seal = SEAL_BY_NEWER},
        {.target = CERTIFICATES, .status = 403},
    };
    STORY_TELL(story, steps);
    expect_refusal(story, "trade ALL bill of 2026-05-31: unknown key \"" NEWER_SERIAL
                          "\": GET /v3/certificates: status 403");
}

static void the_old_ones_go_on_when_there_are_no_new_ones(void **state)
{
    struct story *story = *state;
    struct err err = ERR_INIT;
    const struct step steps[] = {
        {.target = CERTIFICATES, .certificates = "old"},
        {.target = TRADE, .body = OFFER},
        {.target = CERTIFICATES, .status = 403},
        {.target = TRADE, .body = OFFER},
        {.target = TRADE, .body = OFFER},
    };
    STORY_TELL(story, steps);
    assert_true(apply(story, &err));
    story->client->certificates_at.us -= WXPAY_CERTIFICATES_AGE_MAX; /* as if so long ago */
    assert_true(apply(story, &err));
    assert_true(apply(story, &err)); /* does not ask with every call */
    story_end(story);
}

/* FACTS §2.2: while a merchant changes to the public key some replies are still signed with a
 * certificate. */
static void both_kinds_work_while_a_merchant_changes(void **state)
{
    struct story *story = *state;
    struct err err = ERR_INIT;
    open_with_public_key(story);
    const struct step steps[] = {
        {.target = TRADE, .body = OFFER, .seal = SEAL_BY_PUBLIC_KEY},
        {.target = TRADE, .body = OFFER, .seal = SEAL_BY_PLATFORM},
        {.target = CERTIFICATES, .certificates = "old", .seal = SEAL_BY_PUBLIC_KEY},
        {.target = TRADE, .body = OFFER, .seal = SEAL_BY_PLATFORM},
        {.target = TRADE, .body = OFFER, .seal = SEAL_BY_PUBLIC_KEY},
    };
    STORY_TELL(story, steps);
    for (int i = 0; i < 4; i++)
        assert_true(apply(story, &err));
    story_end(story);
}

static void an_unknown_serial_in_public_key_mode_is_just_unknown(void **state)
{
    struct story *story = *state;
    open_with_public_key(story);
    const struct step steps[] = {
        {.target = TRADE, .body = OFFER, .seal = SEAL_BY_PLATFORM},
        {.target = CERTIFICATES, .status = 404, .body = "{\"code\":\"RESOURCE_NOT_EXISTS\"}"},
    };
    STORY_TELL(story, steps);
    expect_refusal(story, "trade ALL bill of 2026-05-31: GET /v3/bill/tradebill: the reply is "
                          "signed with the unknown key \"" PLATFORM_SERIAL "\"");
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
        IN_STORY(the_old_ones_go_on_when_there_are_no_new_ones),
        IN_STORY(both_kinds_work_while_a_merchant_changes),
        IN_STORY(an_unknown_serial_in_public_key_mode_is_just_unknown),
    };
    return cmocka_run_group_tests_name("wxpay/certificates", tests, merchant_open, merchant_close);
}
