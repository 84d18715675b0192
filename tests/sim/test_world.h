/* What the simulator's tests share: lines of a world, files of their own. */
#ifndef SIM_TEST_WORLD_H
#define SIM_TEST_WORLD_H

#include "alloc.h"
#include "civil.h"
#include "files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MERCHANT(more)                                                                             \
    "{\"merchant\":{\"mchid\":\"1900000001\",\"name\":\"甲\",\"appids\":[\"wxa\",\"wxb\"],"       \
    "\"rate\":\"0.60%\"" more "}}\n"
#define PAYMENT(more)                                                                              \
    "{\"payment\":{\"mchid\":\"1900000001\",\"appid\":\"wxa\",\"out_trade_no\":\"P1\","            \
    "\"transaction_id\":\"42001\",\"openid\":\"o1\",\"time\":\"2026-05-31T09:00:00+08:00\","       \
    "\"total_fen\":10000" more "}}\n"
#define REFUND(number, time, fen, more)                                                            \
    "{\"refund\":{\"mchid\":\"1900000001\",\"transaction_id\":\"42001\",\"out_refund_no\":"        \
    "\"R" number "\",\"refund_id\":\"5030" number "\",\"time\":\"" time                            \
    "\",\"refund_fen\":" fen more "}}\n"

/* Writes `content` to a file of its own; the caller removes and frees it. */
static inline char *temporary_file(const char *content)
{
    const char *folder = getenv("TMPDIR");
    struct text path = {0};
    struct fail fail;
    int file;

    text_printf(&path, "%s/sim-test-XXXXXX", folder != NULL ? folder : "/tmp");
    file = mkstemp(path.bytes);
    assert_true(file >= 0);
    assert_int_equal(close(file), 0);
    assert_true(file_write(path.bytes, content, strlen(content), 0600, &fail));
    return path.bytes;
}

static inline void remove_file(char *path)
{
    assert_int_equal(unlink(path), 0);
    free(path);
}

static inline int32_t day_named(const char *text)
{
    int32_t day;

    assert_true(day_parse(text, &day));
    return day;
}

#endif
