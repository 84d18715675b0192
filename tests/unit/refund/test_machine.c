/* The life of a refund, over every state × every outcome, against a table written from DOMAIN §5
 * and FACTS §5 by outcome, not by state; and what each reply is. */
#include "refund/machine.h"

#include "base/date.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* From each of `from` an outcome leads to `to`; "=" is the state itself. */
struct rule {
    const char *outcome;
    const char *from;
    const char *to;
    enum refund_action action;
};

static const struct rule rules[] = {
    /* Two people and the clock decide about what was not sent. */
    {"APPROVED", "REQUESTED", "APPROVED", REFUND_REST},
    {"REJECTED", "REQUESTED", "REJECTED", REFUND_REST},
    {"EXPIRED", "REQUESTED APPROVED", "EXPIRED", REFUND_REST},
    /* What is not known to have arrived is sent only when the facts are still right. */
    {"BEGUN", "APPROVED UNKNOWN WAITING_FUNDS", "SENDING", REFUND_REST},
    {"FACTS_CHANGED", "APPROVED UNKNOWN", "DROPPED", REFUND_REST},
    {"FACTS_CHANGED", "WAITING_FUNDS", "UNKNOWN", REFUND_ASK_NOW},
    {"FOUND_SENT", "SENDING", "UNKNOWN", REFUND_ASK_NOW},
    /* 200 is accepted; what the reply says of an end is believed only when a query says so. */
    {"SENT_SUCCESS", "SENDING", "SUCCESS", REFUND_REST},
    {"SENT_PROCESSING", "SENDING", "PROCESSING", REFUND_ASK_LATER},
    {"SENT_ABNORMAL", "SENDING", "UNKNOWN", REFUND_ASK_NOW},
    {"SENT_CLOSED", "SENDING", "UNKNOWN", REFUND_ASK_NOW},
    {"SENT_OTHER", "SENDING", "UNKNOWN", REFUND_ASK_LATER},
    {"SENT_DOUBTFUL", "SENDING", "UNKNOWN", REFUND_ASK_NOW},
    {"SENT_REFUSED", "SENDING", "UNKNOWN", REFUND_ASK_NOW},
    {"SENT_NOT_ENOUGH", "SENDING", "WAITING_FUNDS", REFUND_HOLD_QUEUE},
    {"SENT_MISMATCH", "SENDING", "UNKNOWN", REFUND_TRIP},
    /* A query's word counts, in whatever order the words come. */
    {"ASKED_SUCCESS", "UNKNOWN PROCESSING ABNORMAL SUCCESS", "SUCCESS", REFUND_REST},
    {"ASKED_PROCESSING", "UNKNOWN PROCESSING ABNORMAL", "PROCESSING", REFUND_ASK_LATER},
    {"ASKED_ABNORMAL", "UNKNOWN PROCESSING ABNORMAL", "ABNORMAL", REFUND_ASK_LATER},
    {"ASKED_CLOSED", "UNKNOWN PROCESSING ABNORMAL CLOSED", "CLOSED", REFUND_REST},
    {"ASKED_OTHER", "UNKNOWN PROCESSING ABNORMAL", "UNKNOWN", REFUND_ASK_LATER},
    {"ASKED_NOTHING", "UNKNOWN PROCESSING ABNORMAL SUCCESS", "=", REFUND_ASK_LATER},
    {"ASKED_NOTHING", "CLOSED", "=", REFUND_ASK_LATER},
    {"ASKED_ABSENT", "UNKNOWN", "UNKNOWN", REFUND_SEND_AGAIN},
    {"ASKED_REFUSED", "UNKNOWN", "DROPPED", REFUND_REST},
    /* What cannot be so stops everything until a person has looked. */
    {"ASKED_VANISHED", "UNKNOWN PROCESSING ABNORMAL SUCCESS", "UNKNOWN", REFUND_TRIP},
    {"ASKED_MISMATCH", "UNKNOWN PROCESSING ABNORMAL SUCCESS", "UNKNOWN", REFUND_TRIP},
    {"ASKED_PROCESSING", "SUCCESS", "PROCESSING", REFUND_TRIP},
    {"ASKED_ABNORMAL", "SUCCESS", "ABNORMAL", REFUND_TRIP},
    {"ASKED_CLOSED", "SUCCESS", "CLOSED", REFUND_TRIP},
    {"ASKED_OTHER", "SUCCESS", "UNKNOWN", REFUND_TRIP},
    {"ASKED_SUCCESS", "CLOSED", "SUCCESS", REFUND_TRIP},
    /* Another request may be alive by now: it stays what it was, and a person looks. */
    {"ASKED_PROCESSING", "CLOSED", "=", REFUND_TRIP},
    {"ASKED_ABNORMAL", "CLOSED", "=", REFUND_TRIP},
    {"ASKED_OTHER", "CLOSED", "=", REFUND_TRIP},
    {"ASKED_VANISHED", "CLOSED", "=", REFUND_TRIP},
    {"ASKED_MISMATCH", "CLOSED", "=", REFUND_TRIP},
    {"BILL_SHOWS", "SUCCESS", "CONFIRMED", REFUND_REST},
    /* Two people end a doubt that nobody else ends; what is known is not theirs. */
    {"RESOLVED_SUCCESS", "UNKNOWN", "SUCCESS", REFUND_REST},
    {"RESOLVED_CLOSED", "UNKNOWN", "CLOSED", REFUND_REST},
};

