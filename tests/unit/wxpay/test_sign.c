#include "../crypto/make_certificate.h"
#include "vectors.h"

#include "wxpay/sign.h"

#include <openssl/rsa.h>

static void check_vector(struct json_node node, const struct public_key *key, struct arena *arena)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(VECTOR_TEXT_MAX);
    struct view timestamp = vectors_text(node, "timestamp", arena);
    struct wxpay_sign_input input = {
        .method = vectors_text(node, "method", arena).at,
        .target = vectors_text(node, "url", arena),
        .nonce = vectors_text(node, "nonce", arena).at,
        .body = vectors_text(node, "body", arena),
    };
    assert_true(view_to_int64(timestamp, 0, INT64_MAX, &input.timestamp_s));

    wxpay_sign_text(&input, &text);
    assert_string_equal(buf_text(&text), vectors_text(node, "message", arena).at);
    assert_true(public_key_verify(key, buf_view(&text), vectors_text(node, "signature", arena)));
}

/* The published signatures are of exactly our text: RSA PKCS#1 v1.5 with another byte would not
 * verify. */
static void makes_the_published_texts(void **state)
{
    (void)state;
    static const char *const lists[] = {"published", "own"};
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    CLEANUP(json_doc_release) struct json_doc doc = JSON_DOC_INIT;
    CLEANUP(public_key_done) struct public_key *key = NULL;
    struct err err = ERR_INIT;
    size_t checked = 0;
    vectors_parse(VECTORS "request_signing.json", &doc);
    assert_true(public_key_read(VECTORS "docs_merchant_test_key.pub.pem", &key, &err));

    for (size_t l = 0; l < 2; l++) {
        struct json_node list = vectors_list(&doc, lists[l], &arena);
        for (size_t i = 0; i < json_node_count(list); i++, checked++)
            check_vector(json_node_at(list, i), key, &arena);
    }
    assert_int_equal(checked, 7);
}

static void makes_the_header(void **state)
{
    (void)state;
    CLEANUP(buf_release) struct buf pem = BUF_INIT(VECTOR_TEXT_MAX);
    CLEANUP(buf_release) struct buf public_pem = BUF_INIT(VECTOR_TEXT_MAX);
    CLEANUP(buf_release) struct buf value = BUF_INIT(WXPAY_AUTHORIZATION_MAX);
    CLEANUP(private_key_done) struct private_key *key = NULL;
    CLEANUP(public_key_done) struct public_key *half = NULL;
    struct err err = ERR_INIT;
    EVP_PKEY *pkey = EVP_RSA_gen(2048);
    make_private_pem(pkey, NULL, &pem);
    make_public_pem(pkey, &public_pem);
    EVP_PKEY_free(pkey);
    assert_true(private_key_parse(buf_view(&pem), &key, &err));
    assert_true(public_key_parse(buf_view(&public_pem), &half, &err));

    const struct wxpay_signer signer = {.mchid = "1900007291", .serial = "408B07", .key = key};
    const struct wxpay_sign_input input = {
        .method = "GET",
        .target = VIEW("/v3/certificates"),
        .timestamp_s = 1554208460,
        .nonce = "593BEC0C930BF1AFEB40B4A08C8FB242",
    };
    assert_true(wxpay_authorization(&signer, &input, &value, &err));

    struct view rest = buf_view(&value);
    assert_true(view_skip(&rest, VIEW("WECHATPAY2-SHA256-RSA2048 mchid=\"1900007291\","
                                      "nonce_str=\"593BEC0C930BF1AFEB40B4A08C8FB242\","
                                      "signature=\"")));
    struct view signature;
    assert_true(view_take(&rest, '"', &signature));
    assert_true(view_equal_text(rest, ",timestamp=\"1554208460\",serial_no=\"408B07\""));
    assert_true(public_key_verify(
        half, VIEW("GET\n/v3/certificates\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n\n"),
        signature));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_the_published_texts),
        cmocka_unit_test(makes_the_header),
    };
    return cmocka_run_group_tests_name("wxpay/sign", tests, NULL, NULL);
}
