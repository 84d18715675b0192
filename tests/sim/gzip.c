#include "gzip.h"

#include <stdlib.h>
#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16, GZIP_CHUNK = 1 << 16, GZIP_INPUT_MAX = 1 << 30 };

void gzip_add(struct text *out, const char *bytes, size_t size)
{
    z_stream stream = {0};
    unsigned char chunk[GZIP_CHUNK];
    int state = Z_OK;

    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    while (state != Z_STREAM_END) {
        if (stream.avail_in == 0 && size > 0) {
            size_t part = size < GZIP_INPUT_MAX ? size : GZIP_INPUT_MAX;

            stream.next_in = (const Bytef *)bytes;
            stream.avail_in = (uInt)part;
            bytes += part;
            size -= part;
        }
        stream.next_out = chunk;
        stream.avail_out = sizeof(chunk);
        state = deflate(&stream, size == 0 ? Z_FINISH : Z_NO_FLUSH);
        if (state == Z_STREAM_ERROR)
            abort();
        text_add(out, (const char *)chunk, sizeof(chunk) - stream.avail_out);
    }
    (void)deflateEnd(&stream);
}
