#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct clock CLOCK = {.fixed = true, .at = {INT64_C(1780281000000000)}};

/* A log into memory. */
struct memory_log {
    char *text;
    size_t length;
    struct log log;
};

static void memory_log_open(struct memory_log *memory, enum log_level level)
{
    memory->text = NULL;
    memory->log = (struct log){.stream = open_memstream(&memory->text, &memory->length),
                               .program = "nightly",
                               .level = level,
                               .clock = &CLOCK};
    assert_non_null(memory->log.stream);
}

static void memory_log_expect(struct memory_log *memory, const char *wanted)
{
    assert_int_equal(fclose(memory->log.stream), 0);
    assert_string_equal(memory->text, wanted);
    free(memory->text);
}

static void writes_one_line_a_call(void **state)
{
    struct memory_log memory;

    (void)state;
    memory_log_open(&memory, LOG_DEBUG);
    log_line(&memory.log, LOG_ERROR, "%s of %d", "one", 2);
    log_line(&memory.log, LOG_WARNING, "two");
    log_line(&memory.log, LOG_INFO, "三");
    log_line(&memory.log, LOG_DEBUG, "%s", "");
    memory_log_expect(&memory, "2026-06-01T10:30:00+08:00 error nightly: one of 2\n"
                               "2026-06-01T10:30:00+08:00 warning nightly: two\n"
                               "2026-06-01T10:30:00+08:00 info nightly: 三\n"
                               "2026-06-01T10:30:00+08:00 debug nightly: \n");
}

static void leaves_out_what_is_below_its_level(void **state)
{
    static const char *const lines[] = {"2026-06-01T10:30:00+08:00 error nightly: x\n",
                                        "2026-06-01T10:30:00+08:00 warning nightly: x\n",
                                        "2026-06-01T10:30:00+08:00 info nightly: x\n",
                                        "2026-06-01T10:30:00+08:00 debug nightly: x\n"};

    (void)state;
    for (size_t level = 0; level < LENGTH(lines); level++) {
        struct memory_log memory;
        char wanted[512] = "";
        size_t length = 0;

        memory_log_open(&memory, (enum log_level)level);
        for (size_t i = 0; i < LENGTH(lines); i++) {
            log_line(&memory.log, (enum log_level)i, "x");
            if (i <= level)
                length +=
                    (size_t)snprintf(wanted + length, sizeof(wanted) - length, "%s", lines[i]);
        }
        memory_log_expect(&memory, wanted);
    }
}

static void blanks_control_bytes(void **state)
{
    struct memory_log memory;
    char text[40];
    size_t length = 0;

    (void)state;
    for (char c = 1; c < 0x20; c++)
        text[length++] = c;
    text[length++] = 0x7F;
    text[length] = '\0';
    memory_log_open(&memory, LOG_INFO);
    log_line(&memory.log, LOG_INFO, "<%s>", text);
    log_line(&memory.log, LOG_INFO, "%s", "ok\n2026-06-01T10:30:00+08:00 error nightly: forged");
    log_line(&memory.log, LOG_INFO, "%s", "\x1B[2Jgone\r");
    memory_log_expect(&memory,
                      "2026-06-01T10:30:00+08:00 info nightly: <                                >\n"
                      "2026-06-01T10:30:00+08:00 info nightly: "
                      "ok 2026-06-01T10:30:00+08:00 error nightly: forged\n"
                      "2026-06-01T10:30:00+08:00 info nightly:  [2Jgone \n");
}

/* A line of the log has an end; what stands before it is not lost. */
static void cuts_lines_that_are_too_long(void **state)
{
    static char text[20001];
    struct memory_log memory;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    memory_log_open(&memory, LOG_INFO);
    log_line(&memory.log, LOG_INFO, "%s", text);
    log_line(&memory.log, LOG_INFO, "next");
    assert_int_equal(fclose(memory.log.stream), 0);
    assert_memory_equal(memory.text, "2026-06-01T10:30:00+08:00 info nightly: xxxxx", 45);
    assert_string_equal(strchr(memory.text, '\n') - 9,
                        "xxx (cut)\n"
                        "2026-06-01T10:30:00+08:00 info nightly: next\n");
    assert_true(memory.length > 8000 && memory.length < 8400);
    free(memory.text);
}

static void writes_errors_with_their_hint(void **state)
{
    struct memory_log memory;
    struct err err = ERR_INIT;

    (void)state;
    memory_log_open(&memory, LOG_INFO);
    err_set(&err, ERR_ACCESS, "100%% of %s", "keys");
    log_err(&memory.log, LOG_ERROR, &err);
    err_hint(&err, "chmod 600 %%s");
    log_err(&memory.log, LOG_WARNING, &err);
    log_err(&memory.log, LOG_DEBUG, &err);
    memory_log_expect(&memory, "2026-06-01T10:30:00+08:00 error nightly: 100% of keys\n"
                               "2026-06-01T10:30:00+08:00 warning nightly: 100% of keys\n"
                               "2026-06-01T10:30:00+08:00 warning nightly: hint: chmod 600 %s\n");
}

static void writes_nothing_without_a_stream(void **state)
{
    const struct log log = {.stream = NULL, .program = "x", .level = LOG_DEBUG, .clock = &CLOCK};
    struct err err = ERR_INIT;

    (void)state;
    err_set(&err, ERR_BUG, "x");
    log_line(&log, LOG_ERROR, "x");
    log_err(&log, LOG_ERROR, &err);
}

/* Each line has left the process when the call returns: a crash loses none. */
static void flushes_every_line(void **state)
{
    struct memory_log memory;

    (void)state;
    memory_log_open(&memory, LOG_INFO);
    log_line(&memory.log, LOG_INFO, "x");
    assert_string_equal(memory.text, "2026-06-01T10:30:00+08:00 info nightly: x\n");
    memory_log_expect(&memory, "2026-06-01T10:30:00+08:00 info nightly: x\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_one_line_a_call),
        cmocka_unit_test(leaves_out_what_is_below_its_level),
        cmocka_unit_test(blanks_control_bytes),
        cmocka_unit_test(cuts_lines_that_are_too_long),
        cmocka_unit_test(writes_errors_with_their_hint),
        cmocka_unit_test(writes_nothing_without_a_stream),
        cmocka_unit_test(flushes_every_line),
    };
    return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
