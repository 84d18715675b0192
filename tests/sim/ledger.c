#include "ledger.h"

#include "ledger_line.h"
#include "refund_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct shop *shop_of(const struct ledger *ledger, size_t merchant)
{
    return &ledger->shops[merchant];
}

/* Keeps the order of time: mostly at the end. */
static void shop_add_refund(struct shop *shop, struct refund *refund)
{
    size_t at = shop->refund_count;

    shop->refunds = alloc_grow(shop->refunds, &shop->refund_room, shop->refund_count + 1,
                               sizeof(struct refund *));
    for (; at > 0 && shop->refunds[at - 1]->time > refund->time; at--)
        shop->refunds[at] = shop->refunds[at - 1];
    shop->refunds[at] = refund;
    shop->refund_count++;
}

static void shop_add_movement(struct shop *shop, struct movement movement)
{
    size_t at = shop->movement_count;

    shop->movements = alloc_grow(shop->movements, &shop->movement_room, shop->movement_count + 1,
                                 sizeof(*shop->movements));
    for (; at > 0 && shop->movements[at - 1].time > movement.time; at--)
        shop->movements[at] = shop->movements[at - 1];
    shop->movements[at] = movement;
    shop->movement_count++;
}

/* A later event can be played on; an earlier one cannot be put in afterwards. */
static void account_touch(struct ledger *ledger, size_t merchant, int64_t time)
{
    struct account *account = &ledger->accounts[merchant];

    if (account->shop != NULL && time < account->reached)
        account_release(account);
}

static bool index_accepted(struct ledger *ledger, struct accepted *accepted)
{
    size_t applicant = world_applicant(ledger->world, accepted->refund.merchant);
    size_t other;

    if (index_find(&ledger->by_refund_id, applicant, accepted->refund.refund_id, &other) ||
        !index_put(&ledger->by_out_refund_no, applicant, accepted->refund.out_refund_no,
                   ledger->count))
        return false;
    return index_put(&ledger->by_refund_id, applicant, accepted->refund.refund_id, ledger->count);
}

/* In memory; what was read or written before. */
static struct accepted *add_accepted(struct ledger *ledger, const struct refund *refund,
                                     const char *parameters)
{
    struct accepted *accepted = alloc_zeroed(1, sizeof(*accepted));

    accepted->refund = *refund;
    accepted->refund.transaction_id = refund->payment->transaction_id;
    accepted->refund.out_refund_no =
        arena_copy(&ledger->arena, refund->out_refund_no, strlen(refund->out_refund_no));
    accepted->refund.refund_id =
        arena_copy(&ledger->arena, refund->refund_id, strlen(refund->refund_id));
    accepted->parameters = arena_copy(&ledger->arena, parameters, strlen(parameters));
    if (!index_accepted(ledger, accepted)) {
        free(accepted);
        return NULL;
    }
    ledger->accepted =
        alloc_grow(ledger->accepted, &ledger->room, ledger->count + 1, sizeof(struct accepted *));
    ledger->accepted[ledger->count++] = accepted;
    account_touch(ledger, refund->merchant, refund->time);
    shop_add_refund(shop_of(ledger, refund->merchant), &accepted->refund);
    return accepted;
}

static bool add_line(void *context, const char *line, size_t size, struct fail *fail)
{
    struct ledger *ledger = context;
    struct ledger_line read;
    size_t place;
    bool good = ledger_line_decode(line, size, ledger->world, &read, fail);

    if (!good)
        return false;
    switch (read.kind) {
    case LEDGER_LINE_REFUND:
        if (add_accepted(ledger, &read.refund, read.parameters) == NULL)
            good = fail_set(fail, 0, "refund %.64s is there twice", read.refund.out_refund_no);
        break;
    case LEDGER_LINE_RESCUE:
        good = index_find(&ledger->by_refund_id, read.merchant, read.refund_id, &place) ||
               fail_set(fail, 0, "no refund %.64s", read.refund_id);
        if (good) {
            ledger->accepted[place]->refund.abnormal_at = read.time;
            ledger->accepted[place]->account =
                arena_copy(&ledger->arena, read.account, strlen(read.account));
        }
        break;
    case LEDGER_LINE_MOVEMENT:
        shop_add_movement(shop_of(ledger, read.merchant), read.movement);
        break;
    }
    ledger_line_release(&read);
    return good;
}

