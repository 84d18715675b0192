#include "wxpay/keyring.h"

#include "base/memory.h"
#include "crypto/aead.h"
#include "crypto/encode.h"
#include "text/json.h"
#include "wxpay/complaint.h"

#include <assert.h>
#include <string.h>

enum { REPLY_MAX = 1 << 20 };

static void key_release(struct wxpay_key *key)
{
    certificate_free(key->certificate);
    public_key_free(key->public_key);
    *key = (struct wxpay_key){.id = ""};
}

void wxpay_keyring_release(struct wxpay_keyring *ring)
{
    for (size_t i = 0; i < ring->count; i++)
        key_release(&ring->keys[i]);
    ring->count = 0;
}

static struct wxpay_key *find_id(struct wxpay_keyring *ring, struct view id)
{
    for (size_t i = 0; i < ring->count; i++) {
        if (view_equal_ignore_case(view_of(ring->keys[i].id), id))
            return &ring->keys[i];
    }
    return NULL;
}

/* Room for a key of that id: that of an older one, which is freed, or a new one. */
static bool make_room(struct wxpay_keyring *ring, struct view id, struct wxpay_key **ret_key,
                      struct err *err)
{
    if (id.length == 0 || id.length > WXPAY_KEY_ID_MAX)
        return err_set(err, ERR_DATA, "the serial of a key has %zu bytes", id.length);
    struct wxpay_key *key = find_id(ring, id);
    if (key == NULL && ring->count == WXPAY_KEYS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d keys of WeChat Pay", WXPAY_KEYS_MAX);
    if (key == NULL)
        key = &ring->keys[ring->count++];
    key_release(key);
    memcpy(key->id, id.at, id.length);
    *ret_key = key;
    return true;
}

bool wxpay_keyring_add_public_key(struct wxpay_keyring *ring, struct view id,
                                  struct public_key *key, struct err *err)
{
    struct wxpay_key *room = NULL;
    if (!make_room(ring, id, &room, err))
        return false;
    room->public_key = key;
    return true;
}

bool wxpay_keyring_add_certificate(struct wxpay_keyring *ring, struct certificate *certificate,
                                   struct err *err)
{
    struct wxpay_key *room = NULL;
    if (!make_room(ring, view_of(certificate_serial(certificate)), &room, err))
        return false;
    room->certificate = certificate;
    return true;
}

static bool is_expired(const struct certificate *certificate, struct instant now)
{
    return now.us > certificate_not_after(certificate).us;
}

const struct public_key *wxpay_keyring_find(const struct wxpay_keyring *ring, struct view serial,
                                            struct instant now)
{
    for (size_t i = 0; i < ring->count; i++) {
        const struct wxpay_key *key = &ring->keys[i];
        if (!view_equal_ignore_case(view_of(key->id), serial))
            continue;
        if (key->certificate == NULL)
            return key->public_key;
        return is_expired(key->certificate, now) ? NULL : certificate_key(key->certificate);
    }
    return NULL;
}

/* ---- GET /v3/certificates -------------------------------------------------------------------- */

/* One element of `data`. */
struct sealed_certificate {
    struct view serial;
    struct view algorithm;
    struct view nonce;
    struct view associated;
    struct view ciphertext;
};

static bool unpack(struct json_node node, struct arena *arena, struct sealed_certificate *sealed,
                   struct err *err)
{
    const struct json_field fields[] = {
        {"serial_no", JSON_FIELD_TEXT, &sealed->serial, JSON_REQUIRED},
        {"encrypt_certificate.algorithm", JSON_FIELD_TEXT, &sealed->algorithm, JSON_REQUIRED},
        {"encrypt_certificate.nonce", JSON_FIELD_TEXT, &sealed->nonce, JSON_REQUIRED},
        {"encrypt_certificate.associated_data", JSON_FIELD_TEXT, &sealed->associated,
         JSON_OPTIONAL},
        {"encrypt_certificate.ciphertext", JSON_FIELD_TEXT, &sealed->ciphertext, JSON_REQUIRED},
    };
    return json_node_unpack(node, JSON_FIELDS(fields), arena, err);
}

static bool open_pem(const struct sealed_certificate *sealed, const struct secret *apiv3_key,
                     struct buf *pem, struct err *err)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(KEY_FILE_MAX);
    if (!view_equal_text(sealed->algorithm, "AEAD_AES_256_GCM"))
        return err_set(err, ERR_DATA, "sealed with \"%.*s\", not with \"AEAD_AES_256_GCM\"",
                       VIEW_ARG(sealed->algorithm));

