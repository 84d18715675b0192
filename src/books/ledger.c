#include "books/ledger.h"

#include "base/memory.h"
#include "blocks.h"
#include "names.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* What does not fit the rental number's length byte is refused: LEDGER_TEXT_MAX is below 256. The
 * number begins in what would be padding. */
struct ledger_item {
    int64_t fen;
    uint32_t next; /* place of the next item of the record */
    int16_t item_no;
    uint16_t store;
    uint8_t kind;
    bool has_deposit; /* ledger_mark_deposit */
    uint8_t rental_length;
    char rental[];
};

static_assert(sizeof(struct ledger_item) <= 3 * UNIT, "an item without a rental has whole units");

struct ledger_place {
    int64_t fen;
    int64_t time_us;
    uint32_t items; /* place of the first item */
    uint32_t line;
    uint32_t tag;
    uint16_t appid;
    uint8_t number_length;
    uint8_t second_length;
    uint8_t status;
    bool has_time;
    bool contradicts;
    uint16_t round; /* 0: came with the day, else the query that looked it up */
    uint16_t item_count;
    char texts[]; /* number, then second */
};

struct ledger {
    struct blocks records;
    struct blocks items;
    struct names stores;
    struct names appids;
    struct slots slots; /* by number; the place is the record's */
    size_t count;
    uint16_t round;
    struct ledger_place *last; /* record of the item that came last */
    uint32_t last_at;          /* its place */
};

static struct view number_of(const struct ledger_place *place)
{
    return view_from(place->texts, place->number_length);
}

static struct view second_of(const struct ledger_place *place)
{
    return view_from(place->texts + place->number_length, place->second_length);
}

static size_t record_units(const struct ledger_place *place)
{
    return (sizeof(*place) + place->number_length + place->second_length + UNIT - 1) / UNIT;
}

/* The place of the record at or behind `at`, which comes after the records of its block; 0: none.
 */
static uint32_t record_at(const struct ledger *ledger, uint32_t at)
{
    const struct blocks *records = &ledger->records;
    size_t block = at / BLOCK_UNITS;
    size_t unit = at % BLOCK_UNITS;

    for (; block < records->count; block++, unit = 0) {
        bool last = block + 1 == records->count;
        const struct ledger_place *place;

        if (block == 0 && unit == 0)
            unit = 1;
        if (unit + (sizeof(*place) + UNIT - 1) / UNIT > blocks_units(block) ||
            (last && unit >= records->used))
            continue;
        place = blocks_at(records, (uint32_t)(block * BLOCK_UNITS + unit));
        if (place->number_length != 0)
            return (uint32_t)(block * BLOCK_UNITS + unit);
    }
    return 0;
}

struct ledger *ledger_new(void)
{
    struct ledger *ledger = memory_alloc(sizeof(*ledger));

    names_init(&ledger->stores);
    names_init(&ledger->appids);
    slots_init(&ledger->slots);
    return ledger;
}

void ledger_free(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    blocks_release(&ledger->records);
    blocks_release(&ledger->items);
    names_release(&ledger->stores);
    names_release(&ledger->appids);
    slots_release(&ledger->slots);
    free(ledger);
}

void ledger_mark_looked_up(struct ledger *ledger)
{
    assert(ledger->round < UINT16_MAX);
    ledger->round++;
}

size_t ledger_count(const struct ledger *ledger)
{
    return ledger->count;
}

/* The place of the record; 0: none. */
static uint32_t place_hashed(const struct ledger *ledger, struct view number, uint64_t hash)
{
    size_t at = slots_start(hash);
    const struct slot *slot;

    while ((slot = slots_next(&ledger->slots, hash, &at)) != NULL) {
        if (view_equal(number_of(blocks_at(&ledger->records, slot->place)), number))
            return slot->place;
    }
    return 0;
}

