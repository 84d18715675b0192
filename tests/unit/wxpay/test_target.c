#include "wxpay/target.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct encoding {
    const char *plain;
    const char *encoded;
};

static const struct encoding encodings[] = {
    {"", ""},
    {"AZaz09-._~", "AZaz09-._~"},
    {"R1|2*3@4", "R1%7C2%2A3%404"},
    {"a b+c&d=e?f#g/h%i", "a%20b%2Bc%26d%3De%3Ff%23g%2Fh%25i"},
    {"退\r\n", "%E9%80%80%0D%0A"},
};

static void encodes_all_but_the_unreserved(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
        CLEANUP(buf_release) struct buf target = BUF_INIT(200);
        CLEANUP(buf_release) struct buf expected = BUF_INIT(200);
        const char *encoded = encodings[i].encoded;
        buf_add_text(&target, "/v3/x");
        wxpay_target_segment(&target, view_of(encodings[i].plain));
        wxpay_target_query(&target, "a", view_of(encodings[i].plain));
        wxpay_target_query(&target, "b", view_of(encodings[i].plain));
        buf_add_format(&expected, "/v3/x/%s?a=%s&b=%s", encoded, encoded, encoded);
        assert_string_equal(buf_text(&target), buf_text(&expected));
    }
}

static void encodes_zero_bytes(void **state)
{
    CLEANUP(buf_release) struct buf target = BUF_INIT(200);
    (void)state;
    wxpay_target_segment(&target, view_from("\0\xff", 2));
    assert_string_equal(buf_text(&target), "/%00%FF");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_all_but_the_unreserved),
        cmocka_unit_test(encodes_zero_bytes),
    };
    return cmocka_run_group_tests_name("wxpay/target", tests, NULL, NULL);
}
