#include "refund/marks.h"

#include <assert.h>

struct mark {
    const char *name;
    const char *help;
};

static const struct mark all[REFUND_MARKS] = {
    [REFUND_MARK_RECENT] = {"RECENT", "asked for less than a day after it was paid"},
    [REFUND_MARK_LARGE] = {"LARGE", "at least the amount that is configured as large"},
    [REFUND_MARK_SEVERAL] = {"SEVERAL", "other requests of the same rental"},
    [REFUND_MARK_PART] = {"PART", "a part was given back before"},
    [REFUND_MARK_DEDUCTION] = {"DEDUCTION", "a deduction waits for approval and is not in it"},
    [REFUND_MARK_OLD] = {"OLD", "paid more than 300 days ago; after 365 nothing can be refunded"},
    [REFUND_MARK_OWN] = {"OWN", "requested by you: another person approves the list"},
    [REFUND_MARK_CHANGED] = {"CHANGED", "not any more as it was requested: it will be dropped"},
};

unsigned refund_marks(const struct refund_look *look, struct money large)
{
    const bool holds[REFUND_MARKS] = {
        [REFUND_MARK_RECENT] =
            look->has_paid &&
            look->requested_at.us<
                look->paid_at.us + INSTANT_DAY, [REFUND_MARK_LARGE] = look->amount.fen >= large.fen,
                [REFUND_MARK_SEVERAL] = look->others> 0,
        [REFUND_MARK_PART] = look->refunded.fen > 0,
        [REFUND_MARK_DEDUCTION] = look->unapproved.fen > 0,
        [REFUND_MARK_OLD] =
            look->has_paid && look->now.us >= look->paid_at.us + REFUND_OLD_DAYS * INSTANT_DAY,
        [REFUND_MARK_OWN] = look->own,
        [REFUND_MARK_CHANGED] = look->changed,
    };
    unsigned marks = 0;

    for (unsigned mark = 0; mark < REFUND_MARKS; mark++)
        marks |= holds[mark] ? 1U << mark : 0U;
    return marks;
}

const char *refund_mark_name(enum refund_mark mark)
{
    assert((size_t)mark < REFUND_MARKS);
    return all[mark].name;
}

const char *refund_mark_help(enum refund_mark mark)
{
    assert((size_t)mark < REFUND_MARKS);
    return all[mark].help;
}

void refund_marks_text(unsigned marks, struct buf *text)
{
    bool first = true;

    for (unsigned mark = 0; mark < REFUND_MARKS; mark++) {
        if ((marks & 1U << mark) == 0)
            continue;
        buf_add_format(text, "%s%s", first ? "" : " ", all[mark].name);
        first = false;
    }
}
