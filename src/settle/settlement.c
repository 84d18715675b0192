#include "settle/settlement.h"

#include "text/json.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

/* A finding's evidence holds one store's number, whose length the books bound. */
enum { KINDS = BOOKS_OTHER_KIND + 1, ITEMS_FIRST = 64, EVIDENCE_MAX = 64 * 1024 };

/* A store while the day is settled. */
struct place {
    const struct settle_store *store;
    bool open; /* on the day; only then it has a statement */
    enum terms_found found[KINDS];
    const struct store_terms *terms[KINDS];
    bool missed[KINDS]; /* income of this kind, and not exactly one terms */
    struct statement statement;
    size_t item_capacity;
};

struct settlement {
    struct arena arena;
    struct place *places; /* by store_id */
    size_t place_count;
    struct settle_parts parts;
    struct settle_totals entries;
    int64_t payments_placed, refunds_placed; /* entries whose money went somewhere */
    const struct statement **statements;
    size_t statement_count;
    bool finished;
    struct money amounts[SETTLE_ITEMS_PER_ENTRY_MAX]; /* of the entry being pushed */
    struct fee fees[SETTLE_ITEMS_PER_ENTRY_MAX];
};

static bool is_open(const struct settle_store *store, struct date day)
{
    return store->opened_on.days <= day.days &&
           (!store->has_closed_on || day.days <= store->closed_on.days);
}

static void place_init(struct settlement *settlement, struct place *place,
                       const struct settle_books *books, const struct settle_store *store)
{
    struct statement *statement = &place->statement;
    const struct store_terms **in_force =
        ARENA_ARRAY(&settlement->arena, const struct store_terms *, KINDS);

    place->store = store;
    place->open = is_open(store, books->day);
    if (place->open)
        (void)settle_parts_get(&settlement->parts, PART_STORE, store->store_id);
    *statement = (struct statement){
        .store_id = store->store_id, .store_name = store->name, .terms = in_force};
    for (size_t kind = 0; kind < KINDS; kind++) {
        if (!settle_kind_is_shared((enum books_kind)kind))
            continue;
        place->found[kind] = terms_find(books->terms, books->terms_count, store->store_id,
                                        (enum books_kind)kind, books->day, &place->terms[kind]);
        if (place->found[kind] != TERMS_ONE)
            continue;
        in_force[statement->terms_count++] = place->terms[kind];
        if (settle_cycle_ends_on(place->terms[kind]->cycle, books->day))
            statement->fixed.fen += place->terms[kind]->fixed.fen;
    }
}

bool settlement_open(const struct settle_books *books, struct settlement **ret_settlement,
                     struct err *err)
{
    struct settlement *settlement;

    for (size_t i = 1; i < books->store_count; i++) {
        if (view_compare(books->stores[i - 1].store_id, books->stores[i].store_id) >= 0)
            return err_set(err, ERR_DATA, "store \"%.*s\" stands twice in the books",
                           VIEW_ARG(books->stores[i].store_id));
    }
    settlement = memory_alloc(sizeof(*settlement));
    settlement->arena = ARENA_INIT;
    settlement->parts = SETTLE_PARTS_INIT;
    settlement->places = ARENA_ARRAY(&settlement->arena, struct place, books->store_count);
    settlement->place_count = books->store_count;
    for (size_t i = 0; i < books->store_count; i++)
        place_init(settlement, &settlement->places[i], books, &books->stores[i]);
    *ret_settlement = settlement;
    return true;
}

void settlement_close(struct settlement *settlement)
{
    if (settlement == NULL)
        return;
    for (size_t i = 0; i < settlement->place_count; i++)
        free(settlement->places[i].statement.items);
    settle_parts_release(&settlement->parts);
    arena_release(&settlement->arena);
    free(settlement);
}

static struct place *find_place(const struct settlement *settlement, struct view store_id)
{
    size_t least = 0;
    size_t most = settlement->place_count;

    while (least < most) {
        size_t middle = least + (most - least) / 2;
        int order = view_compare(store_id, settlement->places[middle].store->store_id);

        if (order == 0)
            return &settlement->places[middle];
        if (order > 0)
            least = middle + 1;
        else
            most = middle;
    }
    return NULL;
}

static struct statement_item *new_item(struct place *place)
{
    struct statement *statement = &place->statement;

