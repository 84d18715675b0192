/* The fault script: what is a rule, whose turn it is, and that the man page knows every fault. */
#include "fault_words.h"
#include "test_faults.h"

#define MAN_PAGE "tests/sim/wxpay-sim.1"

static const struct {
    const char *content;
    const char *message;
} bad_faults[] = {
    {"# all\n\nrefunds status=500\n", ":3: unknown request \"refunds\""},
    {"tradebill\n", ":1: no fault named"},
    {"tradebill after\n", ":1: no fault named"},
    {"tradebill slow\n", ":1: unknown word \"slow\""},
    {"certificates not-ready\n", ":1: not-ready cannot happen to certificates"},
    {"refund no-bill\n", ":1: no-bill cannot happen to refund"},
    {"fundflowbill foreign-row=1900000110\n", ":1: foreign-row cannot happen to fundflowbill"},
    {"sub-fundflowbill goods=comma\n", ":1: goods cannot happen to sub-fundflowbill"},
    {"sub-fundflowbill foreign-row=1900000110\n",
     ":1: foreign-row cannot happen to sub-fundflowbill"},
    {"tradebill gzip-bomb=1\n", ":1: gzip-bomb cannot happen to tradebill"},
    {"download bad-signature\n", ":1: bad-signature cannot happen to download"},
    {"certificates bill_date=2026-05-31 drop\n", ":1: certificates requests have no bill_date"},
    {"refund bill_date=2026-05-31 drop\n", ":1: refund requests have no bill_date"},
    {"order-query out_refund_no=R1 drop\n", ":1: order-query requests have no out_refund_no"},
    {"tradebill bill_date=2026-02-30 no-bill\n",
     ":1: \"bill_date=2026-02-30\": expected yyyy-mm-dd"},
    {"tradebill nth=0 no-bill\n", ":1: nth: expected K, K-M, K-* or *"},
    {"tradebill nth=3-2 no-bill\n", ":1: nth: expected K, K-M, K-* or *"},
    {"tradebill nth=*-2 no-bill\n", ":1: nth: expected K, K-M, K-* or *"},
    {"tradebill chance=0 no-bill\n", ":1: chance: expected 1 to 1000 per mille"},
    {"tradebill chance=1001 no-bill\n", ":1: chance: expected 1 to 1000 per mille"},
    {"tradebill chance=50% no-bill\n", ":1: chance: expected 1 to 1000 per mille"},
    {"tradebill no-bill nth=1\n", ":1: \"nth=1\" stands behind the fault"},
    {"refund status=500 after\n", ":1: \"after\" stands behind the fault"},
    {"refund after reset=1\n", ":1: reset is never before the request is carried out"},
    {"tradebill after not-ready\n", ":1: not-ready is never before the request is carried out"},
    {"tradebill no-bill=1\n", ":1: no-bill: missing, needless or bad argument"},
    {"download truncate\n", ":1: truncate: missing, needless or bad argument"},
    {"download reset=-1\n", ":1: reset: missing, needless or bad argument"},
    {"download status=200\n", ":1: status: missing, needless or bad argument"},
    {"download huge=0\n", ":1: huge: missing, needless or bad argument"},
    {"download gzip-bomb=1073741825\n", ":1: gzip-bomb: missing, needless or bad argument"},
    {"download trickle=0\n", ":1: trickle: missing, needless or bad argument"},
    {"download redirect=http://x/\n", ":1: redirect: missing, needless or bad argument"},
    {"tradebill swap-day=1\n", ":1: swap-day: missing, needless or bad argument"},
    {"tradebill swap-merchant=\n", ":1: swap-merchant: missing, needless or bad argument"},
    {"tradebill foreign-row=19\"0\n", ":1: foreign-row: missing, needless or bad argument"},
    {"tradebill footer-off=8\n", ":1: footer-off: missing, needless or bad argument"},
    {"tradebill late=2026-06-01\n", ":1: late: missing, needless or bad argument"},
    {"tradebill goods=poison\n", ":1: goods: missing, needless or bad argument"},
    {"tradebill timestamp=0\n", ":1: timestamp: missing, needless or bad argument"},
    {"tradebill server-clock=86401\n", ":1: server-clock: missing, needless or bad argument"},
};