static bool lists(const char *list, const char *name)
{
    struct view rest = view_of(list);
    struct view word;

    while (view_take(&rest, ' ', &word)) {
        if (view_equal_text(word, name))
            return true;
    }
    return false;
}

static const struct rule *rule_of(const char *state, const char *outcome)
{
    const struct rule *found = NULL;

    for (size_t i = 0; i < LENGTH(rules); i++) {
        if (strcmp(rules[i].outcome, outcome) != 0 || !lists(rules[i].from, state))
            continue;
        if (found != NULL)
            fail_msg("two rules for %s in %s", outcome, state);
        found = &rules[i];
    }
    return found;
}

static void test_every_state_and_outcome(void **cmocka_state)
{
    size_t there = 0;

    (void)cmocka_state;
    for (int s = 0; s < REFUND_STATES; s++) {
        for (int o = 0; o < REFUND_OUTCOMES; o++) {
            const char *state = refund_state_name((enum refund_state)s);
            const char *outcome = refund_outcome_name((enum refund_outcome)o);
            const struct rule *rule = rule_of(state, outcome);
            struct refund_step step = {REFUND_STATES, REFUND_REST};
            bool is = refund_step((enum refund_state)s, (enum refund_outcome)o, &step);

            if (is != (rule != NULL))
                fail_msg("%s in %s is %s", outcome, state, is ? "there" : "missing");
            if (rule == NULL) {
                assert_int_equal(step.state, REFUND_STATES); /* untouched */
                continue;
            }
            there++;
            assert_string_equal(refund_state_name(step.state),
                                strcmp(rule->to, "=") == 0 ? state : rule->to);
            if (step.action != rule->action)
                fail_msg("%s in %s: action %d, expected %d", outcome, state, (int)step.action,
                         (int)rule->action);
        }
    }
    assert_int_equal(there, 65);
}

/* Whose word may make it so: the channel's, or that of people who have asked it. */
static bool may_end(enum refund_outcome outcome, enum refund_state to)
{
    if (to == REFUND_CLOSED)
        return outcome == REFUND_ASKED_CLOSED || outcome == REFUND_RESOLVED_CLOSED;
    if (to == REFUND_CONFIRMED)
        return outcome == REFUND_BILL_SHOWS;
    return to != REFUND_SUCCESS || outcome == REFUND_SENT_SUCCESS ||
           outcome == REFUND_ASKED_SUCCESS || outcome == REFUND_RESOLVED_SUCCESS;
}

/* What must hold whatever else the table says. */
static void expect_laws(enum refund_state from, enum refund_outcome outcome, enum refund_state to)
{
    bool final = from == REFUND_CONFIRMED || from == REFUND_REJECTED || from == REFUND_EXPIRED ||
                 from == REFUND_DROPPED;
    bool given_up = to == REFUND_CLOSED || to == REFUND_ABNORMAL || to == REFUND_DROPPED ||
                    to == REFUND_EXPIRED;

    assert_false(final);
    /* It is sent only after its facts were read again. */
    assert_true(to != REFUND_SENDING || outcome == REFUND_BEGUN);
    /* No single reply to sending ends it without success. */
    assert_false(from == REFUND_SENDING && given_up);
    assert_true(to == from || may_end(outcome, to));
}

/* People end a doubt, and nothing that is known. */
static void test_people_end_doubts(void **cmocka_state)
{
    struct refund_step step;

    (void)cmocka_state;
    for (int s = 0; s < REFUND_STATES; s++) {
        bool doubt = s == REFUND_UNKNOWN;

        assert_int_equal(refund_step((enum refund_state)s, REFUND_RESOLVED_SUCCESS, &step), doubt);
        assert_int_equal(refund_step((enum refund_state)s, REFUND_RESOLVED_CLOSED, &step), doubt);
    }
}

