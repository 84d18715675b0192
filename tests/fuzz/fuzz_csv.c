/* libFuzzer target: any bytes as CSV, under the laws of csv_laws.h. Built by
 *
 *     clang -std=c17 -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Iinclude
 *         tests/fuzz/fuzz_csv.c src/text/?*.c src/base/?*.c -lcsv -lz -ljansson
 *
 * and run on tests/fuzz/csv_corpus, which tests/unit/text/test_fuzz_csv.c also reads
 * in every `make check`. */
#include "csv_laws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    csv_laws(view_from((const char *)data, size));
    return 0;
}
