/* A sub-merchant's fund-flow bill, for service providers with that permission (FACTS §4.2).
 *
 * It comes in parts, each sealed: a key of its own, sealed for the merchant's private key, opens
 * it. It is asked for without GZIP, because nobody says whether packing or sealing comes first. The
 * digest of a part is that of its plain bytes. */
#ifndef WXPAY_SUB_BILL_H
#define WXPAY_SUB_BILL_H

#include "crypto/aead.h"
#include "wxpay/bill.h"

/* Parts are cut at about 16 GB. */
enum { WXPAY_SUB_BILL_PARTS_MAX = 64 };

enum wxpay_sub_account {
    WXPAY_SUB_BASIC,
    WXPAY_SUB_OPERATION,
    WXPAY_SUB_FEES,
    WXPAY_SUB_DEPOSIT,
};

struct wxpay_sub_bill_part {
    char url[WXPAY_URL_MAX + 1];
    char sha1[40 + 1];
    struct secret key;
    char nonce[AEAD_NONCE_BYTES_MAX];
    size_t nonce_length;
};

struct wxpay_sub_bill {
    enum wxpay_bill_state state;
    struct wxpay_request_id request_id;
    struct wxpay_sub_bill_part *parts; /* in the order of bill_sequence; only when offered */
    size_t count;
};

#define WXPAY_SUB_BILL_INIT ((struct wxpay_sub_bill){.parts = NULL})

void wxpay_sub_bill_release(struct wxpay_sub_bill *bill);

/* Asks for the bill of settings.sub_mchid. May be repeated. `ret_bill` must be empty. */
bool wxpay_sub_bill_apply(struct wxpay *client, enum wxpay_sub_account account, struct date day,
                          struct wxpay_sub_bill *ret_bill, struct err *err);
struct wxpay_call *wxpay_sub_bill_apply_start(struct wxpay *client, enum wxpay_sub_account account,
                                              struct date day);
bool wxpay_sub_bill_apply_finish(struct wxpay_call *call, struct wxpay_sub_bill *ret_bill,
                                 struct err *err);

/* All parts one after the other into `sink`, as plain bytes. They count only when this was true:
 * before a part has ended nothing says that it is genuine, and after a failure all of it is to be
 * thrown away. Errors as of wxpay_bill_download, and ERR_DATA for bytes that were not sealed with
 * the part's key or have another digest. */
bool wxpay_sub_bill_download(struct wxpay *client, const struct wxpay_sub_bill *bill,
                             http_sink_function *sink, void *context, uint64_t *ret_bytes,
                             struct err *err);

/* One part. It is not needed any more after the first half. */
struct wxpay_call *wxpay_sub_bill_part_start(struct wxpay *client,
                                             const struct wxpay_sub_bill_part *part,
                                             http_sink_function *sink, void *context);
bool wxpay_sub_bill_part_finish(struct wxpay_call *call, uint64_t *ret_bytes, struct err *err);

#endif
