#include "keys.h"

#include "alloc.h"
#include "files.h"
#include "keys_files.h"
#include "platform.h"
#include "rng.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { APIV3_KEY_SIZE = 32, KEY_ID_DIGITS = 28 };

/* 2020-01-01 and 2049-12-31: the certificates of TLS are judged by the machine's real clock,
 * whatever --now is. */
#define TLS_EFFECTIVE INT64_C(1577836800)
#define TLS_EXPIRES INT64_C(2524521600)

static bool ensure_tls(const struct keys *keys, struct fail *fail)
{
    struct cert_request authority = {
        .use = CERT_USE_AUTHORITY,
        .common_name = "wxpay-sim authority",
        .effective = TLS_EFFECTIVE,
        .expires = TLS_EXPIRES,
    };
    struct cert_request server = {
        .use = CERT_USE_SERVER,
        .common_name = "localhost",
        .effective = TLS_EFFECTIVE,
        .expires = TLS_EXPIRES,
    };

    return keys_ensure_cert(keys, &(struct cert_files){"", "ca_key.pem", "ca.pem"}, authority,
                            CERT_KEY_EC, fail) &&
           keys_ensure_cert(keys, &(struct cert_files){"", "server_key.pem", "server.pem"}, server,
                            CERT_KEY_EC, fail);
}

static bool ensure_public_half(const struct keys *keys, struct fail *fail)
{
    struct text private_half = {0};
    struct text public_half = {0};
    bool good = true;

    if (!keys_stored(keys, "", "wechatpay_public_key.pem")) {
        good = keys_load(keys, "", "wechatpay_key.pem", &private_half, fail);
        if (good && !cert_public_half(&private_half, &public_half))
            good = fail_set(fail, EX_DATAERR, "%s/wechatpay_key.pem is not a key", keys->folder);
        good = good && keys_store(keys, "", "wechatpay_public_key.pem", &public_half, fail);
    }
    text_release(&private_half);
    text_release(&public_half);
    return good;
}

static bool ensure_public_key(const struct keys *keys, struct fail *fail)
{
    struct text id = {0};
    struct text token_key = {0};
    bool good;

    text_put(&id, "PUB_KEY_ID_01");
    keys_draw_secret(RNG_DIGITS, KEY_ID_DIGITS - 2, &id);
    keys_draw_secret(RNG_ALNUM, CRYPT_AEAD_KEY_SIZE, &token_key);
    good = keys_ensure_key(keys, "", "wechatpay_key.pem", CERT_KEY_RSA, fail) &&
           ensure_public_half(keys, fail) &&
           keys_ensure_secret(keys, "", "wechatpay_public_key.id", &id, fail) &&
           keys_ensure_secret(keys, "", "token.key", &token_key, fail);
    text_release(&id);
    text_release(&token_key);
    return good;
}

static bool load_all(struct keys *keys, struct fail *fail)
{
    if (!keys_load(keys, "", "server_key.pem", &keys->server_key_pem, fail) ||
        !keys_load(keys, "", "server.pem", &keys->server_cert_pem, fail) ||
        !keys_load(keys, "", "wechatpay_public_key.id", &keys->public_key_id, fail) ||
        !keys_load(keys, "", "wechatpay_public_key.pem", &keys->public_key_pem, fail) ||
        !keys_load(keys, "", "token.key", &keys->token_key, fail) ||
        !keys_load_key(keys, "wechatpay_key.pem", &keys->public_mode_key, fail))
        return false;

    return keys->token_key.size == CRYPT_AEAD_KEY_SIZE ||
           fail_set(fail, EX_DATAERR, "%s/token.key: expected 32 characters", keys->folder);
}

struct keys *keys_open(const char *folder, int64_t now, struct fail *fail)
{
    struct keys *keys = alloc_zeroed(1, sizeof(*keys));

    keys->folder = alloc_copy(folder, strlen(folder));
    if (folder_make(folder, fail) && ensure_tls(keys, fail) && ensure_public_key(keys, fail) &&
        load_all(keys, fail) && platform_open(keys, now, fail))
        return keys;
    keys_free(keys);
    return NULL;
}

static void merchant_keys_release(struct merchant_keys *merchant)
{
    free(merchant->mchid);
    text_release(&merchant->certificate.pem);
    text_release(&merchant->apiv3_key);
    if (merchant->pubkey != NULL)
        gnutls_pubkey_deinit(merchant->pubkey);
}

