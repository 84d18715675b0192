#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* What the simulator reads whole are keys and fault scripts. */
enum { FILE_SIZE_MAX = 16 << 20 };

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static bool cannot(struct fail *fail, const char *what, const char *path)
{
    return fail_set(fail, EX_IOERR, "could not %s \"%s\": %s", what, path, strerror(errno));
}

static bool read_up_to(const char *path, size_t size_max, struct text *text, struct fail *fail)
{
    FILE *file = fopen(path, "rbe");
    char chunk[16384];
    size_t size;
    bool done;

    if (file == NULL)
        return fail_set(fail, EX_NOINPUT, "could not open \"%s\": %s", path, strerror(errno));

    while ((size = fread(chunk, 1, sizeof(chunk), file)) > 0 && text->size < size_max)
        text_add(text, chunk, size);
    done = feof(file) != 0;
    (void)fclose(file);
    return done || fail_set(fail, EX_DATAERR, "could not read \"%s\" whole", path);
}

bool file_read(const char *path, struct text *text, struct fail *fail)
{
    return read_up_to(path, FILE_SIZE_MAX, text, fail);
}

bool file_read_large(const char *path, struct text *text, struct fail *fail)
{
    return read_up_to(path, SIZE_MAX, text, fail);
}

static bool write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return fsync(file) == 0;
}

bool file_write(const char *path, const char *bytes, size_t size, mode_t mode, struct fail *fail)
{
    struct text temporary = {0};
    bool done = false;
    int file;

    text_printf(&temporary, "%s.tmp", path);
    file = open(temporary.bytes, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (file < 0) {
        (void)cannot(fail, "create", temporary.bytes);
    } else {
        bool written = write_all(file, bytes, size);

        if (close(file) != 0 || !written)
            (void)cannot(fail, "write", temporary.bytes);
        else if (rename(temporary.bytes, path) != 0)
            (void)cannot(fail, "rename to", path);
        else
            done = true;
        if (!done)
            (void)unlink(temporary.bytes);
    }
    text_release(&temporary);
    return done;
}

bool folder_make(const char *path, struct fail *fail)
{
    struct stat status;

    if (mkdir(path, 0700) == 0)
        return true;
    if (errno == EEXIST && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return true;
    errno = errno == EEXIST ? ENOTDIR : errno;
    return cannot(fail, "make folder", path);
}
