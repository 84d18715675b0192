/* The corpora of tests/fuzz/fuzz_head.c, fuzz_reply.c and fuzz_certificates.c, cut at every byte,
 * under the laws of those targets. */
#include "../../fuzz/certificates_laws.h"
#include "../../fuzz/head_laws.h"
#include "../../fuzz/reply_laws.h"

#include "base/file.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { FILE_BYTES_MAX = 1 << 20 };

typedef void laws_function(const struct reply_bench *bench, struct view bytes);

static void obey_head_laws(const struct reply_bench *bench, struct view bytes)
{
    (void)bench;
    head_laws(bytes);
}

static void obey_certificates_laws(const struct reply_bench *bench, struct view bytes)
{
    (void)bench;
    certificates_laws(bytes);
}

/* `step` bytes are left off at a time. */
static void obey(const char *folder, size_t least, size_t step, laws_function *laws)
{
    struct reply_bench bench;
    DIR *entries = opendir(folder);
    size_t count = 0;

    assert_non_null(entries);
    reply_bench_open(&bench);
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        CLEANUP(buf_release) struct buf bytes = BUF_INIT(FILE_BYTES_MAX);
        struct err err = ERR_INIT;
        char path[512];

        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (!file_read(path, &bytes, &err))
            fail_msg("%s", err.text);
        laws(&bench, buf_view(&bytes));
        for (size_t length = 0; length < bytes.length; length += step)
            laws(&bench, view_from(buf_text(&bytes), length));
        count++;
    }
    assert_int_equal(closedir(entries), 0);
    assert_in_range(count, least, 1000);
    reply_bench_close(&bench);
}

static void heads_obey(void **state)
{
    (void)state;
    obey("tests/fuzz/head_corpus", 6, 1, obey_head_laws);
}

static void replies_obey(void **state)
{
    (void)state;
    obey("tests/fuzz/reply_corpus", 10, 1, reply_laws);
    obey("tests/data/wechatpay/json", 9, 1, reply_laws);
}

static void certificates_obey(void **state)
{
    (void)state;
    obey("tests/fuzz/certificates_corpus", 5, 7, obey_certificates_laws);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_obey),
        cmocka_unit_test(replies_obey),
        cmocka_unit_test(certificates_obey),
    };
    return cmocka_run_group_tests_name("wxpay/fuzz_replies", tests, NULL, NULL);
}
