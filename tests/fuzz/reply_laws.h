/* What holds for any bytes as the body of a reply: a refund, an order, the offer of a bill, of a
 * sub-merchant's bill, or a failure.
 *
 * What is read is within its limits and about what was asked for; what is not read has a message of
 * one line and leaves the target alone. */
#ifndef FUZZ_REPLY_LAWS_H
#define FUZZ_REPLY_LAWS_H

#include "wxpay/complaint.h"
#include "wxpay/fields.h"
#include "wxpay/order.h"
#include "wxpay/refund.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <assert.h>
#include <string.h>

/* A client that never calls: its host and a key. */
struct reply_bench {
    struct wxpay client;
};

static inline void reply_bench_open(struct reply_bench *bench)
{
    const struct http_settings settings = {
        .base_url = WXPAY_BASE_URL,
        .user_agent = "payrecon/fuzz",
        .connect_timeout_ms = 1,
        .total_timeout_ms = 1,
    };
    EVP_PKEY *pkey = EVP_RSA_gen(2048);
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem = NULL;
    struct err err = ERR_INIT;

    *bench = (struct reply_bench){.client = {.settings = {.mchid = "1900000109"}}};
    PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL);
    long length = BIO_get_mem_data(bio, &pem);
    bool ready =
        http_open(&settings, &bench->client.hosts[0], &err) &&
        private_key_parse(view_from(pem, (size_t)length), &bench->client.keys.private_key, &err);
    assert(ready);
    BIO_free(bio);
    EVP_PKEY_free(pkey);
}

static inline void reply_bench_close(struct reply_bench *bench)
{
    http_close(bench->client.hosts[0]);
    private_key_free(bench->client.keys.private_key);
}

static inline void reply_message_law(bool read, const struct err *err)
{
    assert(read == (err->kind == ERR_NONE));
    assert(read == (err->text[0] == '\0'));
    assert(strpbrk(err->text, "\r\n") == NULL);
}

static inline void reply_amount_law(struct money amount)
{
    assert(amount.fen >= 0 && amount.fen <= WXPAY_AMOUNT_MAX);
}

static inline void reply_refund_law(struct view bytes)
{
    struct wxpay_refund refund = {.total = {-7}};
    struct err err = ERR_INIT;
    bool read = wxpay_refund_read(bytes, VIEW("R1"), &refund, &err);

    reply_message_law(read, &err);
    assert(read || refund.total.fen == -7);
    if (!read)
        return;
    assert(strcmp(refund.out_refund_no, "R1") == 0);
    reply_amount_law(refund.total);
    reply_amount_law(refund.payer_refund);
    reply_amount_law(refund.refund_fee);
    assert(refund.refund.fen <= refund.total.fen);
}

static inline void reply_order_law(struct view bytes)
{
    const struct wxpay_order_asked asked = {WXPAY_BY_OUT_TRADE_NO, VIEW("P1"), VIEW("1900000109"),
                                            VIEW("")};
    struct wxpay_order order = {.total = {-7}};
    struct err err = ERR_INIT;
    bool read = wxpay_order_read(bytes, &asked, &order, &err);

    reply_message_law(read, &err);
    assert(read || order.total.fen == -7);
    if (!read)
        return;
    assert(strcmp(order.out_trade_no, "P1") == 0 && strcmp(order.mchid, "1900000109") == 0);
    reply_amount_law(order.total);
}

static inline void reply_offer_law(const struct reply_bench *bench, struct view bytes)
{
    struct wxpay_bill_offer offer = {.state = WXPAY_BILL_OFFERED};
    struct err err = ERR_INIT;
    bool read = wxpay_bill_read_offer(&bench->client, bytes, &offer, &err);

    reply_message_law(read, &err);
    if (!read)
        return;
    struct view target = {.at = NULL};
    assert(strlen(offer.sha1) == 40);
    assert(http_target_of(bench->client.hosts[0], view_of(offer.url), &target, &err));
}

static inline void reply_sub_offer_law(const struct reply_bench *bench, struct view bytes)
{
    CLEANUP(wxpay_sub_bill_release) struct wxpay_sub_bill bill = WXPAY_SUB_BILL_INIT;
    struct err err = ERR_INIT;
    bool read = wxpay_sub_bill_read_offer(&bench->client, bytes, &bill, &err);

    /* Nobody else could have sealed a key for one made a moment ago. */
    assert(!read);
    reply_message_law(read, &err);
}

static inline void reply_complaint_law(struct view bytes)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct wxpay_complaint complaint = wxpay_complaint_read(bytes, &arena);
    struct err err = ERR_INIT;

    for (int status = 300; status < 600; status += 50)
        assert(!wxpay_complain(status, &complaint,
                               wxpay_react(WXPAY_REFUND_CREATE, status, complaint.code), &err));
    reply_message_law(false, &err);
}

static inline void reply_laws(const struct reply_bench *bench, struct view bytes)
{
    reply_refund_law(bytes);
    reply_order_law(bytes);
    reply_offer_law(bench, bytes);
    reply_sub_offer_law(bench, bytes);
    reply_complaint_law(bytes);
}

#endif
