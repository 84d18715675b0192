#include "run/incoming.h"

#include "base/buf.h"
#include "base/memory.h"
#include "crypto/digest.h"
#include "text/gzip.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct incoming {
    int fd;
    struct digest received;
    struct digest plain;
    struct gzip_reader *gzip;
    int64_t received_bytes;
    int64_t plain_bytes;
    struct err damage; /* ERR_NONE while intact */
    bool finished;
};

static bool take_plain(void *context, struct view bytes, struct err *err)
{
    struct incoming *incoming = context;

    (void)err;
    digest_push(&incoming->plain, bytes);
    incoming->plain_bytes += (int64_t)bytes.length;
    return true;
}

/* Without a name from the start where the file system can do that, else for a moment with one. */
static int open_unnamed(const char *folder)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(4096);
    int fd = open(folder, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return fd;
    buf_add_format(&path, "%s/payrecon-XXXXXX", folder);
    if (path.overflowed) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path.at, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(path.at);
    return fd;
}

bool incoming_open(struct incoming **ret_incoming, struct err *err)
{
    const char *folder = getenv("TMPDIR");
    struct incoming *incoming;
    int fd;

    if (folder == NULL || folder[0] == '\0')
        folder = "/var/tmp";
    fd = open_unnamed(folder);
    if (fd < 0)
        return err_set_errno(err, ERR_IO, errno, "could not make a temporary file in %s", folder);

    incoming = memory_alloc(sizeof(*incoming));
    incoming->fd = fd;
    digest_init(&incoming->received, DIGEST_SHA256);
    digest_init(&incoming->plain, DIGEST_SHA1);
    incoming->gzip = gzip_reader_new((struct gzip_sink){take_plain, incoming}, GZIP_LIMITS);
    incoming->damage = ERR_INIT;
    *ret_incoming = incoming;
    return true;
}

void incoming_close(struct incoming *incoming)
{
    if (incoming == NULL)
        return;
    gzip_reader_free(incoming->gzip);
    digest_release(&incoming->received);
    digest_release(&incoming->plain);
    (void)close(incoming->fd);
    free(incoming);
}

static bool write_all(int fd, struct view bytes, struct err *err)
{
    while (bytes.length > 0) {
        ssize_t written = write(fd, bytes.at, bytes.length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return err_set_errno(err, ERR_IO, errno, "could not write to a temporary file");
        bytes = view_from(bytes.at + written, bytes.length - (size_t)written);
    }
    return true;
}

bool incoming_push(struct incoming *incoming, struct view bytes, struct err *err)
{
    assert(!incoming->finished);

    if (!write_all(incoming->fd, bytes, err))
        return false;

    digest_push(&incoming->received, bytes);
    incoming->received_bytes += (int64_t)bytes.length;
    if (incoming->damage.kind == ERR_NONE)
        (void)gzip_reader_push(incoming->gzip, bytes, &incoming->damage);
    return true;
}

static void set_hex(char *target, size_t size, struct digest *digest)
{
    struct digest_value value = digest_finish(digest);
    struct digest_text text = digest_text(&value);

    assert(2 * value.length + 1 == size);
    memcpy(target, text.s, size);
}

void incoming_finish(struct incoming *incoming, struct incoming_digests *ret_digests)
{
    struct incoming_digests digests = {.received_bytes = incoming->received_bytes};

    assert(!incoming->finished);
    incoming->finished = true;
    if (incoming->damage.kind == ERR_NONE)
        (void)gzip_reader_finish(incoming->gzip, &incoming->damage);
    if (incoming->damage.kind == ERR_NONE && incoming->received_bytes == 0)
        (void)err_set(&incoming->damage, ERR_DATA, "no bytes at all");

    digests.intact = incoming->damage.kind == ERR_NONE;
    digests.damage = incoming->damage;
    digests.plain_bytes = incoming->plain_bytes;
    set_hex(digests.received_sha256, sizeof(digests.received_sha256), &incoming->received);
    if (digests.intact)
        set_hex(digests.plain_sha1, sizeof(digests.plain_sha1), &incoming->plain);
    *ret_digests = digests;
}

/* Where one piece after the other is read into. */
struct piece {
    char *at;
    size_t size;
};

/* Fills the piece as far as there are bytes from `offset` on. */
static bool read_piece(int fd, int64_t offset, const struct piece *piece, size_t *ret_length,
                       struct err *err)
{
    size_t length = 0;

    while (length < piece->size) {
        ssize_t got =
            pread(fd, piece->at + length, piece->size - length, (off_t)offset + (off_t)length);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set_errno(err, ERR_IO, errno, "could not read a temporary file");
        if (got == 0)
            break;
        length += (size_t)got;
    }
    *ret_length = length;
    return true;
}

static bool each_piece(struct incoming *incoming, const struct piece *piece,
                       incoming_function *take, void *context, struct err *err)
{
    int64_t offset = 0;

    while (offset < incoming->received_bytes) {
        size_t length = 0;

        if (!read_piece(incoming->fd, offset, piece, &length, err))
            return false;
        if (length == 0)
            return err_set(err, ERR_IO, "a temporary file has become shorter");
        if (!take(context, view_from(piece->at, length), err))
            return false;
        offset += (int64_t)length;
    }
    return true;
}

bool incoming_each(struct incoming *incoming, incoming_function *take, void *context,
                   struct err *err)
{
    int64_t size = incoming->received_bytes;
    struct piece piece = {.size = size < INCOMING_PIECE_SIZE ? (size_t)size : INCOMING_PIECE_SIZE};
    bool done;

    assert(incoming->finished);
    if (size == 0)
        return true;
    piece.at = memory_alloc(piece.size);
    done = each_piece(incoming, &piece, take, context, err);
    free(piece.at);
    return done;
}
