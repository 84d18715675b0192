#include "refund/marks.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define DAY INSTANT_DAY

/* A refund that nobody need look at twice, one thing changed in each case. */
static const struct refund_look plain = {
    .amount = {9900},
    .has_paid = true,
    .paid_at = {100 * DAY},
    .requested_at = {110 * DAY},
    .now = {111 * DAY},
};

struct marks_case {
    struct refund_look look;
    const char *marks;
};

#define PLAIN .amount = {9900}, .has_paid = true, .paid_at = {100 * DAY}, .now = {111 * DAY}
#define LATER .requested_at = {110 * DAY}

static const struct marks_case cases[] = {
    {{PLAIN, .requested_at = {101 * DAY - 1}}, "RECENT"},
    {{PLAIN, .requested_at = {101 * DAY}}, ""},
    {{PLAIN, .requested_at = {99 * DAY}}, "RECENT"}, /* before it was paid */
    {{.amount = {9900}, .has_paid = false, .now = {999 * DAY}}, ""},
    {{.amount = {99999}, LATER, .now = {111 * DAY}}, ""},
    {{.amount = {100000}, LATER, .now = {111 * DAY}}, "LARGE"},
    {{PLAIN, LATER, .others = 1}, "SEVERAL"},
    {{PLAIN, LATER, .refunded = {1}}, "PART"},
    {{PLAIN, LATER, .unapproved = {1}}, "DEDUCTION"},
    {{.amount = {1}, .has_paid = true, LATER, .now = {300 * DAY - 1}}, ""},
    {{.amount = {1}, .has_paid = true, LATER, .now = {300 * DAY}}, "OLD"},
    {{PLAIN, LATER, .own = true}, "OWN"},
    {{PLAIN, LATER, .changed = true}, "CHANGED"},
    {{.amount = {100000},
      .refunded = {1},
      .unapproved = {1},
      .others = 2,
      .has_paid = true,
      .requested_at = {1},
      .now = {400 * DAY},
      .own = true,
      .changed = true},
     "RECENT LARGE SEVERAL PART DEDUCTION OLD OWN CHANGED"},
};

static void test_marks(void **state)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(4096);

    (void)state;
    assert_int_equal(refund_marks(&plain, (struct money){100000}), 0);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        buf_clear(&text);
        refund_marks_text(refund_marks(&cases[i].look, (struct money){100000}), &text);
        assert_string_equal(buf_text(&text), cases[i].marks);
    }
}

static void test_words(void **state)
{
    (void)state;
    for (int mark = 0; mark < REFUND_MARKS; mark++) {
        assert_true(refund_mark_name((enum refund_mark)mark)[0] != '\0');
        assert_true(refund_mark_help((enum refund_mark)mark)[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