static void test_laws(void **cmocka_state)
{
    (void)cmocka_state;
    for (int s = 0; s < REFUND_STATES; s++) {
        for (int o = 0; o < REFUND_OUTCOMES; o++) {
            struct refund_step step;

            if (!refund_step((enum refund_state)s, (enum refund_outcome)o, &step))
                continue;
            expect_laws((enum refund_state)s, (enum refund_outcome)o, step.state);
            assert_true(step.action != REFUND_SEND_AGAIN || o == REFUND_ASKED_ABSENT);
        }
    }
}

static void test_names(void **cmocka_state)
{
    enum refund_state state;

    (void)cmocka_state;
    for (int s = 0; s < REFUND_STATES; s++) {
        assert_true(
            refund_state_from_name(view_of(refund_state_name((enum refund_state)s)), &state));
        assert_int_equal(state, s);
    }
    state = REFUND_STATES;
    assert_false(refund_state_from_name(VIEW("success"), &state));
    assert_false(refund_state_from_name(VIEW(""), &state));
    assert_int_equal(state, REFUND_STATES);
    for (int o = 0; o < REFUND_OUTCOMES; o++) {
        for (int other = 0; other < o; other++)
            assert_string_not_equal(refund_outcome_name((enum refund_outcome)o),
                                    refund_outcome_name((enum refund_outcome)other));
    }
}

/* ---- what a reply is ------------------------------------------------------------------------- */

static const struct refund_asked asked = {
    .transaction_id = VIEW_INIT("4200000001"),
    .out_trade_no = VIEW_INIT("P-1"),
    .refund = {9900},
    .total = {12900},
};

static struct wxpay_refund_answer answer_of(enum wxpay_reaction reaction,
                                            enum wxpay_refund_status status)
{
    return (struct wxpay_refund_answer){
        .reaction = reaction,
        .refund = {.transaction_id = "4200000001",
                   .out_trade_no = "P-1",
                   .status = status,
                   .refund = {9900},
                   .total = {12900}},
    };
}

static const struct {
    enum wxpay_refund_status status;
    const char *sent, *asked;
} statuses[] = {
    {WXPAY_REFUND_UNKNOWN, "SENT_OTHER", "ASKED_OTHER"},
    {WXPAY_REFUND_SUCCESS, "SENT_SUCCESS", "ASKED_SUCCESS"},
    {WXPAY_REFUND_CLOSED, "SENT_CLOSED", "ASKED_CLOSED"},
    {WXPAY_REFUND_PROCESSING, "SENT_PROCESSING", "ASKED_PROCESSING"},
    {WXPAY_REFUND_ABNORMAL, "SENT_ABNORMAL", "ASKED_ABNORMAL"},
};

static void test_statuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(statuses); i++) {
        struct wxpay_refund_answer answer = answer_of(WXPAY_DONE, statuses[i].status);

        assert_string_equal(refund_outcome_name(refund_sent_outcome(true, 200, &answer, &asked)),
                            statuses[i].sent);
        assert_string_equal(refund_outcome_name(refund_query_outcome(true, &answer, &asked)),
                            statuses[i].asked);
        /* Without an answer nothing of it is looked at. */
        assert_int_equal(refund_sent_outcome(false, 0, &answer, &asked), REFUND_SENT_DOUBTFUL);
        assert_int_equal(refund_query_outcome(false, &answer, &asked), REFUND_ASKED_NOTHING);
    }
}

/* Every reaction there is; NULL: WXPAY_DONE, see above. */
static const struct {
    enum wxpay_reaction reaction;
    const char *sent, *asked;
} reactions[] = {
    {WXPAY_REPEAT_SERVER, "SENT_DOUBTFUL", "ASKED_NOTHING"},
    {WXPAY_REPEAT_SLOWER, "SENT_DOUBTFUL", "ASKED_NOTHING"},
    {WXPAY_NO_STATEMENT, "SENT_DOUBTFUL", "ASKED_NOTHING"},
    {WXPAY_STATEMENT_LATER, "SENT_DOUBTFUL", "ASKED_NOTHING"},
    {WXPAY_APPLY_AGAIN, "SENT_DOUBTFUL", "ASKED_NOTHING"},
    {WXPAY_NO_CERTIFICATES, "SENT_DOUBTFUL", "ASKED_NOTHING"},
    {WXPAY_NOT_FOUND, "SENT_REFUSED", "ASKED_ABSENT"},
    {WXPAY_ASK_FIRST, "SENT_DOUBTFUL", "ASKED_NOTHING"},
    {WXPAY_NOT_ENOUGH, "SENT_NOT_ENOUGH", "ASKED_NOTHING"},
    {WXPAY_ACCOUNT_CLOSED, "SENT_REFUSED", "ASKED_NOTHING"},
    {WXPAY_PEOPLE, "SENT_REFUSED", "ASKED_NOTHING"},
    {WXPAY_REFUSED, "SENT_REFUSED", "ASKED_NOTHING"},
    {WXPAY_NOT_ALLOWED, "SENT_DOUBTFUL", "ASKED_NOTHING"},
    {WXPAY_NOT_KNOWN, "SENT_DOUBTFUL", "ASKED_NOTHING"},
    {WXPAY_WRONG_HOST, "SENT_DOUBTFUL", "ASKED_NOTHING"},
    {WXPAY_NO_REPLY, "SENT_DOUBTFUL", "ASKED_NOTHING"},
};