static void test_bad_faults(void **state)
{
    (void)state;
    for (size_t at = 0; at < sizeof(bad_faults) / sizeof(bad_faults[0]); at++) {
        char *path = temporary_file(bad_faults[at].content);
        struct fail fail = {0};

        assert_null(faults_load(path, &fail));
        assert_memory_equal(fail.text, path, strlen(path));
        assert_string_equal(fail.text + strlen(path), bad_faults[at].message);
        assert_int_equal(fail.exit_code, 65);
        remove_file(path);
    }
}

/* What is read of each kind of argument. */
static void test_arguments(void **state)
{
    static const struct {
        const char *rule;
        enum fault_kind kind;
        int64_t number;
    } cases[] = {
        {"certificates drop\n", FAULT_DROP, 0},
        {"refund invalid-request\n", FAULT_INVALID_REQUEST, 0},
        {"download truncate=0\n", FAULT_TRUNCATE, 0},
        {"download huge=1073741824\n", FAULT_HUGE, 1073741824},
        {"tradebill rate-limit\n", FAULT_RATE_LIMIT, 0},
        {"tradebill rate-limit=7\n", FAULT_RATE_LIMIT, 7},
        {"tradebill not-json\n", FAULT_NOT_JSON, 200},
        {"tradebill not-json=502\n", FAULT_NOT_JSON, 502},
        {"tradebill timestamp=-301\n", FAULT_TIMESTAMP, -301},
        {"tradebill server-clock=86400\n", FAULT_SERVER_CLOCK, 86400},
        {"tradebill late=2026-05-31T16:00:00Z\n", FAULT_LATE, 1780243200},
        {"tradebill footer-off=7\n", FAULT_FOOTER_OFF, 7},
        {"refund-abnormal\tstatus=500\r\n", FAULT_STATUS, 500},
    };

    (void)state;
    for (size_t at = 0; at < sizeof(cases) / sizeof(cases[0]); at++) {
        struct faults *faults = faults_of(cases[at].rule);

        assert_int_equal(faults->count, 1);
        assert_int_equal(faults->rules[0].fault.kind, cases[at].kind);
        assert_int_equal(faults->rules[0].fault.number, cases[at].number);
        assert_false(faults->rules[0].fault.after);
        faults_free(faults);
    }
}

static enum fault_kind next(struct faults *faults, struct fault_subject subject)
{
    const struct fault *fault = faults_next(faults, &subject);

    return fault != NULL ? fault->kind : FAULT_NONE;
}

/* The first rule whose turn it is; each counts what fits it, whether it is chosen or not. */
static void test_turns(void **state)
{
    struct faults *faults = faults_of("tradebill mchid=1 nth=2-3 status=500\n"
                                      "tradebill bill_date=2026-05-31 nth=3 empty-body\n"
                                      "tradebill mchid=1 bill_date=2026-05-30 nth=* no-bill\n"
                                      "tradebill mchid=3 nth=2-* drop\n");
    int32_t day = day_named("2026-05-31");
    const struct fault_subject ours = {REQUEST_TRADEBILL, "1", day, ""};
    const struct fault_subject before = {REQUEST_TRADEBILL, "1", day - 1, ""};
    const struct fault_subject theirs = {REQUEST_TRADEBILL, "2", day, ""};
    const struct fault_subject third = {REQUEST_TRADEBILL, "3", day + 1, ""};
    const struct fault_subject fund = {REQUEST_FUNDFLOWBILL, "1", day, ""};

    (void)state;
    assert_int_equal(next(faults, fund), FAULT_NONE);
    assert_int_equal(next(faults, ours), FAULT_NONE);
    assert_int_equal(next(faults, theirs), FAULT_NONE);
    assert_int_equal(next(faults, ours), FAULT_STATUS);
    assert_int_equal(next(faults, before), FAULT_STATUS);
    assert_int_equal(next(faults, before), FAULT_NO_BILL);
    assert_int_equal(next(faults, ours), FAULT_NONE);
    assert_int_equal(next(faults, third), FAULT_NONE);
    for (int turn = 0; turn < 5; turn++)
        assert_int_equal(next(faults, third), FAULT_DROP);
    faults_free(faults);
}

