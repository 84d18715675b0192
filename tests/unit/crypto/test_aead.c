#include "crypto/aead.h"

#include "base/cleanup.h"
#include "crypto/encode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 1 << 16 };

/* wechatpay-java, AeadAesCipherTest. */
#define KEY "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"
#define NONCE "uluk4a9R25RW"
#define ASSOCIATED "associatedData"
#define SEALED "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI="

static bool open_vector(const char *key, const char *nonce, const char *associated,
                        struct view sealed, struct buf *plain)
{
    CLEANUP(secret_release) struct secret secret = SECRET_INIT;
    secret_set(&secret, view_of(key));
    return aead_open(&secret,
                     &(struct aead_sealed){
                         .nonce = view_of(nonce),
                         .associated = view_of(associated),
                         .bytes = sealed,
                     },
                     plain);
}

static void decode_vector(struct buf *sealed)
{
    assert_true(base64_decode(VIEW(SEALED), sealed));
}

static void opens_a_published_message(void **state)
{
    (void)state;
    CLEANUP(buf_release) struct buf sealed = BUF_INIT(ROOM);
    CLEANUP(buf_release) struct buf plain = BUF_INIT(ROOM);
    decode_vector(&sealed);
    assert_true(open_vector(KEY, NONCE, ASSOCIATED, buf_view(&sealed), &plain));
    assert_string_equal(buf_text(&plain), "message");
}

static void refuses_each_changed_byte(void **state)
{
    (void)state;
    CLEANUP(buf_release) struct buf sealed = BUF_INIT(ROOM);
    CLEANUP(buf_release) struct buf plain = BUF_INIT(ROOM);
    decode_vector(&sealed);
    for (size_t i = 0; i < sealed.length; i++) {
        sealed.at[i] = (char)(sealed.at[i] ^ 1);
        assert_false(open_vector(KEY, NONCE, ASSOCIATED, buf_view(&sealed), &plain));
        sealed.at[i] = (char)(sealed.at[i] ^ 1);
    }
    for (size_t length = 0; length < sealed.length; length++)
        assert_false(open_vector(KEY, NONCE, ASSOCIATED, view_from(sealed.at, length), &plain));
    assert_int_equal(plain.length, 0);
}

static void refuses_other_key_nonce_or_associated_data(void **state)
{
    (void)state;
    CLEANUP(buf_release) struct buf sealed = BUF_INIT(ROOM);
    CLEANUP(buf_release) struct buf plain = BUF_INIT(ROOM);
    decode_vector(&sealed);
    struct view bytes = buf_view(&sealed);
    assert_false(open_vector("b7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb", NONCE, ASSOCIATED, bytes, &plain));
    assert_false(open_vector(KEY, "uluk4a9R25RX", ASSOCIATED, bytes, &plain));
    assert_false(open_vector(KEY, "uluk4a9R25R", ASSOCIATED, bytes, &plain));
    assert_false(open_vector(KEY, "", ASSOCIATED, bytes, &plain));
    assert_false(open_vector(KEY, "seventeen bytes!!", ASSOCIATED, bytes, &plain));
    assert_false(open_vector(KEY, NONCE, "", bytes, &plain));
    assert_int_equal(plain.length, 0);
}

static void keeps_within_the_target(void **state)
{
    (void)state;
    CLEANUP(buf_release) struct buf sealed = BUF_INIT(ROOM);
    CLEANUP(buf_release) struct buf small = BUF_INIT(6);
    CLEANUP(buf_release) struct buf exact = BUF_INIT(7);
    decode_vector(&sealed);
    assert_false(open_vector(KEY, NONCE, ASSOCIATED, buf_view(&sealed), &small));
    assert_int_equal(small.length, 0);
    assert_true(open_vector(KEY, NONCE, ASSOCIATED, buf_view(&sealed), &exact));
    assert_string_equal(buf_text(&exact), "message");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_a_published_message),
        cmocka_unit_test(refuses_each_changed_byte),
        cmocka_unit_test(refuses_other_key_nonce_or_associated_data),
        cmocka_unit_test(keeps_within_the_target),
    };
    return cmocka_run_group_tests_name("crypto/aead", tests, NULL, NULL);
}