struct ledger *ledger_new(const struct world *world, struct journal *journal, struct fail *fail)
{
    struct ledger *ledger = alloc_zeroed(1, sizeof(*ledger));
    struct journal_reader reader = {add_line, ledger};

    ledger->world = world;
    ledger->journal = journal;
    ledger->shops = alloc_zeroed(world->merchant_count, sizeof(*ledger->shops));
    ledger->accounts = alloc_zeroed(world->merchant_count, sizeof(*ledger->accounts));
    for (size_t at = 0; at < world->merchant_count; at++)
        ledger->shops[at].merchant = &world->merchants[at];
    if (journal_read(journal, &reader, fail))
        return ledger;
    ledger_free(ledger);
    return NULL;
}

void ledger_free(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    ledger_replay(ledger);
    for (size_t at = 0; at < ledger->world->merchant_count; at++) {
        free(ledger->shops[at].refunds);
        free(ledger->shops[at].movements);
    }
    for (size_t at = 0; at < ledger->count; at++)
        free(ledger->accepted[at]);
    free(ledger->accepted);
    free(ledger->shops);
    free(ledger->accounts);
    index_release(&ledger->by_out_refund_no);
    index_release(&ledger->by_refund_id);
    arena_release(&ledger->arena);
    free(ledger);
}

const struct shop *ledger_shop(const struct ledger *ledger, const struct merchant *merchant)
{
    return shop_of(ledger, world_index(ledger->world, merchant));
}

void ledger_replay(struct ledger *ledger)
{
    for (size_t at = 0; at < ledger->world->merchant_count; at++)
        account_release(&ledger->accounts[at]);
}

const struct account *ledger_account(struct ledger *ledger, const struct merchant *merchant,
                                     int64_t now)
{
    size_t index = world_index(ledger->world, merchant);
    struct account *account = &ledger->accounts[index];

    if (account->shop != NULL && now < account->reached)
        account_release(account);
    if (account->shop == NULL)
        account_start(account, shop_of(ledger, index), ACCOUNT_BASIC);
    account_advance(account, now);
    return account;
}

static const struct refund *look_up(const struct ledger *ledger, const struct index *of_run,
                                    const struct index *of_world, size_t applicant,
                                    const char *number, const struct accepted **ret_accepted)
{
    size_t place;

    *ret_accepted = NULL;
    if (index_find(of_run, applicant, number, &place)) {
        *ret_accepted = ledger->accepted[place];
        return &ledger->accepted[place]->refund;
    }
    return index_find(of_world, applicant, number, &place) ? &ledger->world->refunds[place] : NULL;
}

const struct refund *ledger_by_out_refund_no(const struct ledger *ledger, size_t applicant,
                                             const char *number, int64_t now,
                                             const struct accepted **ret_accepted)
{
    const struct refund *refund =
        look_up(ledger, &ledger->by_out_refund_no, &ledger->world->by_out_refund_no, applicant,
                number, ret_accepted);

    return refund != NULL && refund->time <= now ? refund : NULL;
}

const struct refund *ledger_by_refund_id(const struct ledger *ledger, size_t applicant,
                                         const char *number, int64_t now,
                                         const struct accepted **ret_accepted)
{
    const struct refund *refund =
        look_up(ledger, &ledger->by_refund_id, &ledger->world->by_refund_id, applicant, number,
                ret_accepted);

    return refund != NULL && refund->time <= now ? refund : NULL;
}

static void count_refund(struct refund_history *history, const struct refund *refund, int64_t now)
{
    if (refund_status_at(refund, now) == REFUND_CLOSED)
        return;
    history->count++;
    if (refund->time <= now && refund->time > history->last_time)
        history->last_time = refund->time;
    history->before.refund_fen += refund->refund_fen;
    history->before.discount_fen += refund->discount_fen;
    history->before.settlement_fen += refund->settlement_fen;
    history->before.coupon_fen += refund->coupon_fen;
    history->before.fee_fen += refund->fee_fen;
}

