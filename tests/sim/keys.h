/* The state folder: every key and certificate the simulator and its merchants need, made once, read
 * again later.
 *
 *   ca_key.pem ca.pem              own authority (EC), signs all certificates below; clients trust
 * ca.pem for TLS server_key.pem server.pem      TLS for localhost and 127.0.0.1 (EC)
 *   platform_key.pem platform_cert.pem
 *                                  WeChat Pay's platform certificate (RSA-2048, five years from the
 * first start); platform_2_key.pem … after a rotation, platform.state which of them sign and are
 * listed; wechatpay_key.pem wechatpay_public_key.pem wechatpay_public_key.id WeChat Pay's
 * public key, its private half and its id token.key                      seals download tokens
 *   merchants/<mchid>/             a merchant's keys_dir: apiclient_key.pem, apiclient_cert.pem,
 * apiv3.key and, in public-key mode, wechatpay_public_key.pem and .id
 *
 * All files 0600, all folders 0700. */
#ifndef SIM_KEYS_H
#define SIM_KEYS_H

#include "crypt.h"
#include "fail.h"
#include "world.h"

#include <gnutls/x509.h>
#include <stdint.h>

enum { KEYS_SERIAL_HEX_SIZE = 41 };

/* A certificate with its number in 40 capital hex digits, as WeChat Pay names it. */
struct certificate {
    struct text pem;
    char serial[KEYS_SERIAL_HEX_SIZE];
    int64_t effective;
    int64_t expires;
};

struct merchant_keys {
    char *mchid;
    struct certificate certificate;
    gnutls_pubkey_t pubkey;
    struct text apiv3_key;
};

/* A platform certificate with its key. */
struct platform {
    struct certificate certificate;
    gnutls_privkey_t key;
};

struct keys {
    char *folder;
    struct text server_key_pem;
    struct text server_cert_pem;
    struct platform *platforms; /* oldest first; platform.h */
    size_t platform_count;
    size_t platform_room;
    size_t platform_first;   /* listed are this one and those after it */
    size_t platform_signing; /* the one that signs */
    gnutls_privkey_t public_mode_key;
    struct text public_key_id;
    struct text public_key_pem;
    struct text token_key;
    struct merchant_keys *merchants;
    size_t merchant_count;
    size_t merchant_room;
};

/* `now` dates the certificates of WeChat Pay and merchants at the first start. NULL and `fail` on
 * failure. */
struct keys *keys_open(const char *folder, int64_t now, struct fail *fail);
void keys_free(struct keys *keys);

/* Makes or reads the keys of every merchant of the world that has none yet. */
bool keys_add_merchants(struct keys *keys, const struct world *world, int64_t now,
                        struct fail *fail);

const struct merchant_keys *keys_of(const struct keys *keys, const char *mchid);

/* The private half of what a Wechatpay-Serial names: the public key's id, or a platform certificate
 * listed at `now`. NULL when it names neither. */
gnutls_privkey_t keys_private(const struct keys *keys, const char *serial, int64_t now);

#endif
