/* The corpus of tests/fuzz/fuzz_csv.c, cut at every byte, under the laws of that target. */
#include "../../fuzz/csv_laws.h"

#include "base/file.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { FILE_MAX_BYTES = 1 << 20 };

static void the_corpus_obeys(void **state)
{
    DIR *entries = opendir("tests/fuzz/csv_corpus");
    size_t count = 0;

    (void)state;
    assert_non_null(entries);
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        CLEANUP(buf_release) struct buf bytes = BUF_INIT(FILE_MAX_BYTES);
        struct err err = ERR_INIT;
        char path[512];

        if (!view_ends_with(view_of(entry->d_name), VIEW(".csv")))
            continue;
        (void)snprintf(path, sizeof(path), "tests/fuzz/csv_corpus/%s", entry->d_name);
        if (!file_read(path, &bytes, &err))
            fail_msg("%s", err.text);
        for (size_t length = 0; length <= bytes.length; length++)
            csv_laws(view_from(buf_text(&bytes), length));
        count++;
    }
    assert_int_equal(closedir(entries), 0);
    assert_in_range(count, 10, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_corpus_obeys),
    };
    return cmocka_run_group_tests_name("text/fuzz_csv", tests, NULL, NULL);
}
