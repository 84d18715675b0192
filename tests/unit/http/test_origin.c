#include "http/origin.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct base_case {
    const char *base_url;
    const char *authority; /* NULL: refused */
};

static const struct base_case base_cases[] = {
    {"https://api.mch.weixin.qq.com", "api.mch.weixin.qq.com"},
    {"https://api.mch.weixin.qq.com/", "api.mch.weixin.qq.com"},
    {"HTTPS://Api.Mch.Weixin.QQ.com:443", "api.mch.weixin.qq.com"},
    {"https://localhost:8443", "localhost:8443"},
    {"https://localhost:4430", "localhost:4430"},
    {"https://[::1]:8443/", "[::1]:8443"},
    {"http://api.mch.weixin.qq.com", NULL},
    {"api.mch.weixin.qq.com", NULL},
    {"https://", NULL},
    {"https://:443", NULL},
    {"https:///v3", NULL},
    {"https://host/v3", NULL},
    {"https://host?x", NULL},
    {"https://user@host", NULL},
    {"https://host\\@other", NULL},
    {"https://ho st", NULL},
    {"https://h\xc3\xb6st", NULL},
    {"", NULL},
};

static void reads_base_urls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(base_cases) / sizeof(base_cases[0]); i++) {
        struct http_origin origin = {.authority = "untouched"};
        struct err err = ERR_INIT;
        bool good = http_origin_parse(view_of(base_cases[i].base_url), &origin, &err);
        if (base_cases[i].authority != NULL) {
            assert_true(good);
            assert_string_equal(origin.authority, base_cases[i].authority);
            continue;
        }
        CLEANUP(buf_release) struct buf message = BUF_INIT(ERR_TEXT_MAX);
        buf_add_format(&message, "\"%s\" is not https://host or https://host:port",
                       base_cases[i].base_url);
        assert_false(good);
        assert_int_equal(err.kind, ERR_CONFIG);
        assert_string_equal(err.text, buf_text(&message));
        assert_string_equal(origin.authority, "untouched");
    }
}

struct target_case {
    const char *url;
    const char *target; /* NULL: refused with the message */
    const char *message;
};

#define NOT_PLAIN "the URL's path is empty, longer than 4096 bytes or not plain ASCII"

static const struct target_case target_cases[] = {
    {"https://pay.example/v3/file?token=a%7Cb_-&tartype=gzip",
     "/v3/file?token=a%7Cb_-&tartype=gzip", NULL},
    {"https://PAY.example:443/x/../y", "/x/../y", NULL},
    {"https://pay.example/", "/", NULL},
    {"http://pay.example/v3", NULL, "the URL does not begin with https://"},
    {"//pay.example/v3", NULL, "the URL does not begin with https://"},
    {"", NULL, "the URL does not begin with https://"},
    {"https://pay.example@evil.example/v3", NULL, "the URL has no plain host name"},
    {"https:///v3", NULL, "the URL has no plain host name"},
    {"https://evil.example/v3", NULL,
     "the URL is on host \"evil.example\", not on \"pay.example\""},
    {"https://pay.example.evil.example/v3", NULL,
     "the URL is on host \"pay.example.evil.example\", not on \"pay.example\""},
    {"https://xpay.example/v3", NULL,
     "the URL is on host \"xpay.example\", not on \"pay.example\""},
    {"https://pay.example:8443/v3", NULL,
     "the URL is on host \"pay.example:8443\", not on \"pay.example\""},
    {"https://pay.example", NULL, NOT_PLAIN},
    {"https://pay.example/a b", NULL, NOT_PLAIN},
    {"https://pay.example/a\r\nHost: x", NULL, NOT_PLAIN},
    {"https://pay.example/a#b", NULL, NOT_PLAIN},
    {"https://pay.example/\xe4\xb8\xad", NULL, NOT_PLAIN},
    {"https://pay.example/\x7f", NULL, NOT_PLAIN},
};

static void takes_targets_of_its_own_host_only(void **state)
{
    (void)state;
    struct http_origin origin;
    struct err err = ERR_INIT;
    assert_true(http_origin_parse(VIEW("https://pay.example"), &origin, &err));

    for (size_t i = 0; i < sizeof(target_cases) / sizeof(target_cases[0]); i++) {
        const struct target_case *row = &target_cases[i];
        struct view target = {.at = NULL};
        bool good = http_origin_target(&origin, view_of(row->url), &target, &err);
        if (row->target != NULL) {
            assert_true(good);
            assert_true(view_equal_text(target, row->target));
            continue;
        }
        assert_false(good);
        assert_int_equal(err.kind, ERR_DATA);
        assert_string_equal(err.text, row->message);
        assert_null(target.at);
    }
}

static void limits_targets(void **state)
{
    (void)state;
    CLEANUP(buf_release) struct buf target = BUF_INIT(2 * HTTP_TARGET_MAX);
    while (target.length < HTTP_TARGET_MAX)
        buf_add_byte(&target, '/');
    assert_true(http_target_is_plain(buf_view(&target)));
    buf_add_byte(&target, '/');
    assert_false(http_target_is_plain(buf_view(&target)));
    assert_false(http_target_is_plain(VIEW("v3")));
    assert_false(http_target_is_plain(VIEW("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_base_urls),
        cmocka_unit_test(takes_targets_of_its_own_host_only),
        cmocka_unit_test(limits_targets),
    };
    return cmocka_run_group_tests_name("http/origin", tests, NULL, NULL);
}
