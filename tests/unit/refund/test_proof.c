#include "refund/proof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* A deposit of 100.00, paid, with its item; the rest is said. */
#define DEPOSIT(...)                                                                               \
    {                                                                                              \
        .recorded = true, .paid = true, .has_item = true, .item = {10000}, .amount = {10000},      \
        __VA_ARGS__                                                                                \
    }

#define STATUS(text) .status = VIEW_INIT(text)
#define REFUNDED(then, now) .refunded = {then}, .refunded_now = {now}
#define DEDUCTED(then, now) .deducted = {then}, .deducted_now = {now}

static const struct {
    const char *what;
    struct proof_deposit deposit;
    const char *proof; /* paid = refunded + deducted + forfeited + held: problem */
} CASES[] = {
    {"held", DEPOSIT(STATUS("HELD")), "100.00 = 0.00 + 0.00 + 0.00 + 100.00"},
    {"due", DEPOSIT(STATUS("REFUND_DUE")), "100.00 = 0.00 + 0.00 + 0.00 + 100.00"},
    {"refunded", DEPOSIT(STATUS("REFUNDED"), REFUNDED(10000, 10000)),
     "100.00 = 100.00 + 0.00 + 0.00 + 0.00"},
    {"refunded less a deduction",
     DEPOSIT(STATUS("REFUNDED"), REFUNDED(9500, 9500), DEDUCTED(500, 500)),
     "100.00 = 95.00 + 5.00 + 0.00 + 0.00"},
    {"refunded since then", DEPOSIT(STATUS("REFUNDED"), REFUNDED(0, 10000)),
     "100.00 = 0.00 + 0.00 + 0.00 + 100.00"},
    {"refunded by us, the platform has not noticed",
     DEPOSIT(STATUS("REFUND_DUE"), REFUNDED(10000, 10000)), "100.00 = 100.00 + 0.00 + 0.00 + 0.00"},
    {"a deduction that was taken back since", DEPOSIT(STATUS("HELD"), DEDUCTED(10000, 0)),
     "100.00 = 0.00 + 100.00 + 0.00 + 0.00"},
    {"forfeited", DEPOSIT(STATUS("FORFEITED")), "100.00 = 0.00 + 0.00 + 100.00 + 0.00"},
    {"forfeited but for a part", DEPOSIT(STATUS("FORFEITED"), REFUNDED(3000, 3000)),
     "100.00 = 30.00 + 0.00 + 70.00 + 0.00"},
    {"REFUNDED, and nobody did", DEPOSIT(STATUS("REFUNDED")),
     "100.00 = 0.00 + 0.00 + 0.00 + 100.00: REFUNDED in the books, but 100.00 was neither refunded "
     "nor deducted"},
    {"HELD, and given back", DEPOSIT(STATUS("HELD"), REFUNDED(10000, 10000)),
     "100.00 = 100.00 + 0.00 + 0.00 + 0.00: HELD in the books, but nothing of it is left"},
    {"twice given back", DEPOSIT(STATUS("REFUNDED"), REFUNDED(20000, 20000)),
     "100.00 = 200.00 + 0.00 + 0.00 + 0.00: refunds and deductions exceed it by 100.00"},
    {"twice given back, the second time since then",
     DEPOSIT(STATUS("REFUNDED"), REFUNDED(10000, 20000)),
     "100.00 = 100.00 + 0.00 + 0.00 + 0.00: refunds and deductions exceed it by 100.00"},
    {"a word nobody knows", DEPOSIT(STATUS("LENT")),
     "100.00 = 0.00 + 0.00 + 0.00 + 100.00: status \"LENT\" in the books"},
    {"two deposits of one item", DEPOSIT(STATUS("HELD"), .shared = true),
     "100.00 = 0.00 + 0.00 + 0.00 + 100.00: another deposit has the same payment item"},
    {"an item of another amount",
     {.recorded = true,
      .paid = true,
      .has_item = true,
      .item = {9000},
      .amount = {10000},
      STATUS("HELD")},
     "100.00 = 0.00 + 0.00 + 0.00 + 100.00: its payment item is of 90.00"},
    {"no item",
     {.recorded = true, .paid = true, .amount = {10000}, STATUS("HELD")},
     "100.00 = 0.00 + 0.00 + 0.00 + 100.00: its payment has no such deposit item"},
    {"not paid",
     {.recorded = true, .has_item = true, .item = {10000}, .amount = {10000}, STATUS("HELD")},
     "0.00 = 0.00 + 0.00 + 0.00 + 0.00: its payment is not paid in the books"},
    {"paid, not recorded",
     {.paid = true, .has_item = true, .item = {10000}},
     "100.00 = 0.00 + 0.00 + 0.00 + 100.00: 100.00 was paid, and no deposit is recorded for it"},
};

static void print_proof(const struct proof *proof, char *out, size_t size)
{
    (void)snprintf(out, size, "%s = %s + %s + %s + %s%s%s", money_text(proof->paid).s,
                   money_text(proof->refunded).s, money_text(proof->deducted).s,
                   money_text(proof->forfeited).s, money_text(proof->held).s,
                   proof->holds ? "" : ": ", proof->problem);
}

static void proves_a_deposit(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        struct proof proof = proof_of_deposit(&CASES[i].deposit);
        char seen[400];

        print_proof(&proof, seen, sizeof(seen));
        if (strcmp(seen, CASES[i].proof) != 0)
            fail_msg("%s: expected \"%s\" but got \"%s\"", CASES[i].what, CASES[i].proof, seen);
    }
}

/* What holds one by one holds in total; one that does not is counted, and the total says no. */
static void adds_up(void **state)
{
    struct proof_sum good = {.deposits = 0}, all = {.deposits = 0};
    int64_t exceptions = 0;

    (void)state;
    assert_true(proof_sum_holds(&good));
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        struct proof proof = proof_of_deposit(&CASES[i].deposit);

        exceptions += proof.holds ? 0 : 1;
        assert_true(proof_add(&all, &proof));
        if (proof.holds)
            assert_true(proof_add(&good, &proof));
    }
    assert_true(proof_sum_holds(&good));
    assert_int_equal(good.deposits, LENGTH(CASES) - (size_t)exceptions);
    assert_int_equal(all.exceptions, exceptions);
    assert_false(proof_sum_holds(&all));
}

static void refuses_sums_beyond_any_sense(void **state)
{
    struct proof_sum sum = {.paid = {INT64_MAX}};
    const struct proof proof = {.paid = {1}, .held = {1}, .holds = true};

    (void)state;
    assert_false(proof_add(&sum, &proof));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proves_a_deposit),
        cmocka_unit_test(adds_up),
        cmocka_unit_test(refuses_sums_beyond_any_sense),
    };
    return cmocka_run_group_tests_name("refund/proof", tests, NULL, NULL);
}
