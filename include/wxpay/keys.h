/* One merchant's folder of keys, as the merchant platform hands them out:
 *
 *     apiclient_key.pem            private key of the API certificate
 *     apiclient_cert.pem           the API certificate; its serial goes into every request
 *     apiv3.key                    the APIv3 key: 32 bytes, one line end after it is allowed
 *     wechatpay_public_key.pem     only in public-key mode: WeChat Pay's public key …
 *     wechatpay_public_key.id      … and its PUB_KEY_ID_…
 *
 * All failures are ERR_ACCESS and name the file. Private key and APIv3 key must be readable by
 * nobody else. The folder may be exchanged as a whole for another one at any moment: what is read
 * is of one folder, never some of each. */
#ifndef WXPAY_KEYS_H
#define WXPAY_KEYS_H

#include "wxpay/keyring.h"

#define WXPAY_FILE_PRIVATE_KEY "apiclient_key.pem"
#define WXPAY_FILE_CERTIFICATE "apiclient_cert.pem"
#define WXPAY_FILE_APIV3_KEY "apiv3.key"
#define WXPAY_FILE_PUBLIC_KEY "wechatpay_public_key.pem"
#define WXPAY_FILE_PUBLIC_KEY_ID "wechatpay_public_key.id"

enum { WXPAY_KEY_PATH_MAX = 4000 };

/* `folder`/`name`, in `path`, whose maximum should be WXPAY_KEY_PATH_MAX; valid as long as it. */
const char *wxpay_key_path(struct buf *path, const char *folder, const char *name);

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

/* Reads one file with an APIv3 key, without the line end after it. `ret_key` must be empty. */
bool wxpay_apiv3_key_read(const char *path, struct secret *ret_key, struct err *err);

/* PUB_KEY_ID_ and digits, at most WXPAY_KEY_ID_MAX bytes. */
bool wxpay_is_public_key_id(struct view id);

#endif
