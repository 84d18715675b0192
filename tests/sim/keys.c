#include "keys.h"

#include "alloc.h"
#include "certs.h"
#include "civil.h"
#include "files.h"
#include "rng.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { APIV3_KEY_SIZE = 32, KEY_ID_DIGITS = 28 };

/* Five years as the real ones (FACTS §2.2), most of them to come: the clock may later be set back a
 * little. */
enum { CERTIFICATE_DAYS_BEFORE = 365, CERTIFICATE_DAYS_AFTER = 4 * 365 };

/* 2020-01-01 and 2049-12-31: the certificates of TLS are judged by the machine's real clock,
 * whatever --now is. */
#define TLS_EFFECTIVE INT64_C(1577836800)
#define TLS_EXPIRES INT64_C(2524521600)

/* One file of the state folder, in a folder below `keys->folder` or ("") itself. */
static void path_of(const struct keys *keys, const char *below, const char *name, struct text *out)
{
    text_clear(out);
    text_printf(out, "%s/%s%s%s", keys->folder, below, *below != '\0' ? "/" : "", name);
}

static bool store(const struct keys *keys, const char *below, const char *name,
                  const struct text *bytes, struct fail *fail)
{
    struct text path = {0};
    bool stored;

    path_of(keys, below, name, &path);
    stored = file_write(path.bytes, bytes->bytes, bytes->size, 0600, fail);
    text_release(&path);
    return stored;
}

static bool stored_already(const struct keys *keys, const char *below, const char *name)
{
    struct text path = {0};
    bool there;

    path_of(keys, below, name, &path);
    there = file_exists(path.bytes);
    text_release(&path);
    return there;
}

static bool load(const struct keys *keys, const char *below, const char *name, struct text *out,
                 struct fail *fail)
{
    struct text path = {0};
    bool loaded;

    path_of(keys, below, name, &path);
    text_clear(out);
    loaded = file_read(path.bytes, out, fail);
    text_release(&path);
    return loaded;
}

/* A secret in characters of `alphabet`, from the system's generator: unlike bills it must differ
 * each time. */
static void draw_secret(const char *alphabet, size_t count, struct text *out)
{
    size_t letters = strlen(alphabet);

    while (count > 0) {
        unsigned char drawn;

        crypt_random(&drawn, sizeof(drawn));
        /* The last, incomplete run of the range would favour the first letters. */
        if (drawn >= 256 / letters * letters)
            continue;
        text_putc(out, alphabet[drawn % letters]);
        count--;
    }
}

static bool ensure_secret(const struct keys *keys, const char *below, const char *name,
                          const struct text *drawn, struct fail *fail)
{
    return stored_already(keys, below, name) || store(keys, below, name, drawn, fail);
}

static bool ensure_key(const struct keys *keys, const char *below, const char *name,
                       enum cert_key_kind kind, struct fail *fail)
{
    struct text pem = {0};
    bool stored;

    if (stored_already(keys, below, name))
        return true;

    cert_key_make(kind, &pem);
    stored = store(keys, below, name, &pem, fail);
    text_release(&pem);
    return stored;
}

struct cert_files {
    const char *below;
    const char *key_name;
    const char *cert_name;
};

/* Key and certificate, the key first: a start that was cut short is finished by the next. */
static bool ensure_cert(const struct keys *keys, const struct cert_files *files,
                        struct cert_request request, enum cert_key_kind kind, struct fail *fail)
{
    struct text key = {0};
    struct text authority_key = {0};
    struct text authority_cert = {0};
    struct text pem = {0};
    bool good = true;

    if (!ensure_key(keys, files->below, files->key_name, kind, fail))
        return false;
    if (stored_already(keys, files->below, files->cert_name))
        return true;

    request.key_pem = &key;
    good = load(keys, files->below, files->key_name, &key, fail);
    if (good && request.use != CERT_USE_AUTHORITY) {
        request.authority_key_pem = &authority_key;
        request.authority_cert_pem = &authority_cert;
        good = load(keys, "", "ca_key.pem", &authority_key, fail) &&
               load(keys, "", "ca.pem", &authority_cert, fail);
    }
    if (good) {
        cert_make(&request, &pem);
        good = store(keys, files->below, files->cert_name, &pem, fail);
    }
    text_release(&key);
    text_release(&authority_key);
    text_release(&authority_cert);
    text_release(&pem);
    return good;
}

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

    return ensure_cert(keys, &(struct cert_files){"", "ca_key.pem", "ca.pem"}, authority,
                       CERT_KEY_EC, fail) &&
           ensure_cert(keys, &(struct cert_files){"", "server_key.pem", "server.pem"}, server,
                       CERT_KEY_EC, fail);
}

static struct cert_request signer(const char *common_name, int64_t now)
{
    return (struct cert_request){
        .use = CERT_USE_SIGN,
        .common_name = common_name,
        .effective = now - (int64_t)CERTIFICATE_DAYS_BEFORE * DAY_S,
        .expires = now + (int64_t)CERTIFICATE_DAYS_AFTER * DAY_S,
    };
}