    if (!base64_decode(sealed->ciphertext, &bytes))
        return err_set(err, ERR_DATA, "the ciphertext is not base64 of at most %d bytes",
                       KEY_FILE_MAX);

    struct aead_sealed box = {
        .nonce = sealed->nonce,
        .associated = sealed->associated,
        .bytes = buf_view(&bytes),
    };
    if (aead_open(apiv3_key, &box, pem))
        return true;
    err_set(err, ERR_ACCESS, "the APIv3 key does not open it");
    return err_hint(err, "compare apiv3.key with the APIv3 key set on the merchant platform");
}

static bool add_sealed(const struct sealed_certificate *sealed, const struct secret *apiv3_key,
                       struct instant now, struct wxpay_keyring *ring, struct err *err)
{
    CLEANUP(buf_release) struct buf pem = BUF_INIT(KEY_FILE_MAX);
    CLEANUP(certificate_done) struct certificate *certificate = NULL;

    if (!open_pem(sealed, apiv3_key, &pem, err) ||
        !certificate_parse(buf_view(&pem), &certificate, err))
        return false;

    const char *serial = certificate_serial(certificate);
    if (!view_equal_ignore_case(sealed->serial, view_of(serial)))
        return err_set(err, ERR_DATA, "its serial is %s", serial);
    if (is_expired(certificate, now))
        return true;
    if (!wxpay_keyring_add_certificate(ring, certificate, err))
        return false;
    certificate = NULL;
    return true;
}

static bool name_serial(struct view serial, struct err *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(WXPAY_KEY_ID_MAX + 1);
    wxpay_add_foreign(&text, serial, WXPAY_KEY_ID_MAX);
    return err_wrap(err, "certificate %s", buf_text(&text));
}

static bool add_all(struct json_node data, const struct secret *apiv3_key, struct instant now,
                    struct wxpay_keyring *ring, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < json_node_count(data); i++) {
        struct sealed_certificate sealed = {.serial = {.at = NULL}};
        if (!unpack(json_node_at(data, i), &arena, &sealed, err))
            return err_wrap(err, "certificate %zu", i + 1);
        if (!add_sealed(&sealed, apiv3_key, now, ring, err))
            return name_serial(sealed.serial, err);
    }
    return true;
}

bool wxpay_keyring_read_certificates(struct view body, const struct secret *apiv3_key,
                                     struct instant now, struct wxpay_keyring *ret_ring,
                                     struct err *err)
{
    CLEANUP(json_doc_release) struct json_doc doc = JSON_DOC_INIT;
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    CLEANUP(wxpay_keyring_release) struct wxpay_keyring ring = WXPAY_KEYRING_INIT;
    struct json_node data = {.value = NULL};
    const struct json_field fields[] = {{"data", JSON_FIELD_ARRAY, &data, JSON_REQUIRED}};

    assert(ret_ring->count == 0);
    if (!json_doc_parse(body, REPLY_MAX, &doc, err) ||
        !json_node_unpack(json_doc_root(&doc), JSON_FIELDS(fields), &arena, err))
        return false;

    if (!add_all(data, apiv3_key, now, &ring, err))
        return false;

    if (ring.count == 0)
        return err_set(err, ERR_DATA, "none of %zu platform certificates is valid",
                       json_node_count(data));
    *ret_ring = ring;
    ring.count = 0;
    return true;
}

bool wxpay_keyring_replace_certificates(struct wxpay_keyring *ring, struct wxpay_keyring *fresh,
                                        struct err *err)
{
    struct wxpay_keyring kept = WXPAY_KEYRING_INIT;
    size_t public_keys = 0;

    for (size_t i = 0; i < ring->count; i++)
        public_keys += ring->keys[i].certificate == NULL;
    if (public_keys + fresh->count > WXPAY_KEYS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d keys of WeChat Pay", WXPAY_KEYS_MAX);
    for (size_t i = 0; i < ring->count; i++) {
        if (ring->keys[i].certificate == NULL)
            kept.keys[kept.count++] = ring->keys[i];
        else
            key_release(&ring->keys[i]);
    }
    for (size_t i = 0; i < fresh->count; i++)
        kept.keys[kept.count++] = fresh->keys[i];
    fresh->count = 0;
    *ring = kept;
    return true;
}
