/* The second half of reading a world: what its lines mean together. */
#include "world.h"

#include "civil.h"
#include "refund_state.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* PROCESSING in a bill and another end: the bill was made before it. */
enum { AFTER_BILL_S = 2 * DAY_S };

struct linker {
    struct world *world;
    const char *path;
    struct fail *fail;
};

/* "file:line: reason", for what fail has as reason. */
static bool at_line(const struct linker *linker, size_t line)
{
    struct fail reason = *linker->fail;

    return fail_set(linker->fail, EX_DATAERR, "%s:%zu: %s", linker->path, line, reason.text);
}

static int compare_numbers(int64_t left, int64_t right)
{
    return (left > right) - (left < right);
}

/* By merchant, then time, then line. */
struct place {
    size_t merchant;
    int64_t time;
    size_t line;
};

static int compare_places(struct place left, struct place right)
{
    int order = compare_numbers((int64_t)left.merchant, (int64_t)right.merchant);

    if (order == 0)
        order = compare_numbers(left.time, right.time);
    return order != 0 ? order : compare_numbers((int64_t)left.line, (int64_t)right.line);
}

static int compare_payments(const void *left, const void *right)
{
    const struct payment *a = left;
    const struct payment *b = right;

    return compare_places((struct place){a->merchant, a->time, a->line},
                          (struct place){b->merchant, b->time, b->line});
}

static int compare_refunds(const void *left, const void *right)
{
    const struct refund *a = left;
    const struct refund *b = right;

    return compare_places((struct place){a->merchant, a->time, a->line},
                          (struct place){b->merchant, b->time, b->line});
}

static int compare_movements(const void *left, const void *right)
{
    const struct movement *a = left;
    const struct movement *b = right;

    return compare_places((struct place){a->merchant, a->time, a->line},
                          (struct place){b->merchant, b->time, b->line});
}

static int compare_refunds_by_payment(const void *left, const void *right)
{
    const struct refund *a = left;
    const struct refund *b = right;
    int order = compare_numbers((int64_t)a->payment->line, (int64_t)b->payment->line);

    return order != 0 ? order : compare_refunds(left, right);
}

static void sort(void *array, size_t count, size_t size,
                 int (*compare)(const void *left, const void *right))
{
    if (count > 0)
        qsort(array, count, size, compare);
}

static bool link_providers(struct linker *linker)
{
    struct world *world = linker->world;

    for (size_t at = 0; at < world->merchant_count; at++) {
        struct merchant *merchant = &world->merchants[at];
        struct merchant *provider = NULL;

        if (strcmp(merchant->sub_mchid, "0") != 0)
            merchant->partner = true;
        if (merchant->provider_mchid == NULL)
            continue;
        for (size_t other = 0; other < world->merchant_count && provider == NULL; other++) {
            if (strcmp(world->merchants[other].mchid, merchant->provider_mchid) == 0)
                provider = &world->merchants[other];
        }
        if (provider == NULL || provider->provider_mchid != NULL || merchant->partner)
            return fail_set(linker->fail, EX_DATAERR,
                            "%s: merchant %s: \"%.64s\" cannot be its provider", linker->path,
                            merchant->mchid, merchant->provider_mchid);
        merchant->provider = provider;
        provider->partner = true;
    }
    return true;
}

static bool index_payments(struct linker *linker)
{
    struct world *world = linker->world;

    for (size_t at = 0; at < world->payment_count; at++) {
        const struct payment *payment = &world->payments[at];
        size_t twin;

        (void)index_put(&world->by_out_trade_no, payment->merchant, payment->out_trade_no, at);
        if (index_put(&world->by_transaction_id, payment->merchant, payment->transaction_id, at))
            continue;
        (void)index_find(&world->by_transaction_id, payment->merchant, payment->transaction_id,
                         &twin);
        (void)fail_set(linker->fail, EX_DATAERR, "transaction_id %.64s is there twice",
                       payment->transaction_id);
        return at_line(linker, world->payments[twin].line > payment->line
                                   ? world->payments[twin].line
                                   : payment->line);
    }
    return true;
}

static bool index_orders(struct linker *linker)
{
    struct world *world = linker->world;

    for (size_t at = 0; at < world->order_count; at++) {
        const struct order *order = &world->orders[at];

        if (index_put(&world->orders_by_number, order->merchant, order->out_trade_no, at))
            continue;
        (void)fail_set(linker->fail, EX_DATAERR, "order %.64s is there twice", order->out_trade_no);
        return at_line(linker, order->line);
    }
    return true;
}

