#include "world.h"

#include "fee.h"
#include "world_line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct loader {
    struct world *world;
    const char *path;
    size_t line;
    size_t merchant_room;
    size_t payment_room;
    size_t refund_room;
    struct fail *fail;
};

/* Puts "file:line: " before what has already been said. */
static bool at_line(struct loader *loader, size_t line)
{
    struct fail reason = *loader->fail;

    return fail_set(loader->fail, EX_DATAERR, "%s:%zu: %s", loader->path, line, reason.text);
}

static bool merchant_index(const struct world *world, const char *mchid, size_t *ret_index)
{
    for (size_t at = 0; at < world->merchant_count; at++) {
        if (strcmp(world->merchants[at].mchid, mchid) == 0) {
            *ret_index = at;
            return true;
        }
    }
    return false;
}

static bool add_merchant(struct loader *loader, const struct merchant *merchant)
{
    struct world *world = loader->world;
    size_t twin;

    if (strspn(merchant->mchid, "0123456789") != strlen(merchant->mchid) ||
        strlen(merchant->mchid) > 32)
        return fail_set(loader->fail, EX_DATAERR, "mchid \"%.64s\" is not a number",
                        merchant->mchid);
    if (merchant_index(world, merchant->mchid, &twin))
        return fail_set(loader->fail, EX_DATAERR, "merchant %s is there twice", merchant->mchid);
    world->merchants = alloc_grow(world->merchants, &loader->merchant_room,
                                  world->merchant_count + 1, sizeof(*world->merchants));
    world->merchants[world->merchant_count++] = *merchant;
    return true;
}

static bool knows_appid(const struct merchant *merchant, const char *appid)
{
    for (size_t at = 0; at < merchant->appid_count; at++) {
        if (strcmp(merchant->appids[at], appid) == 0)
            return true;
    }
    return false;
}

static bool add_payment(struct loader *loader, struct payment payment)
{
    struct world *world = loader->world;
    const struct merchant *merchant = &world->merchants[payment.merchant];

    if (!knows_appid(merchant, payment.appid))
        return fail_set(loader->fail, EX_DATAERR, "merchant %s has no AppID \"%.64s\"",
                        merchant->mchid, payment.appid);
    if (payment.discount_fen + payment.coupon_fen > payment.total_fen)
        return fail_set(loader->fail, EX_DATAERR, "coupons are above total_fen");
    payment.line = loader->line;
    payment.settlement_fen = payment.total_fen - payment.discount_fen;
    payment.fee_fen = fee_of(payment.settlement_fen, merchant->rate_ppm);
    world->payments = alloc_grow(world->payments, &loader->payment_room, world->payment_count + 1,
                                 sizeof(*world->payments));
    world->payments[world->payment_count++] = payment;
    return true;
}

static bool add_refund(struct loader *loader, struct refund refund)
{
    struct world *world = loader->world;

    refund.line = loader->line;
    world->refunds = alloc_grow(world->refunds, &loader->refund_room, world->refund_count + 1,
                                sizeof(*world->refunds));
    world->refunds[world->refund_count++] = refund;
    return true;
}

static bool add_line(struct loader *loader, struct world_line *line)
{
    size_t merchant;

    if (line->kind == WORLD_LINE_MERCHANT)
        return add_merchant(loader, &line->merchant);
    if (!merchant_index(loader->world, line->mchid, &merchant))
        return fail_set(loader->fail, EX_DATAERR, "no merchant \"%.64s\" above this line",
                        line->mchid);
    if (line->kind == WORLD_LINE_PAYMENT) {
        line->payment.merchant = merchant;
        return add_payment(loader, line->payment);
    }
    line->refund.merchant = merchant;
    return add_refund(loader, line->refund);
}

