/* What the `openssl` command makes of something, while a test runs: another program, with options
 * instead of calls. And AES-256-GCM from its AES alone, since the command offers no GCM. */
#ifndef TESTS_OPENSSL_COMMAND_H
#define TESTS_OPENSSL_COMMAND_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COMMAND_OUTPUT_MAX = 1 << 20, COMMAND_ARGUMENTS_MAX = 24 };

static inline void command_must(bool done)
{
    if (!done)
        abort();
}

/* A private file with that content; the caller removes it. */
static inline void command_file(char path[64], struct view content)
{
    snprintf(path, 64, "/tmp/payrecon-openssl-XXXXXX");
    int file = mkstemp(path);
    command_must(file >= 0 && write(file, content.at, content.length) == (ssize_t)content.length);
    close(file);
}

/* `openssl <words>` with that input; words are separated by single blanks. Ends the test program
 * when the command fails. */
static inline void openssl_command(const char *words, struct view input, struct buf *ret_output)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(COMMAND_OUTPUT_MAX);
    char in[64], out[64];
    char *arguments[COMMAND_ARGUMENTS_MAX] = {NULL};
    posix_spawn_file_actions_t actions;
    struct err err = ERR_INIT;
    pid_t child = 0;
    int status = 0;
    size_t count = 0;

    command_file(in, input);
    command_file(out, VIEW(""));
    buf_add_format(&line, "openssl %s", words);
    char *rest = line.at;
    for (char *word; (word = strsep(&rest, " ")) != NULL && count < COMMAND_ARGUMENTS_MAX - 1;)
        arguments[count++] = word;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, in, O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_TRUNC, 0);
    command_must(posix_spawnp(&child, "openssl", &actions, NULL, arguments, environ) == 0 &&
                 waitpid(child, &status, 0) == child && status == 0);
    posix_spawn_file_actions_destroy(&actions);
    command_must(file_read(out, ret_output, &err));
    unlink(in);
    unlink(out);
}

/* ---- GCM by hand (NIST SP 800-38D), slow and obvious ------------------------------------------
 */

struct gcm_block {
    unsigned char at[16];
};

static inline struct gcm_block gcm_xor(struct gcm_block a, struct gcm_block b)
{
    for (int i = 0; i < 16; i++)
        a.at[i] ^= b.at[i];
    return a;
}

static inline struct gcm_block gcm_multiply(struct gcm_block x, struct gcm_block y)
{
    struct gcm_block product = {.at = {0}};
    for (int bit = 0; bit < 128; bit++) {
        if ((x.at[bit / 8] >> (7 - bit % 8) & 1) != 0)
            product = gcm_xor(product, y);
        bool carry = (y.at[15] & 1) != 0;
        for (int i = 15; i > 0; i--)
            y.at[i] = (unsigned char)(y.at[i] >> 1 | y.at[i - 1] << 7);
        y.at[0] = (unsigned char)(y.at[0] >> 1 ^ (carry ? 0xe1 : 0));
    }
    return product;
}

/* GHASH over zero-padded `bytes` and a block with the bit lengths of nothing and of `bytes`. */
static inline struct gcm_block gcm_hash(struct gcm_block h, struct view bytes)
{
    struct gcm_block sum = {.at = {0}}, lengths = {.at = {0}};
    for (size_t at = 0; at < bytes.length; at += 16) {
        struct gcm_block block = {.at = {0}};
        memcpy(block.at, bytes.at + at, bytes.length - at < 16 ? bytes.length - at : 16);
        sum = gcm_multiply(gcm_xor(sum, block), h);
    }
    for (int i = 0; i < 8; i++)
        lengths.at[8 + i] = (unsigned char)((uint64_t)bytes.length * 8 >> (56 - 8 * i));
    return gcm_multiply(gcm_xor(sum, lengths), h);
}

static inline void gcm_hex(struct buf *words, struct view bytes)
{
    for (size_t i = 0; i < bytes.length; i++)
        buf_add_format(words, "%02x", (unsigned)(unsigned char)bytes.at[i]);
}

static inline struct gcm_block gcm_aes(const char *key, struct gcm_block block)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(1000);
    CLEANUP(buf_release) struct buf output = BUF_INIT(COMMAND_OUTPUT_MAX);
    struct gcm_block sealed;
    buf_add_text(&words, "enc -aes-256-ecb -nopad -K ");
    gcm_hex(&words, view_of(key));
    openssl_command(buf_text(&words), view_from((const char *)block.at, 16), &output);
    command_must(output.length == 16);
    memcpy(sealed.at, output.at, 16);
    return sealed;
}

/* Ciphertext and tag of `plain` under a nonce of any length but 12 bytes, without associated data.
 */
static inline void gcm_seal(const char *key, struct view nonce, struct view plain,
                            struct buf *ret_sealed)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(1000);
    struct gcm_block h = gcm_aes(key, (struct gcm_block){.at = {0}});
    struct gcm_block first = gcm_hash(h, nonce), counter = first;

    for (int i = 15; i >= 12 && ++counter.at[i] == 0; i--) {
    }
    buf_add_text(&words, "enc -aes-256-ctr -K ");
    gcm_hex(&words, view_of(key));
    buf_add_text(&words, " -iv ");
    gcm_hex(&words, view_from((const char *)counter.at, 16));
    openssl_command(buf_text(&words), plain, ret_sealed);
    struct gcm_block tag = gcm_xor(gcm_hash(h, buf_view(ret_sealed)), gcm_aes(key, first));
    buf_add(ret_sealed, tag.at, 16);
}

#endif
