#include "run/merchant_install.h"

#include "base/failpoint.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_LENGTH_MAX = 4000, LOCK_NAME_MAX = 128, FILE_MODE = 0600 };

#define ROTATION_FILE "rotation.id"

struct path {
    char s[PATH_LENGTH_MAX];
};

/* keys_dir/<before><signer><after>; a path that is too long is no path. */
static struct path path_beside(const struct merchant_place *place, const char *before,
                               const char *after)
{
    struct path path;
    int length = snprintf(path.s, sizeof(path.s), "%s/%s%.*s%s", place->keys_dir, before,
                          VIEW_ARG(place->signer), after);

    if (length < 0 || (size_t)length >= sizeof(path.s))
        path.s[0] = '\0';
    return path;
}

static struct path staged_path(const struct merchant_place *place)
{
    return path_beside(place, ".", ".new");
}

static struct path folder_path(const struct merchant_place *place)
{
    return path_beside(place, "", "");
}

bool merchant_keys_lock(struct pg *pg, struct view signer, bool *ret_held, struct err *err)
{
    char name[LOCK_NAME_MAX];

    (void)snprintf(name, sizeof(name), "payrecon keys %.*s", VIEW_ARG(signer));
    return pg_lock_try(pg, view_of(name), ret_held, err);
}

bool merchant_keys_installed(const struct merchant_place *place)
{
    struct path folder = folder_path(place);

    return access(folder.s, F_OK) == 0 || errno != ENOENT;
}

static void close_folder(DIR **folder)
{
    if (*folder != NULL)
        (void)closedir(*folder);
}

/* Folders of ours hold files only. */
static void remove_folder(const char *path)
{
    CLEANUP(close_folder) DIR *folder = opendir(path);

    if (folder == NULL)
        return;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        (void)unlinkat(dirfd(folder), entry->d_name, /* flags= */ 0);
    (void)rmdir(path);
}

static bool sync_folder(const char *path, struct err *err)
{
    int handle = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = handle >= 0 && fsync(handle) == 0;

    if (!synced)
        (void)err_set_errno(err, ERR_IO, errno, "could not write folder \"%s\"", path);
    if (handle >= 0)
        (void)close(handle);
    return synced;
}

/* ---- staging --------------------------------------------------------------------------------- */

/* One part of a set as a file; an empty one is not written. */
struct part {
    const char *name;
    struct view content;
};

enum { PARTS = 5 };

static void list_parts(const struct merchant_keys *keys, struct part parts[PARTS])
{
    const struct part all[PARTS] = {
        {WXPAY_FILE_PRIVATE_KEY, secret_view(&keys->private_key)},
        {WXPAY_FILE_CERTIFICATE, buf_view(&keys->certificate)},
        {WXPAY_FILE_APIV3_KEY, secret_view(&keys->apiv3_key)},
        {WXPAY_FILE_PUBLIC_KEY, buf_view(&keys->public_key)},
        {WXPAY_FILE_PUBLIC_KEY_ID, view_of(keys->public_key_id)},
    };

    memcpy(parts, all, sizeof(all));
}

/* What is written must be the jobs' user's, or the jobs cannot read it. */
static bool check_owner(const char *keys_dir, struct err *err)
{
    struct stat info;

    if (stat(keys_dir, &info) != 0 || !S_ISDIR(info.st_mode)) {
        (void)err_set(err, ERR_CONFIG, "keys_dir \"%s\" is no folder", keys_dir);
        return err_hint(
            err, "make it, for the user of the jobs only: install -d -m 0700 -o USER %s", keys_dir);
    }
    if (info.st_uid != geteuid()) {
        (void)err_set(err, ERR_ACCESS, "keys_dir \"%s\" belongs to another user (uid %lu)",
                      keys_dir, (unsigned long)info.st_uid);
        return err_hint(err, "run this as that user, who runs the jobs: sudo -u USER payrecon …");
    }
    return true;
}

static bool make_folder(const struct merchant_place *place, const char *staged, struct err *err)
{
    if (!check_owner(place->keys_dir, err))
        return false;
    if (staged[0] == '\0')
        return err_set(err, ERR_CONFIG, "keys_dir \"%s\" is too long", place->keys_dir);
    remove_folder(staged);
    if (mkdir(staged, 0700) != 0)
        return err_set_errno(err, ERR_IO, errno, "could not make folder \"%s\"", staged);
    return true;
}

static bool write_part(const char *staged, const struct part *part, struct err *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(PATH_LENGTH_MAX);

    if (part->content.length == 0)
        return true;
    buf_add_format(&path, "%s/%s", staged, part->name);
    return file_write(buf_text(&path), part->content, FILE_MODE, err);
}

bool merchant_keys_stage(const struct merchant_place *place, const struct merchant_keys *keys,
                         struct buf *ret_folder, struct err *err)
{
    struct path staged = staged_path(place);
    struct part parts[PARTS];