static bool read_lines(struct loader *loader, FILE *file)
{
    struct world_line line = {0};
    char *json = NULL;
    size_t room = 0;
    bool good = true;

    while (good) {
        ssize_t size = getline(&json, &room, file);

        if (size < 0)
            break;
        loader->line++;
        while (size > 0 && (json[size - 1] == '\n' || json[size - 1] == '\r'))
            size--;
        if (size > WORLD_LINE_MAX)
            good = fail_set(loader->fail, EX_DATAERR, "longer than 64 KiB");
        else if (json[0] != '#' && strspn(json, " \t") != (size_t)size)
            good =
                world_line_decode(json, (size_t)size, &loader->world->arena, &line, loader->fail) &&
                add_line(loader, &line);
        if (!good)
            (void)at_line(loader, loader->line);
    }
    if (good && ferror(file) != 0)
        good = fail_set(loader->fail, EX_IOERR, "could not read \"%s\": %s", loader->path,
                        strerror(errno));
    free(json);
    return good;
}

static int compare_numbers(int64_t left, int64_t right)
{
    return (left > right) - (left < right);
}

static int by_merchant_and_time(const struct payment *left, const struct payment *right)
{
    int order = compare_numbers((int64_t)left->merchant, (int64_t)right->merchant);

    if (order == 0)
        order = compare_numbers(left->time, right->time);
    return order != 0 ? order : compare_numbers((int64_t)left->line, (int64_t)right->line);
}

static int compare_payments(const void *left, const void *right)
{
    return by_merchant_and_time(left, right);
}

static int compare_refunds(const void *left, const void *right)
{
    const struct refund *a = left;
    const struct refund *b = right;
    int order = compare_numbers((int64_t)a->merchant, (int64_t)b->merchant);

    if (order == 0)
        order = compare_numbers(a->time, b->time);
    return order != 0 ? order : compare_numbers((int64_t)a->line, (int64_t)b->line);
}

static int compare_refunds_by_payment(const void *left, const void *right)
{
    const struct refund *a = left;
    const struct refund *b = right;
    int order = compare_numbers((int64_t)a->payment->line, (int64_t)b->payment->line);

    return order != 0 ? order : compare_refunds(left, right);
}

/* Open addressing over (merchant, number); slots hold index + 1. */
struct index {
    size_t *slots;
    size_t mask;
};

static uint64_t hash_of(size_t merchant, const char *number)
{
    uint64_t hash = 14695981039346656037U ^ merchant;

    for (; *number != '\0'; number++)
        hash = (hash ^ (unsigned char)*number) * 1099511628211U;
    return hash ^ (hash >> 29);
}

static struct index index_new(size_t count)
{
    size_t slots = 16;

    while (slots < count * 2)
        slots *= 2;
    return (struct index){alloc_zeroed(slots, sizeof(size_t)), slots - 1};
}

static struct payment *index_payment(const struct index *index, const struct world *world,
                                     size_t merchant, const char *number, size_t **ret_slot)
{
    size_t at = hash_of(merchant, number) & index->mask;

    for (; index->slots[at] != 0; at = (at + 1) & index->mask) {
        struct payment *payment = &world->payments[index->slots[at] - 1];

        if (payment->merchant == merchant && strcmp(payment->transaction_id, number) == 0)
            return payment;
    }
    *ret_slot = &index->slots[at];
    return NULL;
}

static bool index_payments(struct loader *loader, struct index *index)
{
    struct world *world = loader->world;

    for (size_t at = 0; at < world->payment_count; at++) {
        const struct payment *payment = &world->payments[at];
        size_t *slot = NULL;
        const struct payment *twin =
            index_payment(index, world, payment->merchant, payment->transaction_id, &slot);

        if (twin != NULL) {
            size_t later = twin->line > payment->line ? twin->line : payment->line;

            (void)fail_set(loader->fail, EX_DATAERR, "transaction_id %.64s is there twice",
                           payment->transaction_id);
            return at_line(loader, later);
        }
        *slot = at + 1;
    }
    return true;
}