static struct ledger_place *find_hashed(const struct ledger *ledger, struct view number,
                                        uint64_t hash)
{
    uint32_t at = place_hashed(ledger, number, hash);

    return at == 0 ? NULL : blocks_at(&ledger->records, at);
}

struct ledger_place *ledger_find(const struct ledger *ledger, struct view number)
{
    return find_hashed(ledger, number, hash_text(number));
}

uint64_t ledger_ahead(const struct ledger *ledger, struct view number)
{
    uint64_t hash = hash_text(number);

    slots_ahead(&ledger->slots, hash);
    return hash;
}

const struct ledger_place *ledger_ahead_record(const struct ledger *ledger, uint64_t ahead)
{
    size_t at = slots_start(ahead);
    const struct slot *slot = slots_next(&ledger->slots, ahead, &at);
    const char *place;

    if (slot == NULL)
        return NULL;
    /* a record spans two lines of the cache */
    place = blocks_at(&ledger->records, slot->place);
    __builtin_prefetch(place);
    __builtin_prefetch(place + 64);
    return (const void *)place;
}

void ledger_ahead_item(const struct ledger *ledger, const struct ledger_place *place)
{
    if (place != NULL && place->items != 0)
        __builtin_prefetch(blocks_at(&ledger->items, place->items));
}

static bool check_text(struct view text, const char *what, struct view number, struct err *err)
{
    if (view_has_control(text))
        return err_set(err, ERR_DATA, "books: number \"%.*s\": %s holds a control character",
                       VIEW_ARG(number), what);
    if (text.length <= LEDGER_TEXT_MAX)
        return true;
    return err_set(err, ERR_DATA, "books: number \"%.*s\": %s has %zu bytes, more than %d",
                   VIEW_ARG(number), what, text.length, LEDGER_TEXT_MAX);
}

static bool check_amount(struct money amount, struct view number, struct err *err)
{
    if (amount.fen >= -LEDGER_FEN_MAX && amount.fen <= LEDGER_FEN_MAX)
        return true;
    return err_set(err, ERR_DATA, "books: number \"%.*s\": amount %s is beyond any sense",
                   VIEW_ARG(number), money_text(amount).s);
}

static bool check_item(const struct books_item *item, struct view number, struct err *err)
{
    if (item->item_no < INT16_MIN || item->item_no > INT16_MAX)
        return err_set(err, ERR_DATA, "books: number \"%.*s\": item_no is out of range",
                       VIEW_ARG(number));
    return check_amount(item->amount, number, err) &&
           check_text(item->store_id, "store_id", number, err) &&
           check_text(item->rental_no, "rental_no", number, err);
}

static bool check_row(const struct books_row *row, struct err *err)
{
    if (row->number.length == 0)
        return err_set(err, ERR_DATA, "books: a record has an empty number");
    if (!check_text(row->number, "number", view_from(row->number.at, 32), err) ||
        !check_text(row->second, "second number", row->number, err) ||
        !check_text(row->appid, "appid", row->number, err) ||
        !check_amount(row->amount, row->number, err))
        return false;
    return !row->has_item || check_item(&row->item, row->number, err);
}

static bool record_add(struct ledger *ledger, const struct books_row *row, uint64_t hash,
                       struct ledger_place **ret_place, struct err *err)
{
    uint16_t appid;
    uint32_t at;
    struct ledger_place *place;

    if (!names_index(&ledger->appids, row->appid, &appid, err))
        return false;
    at = blocks_take(&ledger->records, sizeof(*place) + row->number.length + row->second.length);
    place = blocks_at(&ledger->records, at);
    *place = (struct ledger_place){
        .fen = row->amount.fen,
        .time_us = row->has_time ? row->time.us : 0,
        .appid = appid,
        .number_length = (uint8_t)row->number.length,
        .second_length = (uint8_t)row->second.length,
        .status = (uint8_t)row->status,
        .has_time = row->has_time,
        .round = ledger->round,
    };
    memcpy(place->texts, row->number.at, row->number.length);
    if (row->second.length > 0)
        memcpy(place->texts + row->number.length, row->second.at, row->second.length);
    slots_add(&ledger->slots, hash, at);
    ledger->count++;
    *ret_place = place;
    return true;
}