    if (!make_folder(place, staged.s, err))
        return false;
    list_parts(keys, parts);
    for (size_t i = 0; i < PARTS; i++) {
        if (!write_part(staged.s, &parts[i], err)) {
            remove_folder(staged.s);
            return false;
        }
    }
    if (!sync_folder(staged.s, err)) {
        remove_folder(staged.s);
        return false;
    }
    buf_add_text(ret_folder, staged.s);
    return true;
}

bool merchant_keys_set_rotation(const struct merchant_place *place, struct view rotation,
                                struct err *err)
{
    struct path staged = staged_path(place);
    const struct part part = {ROTATION_FILE, rotation};

    return write_part(staged.s, &part, err) && sync_folder(staged.s, err);
}

bool merchant_keys_rotation(const struct merchant_place *place, struct buf *ret_rotation,
                            struct err *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(PATH_LENGTH_MAX);
    CLEANUP(buf_release) struct buf content = BUF_INIT(MERCHANT_ROTATION_MAX + 1);
    struct path folder = folder_path(place);

    buf_add_format(&path, "%s/%s", folder.s, ROTATION_FILE);
    if (access(buf_text(&path), F_OK) != 0 && errno == ENOENT)
        return true;
    if (!file_read(buf_text(&path), &content, err))
        return false;
    for (size_t i = 0; i < content.length; i++) {
        char c = content.at[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z'))
            return err_set(err, ERR_DATA, "\"%s\" holds no id of an exchange", buf_text(&path));
    }
    buf_add_view(ret_rotation, buf_view(&content));
    return true;
}

void merchant_keys_unstage(const struct merchant_place *place)
{
    struct path staged = staged_path(place);

    remove_folder(staged.s);
}

/* ---- comparing ------------------------------------------------------------------------------- */

static bool same_file(const char *folder, const struct part *part, bool *ret_same, struct err *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(PATH_LENGTH_MAX);
    CLEANUP(buf_release) struct buf content = BUF_INIT(KEY_FILE_MAX);

    buf_add_format(&path, "%s/%s", folder, part->name);
    if (access(buf_text(&path), F_OK) != 0 && errno == ENOENT) {
        *ret_same = false;
        return true;
    }
    if (!file_read(buf_text(&path), &content, err)) {
        err->kind = ERR_ACCESS;
        return false;
    }
    /* Blanks at the ends are no part of any of these. */
    *ret_same = secret_equal(view_trim(buf_view(&content)), view_trim(part->content));
    secret_wipe_buf(&content);
    return true;
}

bool merchant_keys_same(const struct merchant_place *place, const struct merchant_keys *keys,
                        bool *ret_same, struct err *err)
{
    struct path folder = folder_path(place);
    struct part parts[PARTS];
    bool same = true;

    list_parts(keys, parts);
    for (size_t i = 0; same && i < PARTS; i++) {
        if (parts[i].content.length > 0 && !same_file(folder.s, &parts[i], &same, err))
            return false;
    }
    *ret_same = same;
    return true;
}

/* ---- putting into place ---------------------------------------------------------------------- */

bool merchant_keys_publish(const struct merchant_place *place, struct err *err)
{
    struct path staged = staged_path(place);
    struct path folder = folder_path(place);

    failpoint_hit("rename-before");
    if (renameat2(AT_FDCWD, staged.s, AT_FDCWD, folder.s, RENAME_NOREPLACE) != 0) {
        if (errno == EEXIST)
            return err_set(err, ERR_DATA, "\"%s\" is there already", folder.s);
        return err_set_errno(err, ERR_IO, errno, "could not rename \"%s\" to \"%s\"", staged.s,
                             folder.s);
    }
    failpoint_hit("rename-after");
    return sync_folder(place->keys_dir, err);
}

bool merchant_keys_exchange(const struct merchant_place *place, struct err *err)
{
    struct path staged = staged_path(place);
    struct path folder = folder_path(place);

    failpoint_hit("rename-before");
    if (renameat2(AT_FDCWD, staged.s, AT_FDCWD, folder.s, RENAME_EXCHANGE) != 0) {
        (void)err_set_errno(err, ERR_IO, errno, "could not exchange \"%s\" with \"%s\"", staged.s,
                            folder.s);
        remove_folder(staged.s);
        return false;
    }
    failpoint_hit("rename-after");
    return sync_folder(place->keys_dir, err);
}

bool merchant_keys_keep_old(const struct merchant_place *place, struct err *err)
{
    struct path staged = staged_path(place);
    struct path old = path_beside(place, ".", ".old");

    remove_folder(old.s);
    failpoint_hit("rename-before");
    if (rename(staged.s, old.s) != 0)
        return err_set_errno(err, ERR_IO, errno, "could not rename \"%s\" to \"%s\"", staged.s,
                             old.s);
    failpoint_hit("rename-after");
    return sync_folder(place->keys_dir, err);
}

bool merchant_keys_interrupted(const struct merchant_place *place)
{
    struct path staged = staged_path(place);

    return access(staged.s, F_OK) == 0;
}
