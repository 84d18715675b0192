/* The words of the contract (DOMAIN §4). */
#include "books/ledger.h"

#include <assert.h>

static const char *const status_names[] = {
    [BOOKS_CREATED] = "CREATED",   [BOOKS_PAID] = "PAID",       [BOOKS_CLOSED] = "CLOSED",
    [BOOKS_UNKNOWN] = "UNKNOWN",   [BOOKS_SUCCESS] = "SUCCESS", [BOOKS_PROCESSING] = "PROCESSING",
    [BOOKS_ABNORMAL] = "ABNORMAL", [BOOKS_OTHER] = "OTHER",
};

static const char *const kind_names[] = {
    [BOOKS_RENT] = "RENT",        [BOOKS_DEPOSIT] = "DEPOSIT", [BOOKS_INSURANCE] = "INSURANCE",
    [BOOKS_SWAP] = "SWAP",        [BOOKS_DAMAGE] = "DAMAGE",   [BOOKS_PENALTY] = "PENALTY",
    [BOOKS_OTHER_KIND] = "OTHER",
};

enum {
    STATUS_COUNT = sizeof(status_names) / sizeof(status_names[0]),
    KIND_COUNT = sizeof(kind_names) / sizeof(kind_names[0]),
};

const char *books_status_name(enum books_status status)
{
    assert((unsigned)status < STATUS_COUNT);
    return status_names[status];
}

enum books_status books_status_by_name(struct view name)
{
    for (unsigned i = 0; i < STATUS_COUNT; i++) {
        if (view_equal_text(name, status_names[i]))
            return (enum books_status)i;
    }
    return BOOKS_OTHER;
}

const char *books_kind_name(enum books_kind kind)
{
    assert((unsigned)kind < KIND_COUNT);
    return kind_names[kind];
}

enum books_kind books_kind_by_name(struct view name)
{
    for (unsigned i = 0; i < KIND_COUNT; i++) {
        if (view_equal_text(name, kind_names[i]))
            return (enum books_kind)i;
    }
    return BOOKS_OTHER_KIND;
}