static bool link_refunds(struct loader *loader, const struct index *index)
{
    struct world *world = loader->world;

    for (size_t at = 0; at < world->refund_count; at++) {
        struct refund *refund = &world->refunds[at];
        size_t *slot = NULL;

        refund->payment =
            index_payment(index, world, refund->merchant, refund->transaction_id, &slot);
        if (refund->payment == NULL)
            (void)fail_set(loader->fail, EX_DATAERR, "no payment with transaction_id %.64s",
                           refund->transaction_id);
        else if (refund->time < refund->payment->time)
            (void)fail_set(loader->fail, EX_DATAERR, "refund %.64s is before its payment",
                           refund->out_refund_no);
        else
            continue;
        return at_line(loader, refund->line);
    }
    return true;
}

/* Shares of one refund = due after it − given before it, so that a full refund gives back exactly
 * all. The fee kept is the fee on what is still settled (FACTS §10.1). */
static bool derive_refund(struct loader *loader, struct refund *refund, struct refund *before)
{
    const struct payment *payment = refund->payment;
    int64_t rate_ppm = loader->world->merchants[refund->merchant].rate_ppm;
    int64_t refunded = before->refund_fen + refund->refund_fen;
    int64_t settled;

    if (refunded > payment->total_fen) {
        (void)fail_set(loader->fail, EX_DATAERR, "refunds of %.64s are above its total_fen",
                       refund->transaction_id);
        return at_line(loader, refund->line);
    }
    settled = refunded - share_of(payment->discount_fen, refunded, payment->total_fen);
    refund->settlement_fen = settled - before->settlement_fen;
    refund->coupon_fen =
        share_of(payment->coupon_fen, refunded, payment->total_fen) - before->coupon_fen;
    refund->fee_fen =
        payment->fee_fen - fee_of(payment->settlement_fen - settled, rate_ppm) - before->fee_fen;
    before->refund_fen = refunded;
    before->settlement_fen = settled;
    before->coupon_fen += refund->coupon_fen;
    before->fee_fen += refund->fee_fen;
    return true;
}

static bool derive_refunds(struct loader *loader)
{
    struct world *world = loader->world;
    struct refund before = {0};

    if (world->refund_count > 0)
        qsort(world->refunds, world->refund_count, sizeof(*world->refunds),
              compare_refunds_by_payment);
    for (size_t at = 0; at < world->refund_count; at++) {
        if (at == 0 || world->refunds[at].payment != world->refunds[at - 1].payment)
            before = (struct refund){0};
        if (!derive_refund(loader, &world->refunds[at], &before))
            return false;
    }
    if (world->refund_count > 0)
        qsort(world->refunds, world->refund_count, sizeof(*world->refunds), compare_refunds);
    return true;
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
}

static bool finish(struct loader *loader)
{
    struct world *world = loader->world;
    struct index index = index_new(world->payment_count);
    bool good;

    if (world->payment_count > 0)
        qsort(world->payments, world->payment_count, sizeof(*world->payments), compare_payments);
    good = index_payments(loader, &index) && link_refunds(loader, &index) && derive_refunds(loader);
    free(index.slots);
    if (good)
        give_to_merchants(world);
    return good;
}

struct world *world_load(const char *path, struct fail *fail)
{
    struct loader loader = {.path = path, .fail = fail};
    FILE *file = fopen(path, "rbe");

    if (file == NULL) {
        (void)fail_set(fail, EX_NOINPUT, "could not open \"%s\": %s", path, strerror(errno));
        return NULL;
    }

    loader.world = alloc_zeroed(1, sizeof(*loader.world));
    if (!read_lines(&loader, file) || !finish(&loader)) {
        world_free(loader.world);
        loader.world = NULL;
    }
    (void)fclose(file);
    return loader.world;
}

void world_free(struct world *world)
{
    if (world == NULL)
        return;
    arena_release(&world->arena);
    free(world->merchants);
    free(world->payments);
    free(world->refunds);
    free(world);
}

const struct merchant *world_merchant(const struct world *world, const char *mchid)
{
    size_t at;

    return merchant_index(world, mchid, &at) ? &world->merchants[at] : NULL;
}