static void test_reactions(void **state)
{
    (void)state;
    assert_int_equal(LENGTH(reactions), WXPAY_NO_REPLY); /* all but WXPAY_DONE, which is 0 */
    for (size_t i = 0; i < LENGTH(reactions); i++) {
        /* The status says success: it must not be looked at. */
        struct wxpay_refund_answer answer = answer_of(reactions[i].reaction, WXPAY_REFUND_SUCCESS);

        assert_int_equal(reactions[i].reaction, i + 1);
        assert_string_equal(refund_outcome_name(refund_sent_outcome(true, 200, &answer, &asked)),
                            reactions[i].sent);
        assert_string_equal(refund_outcome_name(refund_query_outcome(true, &answer, &asked)),
                            reactions[i].asked);
    }
}

/* "There is none" depends on what was said before. */
static void test_absent(void **state)
{
    const struct wxpay_refund_answer answer = answer_of(WXPAY_NOT_FOUND, WXPAY_REFUND_UNKNOWN);
    struct refund_asked other = asked;

    (void)state;
    other.refused = true;
    assert_int_equal(refund_query_outcome(true, &answer, &other), REFUND_ASKED_REFUSED);
    other.accepted = true;
    assert_int_equal(refund_query_outcome(true, &answer, &other), REFUND_ASKED_VANISHED);
    other.refused = false;
    assert_int_equal(refund_query_outcome(true, &answer, &other), REFUND_ASKED_VANISHED);
}

static void expect_mismatch(const struct wxpay_refund_answer *answer,
                            const struct refund_asked *wanted, bool mismatch)
{
    assert_int_equal(refund_sent_outcome(true, 200, answer, wanted),
                     mismatch ? REFUND_SENT_MISMATCH : REFUND_SENT_SUCCESS);
    assert_int_equal(refund_query_outcome(true, answer, wanted),
                     mismatch ? REFUND_ASKED_MISMATCH : REFUND_ASKED_SUCCESS);
}

static void test_mismatch(void **state)
{
    struct refund_asked by_order = asked;
    struct wxpay_refund_answer answer;

    (void)state;
    by_order.transaction_id = VIEW("");
    answer = answer_of(WXPAY_DONE, WXPAY_REFUND_SUCCESS);
    expect_mismatch(&answer, &asked, false);
    expect_mismatch(&answer, &by_order, false);

    answer.refund.refund.fen++;
    expect_mismatch(&answer, &asked, true);
    answer = answer_of(WXPAY_DONE, WXPAY_REFUND_SUCCESS);
    answer.refund.total.fen--;
    expect_mismatch(&answer, &asked, true);
    answer = answer_of(WXPAY_DONE, WXPAY_REFUND_SUCCESS);
    answer.refund.transaction_id[0] = '5';
    expect_mismatch(&answer, &asked, true);
    expect_mismatch(&answer, &by_order, false); /* it was not known */
    answer = answer_of(WXPAY_DONE, WXPAY_REFUND_SUCCESS);
    answer.refund.out_trade_no[0] = 'Q';
    expect_mismatch(&answer, &asked, false);
    expect_mismatch(&answer, &by_order, true);
}

/* About every minute for five minutes, then after 5, 10, 20, 30 minutes; never given up. */
static void test_rhythm(void **state)
{
    static const int64_t minutes[] = {1, 1, 1, 1, 1, 5, 10, 20, 30};

    (void)state;
    for (size_t i = 0; i < LENGTH(minutes); i++)
        assert_int_equal(refund_query_wait_us((int64_t)i), minutes[i] * 60 * 1000000);
    for (int64_t i = 9; i < 9 + 24; i++)
        assert_int_equal(refund_query_wait_us(i), INSTANT_HOUR);
    assert_int_equal(refund_query_wait_us(33), 6 * INSTANT_HOUR);
    assert_int_equal(refund_query_wait_us(INT64_MAX), 6 * INSTANT_HOUR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_state_and_outcome),
        cmocka_unit_test(test_laws),
        cmocka_unit_test(test_people_end_doubts),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_reactions),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_mismatch),
        cmocka_unit_test(test_rhythm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
