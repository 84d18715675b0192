/* One merchant's folder of keys, as the merchant platform hands them out:
 *
 *     apiclient_key.pem            private key of the API certificate
 *     apiclient_cert.pem           the API certificate; its serial goes into every request
 *     apiv3.key                    the APIv3 key: 32 bytes, one line end after it is allowed
 *     wechatpay_public_key.pem     only in public-key mode: WeChat Pay's public key …
 *     wechatpay_public_key.id      … and its PUB_KEY_ID_…
 *
 * All failures are ERR_ACCESS and name the file. Private key and APIv3 key must be readable by
 * nobody else. */
#ifndef WXPAY_KEYS_H
#define WXPAY_KEYS_H

#include "wxpay/keyring.h"

struct wxpay_keys {
    struct private_key *private_key;
    struct certificate *certificate;
    struct secret apiv3_key;
    struct public_key *public_key; /* NULL: the merchant has platform certificates only */
    char public_key_id[WXPAY_KEY_ID_MAX + 1];
};

/* Reads the folder; checks that key and certificate belong together and that public key and id come
 * together. */
bool wxpay_keys_read(const char *folder, struct wxpay_keys *ret_keys, struct err *err);
void wxpay_keys_release(struct wxpay_keys *keys);

#endif
