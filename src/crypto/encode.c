#include "crypto/encode.h"

#include "base/cleanup.h"

#include <openssl/evp.h>

void hex_encode(struct view bytes, struct buf *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.length; i++) {
        unsigned char byte = (unsigned char)bytes.at[i];
        buf_add_byte(text, digits[byte >> 4]);
        buf_add_byte(text, digits[byte & 0xf]);
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Appends all of `bytes` or nothing. */
static bool add_whole(struct buf *target, const struct buf *bytes)
{
    if (bytes->length > target->max - target->length || target->overflowed)
        return false;
    buf_add(target, bytes->at, bytes->length);
    return true;
}

bool hex_decode(struct view text, struct buf *ret_bytes)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(text.length / 2);

    if (text.length % 2 != 0)
        return false;
    for (size_t i = 0; i < text.length; i += 2) {
        int high = hex_digit(text.at[i]);
        int low = hex_digit(text.at[i + 1]);
        if (high < 0 || low < 0)
            return false;
        buf_add_byte(&bytes, (char)(high << 4 | low));
    }
    return add_whole(ret_bytes, &bytes);
}

void base64_encode(struct view bytes, struct buf *text)
{
    /* OpenSSL ends each piece with a terminator. */
    enum { PIECE = 3 * 1024, PIECE_TEXT = 4 * 1024 + 1 };
    unsigned char piece[PIECE_TEXT];

    for (size_t done = 0; done < bytes.length; done += PIECE) {
        size_t length = bytes.length - done < PIECE ? bytes.length - done : PIECE;
        const unsigned char *from = (const unsigned char *)bytes.at + done;
        int written = EVP_EncodeBlock(piece, from, (int)length);
        buf_add(text, piece, (size_t)written);
    }
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/* Four characters, of which the last `padding` are '=' and already looked at. */
static bool base64_group(const char *at, int padding, struct buf *bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < 4 - padding; i++) {
        int digit = base64_digit(at[i]);
        if (digit < 0)
            return false;
        value |= (uint32_t)digit << (18 - 6 * i);
    }

    /* Bits that belong to no byte would make a second spelling of the same bytes. */
    if ((padding == 1 && (value & 0xff) != 0) || (padding == 2 && (value & 0xffff) != 0))
        return false;
    for (int i = 0; i < 3 - padding; i++)
        buf_add_byte(bytes, (char)(value >> (16 - 8 * i) & 0xff));
    return true;
}

bool base64_decode(struct view text, struct buf *ret_bytes)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(text.length / 4 * 3);

    if (text.length % 4 != 0)
        return false;
    for (size_t i = 0; i < text.length; i += 4) {
        int padding = 0;
        if (i + 4 == text.length && text.at[i + 3] == '=')
            padding = text.at[i + 2] == '=' ? 2 : 1;
        if (!base64_group(text.at + i, padding, &bytes))
            return false;
    }
    return add_whole(ret_bytes, &bytes);
}
