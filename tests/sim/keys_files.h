/* Files of the state folder, for keys.c and platform.c: each is made once and found again later. In
 * a folder below `keys->folder`, or ("") itself. */
#ifndef SIM_KEYS_FILES_H
#define SIM_KEYS_FILES_H

#include "certs.h"

struct cert_files {
    const char *below;
    const char *key_name;
    const char *cert_name;
};

void keys_path(const struct keys *keys, const char *below, const char *name, struct text *out);
bool keys_stored(const struct keys *keys, const char *below, const char *name);
bool keys_store(const struct keys *keys, const char *below, const char *name,
                const struct text *bytes, struct fail *fail);

/* Replaces what `out` held. */
bool keys_load(const struct keys *keys, const char *below, const char *name, struct text *out,
               struct fail *fail);

/* A secret in characters of `alphabet`, from the system's generator: unlike bills it must differ
 * each time. */
void keys_draw_secret(const char *alphabet, size_t count, struct text *out);

/* Make what is not there. Of a certificate the key comes first: a start that was cut short is
 * finished by the next. */
bool keys_ensure_secret(const struct keys *keys, const char *below, const char *name,
                        const struct text *drawn, struct fail *fail);
bool keys_ensure_key(const struct keys *keys, const char *below, const char *name,
                     enum cert_key_kind kind, struct fail *fail);
bool keys_ensure_cert(const struct keys *keys, const struct cert_files *files,
                      struct cert_request request, enum cert_key_kind kind, struct fail *fail);

/* Readers of what stands there; the message names the file. */
bool keys_load_key(const struct keys *keys, const char *name, gnutls_privkey_t *ret_key,
                   struct fail *fail);
bool keys_load_cert(const struct keys *keys, const char *below, const char *name,
                    struct certificate *certificate, gnutls_pubkey_t *ret_pubkey,
                    struct fail *fail);

/* Of WeChat Pay and of merchants: five years around `now`. */
struct cert_request keys_signer(const char *common_name, int64_t now);

#endif