static void test_refund_number(void **state)
{
    struct faults *faults = faults_of("refund out_refund_no=R1 after nth=1 status=500\n"
                                      "refund-query out_refund_no=R2 drop\n");
    const struct fault_subject first = {REQUEST_REFUND, "1", DAY_NONE, "R1"};
    const struct fault_subject second = {REQUEST_REFUND, "1", DAY_NONE, "R2"};
    const struct fault_subject query = {REQUEST_REFUND_QUERY, "1", DAY_NONE, "R2"};
    const struct fault *fault;

    (void)state;
    assert_int_equal(next(faults, second), FAULT_NONE);
    fault = faults_next(faults, &first);
    assert_non_null(fault);
    assert_int_equal(fault->kind, FAULT_STATUS);
    assert_true(fault->after);
    assert_int_equal(next(faults, first), FAULT_NONE);
    assert_int_equal(next(faults, query), FAULT_DROP);
    faults_free(faults);
}

enum { DRAWS = 2000 };

/* 1 where the first rule had its turn. */
static void draw(const char *script, uint64_t seed, unsigned char hits[static DRAWS])
{
    struct faults *faults = faults_of(script);
    const struct fault_subject subject = {REQUEST_DOWNLOAD, "1", DAY_NONE, ""};

    faults->seed = seed;
    for (size_t at = 0; at < DRAWS; at++)
        hits[at] = next(faults, subject) == FAULT_DROP;
    faults_free(faults);
}

static size_t count(const unsigned char hits[static DRAWS])
{
    size_t hit = 0;

    for (size_t at = 0; at < DRAWS; at++)
        hit += hits[at];
    return hit;
}

/* Reproducible, of about the size asked for, and another run of luck with another seed or place. */
static void test_chance(void **state)
{
    unsigned char hits[DRAWS];
    unsigned char again[DRAWS];

    (void)state;
    draw("download chance=250 drop\n", 7, hits);
    draw("download chance=250 drop\n", 7, again);
    assert_memory_equal(hits, again, DRAWS);
    assert_in_range(count(hits), DRAWS / 4 - DRAWS / 20, DRAWS / 4 + DRAWS / 20);
    draw("download chance=250 drop\n", 8, again);
    assert_memory_not_equal(hits, again, DRAWS);
    draw("download nth=3000 reset=1\ndownload chance=250 drop\n", 7, again);
    assert_memory_not_equal(hits, again, DRAWS);
    draw("download chance=1000 drop\n", 7, hits);
    assert_int_equal(count(hits), DRAWS);
    draw("download nth=11-20 chance=1000 drop\n", 7, hits);
    assert_int_equal(count(hits), 10);
}

/* ---- the man page -------------------------------------------------------------------------------
 */

/* The part of the page between two headings; its lines are then cut out of it. */
static char *section_of(struct text *page, const char *heading)
{
    char *section = strstr(page->bytes, heading);
    char *end;

    assert_non_null(section);
    section += strlen(heading);
    end = strstr(section, "\n.Sh ");
    assert_non_null(end);
    *end = '\0';
    return section;
}

/* "name" of `.It Cm name Ns = Ns Ar argument`. */
static void read_name(const char *line, char name[static 32])
{
    size_t length = strcspn(line, " \n");

    assert_true(length > 0 && length < 32);
    memcpy(name, line, length);
    name[length] = '\0';
}

/* Every fault of the table has an entry, in the table's order, with an example that is a rule of
 * that fault; and the page has no other. */
static void test_man_page(void **state)
{
    struct text page = {0};
    struct fail fail = {0};
    char *rest;
    char *line;
    char name[32] = "";
    int kind = FAULT_NONE;
    bool shown = true;

    (void)state;
    assert_true(file_read(MAN_PAGE, &page, &fail));
    rest = section_of(&page, "\n.Ss Faults\n");
    while ((line = strsep(&rest, "\n")) != NULL) {
        if (strncmp(line, ".It Cm ", strlen(".It Cm ")) == 0) {
            if (!shown)
                fail_msg("%s has no example", name);
            read_name(line + strlen(".It Cm "), name);
            kind++;
            assert_true(kind < FAULT_KIND_COUNT);
            assert_string_equal(name, fault_word((enum fault_kind)kind));
            shown = false;
        } else if (strncmp(line, ".Dl ", strlen(".Dl ")) == 0) {
            struct faults *faults = faults_of(line + strlen(".Dl "));

            assert_int_equal(faults->count, 1);
            assert_string_equal(faults->rules[0].fault.name, name);
            faults_free(faults);
            shown = true;
        }
    }
    assert_true(shown);
    assert_int_equal(kind, FAULT_KIND_COUNT - 1);
    text_release(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_faults), cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_turns),      cmocka_unit_test(test_refund_number),
        cmocka_unit_test(test_chance),     cmocka_unit_test(test_man_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
