/* bench-parse: reading a bill without a database, against what cannot be avoided.
 *
 *     bench-parse zlib FILE   inflates the file with zlib into one buffer and digests it with SHA-1
 *     bench-parse read FILE   the same through rooms text, crypto and bill: inflated, digested,
 *                             tokenised, decoded, footer checked
 *
 * prints plain bytes, rows (0 for zlib) and the digest; ends with 65 when the bill is not good. */
#include "base/memory.h"
#include "bill/bill.h"
#include "crypto/digest.h"
#include "text/gzip.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { READ_SIZE = 1 << 20 };

struct reading {
    struct digest digest;
    struct bill_reader *bill;
    int64_t rows;
    int64_t plain_bytes;
    int64_t order_fen;
};

static void fail(const char *path, const struct err *err)
{
    fprintf(stderr, "bench-parse: %s: %s\n", path, err->text);
    exit((int)err_exit_code(err->kind));
}

static void fail_plainly(const char *path, const char *what)
{
    fprintf(stderr, "bench-parse: %s: %s\n", path, what);
    exit(EXIT_BAD_DATA);
}

static FILE *open_file(const char *path)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        fail_plainly(path, strerror(errno));
    return file;
}

static bool take_row(void *context, const struct bill_row *row, struct err *err)
{
    struct reading *reading = context;

    (void)err;
    reading->rows++;
    reading->order_fen += row->order.fen;
    return true;
}

static bool take_plain(void *context, struct view bytes, struct err *err)
{
    struct reading *reading = context;

    reading->plain_bytes += (int64_t)bytes.length;
    digest_push(&reading->digest, bytes);
    return bill_reader_push(reading->bill, bytes, err);
}

static void read_bill(const char *path)
{
    struct reading reading = {.rows = 0};
    struct gzip_reader *gzip =
        gzip_reader_new((struct gzip_sink){take_plain, &reading}, GZIP_LIMITS);
    FILE *file = open_file(path);
    char *bytes = memory_alloc(READ_SIZE);
    struct bill_totals totals;
    struct err err = ERR_INIT;
    size_t length;

    digest_init(&reading.digest, DIGEST_SHA1);
    reading.bill =
        bill_reader_new(BILL_DIALECT_API,
                        (struct bill_handler){.trade = take_row, .context = &reading}, BILL_LIMITS);
    while ((length = fread(bytes, 1, READ_SIZE, file)) > 0) {
        if (!gzip_reader_push(gzip, view_from(bytes, length), &err))
            fail(path, &err);
    }
    if (!gzip_reader_finish(gzip, &err) || !bill_reader_finish(reading.bill, &totals, &err))
        fail(path, &err);

    struct digest_value value = digest_finish(&reading.digest);

    printf("%lld bytes, %lld rows, %lld fen, sha1 %s\n", (long long)reading.plain_bytes,
           (long long)reading.rows, (long long)reading.order_fen, digest_text(&value).s);
    bill_reader_free(reading.bill);
    gzip_reader_free(gzip);
    digest_release(&reading.digest);
    free(bytes);
    fclose(file);
}

/* Inflates what is in the stream's input and digests it; true at the end of the member. */
static bool inflate_piece(z_stream *stream, unsigned char *plain, EVP_MD_CTX *sha1,
                          const char *path)
{
    int result;

    do {
        stream->next_out = plain;
        stream->avail_out = READ_SIZE;
        result = inflate(stream, Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            fail_plainly(path, "zlib cannot inflate it");
        EVP_DigestUpdate(sha1, plain, READ_SIZE - stream->avail_out);
    } while (result == Z_OK && (stream->avail_in > 0 || stream->avail_out == 0));
    return result == Z_STREAM_END;
}

static void read_zlib(const char *path)
{
    enum { WINDOW_GZIP = 15 + 16 };
    FILE *file = open_file(path);
    unsigned char *packed = memory_alloc(READ_SIZE), *plain = memory_alloc(READ_SIZE);
    EVP_MD_CTX *sha1 = EVP_MD_CTX_new();
    z_stream stream = {0};
    struct digest_value value = {.length = 20};
    bool ended = false;
    size_t length;

    if (inflateInit2(&stream, WINDOW_GZIP) != Z_OK || sha1 == NULL ||
        EVP_DigestInit_ex(sha1, EVP_sha1(), NULL) != 1)
        abort();
    while (!ended && (length = fread(packed, 1, READ_SIZE, file)) > 0) {
        stream.next_in = packed;
        stream.avail_in = (uInt)length;
        ended = inflate_piece(&stream, plain, sha1, path);
    }
    if (!ended)
        fail_plainly(path, "ends in the middle");
    EVP_DigestFinal_ex(sha1, value.at, NULL);
    printf("%lu bytes, 0 rows, 0 fen, sha1 %s\n", stream.total_out, digest_text(&value).s);
    inflateEnd(&stream);
    EVP_MD_CTX_free(sha1);
    free(packed);
    free(plain);
    fclose(file);
}

int main(int argc, char *argv[])
{
    if (argc == 3 && strcmp(argv[1], "read") == 0)
        read_bill(argv[2]);
    else if (argc == 3 && strcmp(argv[1], "zlib") == 0)
        read_zlib(argv[2]);
    else {
        fprintf(stderr, "usage: bench-parse zlib|read FILE\n");
        return EXIT_USAGE_ERROR;
    }
    return 0;
}
