#include "vectors.h"

#include "wxpay/verify.h"

#include <string.h>

#define ID "PUB_KEY_ID_0114232134912410000000000000"

/* A published reply, and the ring that holds its key. */
struct sample {
    struct arena arena;
    struct json_doc doc;
    struct wxpay_keyring ring;
    struct wxpay_seal seal;
    struct view body;
};

static void add_key(struct wxpay_keyring *ring, const char *path)
{
    struct public_key *key = NULL;
    struct err err = ERR_INIT;
    assert_true(public_key_read(path, &key, &err));
    assert_true(wxpay_keyring_add_public_key(ring, VIEW(ID), key, &err));
}

static void read_seal(struct sample *sample, struct json_node node)
{
    sample->seal = (struct wxpay_seal){
        .timestamp = vectors_text(node, "timestamp", &sample->arena),
        .nonce = vectors_text(node, "nonce", &sample->arena),
        .serial = VIEW(ID),
        .signature = vectors_text(node, "signature", &sample->arena),
    };
    sample->body = vectors_text(node, "body", &sample->arena);
}

static int open_sample(void **state)
{
    struct sample *sample = test_calloc(1, sizeof(*sample));
    *state = sample;
    vectors_parse(VECTORS "verify_and_decrypt.json", &sample->doc);
    add_key(&sample->ring, VECTORS "docs_platform_pubkey.pem");
    read_seal(sample,
              json_node_at(vectors_list(&sample->doc, "response_verify", &sample->arena), 0));
    return 0;
}

static int close_sample(void **state)
{
    struct sample *sample = *state;
    wxpay_keyring_release(&sample->ring);
    json_doc_release(&sample->doc);
    arena_release(&sample->arena);
    test_free(sample);
    return 0;
}

static struct instant signed_at(int64_t plus_s)
{
    return (struct instant){.us = (1722850421 + plus_s) * INSTANT_SECOND};
}

static enum wxpay_verdict verify(const struct sample *sample)
{
    return wxpay_verify(&sample->ring, &sample->seal, sample->body, signed_at(0));
}

static void judges_the_published_replies(void **state)
{
    struct sample *sample = *state;
    struct json_node list = vectors_list(&sample->doc, "response_verify", &sample->arena);
    assert_int_equal(json_node_count(list), 3);
    for (size_t i = 0; i < json_node_count(list); i++) {
        CLEANUP(buf_release) struct buf path = BUF_INIT(VECTOR_TEXT_MAX);
        struct json_node node = json_node_at(list, i);
        struct view expect = vectors_text(node, "expect", &sample->arena);
        buf_add_text(&path, VECTORS);
        buf_add_view(&path, vectors_text(node, "pubkey", &sample->arena));
        wxpay_keyring_release(&sample->ring);
        add_key(&sample->ring, buf_text(&path));
        read_seal(sample, node);
        assert_int_equal(verify(sample),
                         view_equal_text(expect, "valid") ? WXPAY_GENUINE : WXPAY_FORGED);
    }
}

struct skew_case {
    int64_t seconds;
    enum wxpay_verdict verdict;
};

static void refuses_five_minutes_either_way(void **state)
{
    struct sample *sample = *state;
    static const struct skew_case cases[] = {
        {0, WXPAY_GENUINE},    {299, WXPAY_GENUINE}, {300, WXPAY_STALE},
        {-299, WXPAY_GENUINE}, {-300, WXPAY_STALE},  {86400, WXPAY_STALE},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(
            wxpay_verify(&sample->ring, &sample->seal, sample->body, signed_at(cases[i].seconds)),
            cases[i].verdict);
}

static void wants_all_four_headers(void **state)
{
    struct sample *sample = *state;
    struct wxpay_seal whole = sample->seal;
    struct view *parts[] = {&sample->seal.timestamp, &sample->seal.nonce, &sample->seal.serial,
                            &sample->seal.signature};
    for (size_t i = 0; i < 4; i++) {
        sample->seal = whole;
        *parts[i] = (struct view){.at = NULL};
        assert_int_equal(verify(sample), WXPAY_UNSIGNED);
    }
    static const char *const numbers[] = {"soon", "-1722850421", "1722850421.0", " 1722850421",
                                          "99999999999999999999"};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        sample->seal = whole;
        sample->seal.timestamp = view_of(numbers[i]);
        assert_int_equal(verify(sample), WXPAY_UNSIGNED);
    }
}

static void a_zero_more_in_the_timestamp_is_another_text(void **state)
{
    struct sample *sample = *state;
    sample->seal.timestamp = VIEW("01722850421");
    assert_int_equal(verify(sample), WXPAY_FORGED);
}

static void tells_unknown_keys_from_forgeries(void **state)
{
    struct sample *sample = *state;
    struct view body = sample->body;
    sample->body = view_from(body.at, body.length - 1);
    assert_int_equal(verify(sample), WXPAY_FORGED);
    sample->body = (struct view){.at = NULL};
    assert_int_equal(verify(sample), WXPAY_FORGED);
    sample->body = body;
    sample->seal.nonce = VIEW("d824f2e086d3c1df967785d13fcd22ee");
    assert_int_equal(verify(sample), WXPAY_FORGED);
    sample->seal.serial = VIEW("PUB_KEY_ID_1");
    assert_int_equal(verify(sample), WXPAY_UNKNOWN_KEY);
}

#define WITH_SAMPLE(test) cmocka_unit_test_setup_teardown(test, open_sample, close_sample)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SAMPLE(judges_the_published_replies),
        WITH_SAMPLE(refuses_five_minutes_either_way),
        WITH_SAMPLE(wants_all_four_headers),
        WITH_SAMPLE(a_zero_more_in_the_timestamp_is_another_text),
        WITH_SAMPLE(tells_unknown_keys_from_forgeries),
    };
    return cmocka_run_group_tests_name("wxpay/verify", tests, NULL, NULL);
}
