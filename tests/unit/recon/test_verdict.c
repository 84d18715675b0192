#include "recon/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* DOMAIN §3.2 written a second time: the first row that applies. */
static enum verdict wanted_verdict(const struct verdict_facts *facts)
{
    const struct finding_counts *findings = &facts->findings;
    bool people = findings->open + findings->warning > 0;
    bool known = findings->pending + findings->accepted > 0 && facts->identities_unexplained == 0;
    bool contradictory = facts->identities_failing > 0 && !people && !known;
    const struct {
        bool applies;
        enum verdict verdict;
    } ladder[] = {
        {facts->evidence_missing || facts->identities == 0 || facts->identities_missing > 0 ||
             contradictory,
         VERDICT_INCOMPLETE},
        {findings->open > 0, VERDICT_BROKEN},
        {findings->warning > 0, VERDICT_WARN},
        {findings->pending > 0, VERDICT_PENDING},
        {true, VERDICT_BALANCED},
    };
    size_t row = 0;

    while (!ladder[row].applies)
        row++;
    return ladder[row].verdict;
}

/* Every fact off, on, and on more than once. */
static void follows_the_ladder(void **state)
{
    enum { VALUES = 3, FACTS = 10 };
    int combinations = 1;
    int seen[VERDICT_BALANCED + 1] = {0};

    (void)state;
    for (int i = 0; i < FACTS; i++)
        combinations *= VALUES;
    for (int code = 0; code < combinations; code++) {
        static const int64_t values[VALUES] = {0, 1, 1000000};
        int64_t fact[FACTS];
        struct verdict_facts facts;

        for (int i = 0, rest = code; i < FACTS; i++, rest /= VALUES)
            fact[i] = values[rest % VALUES];
        facts = (struct verdict_facts){
            .evidence_missing = fact[0] > 0,
            .identities = fact[1] + fact[2],
            .identities_failing = fact[2],
            .identities_unexplained = fact[7] < fact[2] ? fact[7] : fact[2],
            .identities_missing = fact[8],
            .findings = {.pending = fact[3],
                         .open = fact[4],
                         .warning = fact[5],
                         .resolved = fact[6] + fact[9],
                         .accepted = fact[9]},
        };
        if (verdict_of(&facts) != wanted_verdict(&facts))
            fail_msg("facts %d gave %s, expected %s", code, verdict_name(verdict_of(&facts)),
                     verdict_name(wanted_verdict(&facts)));
        seen[verdict_of(&facts)]++;
    }
    for (size_t i = 0; i < LENGTH(seen); i++)
        assert_true(seen[i] > 0);
}

static void is_never_green_without_proof(void **state)
{
    const struct verdict_facts nothing = {0};
    const struct verdict_facts proved = {.identities = 1};
    const struct verdict_facts resolved = {.identities = 7, .findings = {.resolved = 5}};
    const struct verdict_facts failing = {.identities = 7, .identities_failing = 1};
    const struct verdict_facts missing = {.identities = 6, .identities_missing = 1};
    const struct verdict_facts accepted = {
        .identities = 7, .identities_failing = 1, .findings = {.resolved = 1, .accepted = 1}};
    const struct verdict_facts accepted_other = {.identities = 7,
                                                 .identities_failing = 2,
                                                 .identities_unexplained = 1,
                                                 .findings = {.resolved = 1, .accepted = 1}};
    const struct verdict_facts unexplained = {.identities = 7,
                                              .identities_failing = 2,
                                              .identities_unexplained = 1,
                                              .findings = {.pending = 1}};

    (void)state;
    assert_int_equal(verdict_of(&nothing), VERDICT_INCOMPLETE);
    assert_int_equal(verdict_of(&failing), VERDICT_INCOMPLETE);
    assert_int_equal(verdict_of(&accepted), VERDICT_BALANCED);
    assert_int_equal(verdict_of(&accepted_other), VERDICT_INCOMPLETE);
    assert_int_equal(verdict_of(&missing), VERDICT_INCOMPLETE);
    assert_int_equal(verdict_of(&unexplained), VERDICT_INCOMPLETE);
    assert_int_equal(verdict_of(&proved), VERDICT_BALANCED);
    assert_int_equal(verdict_of(&resolved), VERDICT_BALANCED);
}

static void has_names_and_exit_codes(void **state)
{
    static const struct {
        enum verdict verdict;
        const char *name;
        int while_it_may_come, later;
    } cases[] = {
        {VERDICT_INCOMPLETE, "INCOMPLETE", 75, 65},
        {VERDICT_BROKEN, "BROKEN", 1, 1},
        {VERDICT_WARN, "WARN", 1, 1},
        {VERDICT_PENDING, "PENDING", 0, 0},
        {VERDICT_BALANCED, "BALANCED", 0, 0},
    };
    enum verdict verdict = VERDICT_WARN;

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        assert_string_equal(verdict_name(cases[i].verdict), cases[i].name);
        assert_true(verdict_by_name(view_of(cases[i].name), &verdict));
        assert_int_equal(verdict, cases[i].verdict);
        assert_int_equal(verdict_exit_code(cases[i].verdict, /* may_still_come= */ true),
                         cases[i].while_it_may_come);
        assert_int_equal(verdict_exit_code(cases[i].verdict, /* may_still_come= */ false),
                         cases[i].later);
    }
    assert_false(verdict_by_name(VIEW("balanced"), &verdict));
    assert_false(verdict_by_name(VIEW(""), &verdict));
    assert_int_equal(verdict, VERDICT_BALANCED);
}

static void holds_identities_in_count_and_money(void **state)
{
    static const struct {
        struct identity_side left, right;
        bool holds;
    } cases[] = {
        {{"l", 0, {0}}, {"r", 0, {0}}, true},       {{"l", 2, {300}}, {"r", 2, {300}}, true},
        {{"l", 2, {-300}}, {"r", 2, {-300}}, true}, {{"l", 2, {300}}, {"r", 3, {300}}, false},
        {{"l", 2, {300}}, {"r", 2, {301}}, false},  {{"l", 2, {300}}, {"r", 2, {-300}}, false},
        {{"l", 0, {0}}, {"r", 1, {0}}, false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const struct identity identity = {"x", cases[i].left, cases[i].right};
        const struct identity turned = {"x", cases[i].right, cases[i].left};

        assert_int_equal(identity_holds(&identity), cases[i].holds);
        assert_int_equal(identity_holds(&turned), cases[i].holds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_ladder),
        cmocka_unit_test(is_never_green_without_proof),
        cmocka_unit_test(has_names_and_exit_codes),
        cmocka_unit_test(holds_identities_in_count_and_money),
    };
    return cmocka_run_group_tests_name("recon/verdict", tests, NULL, NULL);
}
