/* Bills whose content is not what the world says. A spoil travels in the token from the application
 * to the download: both need the same bytes. */
#ifndef SIM_BILL_SPOIL_H
#define SIM_BILL_SPOIL_H

#include "faults.h"
#include "text.h"
#include "world.h"

/* Of the summary of a current trade bill; others have fewer (FACTS §3.6, §4.1). */
enum { SPOIL_FOOTER_COLUMNS = 7 };

struct bill_spoil {
    enum fault_kind kind; /* FAULT_NONE: as it is */
    int64_t number;       /* column of footer-off, name of goods */
    char mchid[33];       /* of foreign-row, else "" */
};

/* FAULT_NONE for faults that leave the bill alone, and for NULL. */
struct bill_spoil bill_spoil_of(const struct fault *fault);

bool bill_spoil_equal(const struct bill_spoil *left, const struct bill_spoil *right);

/* A re-issued bill is that of a merchant whose last payment of the day never was: rows, summary and
 * balance agree with each other. Every other merchant is as he is. */
struct merchant bill_spoil_merchant(const struct bill_spoil *spoil, const struct merchant *merchant,
                                    int32_t day);

/* Changes a finished bill; the summary stays as it was, but for footer-off. A bill that has no such
 * column stays whole. */
void bill_spoil_text(const struct bill_spoil *spoil, struct text *bill);

/* The goods names, by the word that chooses one. */
bool bill_spoil_goods(const char *word, int64_t *ret_number);

#endif
