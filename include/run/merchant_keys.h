/* The keys that a merchant was given, in memory: gathered from the files they came in and checked
 * without a network.
 *
 *     struct merchant_keys keys = MERCHANT_KEYS_INIT;
 *     merchant_keys_gather(&files, signer, &keys, err)
 *     merchant_keys_check(&keys, signer, now, &facts, err)
 *
 * Certificate and private key come in one of three forms: two PEM files; PKCS#12, whose password is
 * the merchant's number unless a file says otherwise; the archive as downloaded from the merchant
 * platform, in which apiclient_key.pem with apiclient_cert.pem, or else apiclient_cert.p12, are
 * read and nothing else. Files that hold a secret must be readable by nobody else.
 *
 * `signer` is the number that the keys belong to: the merchant's, or its service provider's. */
#ifndef RUN_MERCHANT_KEYS_H
#define RUN_MERCHANT_KEYS_H

#include "base/date.h"
#include "base/options.h"
#include "wxpay/keys.h"

enum { MERCHANT_KEY_OPTIONS = 8 };

/* As named on the command line; NULL: not named. */
struct merchant_key_files {
    const char *certificate, *private_key; /* PEM */
    const char *p12, *p12_password;        /* both files */
    const char *archive;
    const char *apiv3_key;
    const char *public_key;
    const char *public_key_id; /* the id itself */
};

/* Their rows for struct job_spec. */
void merchant_key_options(struct merchant_key_files *files,
                          struct option_row ret_rows[MERCHANT_KEY_OPTIONS]);

/* Whether any is named, and whether certificate and private key are, in any form. */
bool merchant_key_files_given(const struct merchant_key_files *files);
bool merchant_key_files_have_pair(const struct merchant_key_files *files);

/* Empty parts were not given. */
struct merchant_keys {
    struct buf certificate;    /* PEM */
    struct secret private_key; /* PEM */
    struct secret apiv3_key;   /* AEAD_KEY_BYTES */
    struct buf public_key;     /* PEM */
    char public_key_id[WXPAY_KEY_ID_MAX + 1];
};

#define MERCHANT_KEYS_INIT                                                                         \
    ((struct merchant_keys){.certificate = BUF_INIT(KEY_FILE_MAX),                                 \
                            .public_key = BUF_INIT(KEY_FILE_MAX)})
void merchant_keys_release(struct merchant_keys *keys);

/* Reads what is named. ERR_USAGE: options that exclude each other or belong together; ERR_ACCESS:
 * files missing, readable by others, wrong password, not what they should be; ERR_DATA and
 * ERR_LIMIT: archives. Messages name option or file. */
bool merchant_keys_gather(const struct merchant_key_files *files, struct view signer,
                          struct merchant_keys *keys, struct err *err);

/* Takes the parts that were not given from a folder of keys, whose pair stays a pair. Hold the lock
 * of run/merchant_install.h, so that nobody exchanges it meanwhile. */
bool merchant_keys_complete(struct merchant_keys *keys, const char *folder, struct err *err);

struct merchant_keys_facts {
    char serial[CERTIFICATE_SERIAL_MAX + 1];
    struct instant not_after;
    bool public_key_mode;
};

/* All that can be known offline: nothing is missing, the pair is one, it is the signer's and valid
 * at `now`, public key and id come together. ERR_USAGE names the option for what is missing,
 * ERR_ACCESS the rest; the hint says who must act. */
bool merchant_keys_check(const struct merchant_keys *keys, struct view signer, struct instant now,
                         struct merchant_keys_facts *ret_facts, struct err *err);

#endif
