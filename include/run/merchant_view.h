/* Merchants for people: `payrecon merchant list` and `show`. What the database knows, and what the
 * keys on this host tell without their secrets. A contact is personal data: masked unless asked
 * for. */
#ifndef RUN_MERCHANT_VIEW_H
#define RUN_MERCHANT_VIEW_H

#include "run/job.h"
#include "run/merchant.h"

/* "张**" and "138****5678": enough to recognise somebody, too little to call. Appended. */
void merchant_mask_name(struct view name, struct buf *masked);
void merchant_mask_mobile(struct view mobile, struct buf *masked);

/* One line a merchant. */
bool merchant_print_list(struct job *job, bool with_contact, FILE *out, struct err *err);

/* One merchant, a line for each thing that is known, and its events oldest first. */
bool merchant_print_one(struct job *job, const struct merchant *merchant, bool with_contact,
                        FILE *out, struct err *err);

#endif
