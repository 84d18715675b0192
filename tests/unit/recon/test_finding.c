#include "recon/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct date DAY = {20604}; /* 2026-05-31 */

/* printf '1900000109\nTRADE\n2026-05-31\nP051101' | sha256sum, and so on */
static void has_an_identity_that_never_changes(void **state)
{
    static const struct {
        const char *mchid;
        int32_t day;
        enum finding_leg leg;
        const char *key, *id;
    } cases[] = {
        {"1900000109", 20604, LEG_TRADE, "P051101", "546863ce1626785714c81c4bf3f6c208"},
        {"1900000109", 20604, LEG_REFUND, "P051101", "40706fcfb55d42b4ffde143994759fea"},
        {"1900000110", 20604, LEG_TRADE, "P051101", "90da81c94783564f756271ba0173e3dc"},
        {"1900000109", 20605, LEG_TRADE, "P051101", "93574d32cc485cfec3dbb9cb2125f6ea"},
        {"1900000109", 20604, LEG_TRADE, "P051101/4200001/2", "c5a016c8302457f1919066064db7c0ff"},
        {"1900000109", 10956, LEG_EVIDENCE, "", "39a38dafcd4d99232b3239e0ba7fb493"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct finding_id id = finding_id(view_of(cases[i].mchid), (struct date){cases[i].day},
                                          cases[i].leg, view_of(cases[i].key));

        assert_string_equal(id.s, cases[i].id);
    }
}

static void counts_what_is_not_there_as_nothing(void **state)
{
    static const struct {
        struct finding_amount channel, books;
        int64_t difference;
    } cases[] = {
        {{false, {0}}, {false, {0}}, 0},       {{true, {500}}, {true, {300}}, 200},
        {{true, {300}}, {true, {500}}, -200},  {{true, {500}}, {false, {300}}, 500},
        {{false, {500}}, {true, {300}}, -300}, {{true, {-5}}, {true, {-8}}, 3},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const struct finding finding = {.channel = cases[i].channel, .books = cases[i].books};

        assert_int_equal(finding_difference(&finding).fen, cases[i].difference);
    }
}

/* ---- the merge ------------------------------------------------------------------------------- */

/* What was stored: the state, and of RESOLVED its resolution. */
static const struct {
    const char *name;
    enum finding_state state;
    enum finding_resolution resolution;
} STORED[] = {
    {"PENDING", STATE_PENDING, RESOLUTION_NONE},
    {"OPEN", STATE_OPEN, RESOLUTION_NONE},
    {"IN_REVIEW", STATE_IN_REVIEW, RESOLUTION_NONE},
    {"REOPENED", STATE_REOPENED, RESOLUTION_NONE},
    {"auto_timing", STATE_RESOLVED, RESOLUTION_AUTO_TIMING},
    {"auto_query", STATE_RESOLVED, RESOLUTION_AUTO_QUERY},
    {"booked", STATE_RESOLVED, RESOLUTION_BOOKED},
    {"refunded", STATE_RESOLVED, RESOLUTION_REFUNDED},
    {"accepted", STATE_RESOLVED, RESOLUTION_ACCEPTED},
    {"explained", STATE_RESOLVED, RESOLUTION_EXPLAINED},
};

enum {
    GONE_MONEY,
    GONE_EVIDENCE,
    PENDING_SAME,
    PENDING_NEW,
    OPEN_SAME,
    OPEN_NEW,
    SOLVED_SAME,
    SOLVED_NEW,
};

/* What comes of it. Columns: not found any more, in a leg of money and in a leg of evidence; found
 * PENDING, OPEN, RESOLVED explained, each with the same facts and with changed ones. P pending,
 * O open, R reopened, resolved as B booked, T auto_timing, E explained; - nothing changes. */
static const char *const NEXT[LENGTH(STORED)] = {
    "B T - P O O E E", /* PENDING */
    "B T - O - O E E", /* OPEN */
    "B T - O - O E E", /* IN_REVIEW */
    "B T - R - R E E", /* REOPENED */
    "- - R R R R - E", /* auto_timing */
    "- - R R R R - E", /* auto_query */
    "- - R R R R E E", /* booked */
    "- - - R - R - E", /* refunded */
    "B T - R - R - E", /* accepted */
    "- - R R R R - E", /* explained */
};

static char letter_of(const struct finding *finding)
{
    switch (finding->state) {
    case STATE_PENDING:
        return 'P';
    case STATE_OPEN:
        return 'O';
    case STATE_IN_REVIEW:
        return 'I';
    case STATE_REOPENED:
        return 'R';
    case STATE_RESOLVED:
        break;
    }
    return " TQBFAE"[finding->resolution];
}

static struct finding finding_in(enum finding_state state, enum finding_resolution resolution)
{
    return (struct finding){
        .leg = LEG_TRADE,
        .key = VIEW("P1"),
        .class = CLASS_T04,
        .state = state,
        .resolution = resolution,
        .channel = {true, {500}},
        .books = {true, {300}},
        .has_break_on = state == STATE_PENDING,
        .break_on = state == STATE_PENDING ? date_add(DAY, 1) : (struct date){0},
        .evidence = VIEW("{}"),
        .reason = VIEW("found"),
    };
}

/* Ways in which facts change. */
static void change_class(struct finding *finding)
{
    finding->class = CLASS_T05;
}

static void change_channel(struct finding *finding)
{
    finding->channel.money.fen++;
}

static void change_books(struct finding *finding)
{
    finding->books.money.fen = -300;
}

static void lose_channel(struct finding *finding)
{
    finding->channel = (struct finding_amount){false, {500}};
}

static void lose_books(struct finding *finding)
{
    finding->books = (struct finding_amount){false, {300}};
}

static void (*const CHANGES[])(struct finding *finding) = {change_class, change_channel,
                                                           change_books, lose_channel, lose_books};

static void expect_next(size_t row, size_t column, const struct finding *fresh)
{
    struct finding stored = finding_in(STORED[row].state, STORED[row].resolution);
    struct finding next = {.key = VIEW("untouched")};
    bool changes;

    if (column == GONE_EVIDENCE)
        stored.leg = LEG_EVIDENCE;
    changes = finding_merge(&stored, fresh, &next);
    if ((changes ? letter_of(&next) : '-') != NEXT[row][2 * column])
        fail_msg("%s, column %zu: %c instead of %c", STORED[row].name, column,
                 changes ? letter_of(&next) : '-', NEXT[row][2 * column]);
    if (!changes) {
        expect_view(next.key, "untouched");
        return;
    }
    expect_view(next.key, "P1");
    assert_int_equal(next.class, fresh == NULL ? stored.class : fresh->class);
    assert_int_equal(next.channel.known, fresh == NULL ? 1 : fresh->channel.known);
    assert_int_equal(next.channel.money.fen, fresh == NULL ? 500 : fresh->channel.money.fen);
    assert_int_equal(next.books.money.fen, fresh == NULL ? 300 : fresh->books.money.fen);
    assert_int_equal(next.has_break_on, next.state == STATE_PENDING);
    expect_view(next.reason, fresh == NULL ? "not found any more" : "found");
}

static void merges_as_the_table_says(void **state)
{
    static const struct {
        enum finding_state state;
        enum finding_resolution resolution;
    } found[] = {{STATE_PENDING, RESOLUTION_NONE},
                 {STATE_OPEN, RESOLUTION_NONE},
                 {STATE_RESOLVED, RESOLUTION_EXPLAINED}};

    (void)state;
    for (size_t row = 0; row < LENGTH(STORED); row++) {
        expect_next(row, GONE_MONEY, NULL);
        expect_next(row, GONE_EVIDENCE, NULL);
        for (size_t f = 0; f < LENGTH(found); f++) {
            struct finding fresh = finding_in(found[f].state, found[f].resolution);

            fresh.evidence = VIEW("{\"line\":2}");
            expect_next(row, PENDING_SAME + 2 * f, &fresh);
            for (size_t c = 0; c < LENGTH(CHANGES); c++) {
                fresh = finding_in(found[f].state, found[f].resolution);
                CHANGES[c](&fresh);
                expect_next(row, PENDING_NEW + 2 * f, &fresh);
            }
        }
    }
}

static void resolves_by_leg_what_is_gone(void **state)
{
    static const enum finding_resolution resolutions[LEG_COUNT] = {
        [LEG_TRADE] = RESOLUTION_BOOKED,      [LEG_REFUND] = RESOLUTION_BOOKED,
        [LEG_FUND] = RESOLUTION_BOOKED,       [LEG_EVIDENCE] = RESOLUTION_AUTO_TIMING,
        [LEG_BOOKS] = RESOLUTION_AUTO_TIMING, [LEG_SETTLE] = RESOLUTION_BOOKED,
        [LEG_DEPOSIT] = RESOLUTION_BOOKED,
    };

    (void)state;
    for (int leg = 0; leg < LEG_COUNT; leg++) {
        struct finding stored = finding_in(STATE_OPEN, RESOLUTION_NONE);
        struct finding next;

        stored.leg = (enum finding_leg)leg;
        assert_true(finding_merge(&stored, NULL, &next));
        assert_int_equal(next.state, STATE_RESOLVED);
        assert_int_equal(next.resolution, resolutions[leg]);
    }
}

/* R09 is never taken back by a run, whatever it finds now: only people do. */
static void keeps_what_only_people_may_take_back(void **state)
{
    static const enum finding_state states[] = {STATE_PENDING, STATE_OPEN, STATE_IN_REVIEW,
                                                STATE_REOPENED};

    (void)state;
    for (size_t i = 0; i < LENGTH(states); i++) {
        struct finding stored = finding_in(states[i], RESOLUTION_NONE);
        struct finding fresh = finding_in(STATE_OPEN, RESOLUTION_NONE);
        struct finding next;

        stored.class = CLASS_R09;
        assert_false(finding_merge(&stored, NULL, &next));
        fresh.class = CLASS_R03;
        assert_false(finding_merge(&stored, &fresh, &next));
        fresh.class = CLASS_T09;
        fresh.state = STATE_RESOLVED;
        fresh.resolution = RESOLUTION_AUTO_TIMING;
        assert_false(finding_merge(&stored, &fresh, &next));
        fresh = stored;
        fresh.state = STATE_OPEN;
        fresh.channel.money.fen++;
        assert_true(finding_merge(&stored, &fresh, &next));
        assert_int_equal(next.class, CLASS_R09);
    }
}

/* An explanation that the run gave itself holds as long as it is found; another day may rest on it.
 */
/* An explanation that the run gave itself, and what was accepted, hold as long as they are found;
 * another day, or an identity, may rest on it. */
static void takes_back_explanations_that_are_gone(void **state)
{
    static const struct {
        enum finding_class class;
        enum finding_resolution resolution;
        bool taken_back;
    } cases[] = {
        {CLASS_T09, RESOLUTION_AUTO_TIMING, true},  {CLASS_T11, RESOLUTION_EXPLAINED, true},
        {CLASS_T09, RESOLUTION_BOOKED, false},      {CLASS_T04, RESOLUTION_ACCEPTED, true},
        {CLASS_E01, RESOLUTION_AUTO_TIMING, false}, {CLASS_T04, RESOLUTION_EXPLAINED, false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct finding stored = finding_in(STATE_RESOLVED, cases[i].resolution);
        struct finding next;

        stored.class = cases[i].class;
        assert_int_equal(finding_merge(&stored, NULL, &next), cases[i].taken_back);
        if (!cases[i].taken_back)
            continue;
        assert_int_equal(next.state, STATE_RESOLVED);
        assert_int_equal(next.resolution, RESOLUTION_BOOKED);
        assert_int_equal(next.class, cases[i].class);
    }
}

static void stores_a_new_one_as_it_is(void **state)
{
    const struct finding fresh = finding_in(STATE_PENDING, RESOLUTION_NONE);
    struct finding next;

    (void)state;
    assert_true(finding_merge(NULL, &fresh, &next));
    assert_int_equal(next.state, STATE_PENDING);
    assert_true(next.has_break_on);
    assert_int_equal(next.break_on.days, DAY.days + 1);
    assert_ptr_equal(next.key.at, fresh.key.at);
}

/* What came of a merge, found again as it was, changes nothing more. */
static void changes_nothing_the_second_time(void **state)
{
    static const enum finding_state states[] = {STATE_PENDING, STATE_OPEN, STATE_RESOLVED};

    (void)state;
    for (size_t row = 0; row < LENGTH(STORED); row++) {
        for (size_t s = 0; s < LENGTH(states); s++) {
            bool resolved = states[s] == STATE_RESOLVED;
            struct finding fresh =
                finding_in(states[s], resolved ? RESOLUTION_EXPLAINED : RESOLUTION_NONE);
            struct finding stored = finding_in(STORED[row].state, STORED[row].resolution);
            struct finding next, again;

            fresh.channel.money.fen = 501;
            assert_true(finding_merge(&stored, &fresh, &next));
            assert_false(finding_merge(&next, &fresh, &again));
        }
    }
}

/* ---- the list -------------------------------------------------------------------------------- */

static void keeps_copies(void **state)
{
    CLEANUP(finding_list_release) struct finding_list list = FINDING_LIST_INIT;
    char text[] = "text";
    struct finding finding = finding_in(STATE_OPEN, RESOLUTION_NONE);
    struct err err = ERR_INIT;

    (void)state;
    finding.key = finding.evidence = finding.reason = view_of(text);
    for (int i = 0; i < 1000; i++)
        expect_good(finding_list_add(&list, &finding, &err), &err);
    memset(text, '#', strlen(text));
    assert_int_equal(list.count, 1000);
    for (size_t i = 0; i < list.count; i++) {
        expect_view(list.at[i].key, "text");
        expect_view(list.at[i].evidence, "text");
        expect_view(list.at[i].reason, "text");
        assert_int_equal(list.at[i].class, CLASS_T04);
    }
    finding_list_clear(&list);
    assert_int_equal(list.count, 0);
}

/* Equal keys, even such that another finding's key looks like a mended one. */
static void parts_findings_of_one_key(void **state)
{
    static const struct {
        enum finding_leg leg;
        const char *key;
        int64_t channel;
        const char *wanted;
    } cases[] = {
        {LEG_TRADE, "P1", 300, "P1#3"}, {LEG_TRADE, "P2", 100, "P2"},
        {LEG_TRADE, "P1", 100, "P1"},   {LEG_TRADE, "P1#2", 900, "P1#2#2"},
        {LEG_TRADE, "P1", 200, "P1#2"}, {LEG_REFUND, "P1", 100, "P1"},
    };

    (void)state;
    for (size_t start = 0; start < LENGTH(cases); start++) {
        CLEANUP(finding_list_release) struct finding_list list = FINDING_LIST_INIT;
        struct err err = ERR_INIT;

        for (size_t i = 0; i < LENGTH(cases); i++) {
            struct finding finding = finding_in(STATE_OPEN, RESOLUTION_NONE);
            size_t at = (start + i) % LENGTH(cases);

            finding.leg = cases[at].leg;
            finding.key = view_of(cases[at].key);
            finding.channel.money.fen = cases[at].channel;
            expect_good(finding_list_add(&list, &finding, &err), &err);
        }
        finding_list_part(&list);
        assert_int_equal(list.count, LENGTH(cases));
        for (size_t i = 0; i < LENGTH(cases); i++) {
            bool found = false;

            for (size_t n = 0; n < list.count; n++)
                found |= list.at[n].leg == cases[i].leg &&
                         list.at[n].channel.money.fen == cases[i].channel &&
                         view_equal_text(list.at[n].key, cases[i].wanted);
            if (!found)
                fail_msg("from %zu: there is no %s", start, cases[i].wanted);
        }
    }
}

static void limits_how_many_there_are(void **state)
{
    CLEANUP(finding_list_release) struct finding_list list = FINDING_LIST_INIT;
    const struct finding finding = finding_in(STATE_OPEN, RESOLUTION_NONE);
    struct err err = ERR_INIT;

    (void)state;
    for (int i = 0; i < FINDINGS_MAX; i++)
        expect_good(finding_list_add(&list, &finding, &err), &err);
    expect_err(finding_list_add(&list, &finding, &err), &err, ERR_LIMIT,
               "more than 200000 findings in one day");
    assert_int_equal(list.count, FINDINGS_MAX);
}

/* ---- the words ------------------------------------------------------------------------------- */

static void has_words_for_everything(void **state)
{
    static const char *const legs[] = {"TRADE", "REFUND", "FUND",   "EVIDENCE",
                                       "BOOKS", "SETTLE", "DEPOSIT"};
    static const char *const states[] = {"PENDING", "OPEN", "IN_REVIEW", "RESOLVED", "REOPENED"};
    static const char *const resolutions[] = {"auto_timing", "auto_query", "booked",
                                              "refunded",    "accepted",   "explained"};
    enum finding_state found_state = STATE_REOPENED;
    enum finding_resolution found = RESOLUTION_REFUNDED;

    (void)state;
    assert_int_equal(LENGTH(legs), LEG_COUNT);
    for (size_t i = 0; i < LENGTH(legs); i++)
        assert_string_equal(finding_leg_name((enum finding_leg)i), legs[i]);
    assert_false(finding_state_by_name(VIEW("open"), &found_state));
    assert_false(finding_resolution_by_name(VIEW(""), &found));
    assert_int_equal(found_state, STATE_REOPENED);
    assert_int_equal(found, RESOLUTION_REFUNDED);
    for (size_t i = 0; i < LENGTH(states); i++) {
        assert_string_equal(finding_state_name((enum finding_state)i), states[i]);
        assert_true(finding_state_by_name(view_of(states[i]), &found_state));
        assert_int_equal(found_state, i);
    }
    assert_null(finding_resolution_name(RESOLUTION_NONE));
    for (size_t i = 0; i < LENGTH(resolutions); i++) {
        assert_string_equal(finding_resolution_name((enum finding_resolution)(i + 1)),
                            resolutions[i]);
        assert_true(finding_resolution_by_name(view_of(resolutions[i]), &found));
        assert_int_equal(found, i + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_an_identity_that_never_changes),
        cmocka_unit_test(counts_what_is_not_there_as_nothing),
        cmocka_unit_test(merges_as_the_table_says),
        cmocka_unit_test(resolves_by_leg_what_is_gone),
        cmocka_unit_test(keeps_what_only_people_may_take_back),
        cmocka_unit_test(takes_back_explanations_that_are_gone),
        cmocka_unit_test(stores_a_new_one_as_it_is),
        cmocka_unit_test(changes_nothing_the_second_time),
        cmocka_unit_test(keeps_copies),
        cmocka_unit_test(parts_findings_of_one_key),
        cmocka_unit_test(limits_how_many_there_are),
        cmocka_unit_test(has_words_for_everything),
    };
    return cmocka_run_group_tests_name("recon/finding", tests, NULL, NULL);
}
