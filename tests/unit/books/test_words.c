/* The words of the contract, DOMAIN §4. */
#include "books/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void knows_every_status(void **state)
{
    static const struct {
        enum books_status status;
        const char *name;
    } cases[] = {
        {BOOKS_CREATED, "CREATED"},   {BOOKS_PAID, "PAID"},       {BOOKS_CLOSED, "CLOSED"},
        {BOOKS_UNKNOWN, "UNKNOWN"},   {BOOKS_SUCCESS, "SUCCESS"}, {BOOKS_PROCESSING, "PROCESSING"},
        {BOOKS_ABNORMAL, "ABNORMAL"}, {BOOKS_OTHER, "OTHER"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        assert_string_equal(books_status_name(cases[i].status), cases[i].name);
        assert_int_equal(books_status_by_name(view_of(cases[i].name)), cases[i].status);
    }
}

static void knows_every_kind(void **state)
{
    static const struct {
        enum books_kind kind;
        const char *name;
    } cases[] = {
        {BOOKS_RENT, "RENT"},        {BOOKS_DEPOSIT, "DEPOSIT"}, {BOOKS_INSURANCE, "INSURANCE"},
        {BOOKS_SWAP, "SWAP"},        {BOOKS_DAMAGE, "DAMAGE"},   {BOOKS_PENALTY, "PENALTY"},
        {BOOKS_OTHER_KIND, "OTHER"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        assert_string_equal(books_kind_name(cases[i].kind), cases[i].name);
        assert_int_equal(books_kind_by_name(view_of(cases[i].name)), cases[i].kind);
    }
}

/* Never a guess: what is not exactly a word of the contract is none. */
static void takes_other_words_for_none(void **state)
{
    static const char *const words[] = {"",      "paid",     "PAI",  "PAID ", " PAID",
                                        "PAIDX", "REFUNDED", "rent", "RENTS", "押金"};

    (void)state;
    for (size_t i = 0; i < LENGTH(words); i++) {
        assert_int_equal(books_status_by_name(view_of(words[i])), BOOKS_OTHER);
        assert_int_equal(books_kind_by_name(view_of(words[i])), BOOKS_OTHER_KIND);
    }
    assert_int_equal(books_status_by_name((struct view){NULL, 0}), BOOKS_OTHER);
    assert_int_equal(books_status_by_name(VIEW("PAID\0")), BOOKS_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_every_status),
        cmocka_unit_test(knows_every_kind),
        cmocka_unit_test(takes_other_words_for_none),
    };
    return cmocka_run_group_tests_name("books/words", tests, NULL, NULL);
}
