#include "wxpay/keys.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "crypto/aead.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An exchange is rare: two in a row while we read are none. */
enum { READS_MAX = 3 };

const char *wxpay_key_path(struct buf *path, const char *folder, const char *name)
{
    buf_clear(path);
    buf_add_format(path, "%s/%s", folder, name);
    return buf_text(path);
}

static bool read_pair(const char *folder, struct wxpay_keys *keys, struct err *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(WXPAY_KEY_PATH_MAX);
    if (!private_key_read(wxpay_key_path(&path, folder, WXPAY_FILE_PRIVATE_KEY), &keys->private_key,
                          err) ||
        !certificate_read(wxpay_key_path(&path, folder, WXPAY_FILE_CERTIFICATE), &keys->certificate,
                          err))
        return false;

    if (!private_key_fits(keys->private_key, certificate_key(keys->certificate)))
        return err_set(err, ERR_ACCESS, "\"%s\" does not belong to apiclient_key.pem beside it",
                       buf_text(&path));
    return true;
}

bool wxpay_apiv3_key_read(const char *path, struct secret *ret_key, struct err *err)
{
    CLEANUP(secret_release) struct secret file = SECRET_INIT;
    if (!secret_read(path, AEAD_KEY_BYTES + 2, &file, err))
        return false;

    struct view key = secret_view(&file);
    if (view_ends_with(key, VIEW("\r\n")))
        key.length -= 2;
    else if (view_ends_with(key, VIEW("\n")))
        key.length -= 1;
    if (key.length != AEAD_KEY_BYTES)
        return err_set(err, ERR_ACCESS, "\"%s\" holds %zu bytes, need %d", path, key.length,
                       AEAD_KEY_BYTES);
    secret_set(ret_key, key);
    return true;
}

static bool read_apiv3(const char *folder, struct wxpay_keys *keys, struct err *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(WXPAY_KEY_PATH_MAX);

    return wxpay_apiv3_key_read(wxpay_key_path(&path, folder, WXPAY_FILE_APIV3_KEY),
                                &keys->apiv3_key, err);
}

bool wxpay_is_public_key_id(struct view id)
{
    struct view digits = id;
    bool good = view_skip(&digits, VIEW("PUB_KEY_ID_")) && digits.length > 0 &&
                id.length <= WXPAY_KEY_ID_MAX;
    for (size_t i = 0; i < digits.length; i++)
        good = good && digits.at[i] >= '0' && digits.at[i] <= '9';
    return good;
}

static bool read_id(const char *path, struct wxpay_keys *keys, struct err *err)
{
    CLEANUP(buf_release) struct buf file = BUF_INIT(WXPAY_KEY_ID_MAX + 2);
    if (!file_read(path, &file, err)) {
        err->kind = ERR_ACCESS;
        return false;
    }

    struct view id = view_trim(buf_view(&file));
    if (!wxpay_is_public_key_id(id))
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
    CLEANUP(buf_release) struct buf pem = BUF_INIT(WXPAY_KEY_PATH_MAX);
    CLEANUP(buf_release) struct buf id = BUF_INIT(WXPAY_KEY_PATH_MAX);
    wxpay_key_path(&pem, folder, WXPAY_FILE_PUBLIC_KEY);
    wxpay_key_path(&id, folder, WXPAY_FILE_PUBLIC_KEY_ID);
    if (!exists(buf_text(&pem)) && !exists(buf_text(&id)))
        return true;

    return public_key_read(buf_text(&pem), &keys->public_key, err) &&
           read_id(buf_text(&id), keys, err);
}

/* Which folder the name means now; all zero when there is none. */
static struct stat identity(const char *folder)
{
    struct stat info = {.st_ino = 0};

    if (stat(folder, &info) != 0)
        return (struct stat){.st_ino = 0};
    return info;
}

static bool read_folder(const char *folder, struct wxpay_keys *keys, bool *ret_same,
                        struct err *err)
{
    struct stat before = identity(folder);
    bool good = read_pair(folder, keys, err) && read_apiv3(folder, keys, err) &&
                read_public_key(folder, keys, err);
    struct stat after = identity(folder);

    *ret_same = before.st_dev == after.st_dev && before.st_ino == after.st_ino;
    return good;
}

bool wxpay_keys_read(const char *folder, struct wxpay_keys *ret_keys, struct err *err)
{
    CLEANUP(wxpay_keys_release) struct wxpay_keys keys = {.private_key = NULL};
    struct err failure = ERR_INIT;
    bool same = false;
    bool good = false;

    for (int i = 0; i < READS_MAX && !same; i++) {
        wxpay_keys_release(&keys);
        failure = ERR_INIT;
        good = read_folder(folder, &keys, &same, &failure);
    }
    if (good && !same)
        good = err_set(&failure, ERR_ACCESS, "\"%s\" is exchanged again and again", folder);
    if (!good) {
        *err = failure;
        return false;
    }

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