static bool link_refunds(struct linker *linker)
{
    struct world *world = linker->world;

    for (size_t at = 0; at < world->refund_count; at++) {
        struct refund *refund = &world->refunds[at];
        size_t payment;

        if (!index_find(&world->by_transaction_id, refund->merchant, refund->transaction_id,
                        &payment)) {
            (void)fail_set(linker->fail, EX_DATAERR, "no payment with transaction_id %.64s",
                           refund->transaction_id);
            return at_line(linker, refund->line);
        }
        refund->payment = &world->payments[payment];
        if (refund->time >= refund->payment->time)
            continue;
        (void)fail_set(linker->fail, EX_DATAERR, "refund %.64s is before its payment",
                       refund->out_refund_no);
        return at_line(linker, refund->line);
    }
    return true;
}

static enum refund_end end_of_word(const char *word)
{
    if (strcmp(word, "SUCCESS") == 0)
        return REFUND_END_SUCCESS;
    if (strcmp(word, "CHANGE") == 0)
        return REFUND_END_ABNORMAL;
    return strcmp(word, "FAIL") == 0 ? REFUND_END_CLOSED : REFUND_END_PROCESSING;
}

/* The bill's word and the API's end, each from the other where only one is given. */
static void settle_end(struct refund *refund)
{
    refund->funded_at = refund->time;
    refund->abnormal_at = NEVER;
    if (refund->status == NULL && refund->ends == REFUND_END_DEFAULT)
        refund->status = "SUCCESS";
    if (refund->ends == REFUND_END_DEFAULT)
        refund->ends = end_of_word(refund->status);
    if (refund->after_s >= 0)
        return;
    refund->after_s = refund->ends == REFUND_END_SUCCESS ? REFUND_WORLD_AFTER_S : 0;
    if (refund->status != NULL && strcmp(refund->status, "PROCESSING") == 0)
        refund->after_s = AFTER_BILL_S;
}

static bool derive_refunds(struct linker *linker)
{
    struct world *world = linker->world;
    struct refund before = {0};

    sort(world->refunds, world->refund_count, sizeof(*world->refunds), compare_refunds_by_payment);
    for (size_t at = 0; at < world->refund_count; at++) {
        struct refund *refund = &world->refunds[at];

        if (at == 0 || refund->payment != world->refunds[at - 1].payment)
            before = (struct refund){0};
        settle_end(refund);
        refund_share(refund, world->merchants[refund->merchant].rate_ppm, &before);
        if (before.refund_fen <= refund->payment->total_fen)
            continue;
        (void)fail_set(linker->fail, EX_DATAERR, "refunds of %.64s are above its total_fen",
                       refund->transaction_id);
        return at_line(linker, refund->line);
    }
    sort(world->refunds, world->refund_count, sizeof(*world->refunds), compare_refunds);
    return true;
}

/* Bills may show a number twice; the first is the one that can be asked for. */
static void index_refunds(struct world *world)
{
    for (size_t at = 0; at < world->refund_count; at++) {
        const struct refund *refund = &world->refunds[at];
        size_t applicant = world_applicant(world, refund->merchant);

        (void)index_put(&world->by_out_refund_no, applicant, refund->out_refund_no, at);
        (void)index_put(&world->by_refund_id, applicant, refund->refund_id, at);
    }
}

static void give_to_merchants(struct world *world)
{
    for (size_t at = world->payment_count; at-- > 0;) {
        struct merchant *merchant = &world->merchants[world->payments[at].merchant];

        merchant->payments = &world->payments[at];
        merchant->payment_count++;
    }
    for (size_t at = world->refund_count; at-- > 0;) {
        struct merchant *merchant = &world->merchants[world->refunds[at].merchant];

        merchant->refunds = &world->refunds[at];
        merchant->refund_count++;
    }
    for (size_t at = world->movement_count; at-- > 0;) {
        struct merchant *merchant = &world->merchants[world->movements[at].merchant];

        merchant->movements = &world->movements[at];
        merchant->movement_count++;
    }
}

bool world_link(struct world *world, const char *path, struct fail *fail)
{
    struct linker linker = {world, path, fail};

    sort(world->payments, world->payment_count, sizeof(*world->payments), compare_payments);
    sort(world->movements, world->movement_count, sizeof(*world->movements), compare_movements);
    if (!link_providers(&linker) || !index_payments(&linker) || !index_orders(&linker) ||
        !link_refunds(&linker) || !derive_refunds(&linker))
        return false;

    index_refunds(world);
    give_to_merchants(world);
    return true;
}