static bool same_record(const struct ledger *ledger, const struct ledger_place *place,
                        const struct books_row *row)
{
    return place->fen == row->amount.fen && place->status == (uint8_t)row->status &&
           place->has_time == row->has_time && (!row->has_time || place->time_us == row->time.us) &&
           view_equal(second_of(place), row->second) &&
           view_equal(ledger->appids.at[place->appid], row->appid);
}

/* Puts the item into the record's list, which is kept in the order of item_no. */
static bool item_add(struct ledger *ledger, struct ledger_place *place,
                     const struct books_item *row, struct err *err)
{
    uint32_t *link = &place->items;
    uint16_t store;
    uint32_t at;
    struct ledger_item *item;

    if (place->item_count == LEDGER_ITEMS_MAX)
        return err_set(err, ERR_LIMIT, "books: number \"%.*s\" has more than %d items",
                       VIEW_ARG(number_of(place)), LEDGER_ITEMS_MAX);
    place->item_count++;
    while (*link != 0) {
        struct ledger_item *other = blocks_at(&ledger->items, *link);

        if (other->item_no == row->item_no)
            place->contradicts = true;
        if (other->item_no > row->item_no)
            break;
        link = &other->next;
    }
    if (!names_index(&ledger->stores, row->store_id, &store, err))
        return false;
    at = blocks_take(&ledger->items, offsetof(struct ledger_item, rental) + row->rental_no.length);
    item = blocks_at(&ledger->items, at);
    *item = (struct ledger_item){
        .fen = row->amount.fen,
        .next = *link,
        .item_no = (int16_t)row->item_no,
        .store = store,
        .kind = (uint8_t)row->kind,
        .rental_length = (uint8_t)row->rental_no.length,
    };
    if (row->rental_no.length > 0)
        memcpy(item->rental, row->rental_no.at, row->rental_no.length);
    *link = at;
    return true;
}

bool ledger_add(struct ledger *ledger, const struct books_row *row, struct err *err)
{
    uint64_t hash = hash_text(row->number);
    struct ledger_place *place;

    slots_ahead(&ledger->slots, hash); /* it comes while the row is checked */
    if (!check_row(row, err))
        return false;
    place = find_hashed(ledger, row->number, hash);
    if (place != NULL && place->round != ledger->round)
        return true;
    if (place == NULL) {
        if (!record_add(ledger, row, hash, &place, err))
            return false;
    } else if (!same_record(ledger, place, row)) {
        place->contradicts = true;
    }
    return !row->has_item || item_add(ledger, place, &row->item, err);
}

bool ledger_add_once(struct ledger *ledger, const struct books_row *row, struct err *err)
{
    size_t count = ledger->count;
    struct ledger_place *place;

    if (!ledger_add(ledger, row, err))
        return false;
    if (ledger->count > count)
        return true;
    place = ledger_find(ledger, row->number);
    assert(place != NULL);
    place->contradicts = true;
    return true;
}

/* The record of the item that came last, or the one behind it, else by the number. */
static struct ledger_place *find_next(struct ledger *ledger, struct view number)
{
    struct ledger_place *place = ledger->last;
    uint32_t at = ledger->last_at;

    if (place != NULL && view_equal(number_of(place), number))
        return place;
    at = record_at(ledger, place == NULL ? 0 : at + (uint32_t)record_units(place));
    place = at == 0 ? NULL : blocks_at(&ledger->records, at);
    if (place == NULL || !view_equal(number_of(place), number)) {
        at = place_hashed(ledger, number, hash_text(number));
        place = at == 0 ? NULL : blocks_at(&ledger->records, at);
    }
    if (place != NULL) {
        ledger->last = place;
        ledger->last_at = at;
    }
    return place;
}

