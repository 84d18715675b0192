#include "story.h"

static void expect_refusal(const struct wxpay_settings *settings, enum err_kind kind,
                           const char *message)
{
    struct wxpay *client = NULL;
    struct err err = ERR_INIT;
    assert_false(wxpay_open(settings, &client, &err));
    assert_string_equal(err.text, message);
    assert_int_equal(err.kind, kind);
    assert_null(client);
}

static void opens_without_touching_the_network(void **state)
{
    struct story *story = *state;
    assert_int_equal(tls_server_connections(story->server), 0);
    wxpay_close(NULL);
}

static void wants_merchant_numbers(void **state)
{
    struct wxpay_settings settings = story_settings(*state);
    settings.mchid = "19000x";
    expect_refusal(&settings, ERR_CONFIG, "mchid \"19000x\" is not a merchant number");
    settings.mchid = "";
    expect_refusal(&settings, ERR_CONFIG, "mchid \"\" is not a merchant number");
    settings.mchid = "1900000109";
    settings.sub_mchid = "1\r\nX: y";
    expect_refusal(&settings, ERR_CONFIG, "sub_mchid \"1\r\nX: y\" is not a merchant number");
}

static void wants_a_base_url_and_a_ca_file(void **state)
{
    struct wxpay_settings settings = story_settings(*state);
    settings.base_url = "http://api.mch.weixin.qq.com";
    expect_refusal(&settings, ERR_CONFIG,
                   "\"http://api.mch.weixin.qq.com\" is not https://host or https://host:port");
    settings = story_settings(*state);
    settings.ca_file = "/nonexistent";
    expect_refusal(&settings, ERR_CONFIG,
                   "could not read CA file \"/nonexistent\": No such file or directory");
}

static void wants_the_keys(void **state)
{
    struct wxpay_settings settings = story_settings(*state);
    settings.keys_dir = "/nonexistent";
    expect_refusal(&settings, ERR_ACCESS,
                   "could not open \"/nonexistent/apiclient_key.pem\": No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORY(opens_without_touching_the_network),
        IN_STORY(wants_merchant_numbers),
        IN_STORY(wants_a_base_url_and_a_ca_file),
        IN_STORY(wants_the_keys),
    };
    return cmocka_run_group_tests_name("wxpay/client", tests, merchant_open, merchant_close);
}
