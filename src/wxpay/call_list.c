#include "call_list.h"

static void insert(struct wxpay_list *list, struct wxpay_call *previous, struct wxpay_call *call,
                   struct wxpay_call *next)
{
    call->list = list;
    call->previous = previous;
    call->next = next;
    if (previous == NULL)
        list->first = call;
    else
        previous->next = call;
    if (next == NULL)
        list->last = call;
    else
        next->previous = call;
    list->count++;
}

void call_list_add(struct wxpay_list *list, struct wxpay_call *call)
{
    insert(list, list->last, call, /* next= */ NULL);
}

void call_list_add_first(struct wxpay_list *list, struct wxpay_call *call)
{
    insert(list, /* previous= */ NULL, call, list->first);
}

void call_list_remove(struct wxpay_call *call)
{
    struct wxpay_list *list = call->list;

    if (list == NULL)
        return;
    if (call->previous == NULL)
        list->first = call->next;
    else
        call->previous->next = call->next;
    if (call->next == NULL)
        list->last = call->previous;
    else
        call->next->previous = call->previous;
    list->count--;
    call->list = NULL;
}
