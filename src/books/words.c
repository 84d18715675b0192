/* The words of the contract (DOMAIN §4). */
#include "books/ledger.h"

#include <assert.h>

static const struct view status_names[] = {
    [BOOKS_CREATED] = VIEW_INIT("CREATED"),   [BOOKS_PAID] = VIEW_INIT("PAID"),
    [BOOKS_CLOSED] = VIEW_INIT("CLOSED"),     [BOOKS_UNKNOWN] = VIEW_INIT("UNKNOWN"),
    [BOOKS_SUCCESS] = VIEW_INIT("SUCCESS"),   [BOOKS_PROCESSING] = VIEW_INIT("PROCESSING"),
    [BOOKS_ABNORMAL] = VIEW_INIT("ABNORMAL"), [BOOKS_OTHER] = VIEW_INIT("OTHER"),
};

static const struct view kind_names[] = {
    [BOOKS_RENT] = VIEW_INIT("RENT"),           [BOOKS_DEPOSIT] = VIEW_INIT("DEPOSIT"),
    [BOOKS_INSURANCE] = VIEW_INIT("INSURANCE"), [BOOKS_SWAP] = VIEW_INIT("SWAP"),
    [BOOKS_DAMAGE] = VIEW_INIT("DAMAGE"),       [BOOKS_PENALTY] = VIEW_INIT("PENALTY"),
    [BOOKS_OTHER_KIND] = VIEW_INIT("OTHER"),
};

enum {
    STATUS_COUNT = sizeof(status_names) / sizeof(status_names[0]),
    KIND_COUNT = sizeof(kind_names) / sizeof(kind_names[0]),
};

const char *books_status_name(enum books_status status)
{
    assert((unsigned)status < STATUS_COUNT);
    return status_names[status].at;
}

enum books_status books_status_by_name(struct view name)
{
    for (unsigned i = 0; i < STATUS_COUNT; i++) {
        if (view_equal(name, status_names[i]))
            return (enum books_status)i;
    }
    return BOOKS_OTHER;
}

const char *books_kind_name(enum books_kind kind)
{
    assert((unsigned)kind < KIND_COUNT);
    return kind_names[kind].at;
}

enum books_kind books_kind_by_name(struct view name)
{
    for (unsigned i = 0; i < KIND_COUNT; i++) {
        if (view_equal(name, kind_names[i]))
            return (enum books_kind)i;
    }
    return BOOKS_OTHER_KIND;
}
