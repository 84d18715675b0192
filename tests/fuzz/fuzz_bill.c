/* libFuzzer target: any bytes as a bill, under the laws of bill_laws.h. `make fuzz` builds it and
 * runs it on tests/fuzz/bill_corpus and tests/data/bills, which tests/unit/bill/test_fuzz_bill.c
 * also reads in every `make check`. */
#include "bill_laws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bill_laws(view_from((const char *)data, size));
    return 0;
}
