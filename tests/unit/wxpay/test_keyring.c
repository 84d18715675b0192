#include "merchant.h"

#include "wxpay/keyring.h"

/* When the published certificate is valid. */
#define NOW "2026-06-01T10:30:00+08:00"

static struct secret key_of(const char *text)
{
    struct secret key = SECRET_INIT;
    secret_set(&key, view_of(text));
    return key;
}

static bool read_at(struct view body, const char *apiv3_key, const char *now,
                    struct wxpay_keyring *ring, struct err *err)
{
    CLEANUP(secret_release) struct secret key = key_of(apiv3_key);
    return wxpay_keyring_read_certificates(body, &key, vectors_instant(now), ring, err);
}

static void opens_a_published_reply(void **state)
{
    (void)state;
    CLEANUP(wxpay_keyring_release) struct wxpay_keyring ring = WXPAY_KEYRING_INIT;
    CLEANUP(buf_release) struct buf body = BUF_INIT(VECTOR_FILE_MAX);
    CLEANUP(certificate_done) struct certificate *certificate = NULL;
    struct err err = ERR_INIT;
    vectors_read(VECTORS "java_certificates_response.json", &body);
    assert_true(
        certificate_read(VECTORS "java_certificates_response.decrypted.pem", &certificate, &err));

    assert_true(read_at(buf_view(&body), APIV3_KEY, NOW, &ring, &err));
    assert_int_equal(ring.count, 1);
    const struct public_key *key =
        wxpay_keyring_find(&ring, VIEW(PLATFORM_SERIAL), vectors_instant(NOW));
    assert_non_null(key);
    assert_true(EVP_PKEY_eq(key->pkey, certificate_key(certificate)->pkey) == 1);
}

/* The published certificate ends at 2028-09-17T23:15:58+08:00. */
static void finds_no_expired_certificate(void **state)
{
    (void)state;
    CLEANUP(wxpay_keyring_release) struct wxpay_keyring ring = WXPAY_KEYRING_INIT;
    CLEANUP(buf_release) struct buf body = BUF_INIT(VECTOR_FILE_MAX);
    struct err err = ERR_INIT;
    vectors_read(VECTORS "java_certificates_response.json", &body);
    assert_false(read_at(buf_view(&body), APIV3_KEY, "2028-09-17T23:15:59+08:00", &ring, &err));
    assert_int_equal(err.kind, ERR_DATA);
    assert_string_equal(err.text, "none of 1 platform certificates is valid");

    assert_true(read_at(buf_view(&body), APIV3_KEY, "2028-09-17T23:15:58+08:00", &ring, &err));
    struct view serial = VIEW(PLATFORM_SERIAL);
    assert_non_null(
        wxpay_keyring_find(&ring, serial, vectors_instant("2028-09-17T23:15:58+08:00")));
    assert_null(wxpay_keyring_find(&ring, serial, vectors_instant("2028-09-17T23:15:59+08:00")));
}

struct refusal {
    const char *body;
    enum err_kind kind;
    const char *message;
};

#define ONE(algorithm, ciphertext)                                                                 \
    "{\"data\":[{\"serial_no\":\"AB\",\"encrypt_certificate\":{\"algorithm\":\"" algorithm         \
    "\",\"nonce\":\"0123456789ab\",\"ciphertext\":\"" ciphertext "\"}}]}"

static const struct refusal refusals[] = {
    {"{}", ERR_DATA, "\"data\" is missing"},
    {"{\"data\":[]}", ERR_DATA, "none of 0 platform certificates is valid"},
    {"{\"data\":[{}]}", ERR_DATA, "certificate 1: \"serial_no\" is missing"},
    {ONE("AEAD_SM4_GCM", ""), ERR_DATA,
     "certificate AB: sealed with \"AEAD_SM4_GCM\", not with \"AEAD_AES_256_GCM\""},
    {ONE("AEAD_AES_256_GCM", "WECHATPAY/SIGNTEST/"), ERR_DATA,
     "certificate AB: the ciphertext is not base64 of at most 65536 bytes"},
    {ONE("AEAD_AES_256_GCM", ""), ERR_ACCESS, "certificate AB: the APIv3 key does not open it"},
    {ONE("AEAD_AES_256_GCM", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), ERR_ACCESS,
     "certificate AB: the APIv3 key does not open it"},
};

static void refuses_other_replies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct wxpay_keyring ring = WXPAY_KEYRING_INIT;
        struct err err = ERR_INIT;
        assert_false(read_at(view_of(refusals[i].body), APIV3_KEY, NOW, &ring, &err));
        assert_string_equal(err.text, refusals[i].message);
        assert_int_equal(err.kind, refusals[i].kind);
        assert_int_equal(ring.count, 0);
    }
}

static void needs_the_right_apiv3_key(void **state)
{
    (void)state;
    struct wxpay_keyring ring = WXPAY_KEYRING_INIT;
    CLEANUP(buf_release) struct buf body = BUF_INIT(VECTOR_FILE_MAX);
    struct err err = ERR_INIT;
    vectors_read(VECTORS "java_certificates_response.json", &body);
    assert_false(read_at(buf_view(&body), "b7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb", NOW, &ring, &err));
    assert_int_equal(err.kind, ERR_ACCESS);
    assert_string_equal(err.text,
                        "certificate " PLATFORM_SERIAL ": the APIv3 key does not open it");
    assert_string_equal(err.hint,
                        "compare apiv3.key with the APIv3 key set on the merchant platform");
}

