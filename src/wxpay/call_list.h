/* Lists of calls, for pool.c: a call is in one at most. */
#ifndef WXPAY_CALL_LIST_H
#define WXPAY_CALL_LIST_H

#include "wxpay/call.h"

struct wxpay_list {
    struct wxpay_call *first, *last;
    size_t count;
};

void call_list_add(struct wxpay_list *list, struct wxpay_call *call);
void call_list_add_first(struct wxpay_list *list, struct wxpay_call *call);

/* From whichever it is in, if any. */
void call_list_remove(struct wxpay_call *call);

#endif
