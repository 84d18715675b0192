#include "wxpay/keys.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "crypto/aead.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PATH_LENGTH_MAX = 4000 };

/* `folder`/`name`; the text lives in `path`. */
static const char *path_of(struct buf *path, const char *folder, const char *name)
{
    buf_clear(path);
    buf_add_format(path, "%s/%s", folder, name);
    return buf_text(path);
}

static bool read_pair(const char *folder, struct wxpay_keys *keys, struct err *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(PATH_LENGTH_MAX);
    if (!private_key_read(path_of(&path, folder, "apiclient_key.pem"), &keys->private_key, err) ||
        !certificate_read(path_of(&path, folder, "apiclient_cert.pem"), &keys->certificate, err))
        return false;

    if (!private_key_fits(keys->private_key, certificate_key(keys->certificate)))
        return err_set(err, ERR_ACCESS, "\"%s\" does not belong to apiclient_key.pem beside it",
                       buf_text(&path));
    return true;
}

static bool read_apiv3(const char *folder, struct wxpay_keys *keys, struct err *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(PATH_LENGTH_MAX);
    CLEANUP(secret_release) struct secret file = SECRET_INIT;
    const char *name = path_of(&path, folder, "apiv3.key");
    if (!secret_read(name, AEAD_KEY_BYTES + 2, &file, err))
        return false;

    struct view key = secret_view(&file);
    if (view_ends_with(key, VIEW("\r\n")))
        key.length -= 2;
    else if (view_ends_with(key, VIEW("\n")))
        key.length -= 1;
    if (key.length != AEAD_KEY_BYTES)
        return err_set(err, ERR_ACCESS, "\"%s\" holds %zu bytes, need %d", name, key.length,
                       AEAD_KEY_BYTES);
    secret_set(&keys->apiv3_key, key);
    return true;
}

static bool read_id(const char *path, struct wxpay_keys *keys, struct err *err)
{
    CLEANUP(buf_release) struct buf file = BUF_INIT(WXPAY_KEY_ID_MAX + 2);
    if (!file_read(path, &file, err)) {
        err->kind = ERR_ACCESS;
        return false;
    }

    struct view id = view_trim(buf_view(&file));
    struct view digits = id;
    bool good = view_skip(&digits, VIEW("PUB_KEY_ID_")) && digits.length > 0;
    for (size_t i = 0; i < digits.length; i++)
        good = good && digits.at[i] >= '0' && digits.at[i] <= '9';
    if (!good)
        return err_set(err, ERR_ACCESS, "\"%s\" does not hold PUB_KEY_ID_ and digits", path);
    memcpy(keys->public_key_id, id.at, id.length);
    keys->public_key_id[id.length] = '\0';
    return true;
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0 || errno != ENOENT;
}

/* Both files or neither. */
static bool read_public_key(const char *folder, struct wxpay_keys *keys, struct err *err)
{
    CLEANUP(buf_release) struct buf pem = BUF_INIT(PATH_LENGTH_MAX);
    CLEANUP(buf_release) struct buf id = BUF_INIT(PATH_LENGTH_MAX);
    path_of(&pem, folder, "wechatpay_public_key.pem");
    path_of(&id, folder, "wechatpay_public_key.id");
    if (!exists(buf_text(&pem)) && !exists(buf_text(&id)))
        return true;

    return public_key_read(buf_text(&pem), &keys->public_key, err) &&
           read_id(buf_text(&id), keys, err);
}

bool wxpay_keys_read(const char *folder, struct wxpay_keys *ret_keys, struct err *err)
{
    CLEANUP(wxpay_keys_release) struct wxpay_keys keys = {.private_key = NULL};

    if (!read_pair(folder, &keys, err) || !read_apiv3(folder, &keys, err) ||
        !read_public_key(folder, &keys, err))
        return false;

    *ret_keys = keys;
    keys = (struct wxpay_keys){.private_key = NULL};
    return true;
}

void wxpay_keys_release(struct wxpay_keys *keys)
{
    private_key_free(keys->private_key);
    certificate_free(keys->certificate);
    secret_release(&keys->apiv3_key);
    public_key_free(keys->public_key);
    *keys = (struct wxpay_keys){.private_key = NULL};
}