    if (statement->item_count == place->item_capacity) {
        place->item_capacity = place->item_capacity == 0 ? ITEMS_FIRST : 2 * place->item_capacity;
        statement->items =
            memory_resize(statement->items, place->item_capacity, sizeof(*statement->items));
    }
    return &statement->items[statement->item_count++];
}

/* The item without its fee and share. */
static struct statement_item *add_item(struct place *place, const struct settle_entry *entry,
                                       const struct books_item *item)
{
    bool refund = entry->kind == SETTLE_REFUND;
    struct statement_item *added = new_item(place);

    *added = (struct statement_item){
        .line_no = entry->line_no,
        .item_no = item->item_no,
        .refund = refund,
        .kind = item->kind,
        .trade_at = entry->trade_at,
        .out_trade_no = entry->out_trade_no,
        .transaction_id = entry->transaction_id,
        .out_refund_no = refund ? entry->out_refund_no : (struct view){0},
        .rental_no = item->rental_no,
        .amount = {refund ? -item->amount.fen : item->amount.fen},
    };
    return added;
}

/* Timing and explained differences settle; the rest waits for people. */
static bool is_held(const struct settle_entry *entry)
{
    return entry->kind == SETTLE_UNCLASSIFIED || entry->far ||
           (entry->code.length > 0 && !view_equal_text(entry->code, "T09") &&
            !view_equal_text(entry->code, "T11"));
}

static bool hold(struct settlement *settlement, const struct settle_entry *entry)
{
    struct view code = entry->code.length > 0 ? entry->code : VIEW("T13");

    for (size_t i = 0; i < entry->item_count; i++) {
        const struct books_item *item = &entry->items[i];
        struct place *place = find_place(settlement, item->store_id);

        if (place != NULL && settle_kind_is_shared(item->kind))
            add_item(place, entry, item)->code = code;
    }
    return settle_part_add(settle_parts_get(&settlement->parts, PART_HELD, code),
                           entry->kind == SETTLE_REFUND, entry->amount, entry->fee);
}

static bool put_shared(struct settlement *settlement, const struct settle_entry *entry,
                       const struct books_item *item, struct fee fee)
{
    bool refund = entry->kind == SETTLE_REFUND;
    struct place *place = find_place(settlement, item->store_id);
    struct statement_item *added;
    struct terms_share share;

    if (place == NULL || !place->open) {
        struct view key = item->store_id.length > 0 ? item->store_id : VIEW("-");

        return settle_part_add(settle_parts_get(&settlement->parts, PART_UNATTRIBUTED, key), refund,
                               item->amount, fee);
    }
    added = add_item(place, entry, item);
    added->fee = fee;
    if (place->found[item->kind] != TERMS_ONE) {
        place->missed[item->kind] = true;
    } else {
        if (!terms_apply(place->terms[item->kind], added->amount, fee, &share))
            return false;
        added->borne = share.borne;
        added->share = share.share;
    }
    return settle_part_add(settle_parts_get(&settlement->parts, PART_STORE, item->store_id), refund,
                           item->amount, fee);
}

static bool put_item(struct settlement *settlement, const struct settle_entry *entry,
                     const struct books_item *item, struct fee fee)
{
    struct place *place;

    if (settle_kind_is_shared(item->kind))
        return put_shared(settlement, entry, item, fee);
    place = find_place(settlement, item->store_id);
    if (place != NULL && item->kind == BOOKS_DEPOSIT)
        add_item(place, entry, item)->fee = fee;
    return settle_part_add(
        settle_parts_get(&settlement->parts, PART_OPERATOR, view_of(books_kind_name(item->kind))),
        entry->kind == SETTLE_REFUND, item->amount, fee);
}

/* Items of the entry into settlement->amounts and ->fees. The difference is what a coupon took off
 * (T11), else nothing. */
static bool spread(struct settlement *settlement, const struct settle_entry *entry,
                   struct money *ret_difference, struct err *err)
{
    struct money difference = entry->amount;

    if (entry->item_count > SETTLE_ITEMS_PER_ENTRY_MAX)
        return err_set(err, ERR_LIMIT, "entry of line %" PRId64 ": %zu items, at most %d",
                       entry->line_no, entry->item_count, SETTLE_ITEMS_PER_ENTRY_MAX);
    for (size_t i = 0; i < entry->item_count; i++) {
        settlement->amounts[i] = entry->items[i].amount;
        if (!money_subtract(&difference, entry->items[i].amount))
            return err_set(err, ERR_DATA, "entry of line %" PRId64 ": an amount does not fit",
                           entry->line_no);
    }
    if (difference.fen != 0 && !view_equal_text(entry->code, "T11"))
        return err_set(err, ERR_DATA,
                       "entry of line %" PRId64 ": has no finding, but %s is not the sum of its "
                       "items: differs by %s",
                       entry->line_no, money_text(entry->amount).s, money_text(difference).s);
    if (!fee_distribute(entry->fee, settlement->amounts, entry->item_count, settlement->fees))
        return err_set(err, ERR_DATA, "entry of line %" PRId64 ": an item's amount is negative",
                       entry->line_no);
    *ret_difference = difference;
    return true;
}