static bool ensure_public_half(const struct keys *keys, struct fail *fail)
{
    struct text private_half = {0};
    struct text public_half = {0};
    bool good = true;

    if (!stored_already(keys, "", "wechatpay_public_key.pem")) {
        good = load(keys, "", "wechatpay_key.pem", &private_half, fail);
        if (good && !cert_public_half(&private_half, &public_half))
            good = fail_set(fail, EX_DATAERR, "%s/wechatpay_key.pem is not a key", keys->folder);
        good = good && store(keys, "", "wechatpay_public_key.pem", &public_half, fail);
    }
    text_release(&private_half);
    text_release(&public_half);
    return good;
}

static bool ensure_platform(const struct keys *keys, int64_t now, struct fail *fail)
{
    struct cert_files files = {"", "platform_key.pem", "platform_cert.pem"};
    struct text id = {0};
    struct text token_key = {0};
    bool good;

    text_put(&id, "PUB_KEY_ID_01");
    draw_secret(RNG_DIGITS, KEY_ID_DIGITS - 2, &id);
    draw_secret(RNG_ALNUM, CRYPT_AEAD_KEY_SIZE, &token_key);
    good = ensure_cert(keys, &files, signer("wxpay-sim platform", now), CERT_KEY_RSA, fail) &&
           ensure_key(keys, "", "wechatpay_key.pem", CERT_KEY_RSA, fail) &&
           ensure_public_half(keys, fail) &&
           ensure_secret(keys, "", "wechatpay_public_key.id", &id, fail) &&
           ensure_secret(keys, "", "token.key", &token_key, fail);
    text_release(&id);
    text_release(&token_key);
    return good;
}

static bool load_key(const struct keys *keys, const char *name, gnutls_privkey_t *ret_key,
                     struct fail *fail)
{
    struct text pem = {0};
    bool good = load(keys, "", name, &pem, fail);

    if (good && !cert_read_key(&pem, ret_key))
        good = fail_set(fail, EX_DATAERR, "%s/%s is not a private key", keys->folder, name);
    text_release(&pem);
    return good;
}

static bool load_cert(const struct keys *keys, const char *below, const char *name,
                      struct certificate *certificate, gnutls_pubkey_t *ret_pubkey,
                      struct fail *fail)
{
    struct text pem = {0};
    bool good = load(keys, below, name, &pem, fail);

    if (good && !cert_read(&pem, certificate, ret_pubkey))
        good = fail_set(fail, EX_DATAERR, "%s/%s/%s is not a certificate of the simulator",
                        keys->folder, below, name);
    text_release(&pem);
    return good;
}

static bool load_all(struct keys *keys, struct fail *fail)
{
    gnutls_pubkey_t pubkey;

    if (!load(keys, "", "server_key.pem", &keys->server_key_pem, fail) ||
        !load(keys, "", "server.pem", &keys->server_cert_pem, fail) ||
        !load(keys, "", "wechatpay_public_key.id", &keys->public_key_id, fail) ||
        !load(keys, "", "wechatpay_public_key.pem", &keys->public_key_pem, fail) ||
        !load(keys, "", "token.key", &keys->token_key, fail) ||
        !load_key(keys, "platform_key.pem", &keys->platform_key, fail) ||
        !load_key(keys, "wechatpay_key.pem", &keys->public_mode_key, fail) ||
        !load_cert(keys, "", "platform_cert.pem", &keys->platform, &pubkey, fail))
        return false;

    gnutls_pubkey_deinit(pubkey);
    return keys->token_key.size == CRYPT_AEAD_KEY_SIZE ||
           fail_set(fail, EX_DATAERR, "%s/token.key: expected 32 characters", keys->folder);
}

struct keys *keys_open(const char *folder, int64_t now, struct fail *fail)
{
    struct keys *keys = alloc_zeroed(1, sizeof(*keys));

    keys->folder = alloc_copy(folder, strlen(folder));
    if (folder_make(folder, fail) && ensure_tls(keys, fail) && ensure_platform(keys, now, fail) &&
        load_all(keys, fail))
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
    text_release(&keys->platform.pem);
    if (keys->platform_key != NULL)
        gnutls_privkey_deinit(keys->platform_key);
    if (keys->public_mode_key != NULL)
        gnutls_privkey_deinit(keys->public_mode_key);
    free(keys->folder);
    free(keys);
}

static bool ensure_folder(const struct keys *keys, const char *below, struct fail *fail)
{
    struct text path = {0};
    bool made;

    path_of(keys, "", below, &path);
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

    draw_secret(RNG_ALNUM, APIV3_KEY_SIZE, &apiv3_key);
    good = ensure_folder(keys, "merchants", fail) && ensure_folder(keys, below, fail) &&
           ensure_cert(keys, &files, signer(merchant->mchid, now), CERT_KEY_RSA, fail) &&
           ensure_secret(keys, below, "apiv3.key", &apiv3_key, fail);
    if (good && merchant->mode == KEY_MODE_PUBLIC_KEY)
        good =
            ensure_secret(keys, below, "wechatpay_public_key.pem", &keys->public_key_pem, fail) &&
            ensure_secret(keys, below, "wechatpay_public_key.id", &keys->public_key_id, fail);
    text_release(&apiv3_key);
    return good;
}

static bool load_merchant(const struct keys *keys, const char *below,
                          struct merchant_keys *merchant, struct fail *fail)
{
    if (!load_cert(keys, below, "apiclient_cert.pem", &merchant->certificate, &merchant->pubkey,
                   fail) ||
        !load(keys, below, "apiv3.key", &merchant->apiv3_key, fail))
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
