/* libFuzzer target: any bytes as the head of a reply, under the laws of head_laws.h. `make fuzz`
 * builds it and runs it on tests/fuzz/head_corpus, which tests/unit/wxpay/test_fuzz_replies.c also
 * reads in every `make check`. */
#include "head_laws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    head_laws(view_from((const char *)data, size));
    return 0;
}
