#include "crypto/secret.h"

#include "base/file.h"
#include "base/memory.h"

#include <openssl/crypto.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct view secret_view(const struct secret *secret)
{
    return view_from(secret->at, secret->length);
}

void secret_set(struct secret *secret, struct view bytes)
{
    secret_release(secret);
    if (bytes.length == 0)
        return;
    secret->at = memory_alloc(bytes.length);
    memcpy(secret->at, bytes.at, bytes.length);
    secret->length = bytes.length;
}

void secret_release(struct secret *secret)
{
    if (secret->at != NULL)
        OPENSSL_cleanse(secret->at, secret->length);
    free(secret->at);
    *secret = SECRET_INIT;
}

void secret_wipe_buf(struct buf *buf)
{
    if (buf->at != NULL)
        OPENSSL_cleanse(buf->at, buf->capacity);
    buf_clear(buf);
}

bool secret_equal(struct view a, struct view b)
{
    if (a.length != b.length)
        return false;
    return a.length == 0 || CRYPTO_memcmp(a.at, b.at, a.length) == 0;
}

static void descriptor_close(const int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}

/* Fills `at` up to `capacity` or the end of the file. Not through a growing buffer, which would
 * leave copies behind. */
static bool descriptor_read(int descriptor, char *at, size_t capacity, size_t *ret_length)
{
    size_t length = 0;
    while (length < capacity) {
        ssize_t got = read(descriptor, at + length, capacity - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    *ret_length = length;
    return true;
}

static bool read_limited(const char *path, struct secret *room, size_t *ret_length, struct err *err)
{
    CLEANUP(descriptor_close) int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return err_set_errno(err, ERR_ACCESS, errno, "could not open \"%s\"", path);

    if (!descriptor_read(descriptor, room->at, room->length, ret_length))
        return err_set_errno(err, ERR_ACCESS, errno, "could not read \"%s\"", path);

    return true;
}

bool secret_read(const char *path, size_t length_max, struct secret *ret_secret, struct err *err)
{
    assert(ret_secret->at == NULL && length_max > 0);
    if (!file_check_private(path, err)) {
        err->kind = ERR_ACCESS;
        return false;
    }

    /* One byte more than allowed, to see whether there is one. */
    CLEANUP(secret_release)
    struct secret room = {.at = memory_alloc(length_max + 1), .length = length_max + 1};
    size_t length = 0;
    if (!read_limited(path, &room, &length, err))
        return false;

    if (length == 0)
        return err_set(err, ERR_ACCESS, "\"%s\" is empty", path);
    if (length > length_max)
        return err_set(err, ERR_ACCESS, "\"%s\" is longer than %zu bytes", path, length_max);
    secret_set(ret_secret, view_from(room.at, length));
    return true;
}
