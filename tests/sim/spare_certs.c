#include "spare_certs.h"

#include "certs.h"
#include "civil.h"
#include "files.h"

#include <stdlib.h>

enum { VALID_DAYS = 5 * 365, EXPIRED_DAYS_AGO = 30 };

void spare_certs_release(struct spare_certs *spares)
{
    text_release(&spares->next.pem);
    text_release(&spares->expired.pem);
}

/* The simulator read these files when it started. */
static void load(const struct keys *keys, const char *name, struct text *out)
{
    struct text path = {0};
    struct fail fail;

    text_printf(&path, "%s/%s", keys->folder, name);
    if (!file_read(path.bytes, out, &fail))
        abort();
    text_release(&path);
}

static void make(const struct keys *keys, const char *common_name, int64_t expires,
                 struct certificate *certificate)
{
    struct text key = {0};
    struct text authority_key = {0};
    struct text authority_cert = {0};
    const struct cert_request request = {
        .use = CERT_USE_SIGN,
        .common_name = common_name,
        .effective = expires - (int64_t)VALID_DAYS * DAY_S,
        .expires = expires,
        .key_pem = &key,
        .authority_key_pem = &authority_key,
        .authority_cert_pem = &authority_cert,
    };
    struct text pem = {0};
    gnutls_pubkey_t pubkey;

    load(keys, "wechatpay_key.pem", &key);
    load(keys, "ca_key.pem", &authority_key);
    load(keys, "ca.pem", &authority_cert);
    cert_make(&request, &pem);
    if (!cert_read(&pem, certificate, &pubkey))
        abort();
    gnutls_pubkey_deinit(pubkey);
    text_release(&pem);
    text_release(&key);
    text_release(&authority_key);
    text_release(&authority_cert);
}

const struct certificate *spare_certs_next(struct spare_certs *spares, const struct keys *keys,
                                           int64_t now)
{
    if (spares->next.pem.size == 0)
        make(keys, "wxpay-sim platform, next", now + (int64_t)(VALID_DAYS - 1) * DAY_S,
             &spares->next);
    return &spares->next;
}

const struct certificate *spare_certs_expired(struct spare_certs *spares, const struct keys *keys,
                                              int64_t now)
{
    if (spares->expired.pem.size == 0)
        make(keys, "wxpay-sim platform, expired", now - (int64_t)EXPIRED_DAYS_AGO * DAY_S,
             &spares->expired);
    return &spares->expired;
}
