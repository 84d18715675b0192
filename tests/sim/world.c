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
    size_t order_room;
    size_t movement_room;
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

static bool add_order(struct loader *loader, struct order order)
{
    struct world *world = loader->world;
    const struct merchant *merchant = &world->merchants[order.merchant];

    if (!knows_appid(merchant, order.appid))
        return fail_set(loader->fail, EX_DATAERR, "merchant %s has no AppID \"%.64s\"",
                        merchant->mchid, order.appid);
    order.line = loader->line;
    world->orders = alloc_grow(world->orders, &loader->order_room, world->order_count + 1,
                               sizeof(*world->orders));
    world->orders[world->order_count++] = order;
    return true;
}

static bool add_movement(struct loader *loader, struct movement movement)
{
    struct world *world = loader->world;

    if (movement.amount_fen == 0)
        return fail_set(loader->fail, EX_DATAERR, "a movement of nothing");
    if (movement.type == NULL)
        movement.type = movement.amount_fen > 0 ? "充值" : "提现";
    movement.line = loader->line;
    world->movements = alloc_grow(world->movements, &loader->movement_room,
                                  world->movement_count + 1, sizeof(*world->movements));
    world->movements[world->movement_count++] = movement;
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
    line->payment.merchant = merchant;
    line->refund.merchant = merchant;
    line->order.merchant = merchant;
    line->movement.merchant = merchant;
    switch (line->kind) {
    case WORLD_LINE_MERCHANT:
        break;
    case WORLD_LINE_PAYMENT:
        return add_payment(loader, line->payment);
    case WORLD_LINE_REFUND:
        return add_refund(loader, line->refund);
    case WORLD_LINE_ORDER:
        return add_order(loader, line->order);
    case WORLD_LINE_MOVEMENT:
        return add_movement(loader, line->movement);
    }
    return false;
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

struct world *world_load(const char *path, struct fail *fail)
{
    struct loader loader = {.path = path, .fail = fail};
    FILE *file = fopen(path, "rbe");

    if (file == NULL) {
        (void)fail_set(fail, EX_NOINPUT, "could not open \"%s\": %s", path, strerror(errno));
        return NULL;
    }

    loader.world = alloc_zeroed(1, sizeof(*loader.world));
    if (!read_lines(&loader, file) || !world_link(loader.world, path, fail)) {
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
    index_release(&world->by_transaction_id);
    index_release(&world->by_out_trade_no);
    index_release(&world->by_out_refund_no);
    index_release(&world->by_refund_id);
    index_release(&world->orders_by_number);
    free(world->merchants);
    free(world->payments);
    free(world->refunds);
    free(world->orders);
    free(world->movements);
    free(world);
}

const struct merchant *world_merchant(const struct world *world, const char *mchid)
{
    size_t at;

    return merchant_index(world, mchid, &at) ? &world->merchants[at] : NULL;
}

size_t world_index(const struct world *world, const struct merchant *merchant)
{
    return (size_t)(merchant - world->merchants);
}

size_t world_applicant(const struct world *world, size_t merchant)
{
    const struct merchant *provider = world->merchants[merchant].provider;

    return provider != NULL ? world_index(world, provider) : merchant;
}

static const struct payment *payment_at(const struct world *world, const struct index *index,
                                        size_t merchant, const char *number, int64_t now)
{
    size_t place;

    if (!index_find(index, merchant, number, &place) || world->payments[place].time > now)
        return NULL;
    return &world->payments[place];
}

const struct payment *world_payment_by_id(const struct world *world, size_t merchant,
                                          const char *transaction_id, int64_t now)
{
    return payment_at(world, &world->by_transaction_id, merchant, transaction_id, now);
}

const struct payment *world_payment_by_number(const struct world *world, size_t merchant,
                                              const char *out_trade_no, int64_t now)
{
    return payment_at(world, &world->by_out_trade_no, merchant, out_trade_no, now);
}
