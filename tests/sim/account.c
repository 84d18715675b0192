#include "account.h"

#include "refund_state.h"

#include <stdlib.h>
#include <string.h>

/* Where the next event comes from, in the order of equal times. */
enum source {
    SOURCE_PAYMENT,
    SOURCE_MOVEMENT,
    SOURCE_ADDED_MOVEMENT,
    SOURCE_REFUND,
    SOURCE_ADDED_REFUND,
    SOURCE_CLOSING,
    SOURCE_COUNT,
};

void account_start(struct account *account, const struct shop *shop, enum account_kind kind)
{
    *account = (struct account){
        .shop = shop,
        .kind = kind,
        .balance_fen = shop->merchant->opening_balance_fen[kind],
        .reached = INT64_MIN,
    };
}

void account_release(struct account *account)
{
    free(account->waiting.items);
    free(account->closing.items);
    *account = (struct account){0};
}

static void enqueue(struct account_queue *queue, struct account_item item)
{
    queue->items = alloc_grow(queue->items, &queue->room, queue->count + 1, sizeof(*queue->items));
    queue->items[queue->count++] = item;
}

static void dequeue(struct account_queue *queue, size_t at)
{
    queue->count--;
    memmove(&queue->items[at], &queue->items[at + 1], (queue->count - at) * sizeof(*queue->items));
}

/* An amount of nothing does not move. */
static void move(struct account *account, struct account_row row)
{
    if (row.amount_fen == 0)
        return;
    account->balance_fen += row.amount_fen;
    row.balance_fen = account->balance_fen;
    if (account->reader.row != NULL)
        account->reader.row(account->reader.context, &row);
}

static void move_payment(struct account *account, const struct payment *payment)
{
    struct account_row row = {
        .kind = ACCOUNT_PAYMENT,
        .time = payment->time,
        .amount_fen = payment->settlement_fen,
        .payment = payment,
    };

    if (!payment->row.fund_flow)
        return;
    move(account, row);
    row.kind = ACCOUNT_FEE;
    row.amount_fen = -payment->fee_fen;
    move(account, row);
}

/* Money out, or back in when the refund was closed afterwards. */
static void move_refund(struct account *account, const struct refund *refund, int64_t time,
                        bool closed)
{
    enum fund_style style = account->shop->merchant->fund_style;
    int64_t sign = closed ? 1 : -1;
    struct account_row row = {
        .kind = closed ? ACCOUNT_REFUND_CLOSED : ACCOUNT_REFUND,
        .time = time,
        .amount_fen = sign * refund_outlay_fen(refund, style),
        .refund = refund,
    };

    move(account, row);
    if (style == FUND_STYLE_NET)
        return;
    row.kind = closed ? ACCOUNT_FEE_AGAIN : ACCOUNT_FEE_BACK;
    row.amount_fen = -sign * refund->fee_fen;
    move(account, row);
}

static void pay_refund(struct account *account, struct refund *refund, int64_t time)
{
    refund->funded_at = time;
    move_refund(account, refund, time, /* closed= */ false);
    if (refund->ends == REFUND_END_CLOSED)
        enqueue(&account->closing, (struct account_item){refund, NULL, time + refund->after_s});
}

/* A refund of the world has happened, whatever the account held. One that its bill calls FAIL moved
 * nothing. */
static void take_refund(struct account *account, const struct refund *refund)
{
    bool failed = refund->status != NULL && strcmp(refund->status, "FAIL") == 0;

    if (!refund->row.fund_flow || failed)
        return;
    move_refund(account, refund, refund->time, /* closed= */ false);
    if (refund->ends == REFUND_END_CLOSED)
        enqueue(&account->closing,
                (struct account_item){refund, NULL, refund->time + refund->after_s});
}

/* Pays what waits, oldest first, as far as the money goes; what waited too long is closed. */
static void serve_waiting(struct account *account, int64_t time)
{
    enum fund_style style = account->shop->merchant->fund_style;

    while (account->waiting.count > 0) {
        struct refund *refund = account->waiting.items[0].unfunded;
        bool late = time - refund->time > REFUND_FUNDING_MAX_S;

        if (!late && refund_outlay_fen(refund, style) > account->balance_fen)
            return;
        dequeue(&account->waiting, 0);
        if (!late)
            pay_refund(account, refund, time);
    }
}