static bool put_entry(struct settlement *settlement, const struct settle_entry *entry,
                      struct err *err)
{
    struct money coupon = {0};

    if (!spread(settlement, entry, &coupon, err))
        return false;

    for (size_t i = 0; i < entry->item_count; i++) {
        if (!put_item(settlement, entry, &entry->items[i], settlement->fees[i]))
            return err_set(err, ERR_DATA, "entry of line %" PRId64 ": an amount does not fit",
                           entry->line_no);
    }
    return coupon.fen == 0 ||
           settle_part_add(settle_parts_get(&settlement->parts, PART_OPERATOR, VIEW("COUPON")),
                           entry->kind == SETTLE_REFUND, coupon, (struct fee){0}) ||
           err_set(err, ERR_DATA, "entry of line %" PRId64 ": an amount does not fit",
                   entry->line_no);
}

static bool count_entry(struct settle_totals *totals, const struct settle_entry *entry)
{
    bool refund = entry->kind == SETTLE_REFUND;

    if (refund)
        totals->refunds++;
    else
        totals->payments++;
    return money_add(refund ? &totals->refund_sum : &totals->payment_sum, entry->amount) &&
           fee_add(&totals->fee, entry->fee);
}

static bool push_clean(struct settlement *settlement, const struct settle_entry *entry,
                       struct err *err)
{
    /* A clean entry without items is money without a store. */
    const struct books_item whole = {.kind = BOOKS_OTHER_KIND, .amount = entry->amount};
    struct settle_entry filled = *entry;

    if (entry->item_count > 0)
        return put_entry(settlement, entry, err);
    filled.items = &whole;
    filled.item_count = 1;
    return put_entry(settlement, &filled, err);
}

bool settlement_push(struct settlement *settlement, const struct settle_entry *entry,
                     struct err *err)
{
    bool held = is_held(entry);

    assert(!settlement->finished);
    if (!count_entry(&settlement->entries, entry) || (held && !hold(settlement, entry)))
        return err_set(err, ERR_DATA, "entry of line %" PRId64 ": the sums do not fit",
                       entry->line_no);
    if (!held && !push_clean(settlement, entry, err))
        return false;

    if (entry->kind == SETTLE_REFUND)
        settlement->refunds_placed++;
    else
        settlement->payments_placed++;
    return true;
}

static bool place_withheld(const struct place *place)
{
    for (size_t kind = 0; kind < KINDS; kind++) {
        if (place->missed[kind] || place->found[kind] == TERMS_OVERLAP)
            return true;
    }
    return false;
}

bool settlement_finish(struct settlement *settlement, struct err *err)
{
    assert(!settlement->finished);
    settlement->statements =
        ARENA_ARRAY(&settlement->arena, const struct statement *, settlement->place_count);
    for (size_t i = 0; i < settlement->place_count; i++) {
        struct place *place = &settlement->places[i];

        if (!place->open || place_withheld(place))
            continue;
        if (place->statement.item_count > 0)
            qsort(place->statement.items, place->statement.item_count,
                  sizeof(*place->statement.items), statement_item_compare);
        if (!statement_sum(&place->statement, err))
            return false;
        settlement->statements[settlement->statement_count++] = &place->statement;
    }
    settlement->finished = true;
    return true;
}

size_t settlement_statements(const struct settlement *settlement)
{
    assert(settlement->finished);
    return settlement->statement_count;
}

const struct statement *settlement_statement(const struct settlement *settlement, size_t index)
{
    assert(index < settlement->statement_count);
    return settlement->statements[index];
}

size_t settlement_parts(const struct settlement *settlement)
{
    assert(settlement->finished);
    return settlement->parts.count;
}

const struct settle_part *settlement_part(const struct settlement *settlement, size_t index)
{
    assert(index < settlement->parts.count);
    return &settlement->parts.at[index];
}

