#include "crypto/aead.h"

#include "base/cleanup.h"
#include "crypto/encode.h"
#include "openssl_command.h"

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

/* ---- sixteen bytes of nonce, in pieces ---------------------------------------------------------
 */

#define NONCE_16 "a8607ef79034c49c"
#define LONG_TEXT "交易时间,公众账号ID\r\n`2026-05-31 10:00:00,`wx0000000000000001\r\n"

static void opens_what_was_sealed_under_sixteen_bytes(void **state)
{
    (void)state;
    CLEANUP(buf_release) struct buf sealed = BUF_INIT(ROOM);
    CLEANUP(buf_release) struct buf plain = BUF_INIT(ROOM);
    gcm_seal(KEY, VIEW(NONCE_16), VIEW(LONG_TEXT), &sealed);
    assert_int_equal(sealed.length, sizeof(LONG_TEXT) - 1 + AEAD_TAG_BYTES);
    assert_true(open_vector(KEY, NONCE_16, "", buf_view(&sealed), &plain));
    assert_string_equal(buf_text(&plain), LONG_TEXT);
}

/* In pieces of one length, the last may be shorter. */
static bool open_in_pieces(struct view sealed, size_t piece, struct buf *plain)
{
    CLEANUP(secret_release) struct secret key = SECRET_INIT;
    secret_set(&key, VIEW(KEY));
    CLEANUP(aead_stream_done)
    struct aead_stream *stream = aead_stream_new(&key, VIEW(NONCE_16), VIEW(""));
    while (sealed.length > 0) {
        size_t length = sealed.length < piece ? sealed.length : piece;
        aead_stream_push(stream, view_from(sealed.at, length), plain);
        sealed = view_from(sealed.at + length, sealed.length - length);
    }
    return aead_stream_finish(stream);
}

static void pieces_make_no_difference(void **state)
{
    (void)state;
    CLEANUP(buf_release) struct buf sealed = BUF_INIT(ROOM);
    gcm_seal(KEY, VIEW(NONCE_16), VIEW(LONG_TEXT), &sealed);
    for (size_t piece = 1; piece <= sealed.length + 1; piece++) {
        CLEANUP(buf_release) struct buf plain = BUF_INIT(ROOM);
        assert_true(open_in_pieces(buf_view(&sealed), piece, &plain));
        assert_string_equal(buf_text(&plain), LONG_TEXT);
    }
}

static void a_stream_ends_well_only_with_its_tag(void **state)
{
    (void)state;
    CLEANUP(buf_release) struct buf sealed = BUF_INIT(ROOM);
    gcm_seal(KEY, VIEW(NONCE_16), VIEW(LONG_TEXT), &sealed);
    for (size_t length = 0; length < sealed.length; length++) {
        CLEANUP(buf_release) struct buf plain = BUF_INIT(ROOM);
        assert_false(open_in_pieces(view_from(sealed.at, length), 7, &plain));
    }
    for (size_t i = 0; i < sealed.length; i++) {
        CLEANUP(buf_release) struct buf plain = BUF_INIT(ROOM);
        sealed.at[i] = (char)(sealed.at[i] ^ 0x40);
        assert_false(open_in_pieces(buf_view(&sealed), 11, &plain));
        sealed.at[i] = (char)(sealed.at[i] ^ 0x40);
    }
}

static void an_empty_text_has_a_tag_too(void **state)
{
    (void)state;
    CLEANUP(buf_release) struct buf sealed = BUF_INIT(ROOM);
    CLEANUP(buf_release) struct buf plain = BUF_INIT(ROOM);
    gcm_seal(KEY, VIEW(NONCE_16), VIEW(""), &sealed);
    assert_true(open_in_pieces(buf_view(&sealed), 16, &plain));
    assert_int_equal(plain.length, 0);
}

static void a_stream_wants_a_nonce_and_room(void **state)
{
    (void)state;
    CLEANUP(secret_release) struct secret key = SECRET_INIT;
    CLEANUP(buf_release) struct buf sealed = BUF_INIT(ROOM);
    CLEANUP(buf_release) struct buf small = BUF_INIT(5);
    secret_set(&key, VIEW(KEY));
    assert_null(aead_stream_new(&key, VIEW(""), VIEW("")));
    assert_null(aead_stream_new(&key, VIEW("seventeen bytes!!"), VIEW("")));
    gcm_seal(KEY, VIEW(NONCE_16), VIEW(LONG_TEXT), &sealed);
    assert_false(open_in_pieces(buf_view(&sealed), SIZE_MAX, &small));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_a_published_message),
        cmocka_unit_test(refuses_each_changed_byte),
        cmocka_unit_test(refuses_other_key_nonce_or_associated_data),
        cmocka_unit_test(keeps_within_the_target),
        cmocka_unit_test(opens_what_was_sealed_under_sixteen_bytes),
        cmocka_unit_test(pieces_make_no_difference),
        cmocka_unit_test(a_stream_ends_well_only_with_its_tag),
        cmocka_unit_test(an_empty_text_has_a_tag_too),
        cmocka_unit_test(a_stream_wants_a_nonce_and_room),
    };
    return cmocka_run_group_tests_name("crypto/aead", tests, NULL, NULL);
}
