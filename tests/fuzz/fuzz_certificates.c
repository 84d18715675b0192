/* libFuzzer target: any bytes as platform certificates, under the laws of certificates_laws.h.
 * `make fuzz` builds it and runs it on tests/fuzz/certificates_corpus, which
 * tests/unit/wxpay/test_fuzz_replies.c also reads in every `make check`. */
#include "certificates_laws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    certificates_laws(view_from((const char *)data, size));
    return 0;
}