bool ledger_add_item(struct ledger *ledger, struct view number, const struct books_item *item,
                     struct err *err)
{
    struct ledger_place *place = find_next(ledger, number);

    return place == NULL || (check_item(item, number, err) && item_add(ledger, place, item, err));
}

static bool drop_items(void *context, struct ledger_place *place, struct err *err)
{
    (void)context;
    (void)err;
    place->items = 0;
    place->item_count = 0;
    return true;
}

void ledger_drop_items(struct ledger *ledger)
{
    struct err none = ERR_INIT;

    (void)ledger_each(ledger, drop_items, NULL, &none);
    blocks_release(&ledger->items);
}

size_t ledger_item_count(const struct ledger_place *place)
{
    return place->item_count;
}

bool ledger_mark_deposit(struct ledger *ledger, const struct ledger_place *place, int64_t item_no,
                         struct money amount)
{
    uint32_t at = place->items;

    while (at != 0) {
        struct ledger_item *item = blocks_at(&ledger->items, at);

        if (item->item_no == item_no && item->kind == BOOKS_DEPOSIT && item->fen == amount.fen &&
            !item->has_deposit) {
            item->has_deposit = true;
            return true;
        }
        at = item->next;
    }
    return false;
}

static struct money items_sum(const struct ledger *ledger, const struct ledger_place *place)
{
    struct money sum = {0};
    uint32_t at = place->items;

    while (at != 0) {
        const struct ledger_item *item = blocks_at(&ledger->items, at);
        bool added = money_add(&sum, (struct money){item->fen});

        assert(added);
        at = item->next;
    }
    return sum;
}

void ledger_get(const struct ledger *ledger, const struct ledger_place *place,
                struct books_record *ret_record)
{
    *ret_record = (struct books_record){
        .number = number_of(place),
        .second = second_of(place),
        .appid = ledger->appids.at[place->appid],
        .amount = {place->fen},
        .items = items_sum(ledger, place),
        .status = (enum books_status)place->status,
        .has_time = place->has_time,
        .time = {place->time_us},
        .contradicts = place->contradicts,
        .looked_up = place->round != 0,
    };
}

bool ledger_second_is(const struct ledger_place *place, struct view second)
{
    return view_equal(second_of(place), second);
}

int64_t ledger_line(const struct ledger_place *place)
{
    return place->line;
}

uint32_t ledger_tag(const struct ledger_place *place)
{
    return place->tag;
}

void ledger_pair(struct ledger_place *place, int64_t line, uint32_t tag)
{
    assert(place->line == 0 && line > 0 && line <= UINT32_MAX);
    place->line = (uint32_t)line;
    place->tag = tag;
}

uint32_t ledger_tag_of(struct view text)
{
    return (uint32_t)(hash_text(text) >> 32);
}

bool ledger_next_item(const struct ledger *ledger, const struct ledger_place *place,
                      const struct ledger_item **cursor, struct books_item *ret_item)
{
    uint32_t at = *cursor == NULL ? place->items : (*cursor)->next;
    const struct ledger_item *item;

    if (at == 0)
        return false;
    item = blocks_at(&ledger->items, at);
    *cursor = item;
    *ret_item = (struct books_item){
        .item_no = item->item_no,
        .kind = (enum books_kind)item->kind,
        .store_id = ledger->stores.at[item->store],
        .rental_no = view_from(item->rental, item->rental_length),
        .amount = {item->fen},
    };
    return true;
}

bool ledger_each(const struct ledger *ledger, ledger_function *function, void *context,
                 struct err *err)
{
    uint32_t at = record_at(ledger, 0);

    while (at != 0) {
        struct ledger_place *place = blocks_at(&ledger->records, at);

        if (!function(context, place, err))
            return false;
        at = record_at(ledger, at + (uint32_t)record_units(place));
    }
    return true;
}