static void compares_the_serial(void **state)
{
    const struct merchant *merchant = *state;
    struct wxpay_keyring ring = WXPAY_KEYRING_INIT;
    CLEANUP(buf_release) struct buf body = BUF_INIT(VECTOR_FILE_MAX);
    const struct certificate_wish wish = platform_wish(/* newer= */ false);
    struct err err = ERR_INIT;
    buf_add_text(&body, "{\"data\":[");
    other_side_certificate(merchant->platform, &wish, NEWER_SERIAL, APIV3_KEY, &body);
    buf_add_text(&body, "]}");
    assert_false(read_at(buf_view(&body), APIV3_KEY, NOW, &ring, &err));
    assert_int_equal(err.kind, ERR_DATA);
    assert_string_equal(err.text, "certificate " NEWER_SERIAL ": its serial is " PLATFORM_SERIAL);
}

static void holds_old_and_new_and_leaves_out_the_expired(void **state)
{
    const struct merchant *merchant = *state;
    CLEANUP(wxpay_keyring_release) struct wxpay_keyring ring = WXPAY_KEYRING_INIT;
    CLEANUP(buf_release) struct buf body = BUF_INIT(VECTOR_FILE_MAX);
    const struct certificate_wish old = platform_wish(/* newer= */ false);
    const struct certificate_wish new = platform_wish(/* newer= */ true);
    struct err err = ERR_INIT;
    buf_add_text(&body, "{\"data\":[");
    other_side_certificate(merchant->platform, &old, PLATFORM_SERIAL, APIV3_KEY, &body);
    buf_add_byte(&body, ',');
    other_side_certificate(merchant->newer, &new, NEWER_SERIAL, APIV3_KEY, &body);
    buf_add_text(&body, "]}");

    assert_true(read_at(buf_view(&body), APIV3_KEY, NOW, &ring, &err));
    assert_int_equal(ring.count, 2);
    wxpay_keyring_release(&ring);
    assert_true(read_at(buf_view(&body), APIV3_KEY, "2029-01-01T00:00:00Z", &ring, &err));
    assert_int_equal(ring.count, 1);
    assert_string_equal(ring.keys[0].id, NEWER_SERIAL);
}

static struct public_key *any_public_key(void)
{
    struct public_key *key = NULL;
    struct err err = ERR_INIT;
    assert_true(public_key_read(VECTORS "docs_platform_pubkey.pem", &key, &err));
    return key;
}

static void replaces_certificates_and_keeps_public_keys(void **state)
{
    (void)state;
    CLEANUP(wxpay_keyring_release) struct wxpay_keyring ring = WXPAY_KEYRING_INIT;
    struct wxpay_keyring fresh = WXPAY_KEYRING_INIT;
    struct certificate *certificate = NULL;
    struct err err = ERR_INIT;
    assert_true(wxpay_keyring_add_public_key(&ring, VIEW(PUBLIC_KEY_ID), any_public_key(), &err));
    assert_true(certificate_read(VECTORS "java_platform_certificate.pem", &certificate, &err));
    assert_true(wxpay_keyring_add_certificate(&ring, certificate, &err));
    assert_true(certificate_read(VECTORS "java_merchant_certificate.pem", &certificate, &err));
    assert_true(wxpay_keyring_add_certificate(&fresh, certificate, &err));

    assert_true(wxpay_keyring_replace_certificates(&ring, &fresh, &err));
    assert_int_equal(fresh.count, 0);
    assert_int_equal(ring.count, 2);
    assert_string_equal(ring.keys[0].id, PUBLIC_KEY_ID);
    assert_string_equal(ring.keys[1].id, "5F1C72E2A8931B72A2E13AF8DEE92471EB397115");
}

static void a_second_key_of_one_serial_replaces_the_first(void **state)
{
    (void)state;
    CLEANUP(wxpay_keyring_release) struct wxpay_keyring ring = WXPAY_KEYRING_INIT;
    struct public_key *second = any_public_key();
    struct err err = ERR_INIT;
    assert_true(wxpay_keyring_add_public_key(&ring, VIEW("AB"), any_public_key(), &err));
    assert_true(wxpay_keyring_add_public_key(&ring, VIEW("ab"), second, &err));
    assert_int_equal(ring.count, 1);
    assert_ptr_equal(wxpay_keyring_find(&ring, VIEW("AB"), vectors_instant(NOW)), second);
    assert_null(wxpay_keyring_find(&ring, VIEW("ABC"), vectors_instant(NOW)));
}

static void has_room_for_so_many(void **state)
{
    (void)state;
    CLEANUP(wxpay_keyring_release) struct wxpay_keyring ring = WXPAY_KEYRING_INIT;
    CLEANUP(public_key_done) struct public_key *one_more = any_public_key();
    struct err err = ERR_INIT;
    for (int i = 0; i < WXPAY_KEYS_MAX; i++) {
        char id[16];
        snprintf(id, sizeof(id), "%d", i);
        assert_true(wxpay_keyring_add_public_key(&ring, view_of(id), any_public_key(), &err));
    }
    assert_false(wxpay_keyring_add_public_key(&ring, VIEW("x"), one_more, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_string_equal(err.text, "more than 64 keys of WeChat Pay");
    assert_false(wxpay_keyring_add_public_key(&ring, VIEW(""), one_more, &err));
    assert_string_equal(err.text, "the serial of a key has 0 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_a_published_reply),
        cmocka_unit_test(finds_no_expired_certificate),
        cmocka_unit_test(refuses_other_replies),
        cmocka_unit_test(needs_the_right_apiv3_key),
        cmocka_unit_test(compares_the_serial),
        cmocka_unit_test(holds_old_and_new_and_leaves_out_the_expired),
        cmocka_unit_test(replaces_certificates_and_keeps_public_keys),
        cmocka_unit_test(a_second_key_of_one_serial_replaces_the_first),
        cmocka_unit_test(has_room_for_so_many),
    };
    return cmocka_run_group_tests_name("wxpay/keyring", tests, merchant_open, merchant_close);
}
