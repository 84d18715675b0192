/* libFuzzer target: any bytes as the body of a reply, under the laws of reply_laws.h. `make fuzz`
 * builds it and runs it on tests/fuzz/reply_corpus, which tests/unit/wxpay/test_fuzz_replies.c also
 * reads in every `make check`. */
#include "reply_laws.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Made once, because a key takes its time; libFuzzer has no other place for it. */
static struct reply_bench bench;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    reply_bench_open(&bench);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    reply_laws(&bench, view_from((const char *)data, size));
    return 0;
}
