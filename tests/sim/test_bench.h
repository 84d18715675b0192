/* A world with a ledger that keeps nothing, for tests of what happens to refunds. */
#ifndef SIM_TEST_BENCH_H
#define SIM_TEST_BENCH_H

#include "ledger.h"
#include "test_world.h"

struct bench {
    struct journal journal;
    struct world *world;
    struct ledger *ledger;
};

static inline struct bench *bench_new(const char *content)
{
    struct bench *bench = alloc_zeroed(1, sizeof(*bench));
    char *path = temporary_file(content);
    struct fail fail = {0};

    bench->journal.file = -1;
    bench->world = world_load(path, &fail);
    if (bench->world == NULL)
        fail_msg("%s", fail.text);
    bench->ledger = ledger_new(bench->world, &bench->journal, &fail);
    assert_non_null(bench->ledger);
    remove_file(path);
    return bench;
}

static inline void bench_free(struct bench *bench)
{
    ledger_free(bench->ledger);
    world_free(bench->world);
    free(bench);
}

/* Accepts a refund of the merchant's first payment without asking any rule. */
static inline const struct refund *bench_refund(struct bench *bench, const char *number,
                                                int64_t refund_fen, int64_t time)
{
    const struct payment *payment = &bench->world->payments[0];
    struct refund refund = {
        .merchant = payment->merchant,
        .payment = payment,
        .out_refund_no = number,
        .time = time,
        .refund_fen = refund_fen,
        .type = "ORIGINAL",
        .funded_at = time,
        .abnormal_at = NEVER,
        .row = {.repeat = 1, .trade_bill = true, .fund_flow = true},
    };
    const struct accepted *accepted = NULL;

    assert_true(ledger_accept(bench->ledger, &refund, "{}", 1, &accepted));
    return &accepted->refund;
}

static inline int64_t instant(const char *text)
{
    int64_t parsed;

    assert_true(instant_parse(text, &parsed));
    return parsed;
}

#endif
