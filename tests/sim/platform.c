#include "platform.h"

#include "alloc.h"
#include "keys_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define STATE_FILE "platform.state"

/* Nobody rotates more often in one state folder. */
enum { PLATFORMS_MAX = 1000 };

/* The first has the names of a folder that was never rotated. */
static void name_files(size_t at, char key_name[static 32], char cert_name[static 32])
{
    if (at == 0) {
        (void)snprintf(key_name, 32, "platform_key.pem");
        (void)snprintf(cert_name, 32, "platform_cert.pem");
        return;
    }
    (void)snprintf(key_name, 32, "platform_%zu_key.pem", at + 1);
    (void)snprintf(cert_name, 32, "platform_%zu_cert.pem", at + 1);
}

/* Makes it when it is not there, and reads it. */
static bool add(struct keys *keys, const struct cert_request *request, struct fail *fail)
{
    struct platform added = {0};
    gnutls_pubkey_t pubkey;
    char key_name[32];
    char cert_name[32];
    struct cert_files files = {"", key_name, cert_name};

    name_files(keys->platform_count, key_name, cert_name);
    if (!keys_ensure_cert(keys, &files, *request, CERT_KEY_RSA, fail) ||
        !keys_load_cert(keys, "", cert_name, &added.certificate, &pubkey, fail))
        return false;

    gnutls_pubkey_deinit(pubkey);
    if (!keys_load_key(keys, key_name, &added.key, fail)) {
        text_release(&added.certificate.pem);
        return false;
    }
    keys->platforms = alloc_grow(keys->platforms, &keys->platform_room, keys->platform_count + 1,
                                 sizeof(*keys->platforms));
    keys->platforms[keys->platform_count++] = added;
    return true;
}

static bool write_state(const struct keys *keys, struct fail *fail)
{
    struct text state = {0};
    bool written;

    text_printf(&state, "%zu %zu %zu\n", keys->platform_count, keys->platform_first,
                keys->platform_signing);
    written = keys_store(keys, "", STATE_FILE, &state, fail);
    text_release(&state);
    return written;
}

/* How many there are, the first listed, the one that signs. */
static bool read_state(const struct keys *keys, size_t numbers[static 3], struct fail *fail)
{
    struct text state = {0};
    bool good = keys_load(keys, "", STATE_FILE, &state, fail);
    char *rest = state.bytes;

    for (size_t at = 0; good && at < 3; at++) {
        numbers[at] = strtoul(rest, &rest, 10);
        good = *rest == (at < 2 ? ' ' : '\n');
    }
    if (state.size > 0 && (!good || numbers[0] > PLATFORMS_MAX || numbers[1] > numbers[2] ||
                           numbers[2] >= numbers[0]))
        good = fail_set(fail, EX_DATAERR, "%s/" STATE_FILE " is not what it was written as",
                        keys->folder);
    text_release(&state);
    return good;
}

bool platform_open(struct keys *keys, int64_t now, struct fail *fail)
{
    size_t numbers[3] = {1, 0, 0};
    struct cert_request request = keys_signer("wxpay-sim platform", now);

    if (keys_stored(keys, "", STATE_FILE) && !read_state(keys, numbers, fail))
        return false;
    while (keys->platform_count < numbers[0]) {
        if (!add(keys, &request, fail))
            return false;
    }
    keys->platform_first = numbers[1];
    keys->platform_signing = numbers[2];
    return true;
}

void platform_release(struct keys *keys)
{
    for (size_t at = 0; at < keys->platform_count; at++) {
        text_release(&keys->platforms[at].certificate.pem);
        gnutls_privkey_deinit(keys->platforms[at].key);
    }
    free(keys->platforms);
}

bool platform_announce(struct keys *keys, int64_t now, struct fail *fail)
{
    struct cert_request request = keys_signer("wxpay-sim platform", now);

    if (keys->platform_count == PLATFORMS_MAX)
        return fail_set(fail, EX_USAGE, "there are %d platform certificates", (int)PLATFORMS_MAX);
    request.effective = now;
    return add(keys, &request, fail) && write_state(keys, fail);
}

bool platform_rotate(struct keys *keys, int64_t now, struct fail *fail)
{
    if (keys->platform_signing == keys->platform_count - 1 && !platform_announce(keys, now, fail))
        return false;
    keys->platform_signing = keys->platform_count - 1;
    return write_state(keys, fail);
}

bool platform_expire(struct keys *keys, struct fail *fail)
{
    keys->platform_first = keys->platform_signing;
    return write_state(keys, fail);
}

const struct platform *platform_signing(const struct keys *keys)
{
    return &keys->platforms[keys->platform_signing];
}

bool platform_listed(const struct keys *keys, size_t at, int64_t now)
{
    return at >= keys->platform_first && at < keys->platform_count &&
           keys->platforms[at].certificate.expires > now;
}

const struct platform *platform_named(const struct keys *keys, const char *serial, int64_t now)
{
    for (size_t at = 0; at < keys->platform_count; at++) {
        if (platform_listed(keys, at, now) &&
            strcmp(keys->platforms[at].certificate.serial, serial) == 0)
            return &keys->platforms[at];
    }
    return NULL;
}