static void take_added_refund(struct account *account, struct refund *refund)
{
    if (account->shop->merchant->unfunded == UNFUNDED_REFUSE) {
        pay_refund(account, refund, refund->time);
        return;
    }
    refund->funded_at = NEVER;
    enqueue(&account->waiting, (struct account_item){refund, refund, refund->time});
    serve_waiting(account, refund->time);
}

static void take_movement(struct account *account, const struct movement *movement)
{
    move(account, (struct account_row){
                      .kind = ACCOUNT_MOVEMENT,
                      .time = movement->time,
                      .amount_fen = movement->amount_fen,
                      .movement = movement,
                  });
}

static size_t next_closing(const struct account *account)
{
    size_t next = 0;

    for (size_t at = 1; at < account->closing.count; at++) {
        if (account->closing.items[at].time < account->closing.items[next].time)
            next = at;
    }
    return next;
}

static void skip_other_accounts(const struct account *account, const struct movement *movements,
                                size_t count, size_t *next)
{
    while (*next < count && movements[*next].account != account->kind)
        (*next)++;
}

/* The time of the next event of each source, NEVER where there is none. */
static void look_ahead(struct account *account, int64_t times[static SOURCE_COUNT])
{
    const struct shop *shop = account->shop;
    const struct merchant *merchant = shop->merchant;
    bool basic = account->kind == ACCOUNT_BASIC;

    for (enum source source = 0; source < SOURCE_COUNT; source++)
        times[source] = NEVER;
    skip_other_accounts(account, merchant->movements, merchant->movement_count, &account->movement);
    skip_other_accounts(account, shop->movements, shop->movement_count, &account->added_movement);
    if (account->movement < merchant->movement_count)
        times[SOURCE_MOVEMENT] = merchant->movements[account->movement].time;
    if (account->added_movement < shop->movement_count)
        times[SOURCE_ADDED_MOVEMENT] = shop->movements[account->added_movement].time;
    if (basic && account->payment < merchant->payment_count)
        times[SOURCE_PAYMENT] = merchant->payments[account->payment].time;
    if (basic && account->refund < merchant->refund_count)
        times[SOURCE_REFUND] = merchant->refunds[account->refund].time;
    if (basic && account->added_refund < shop->refund_count)
        times[SOURCE_ADDED_REFUND] = shop->refunds[account->added_refund]->time;
    if (account->closing.count > 0)
        times[SOURCE_CLOSING] = account->closing.items[next_closing(account)].time;
}

static void take(struct account *account, enum source source)
{
    const struct shop *shop = account->shop;
    size_t closing;

    switch (source) {
    case SOURCE_PAYMENT:
        move_payment(account, &shop->merchant->payments[account->payment++]);
        return;
    case SOURCE_MOVEMENT:
        take_movement(account, &shop->merchant->movements[account->movement++]);
        return;
    case SOURCE_ADDED_MOVEMENT:
        take_movement(account, &shop->movements[account->added_movement++]);
        return;
    case SOURCE_REFUND:
        take_refund(account, &shop->merchant->refunds[account->refund++]);
        return;
    case SOURCE_ADDED_REFUND:
        take_added_refund(account, shop->refunds[account->added_refund++]);
        return;
    case SOURCE_CLOSING:
        closing = next_closing(account);
        move_refund(account, account->closing.items[closing].refund,
                    account->closing.items[closing].time, /* closed= */ true);
        dequeue(&account->closing, closing);
        return;
    case SOURCE_COUNT:
        return;
    }
}

void account_advance(struct account *account, int64_t until)
{
    while (true) {
        int64_t times[SOURCE_COUNT];
        enum source next = SOURCE_PAYMENT;

        look_ahead(account, times);
        for (enum source source = 1; source < SOURCE_COUNT; source++) {
            if (times[source] < times[next])
                next = source;
        }
        if (times[next] > until || times[next] == NEVER)
            break;
        take(account, next);
        serve_waiting(account, times[next]);
    }
    account->reached = until;
}
