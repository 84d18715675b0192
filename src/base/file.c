#include "base/file.h"

#include "base/cleanup.h"
#include "base/failpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_LENGTH_MAX = 4000, READ_SIZE = 64 * 1024 };

static void handle_close(int *handle)
{
    if (*handle >= 0)
        (void)close(*handle);
}

static bool read_all(int handle, const char *path, struct buf *content, struct err *err)
{
    for (;;) {
        char block[READ_SIZE];
        ssize_t got = read(handle, block, sizeof(block));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set_errno(err, ERR_IO, errno, "could not read \"%s\"", path);
        if (got == 0)
            return true;
        buf_add(content, block, (size_t)got);
        if (content->overflowed)
            return err_set(err, ERR_LIMIT, "file \"%s\" is larger than %zu bytes", path,
                           content->max);
    }
}

bool file_read(const char *path, struct buf *content, struct err *err)
{
    CLEANUP(handle_close) int handle = open(path, O_RDONLY | O_CLOEXEC);

    if (handle < 0)
        return err_set_errno(err, ERR_IO, errno, "could not open \"%s\"", path);
    return read_all(handle, path, content, err);
}

static bool write_all(int handle, const char *path, struct view content, struct err *err)
{
    while (content.length > 0) {
        ssize_t put = write(handle, content.at, content.length);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return err_set_errno(err, ERR_IO, errno, "could not write \"%s\"", path);
        content.at += put;
        content.length -= (size_t)put;
    }
    if (fsync(handle) != 0)
        return err_set_errno(err, ERR_IO, errno, "could not write \"%s\"", path);
    return true;
}

/* The folder's entry must reach the disk too, or the renamed file is lost with the power. */
static bool sync_folder(const char *path, struct err *err)
{
    const char *slash = strrchr(path, '/');
    CLEANUP(buf_release) struct buf folder = BUF_INIT(PATH_LENGTH_MAX);
    int handle;
    bool synced;

    if (slash == NULL)
        buf_add_text(&folder, ".");
    else
        buf_add(&folder, path, (size_t)(slash - path) + 1);
    handle = open(buf_text(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    synced = handle >= 0 && fsync(handle) == 0;
    if (!synced)
        err_set_errno(err, ERR_IO, errno, "could not write folder \"%s\"", buf_text(&folder));
    handle_close(&handle);
    return synced;
}

static bool write_temporary(const char *temporary, struct view content, mode_t mode,
                            struct err *err)
{
    CLEANUP(handle_close)
    int handle = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

    if (handle < 0)
        return err_set_errno(err, ERR_IO, errno, "could not create \"%s\"", temporary);
    return write_all(handle, temporary, content, err);
}

bool file_write(const char *path, struct view content, mode_t mode, struct err *err)
{
    CLEANUP(buf_release) struct buf temporary = BUF_INIT(PATH_LENGTH_MAX);

    buf_add_format(&temporary, "%s.tmp.%ld", path, (long)getpid());
    if (temporary.overflowed)
        return err_set(err, ERR_IO, "file name is too long: \"%s\"", path);

    if (!write_temporary(buf_text(&temporary), content, mode, err)) {
        (void)unlink(buf_text(&temporary));
        return false;
    }

    failpoint_hit("rename-before");
    if (rename(buf_text(&temporary), path) != 0) {
        err_set_errno(err, ERR_IO, errno, "could not rename \"%s\" to \"%s\"", buf_text(&temporary),
                      path);
        (void)unlink(buf_text(&temporary));
        return false;
    }
    failpoint_hit("rename-after");
    return sync_folder(path, err);
}

bool file_write_once(const char *path, struct view content, mode_t mode, struct err *err)
{
    CLEANUP(buf_release) struct buf old = BUF_INIT(content.length);
    struct err reason = ERR_INIT;

    if (access(path, F_OK) != 0)
        return file_write(path, content, mode, err);
    if (!file_read(path, &old, &reason) && reason.kind != ERR_LIMIT) {
        *err = reason;
        return false;
    }
    if (reason.kind == ERR_LIMIT || !view_equal(buf_view(&old), content))
        return err_set(err, ERR_DATA, "file \"%s\" exists with other content", path);
    return true;
}

static bool make_one(const char *path, struct err *err)
{
    struct stat info;

    if (mkdir(path, 0755) == 0)
        return true;
    if (errno == EEXIST && stat(path, &info) == 0) {
        if (S_ISDIR(info.st_mode))
            return true;
        errno = ENOTDIR;
    }
    return err_set_errno(err, ERR_IO, errno, "could not make folder \"%s\"", path);
}

bool folder_make(const char *path, struct err *err)
{
    char *copy = strdup(path);
    bool made = true;

    if (copy == NULL)
        return err_set_errno(err, ERR_IO, errno, "could not make folder \"%s\"", path);
    for (char *at = copy; made && *at != '\0'; at++) {
        bool last = at[1] == '\0';
        char kept = *at;

        if ((*at != '/' && !last) || (at == copy && !last))
            continue;
        if (!last)
            *at = '\0';
        made = make_one(copy, err);
        *at = kept;
    }
    free(copy);
    return made;
}

bool file_check_private(const char *path, struct err *err)
{
    struct stat info;

    if (stat(path, &info) != 0)
        return err_set_errno(err, ERR_ACCESS, errno, "could not open \"%s\"", path);
    if (!S_ISREG(info.st_mode))
        return err_set(err, ERR_ACCESS, "\"%s\" is not a file", path);
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        err_set(err, ERR_ACCESS, "file \"%s\" holds a secret but others may read it (mode %04o)",
                path, (unsigned)(info.st_mode & 07777));
        return err_hint(err, "chmod 600 %s", path);
    }
    if (info.st_uid != geteuid() && info.st_uid != 0)
        return err_set(err, ERR_ACCESS,
                       "file \"%s\" holds a secret but belongs to another user (uid %lu)", path,
                       (unsigned long)info.st_uid);
    return true;
}