void keys_free(struct keys *keys)
{
    if (keys == NULL)
        return;
    for (size_t at = 0; at < keys->merchant_count; at++)
        merchant_keys_release(&keys->merchants[at]);
    free(keys->merchants);
    text_release(&keys->server_key_pem);
    text_release(&keys->server_cert_pem);
    text_release(&keys->public_key_id);
    text_release(&keys->public_key_pem);
    text_release(&keys->token_key);
    platform_release(keys);
    if (keys->public_mode_key != NULL)
        gnutls_privkey_deinit(keys->public_mode_key);
    free(keys->folder);
    free(keys);
}

static bool ensure_folder(const struct keys *keys, const char *below, struct fail *fail)
{
    struct text path = {0};
    bool made;

    keys_path(keys, "", below, &path);
    made = folder_make(path.bytes, fail);
    text_release(&path);
    return made;
}

static bool ensure_merchant(const struct keys *keys, const struct merchant *merchant,
                            const char *below, int64_t now, struct fail *fail)
{
    struct cert_files files = {below, "apiclient_key.pem", "apiclient_cert.pem"};
    struct text apiv3_key = {0};
    bool good;

    keys_draw_secret(RNG_ALNUM, APIV3_KEY_SIZE, &apiv3_key);
    good = ensure_folder(keys, "merchants", fail) && ensure_folder(keys, below, fail) &&
           keys_ensure_cert(keys, &files, keys_signer(merchant->mchid, now), CERT_KEY_RSA, fail) &&
           keys_ensure_secret(keys, below, "apiv3.key", &apiv3_key, fail);
    if (good && merchant->mode == KEY_MODE_PUBLIC_KEY)
        good =
            keys_ensure_secret(keys, below, "wechatpay_public_key.pem", &keys->public_key_pem,
                               fail) &&
            keys_ensure_secret(keys, below, "wechatpay_public_key.id", &keys->public_key_id, fail);
    text_release(&apiv3_key);
    return good;
}

static bool load_merchant(const struct keys *keys, const char *below,
                          struct merchant_keys *merchant, struct fail *fail)
{
    if (!keys_load_cert(keys, below, "apiclient_cert.pem", &merchant->certificate,
                        &merchant->pubkey, fail) ||
        !keys_load(keys, below, "apiv3.key", &merchant->apiv3_key, fail))
        return false;
    return merchant->apiv3_key.size == APIV3_KEY_SIZE ||
           fail_set(fail, EX_DATAERR, "%s/%s/apiv3.key: expected 32 characters", keys->folder,
                    below);
}

static bool add_merchant(struct keys *keys, const char *mchid, const char *below, struct fail *fail)
{
    struct merchant_keys added = {0};

    if (!load_merchant(keys, below, &added, fail)) {
        merchant_keys_release(&added);
        return false;
    }
    added.mchid = alloc_copy(mchid, strlen(mchid));
    keys->merchants = alloc_grow(keys->merchants, &keys->merchant_room, keys->merchant_count + 1,
                                 sizeof(*keys->merchants));
    keys->merchants[keys->merchant_count++] = added;
    return true;
}

bool keys_add_merchants(struct keys *keys, const struct world *world, int64_t now,
                        struct fail *fail)
{
    struct text below = {0};
    bool good = true;

    for (size_t at = 0; good && at < world->merchant_count; at++) {
        const struct merchant *merchant = &world->merchants[at];

        if (merchant->provider != NULL)
            continue;
        text_clear(&below);
        text_printf(&below, "merchants/%s", merchant->mchid);
        good = ensure_merchant(keys, merchant, below.bytes, now, fail) &&
               (keys_of(keys, merchant->mchid) != NULL ||
                add_merchant(keys, merchant->mchid, below.bytes, fail));
    }
    text_release(&below);
    return good;
}

const struct merchant_keys *keys_of(const struct keys *keys, const char *mchid)
{
    for (size_t at = 0; at < keys->merchant_count; at++) {
        if (strcmp(keys->merchants[at].mchid, mchid) == 0)
            return &keys->merchants[at];
    }
    return NULL;
}

gnutls_privkey_t keys_private(const struct keys *keys, const char *serial, int64_t now)
{
    const struct platform *platform;

    if (serial == NULL)
        return NULL;
    if (strcmp(serial, keys->public_key_id.bytes) == 0)
        return keys->public_mode_key;
    platform = platform_named(keys, serial, now);
    return platform != NULL ? platform->key : NULL;
}
