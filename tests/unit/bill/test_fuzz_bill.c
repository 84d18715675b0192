/* The corpus of tests/fuzz/fuzz_bill.c, and all samples whole and cut, under the laws of that
 * target. */
#include "../../fuzz/bill_laws.h"

#include "base/file.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { FILE_MAX_BYTES = 1 << 20 };

static size_t run_folder(const char *folder, size_t cut_step)
{
    DIR *entries = opendir(folder);
    size_t count = 0;

    assert_non_null(entries);
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        CLEANUP(buf_release) struct buf bytes = BUF_INIT(FILE_MAX_BYTES);
        struct err err = ERR_INIT;
        char path[512];

        if (!view_ends_with(view_of(entry->d_name), VIEW(".csv")))
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (!file_read(path, &bytes, &err))
            fail_msg("%s", err.text);
        for (size_t length = bytes.length % cut_step; length <= bytes.length; length += cut_step)
            bill_laws(view_from(buf_text(&bytes), length));
        count++;
    }
    assert_int_equal(closedir(entries), 0);
    return count;
}

static void the_corpus_obeys(void **state)
{
    (void)state;
    assert_in_range(run_folder("tests/fuzz/bill_corpus", 1), 15, 1000);
}

static void the_samples_obey(void **state)
{
    (void)state;
    assert_int_equal(run_folder("tests/data/bills", 97), 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_corpus_obeys),
        cmocka_unit_test(the_samples_obey),
    };
    return cmocka_run_group_tests_name("bill/fuzz_bill", tests, NULL, NULL);
}