struct refund_history ledger_history(const struct ledger *ledger, const struct payment *payment,
                                     int64_t now)
{
    const struct shop *shop = shop_of(ledger, payment->merchant);
    struct refund_history history = {.last_time = INT64_MIN};

    for (size_t at = 0; at < shop->merchant->refund_count; at++) {
        if (shop->merchant->refunds[at].payment == payment)
            count_refund(&history, &shop->merchant->refunds[at], now);
    }
    for (size_t at = 0; at < shop->refund_count; at++) {
        if (shop->refunds[at]->payment == payment)
            count_refund(&history, shop->refunds[at], now);
    }
    return history;
}

/* 29 digits as the real ones, with the day in them; none that the applicant's world has. */
static void draw_refund_id(const struct ledger *ledger, const struct refund *refund,
                           struct text *out)
{
    size_t applicant = world_applicant(ledger->world, refund->merchant);
    size_t place;

    for (size_t number = ledger->count + 1;; number++) {
        text_clear(out);
        text_printf(out, "50300%08lld%016zu", (long long)(refund->time / 86400), number);
        if (!index_find(&ledger->world->by_refund_id, applicant, out->bytes, &place) &&
            !index_find(&ledger->by_refund_id, applicant, out->bytes, &place))
            return;
    }
}

bool ledger_accept(struct ledger *ledger, const struct refund *refund, const char *parameters,
                   uint64_t seed, const struct accepted **ret_accepted)
{
    struct refund taken = *refund;
    struct refund_history history = ledger_history(ledger, refund->payment, refund->time);
    struct text line = {0};
    struct text refund_id = {0};
    bool written;

    draw_refund_id(ledger, refund, &refund_id);
    taken.refund_id = refund_id.bytes;
    taken.ends = refund->payment->refund_ends == REFUND_END_DEFAULT ? REFUND_END_SUCCESS
                                                                    : refund->payment->refund_ends;
    taken.after_s = refund->payment->refund_after_s;
    if (taken.after_s < 0)
        taken.after_s = refund_usual_after_s(&taken, seed);
    refund_share(&taken, ledger->world->merchants[refund->merchant].rate_ppm, &history.before);
    ledger_line_put_refund(&line, ledger->world, &taken, parameters);
    written = journal_append(ledger->journal, line.bytes);
    text_release(&line);
    if (written) {
        *ret_accepted = add_accepted(ledger, &taken, parameters);
        assert(*ret_accepted != NULL); /* the caller asks for new numbers only */
    }
    text_release(&refund_id);
    return written;
}

bool ledger_rescue(struct ledger *ledger, const struct accepted *accepted, const char *account,
                   int64_t now)
{
    size_t applicant = world_applicant(ledger->world, accepted->refund.merchant);
    struct text line = {0};
    size_t place = 0;
    bool written;

    if (!index_find(&ledger->by_refund_id, applicant, accepted->refund.refund_id, &place))
        return false;
    ledger_line_put_rescue(&line, &ledger->world->merchants[applicant], accepted, account, now);
    written = journal_append(ledger->journal, line.bytes);
    text_release(&line);
    if (written) {
        ledger->accepted[place]->refund.abnormal_at = now;
        ledger->accepted[place]->account = arena_copy(&ledger->arena, account, strlen(account));
    }
    return written;
}

bool ledger_move(struct ledger *ledger, const struct merchant *merchant, int64_t amount_fen,
                 int64_t now)
{
    struct movement movement = {
        .merchant = world_index(ledger->world, merchant),
        .time = now,
        .amount_fen = amount_fen,
    };
    struct text line = {0};
    bool written;

    if (amount_fen == 0)
        return true;
    ledger_line_complete_movement(&movement);
    ledger_line_put_movement(&line, merchant, &movement);
    written = journal_append(ledger->journal, line.bytes);
    text_release(&line);
    if (written) {
        account_touch(ledger, movement.merchant, now);
        shop_add_movement(shop_of(ledger, movement.merchant), movement);
    }
    return written;
}
