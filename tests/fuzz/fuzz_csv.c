/* libFuzzer target: any bytes as CSV, under the laws of csv_laws.h. `make fuzz` builds it and
 * runs it on tests/fuzz/csv_corpus, which tests/unit/text/test_fuzz_csv.c also reads
 * in every `make check`. */
#include "csv_laws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    csv_laws(view_from((const char *)data, size));
    return 0;
}