const struct settle_totals *settlement_entries(const struct settlement *settlement)
{
    return &settlement->entries;
}

bool settlement_sum_parts(const struct settlement *settlement, struct settle_totals *ret_totals,
                          struct err *err)
{
    struct settle_totals totals = {.payments = settlement->payments_placed,
                                   .refunds = settlement->refunds_placed};

    assert(settlement->finished);
    for (size_t i = 0; i < settlement->parts.count; i++) {
        const struct settle_part *part = &settlement->parts.at[i];

        if (!money_add(&totals.payment_sum, part->payments) ||
            !money_add(&totals.refund_sum, part->refunds) || !fee_add(&totals.fee, part->fee))
            return err_set(err, ERR_DATA, "the parts of the day add up to more than fits");
    }
    *ret_totals = totals;
    return true;
}

/* What came in, or what went back when nothing came in: the two are never netted. */
static struct finding_amount amount_of(const struct settle_part *part)
{
    if (part->payment_items > 0)
        return (struct finding_amount){true, part->payments};
    return (struct finding_amount){true, {-part->refunds.fen}};
}

static void add_part(struct json_writer *writer, const struct settle_part *part)
{
    json_writer_pair_text(writer, "store", part->key);
    json_writer_pair_integer(writer, "payment_items", part->payment_items);
    json_writer_pair_integer(writer, "payment_fen", part->payments.fen);
    json_writer_pair_integer(writer, "refund_items", part->refund_items);
    json_writer_pair_integer(writer, "refund_fen", part->refunds.fen);
    json_writer_pair_integer(writer, "fee_millifen", part->fee.millifen);
}

static bool add_finding(struct finding_list *list, enum finding_class class,
                        const struct settle_part *part, struct view reason,
                        const struct buf *evidence, struct err *err)
{
    const struct finding finding = {
        .leg = LEG_SETTLE,
        .key = part->key,
        .class = class,
        .state = STATE_OPEN,
        .channel = amount_of(part),
        .evidence = buf_view(evidence),
        .reason = reason,
    };

    assert(!evidence->overflowed);
    return finding_list_add(list, &finding, err);
}

static bool find_unattributed(const struct settlement *settlement, const struct settle_part *part,
                              struct finding_list *list, struct err *err)
{
    CLEANUP(buf_release) struct buf evidence = BUF_INIT(EVIDENCE_MAX);
    struct json_writer writer;
    struct view reason = VIEW("money of a store that is not open on that day");

    if (view_equal_text(part->key, "-"))
        reason = VIEW("money without a store");
    else if (find_place(settlement, part->key) == NULL)
        reason = VIEW("money of a store that the books do not know");
    json_writer_init(&writer, &evidence);
    json_writer_begin_object(&writer);
    add_part(&writer, part);
    json_writer_end_object(&writer);
    return add_finding(list, CLASS_S01, part, reason, &evidence, err);
}

static bool find_withheld(const struct place *place, const struct settle_part *part,
                          struct finding_list *list, struct err *err)
{
    CLEANUP(buf_release) struct buf evidence = BUF_INIT(EVIDENCE_MAX);
    struct json_writer writer;

    json_writer_init(&writer, &evidence);
    json_writer_begin_object(&writer);
    add_part(&writer, part);
    json_writer_key(&writer, "terms");
    json_writer_begin_object(&writer);
    for (size_t kind = 0; kind < KINDS; kind++) {
        if (place->found[kind] == TERMS_OVERLAP)
            json_writer_pair_text(&writer, books_kind_name((enum books_kind)kind), VIEW("overlap"));
        else if (place->missed[kind])
            json_writer_pair_text(&writer, books_kind_name((enum books_kind)kind), VIEW("none"));
    }
    json_writer_end_object(&writer);
    json_writer_end_object(&writer);
    return add_finding(list, CLASS_S02, part, VIEW("no terms, or two, for income of the day"),
                       &evidence, err);
}

bool settlement_findings(const struct settlement *settlement, struct finding_list *list,
                         struct err *err)
{
    assert(settlement->finished);
    for (size_t i = 0; i < settlement->parts.count; i++) {
        const struct settle_part *part = &settlement->parts.at[i];

        if (part->kind == PART_UNATTRIBUTED && !find_unattributed(settlement, part, list, err))
            return false;
        if (part->kind == PART_STORE && place_withheld(find_place(settlement, part->key)) &&
            !find_withheld(find_place(settlement, part->key), part, list, err))
            return false;
    }
    return true;
}
