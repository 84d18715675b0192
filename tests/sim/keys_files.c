#include "keys_files.h"

#include "civil.h"
#include "files.h"

#include <string.h>
#include <sysexits.h>

/* Five years as the real ones (FACTS §2.2), most of them to come: the clock may later be set back a
 * little. */
enum { CERTIFICATE_DAYS_BEFORE = 365, CERTIFICATE_DAYS_AFTER = 4 * 365 };

void keys_path(const struct keys *keys, const char *below, const char *name, struct text *out)
{
    text_clear(out);
    text_printf(out, "%s/%s%s%s", keys->folder, below, *below != '\0' ? "/" : "", name);
}

bool keys_store(const struct keys *keys, const char *below, const char *name,
                const struct text *bytes, struct fail *fail)
{
    struct text path = {0};
    bool stored;

    keys_path(keys, below, name, &path);
    stored = file_write(path.bytes, bytes->bytes, bytes->size, 0600, fail);
    text_release(&path);
    return stored;
}

bool keys_stored(const struct keys *keys, const char *below, const char *name)
{
    struct text path = {0};
    bool there;

    keys_path(keys, below, name, &path);
    there = file_exists(path.bytes);
    text_release(&path);
    return there;
}

bool keys_load(const struct keys *keys, const char *below, const char *name, struct text *out,
               struct fail *fail)
{
    struct text path = {0};
    bool loaded;

    keys_path(keys, below, name, &path);
    text_clear(out);
    loaded = file_read(path.bytes, out, fail);
    text_release(&path);
    return loaded;
}

void keys_draw_secret(const char *alphabet, size_t count, struct text *out)
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

bool keys_ensure_secret(const struct keys *keys, const char *below, const char *name,
                        const struct text *drawn, struct fail *fail)
{
    return keys_stored(keys, below, name) || keys_store(keys, below, name, drawn, fail);
}

bool keys_ensure_key(const struct keys *keys, const char *below, const char *name,
                     enum cert_key_kind kind, struct fail *fail)
{
    struct text pem = {0};
    bool stored;

    if (keys_stored(keys, below, name))
        return true;

    cert_key_make(kind, &pem);
    stored = keys_store(keys, below, name, &pem, fail);
    text_release(&pem);
    return stored;
}

bool keys_ensure_cert(const struct keys *keys, const struct cert_files *files,
                      struct cert_request request, enum cert_key_kind kind, struct fail *fail)
{
    struct text key = {0};
    struct text authority_key = {0};
    struct text authority_cert = {0};
    struct text pem = {0};
    bool good = true;

    if (!keys_ensure_key(keys, files->below, files->key_name, kind, fail))
        return false;
    if (keys_stored(keys, files->below, files->cert_name))
        return true;

    request.key_pem = &key;
    good = keys_load(keys, files->below, files->key_name, &key, fail);
    if (good && request.use != CERT_USE_AUTHORITY) {
        request.authority_key_pem = &authority_key;
        request.authority_cert_pem = &authority_cert;
        good = keys_load(keys, "", "ca_key.pem", &authority_key, fail) &&
               keys_load(keys, "", "ca.pem", &authority_cert, fail);
    }
    if (good) {
        cert_make(&request, &pem);
        good = keys_store(keys, files->below, files->cert_name, &pem, fail);
    }
    text_release(&key);
    text_release(&authority_key);
    text_release(&authority_cert);
    text_release(&pem);
    return good;
}

struct cert_request keys_signer(const char *common_name, int64_t now)
{
    return (struct cert_request){
        .use = CERT_USE_SIGN,
        .common_name = common_name,
        .effective = now - (int64_t)CERTIFICATE_DAYS_BEFORE * DAY_S,
        .expires = now + (int64_t)CERTIFICATE_DAYS_AFTER * DAY_S,
    };
}

bool keys_load_key(const struct keys *keys, const char *name, gnutls_privkey_t *ret_key,
                   struct fail *fail)
{
    struct text pem = {0};
    bool good = keys_load(keys, "", name, &pem, fail);

    if (good && !cert_read_key(&pem, ret_key))
        good = fail_set(fail, EX_DATAERR, "%s/%s is not a private key", keys->folder, name);
    text_release(&pem);
    return good;
}

bool keys_load_cert(const struct keys *keys, const char *below, const char *name,
                    struct certificate *certificate, gnutls_pubkey_t *ret_pubkey, struct fail *fail)
{
    struct text pem = {0};
    bool good = keys_load(keys, below, name, &pem, fail);

    if (good && !cert_read(&pem, certificate, ret_pubkey))
        good = fail_set(fail, EX_DATAERR, "%s/%s/%s is not a certificate of the simulator",
                        keys->folder, below, name);
    text_release(&pem);
    return good;
}
