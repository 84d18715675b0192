/* What the commands about refunds read from their options alike. */
#ifndef RUN_REFUND_CHOICE_H
#define RUN_REFUND_CHOICE_H

#include "run/job.h"
#include "run/merchant.h"

/* The one merchant that is meant: --merchant, or the only one that takes WeChat Pay. ERR_USAGE when
 * it is not clear. */
bool refund_choose_one(struct job *job, struct pg **ret_pg, struct view *ret_mchid,
                       struct err *err);

/* Those that --merchant names, or all; without those that take no WeChat Pay. */
bool refund_choose(struct job *job, struct pg **ret_pg, struct merchant_list *ret_list,
                   struct err *err);

/* An option with words for people: given, not blank, UTF-8. ERR_USAGE names it. */
bool refund_require(const char *value, const char *option, struct err *err);

/* A batch's number, from 1. ERR_USAGE. */
bool refund_batch_number(const char *word, int32_t *ret_batch_no, struct err *err);

#endif
