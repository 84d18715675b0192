/* One day of the books in memory: records with their items, found by number.
 *
 * Used twice: payments by out_trade_no, with transaction_id as second text; refunds by
 * out_refund_no, with out_trade_no as second text. Rows come with an item or without, in any order;
 * rows of one number are one record. Items may also come by themselves, after their records. Built
 * for a million records: about 120 bytes each, no allocation of their own, no order. No text of a
 * record holds a control character: entries are stored as lines of them (ERR_DATA). Texts up to
 * LEDGER_TEXT_MAX bytes, amounts up to LEDGER_FEN_MAX either way: bills know no larger ones, and
 * the items of a record cannot overflow. */
#ifndef BOOKS_LEDGER_H
#define BOOKS_LEDGER_H

#include "base/cleanup.h"
#include "base/date.h"
#include "base/err.h"
#include "base/money.h"

enum { LEDGER_TEXT_MAX = 128, LEDGER_NAMES_MAX = 65535, LEDGER_ITEMS_MAX = 1000 };

#define LEDGER_FEN_MAX (INT64_C(1) << 50)

enum books_status {
    BOOKS_CREATED,
    BOOKS_PAID,
    BOOKS_CLOSED,
    BOOKS_UNKNOWN,
    BOOKS_SUCCESS, /* refunds from here on */
    BOOKS_PROCESSING,
    BOOKS_ABNORMAL,
    BOOKS_OTHER, /* a word the contract does not know */
};

enum books_kind {
    BOOKS_RENT,
    BOOKS_DEPOSIT,
    BOOKS_INSURANCE,
    BOOKS_SWAP,
    BOOKS_DAMAGE,
    BOOKS_PENALTY,
    BOOKS_OTHER_KIND, /* OTHER, and any word the contract does not know */
};

const char *books_status_name(enum books_status status);
enum books_status books_status_by_name(struct view name);
const char *books_kind_name(enum books_kind kind);
enum books_kind books_kind_by_name(struct view name);

struct books_item {
    int64_t item_no;
    enum books_kind kind;
    struct view store_id;  /* empty: none */
    struct view rental_no; /* empty: none */
    struct money amount;
};

/* A row as read: a record and one of its items. */
struct books_row {
    struct view number;
    struct view second; /* may be empty */
    struct view appid;  /* may be empty */
    struct money amount;
    enum books_status status;
    bool has_time;
    struct instant time;
    bool has_item;
    struct books_item item;
};

/* A record as handed out; views live as long as the ledger. */
struct books_record {
    struct view number;
    struct view second;
    struct view appid;
    struct money amount;
    struct money items; /* their sum */
    enum books_status status;
    bool has_time;
    struct instant time;
    bool contradicts; /* two rows of this number disagree, or one item came twice (T08) */
    bool looked_up;   /* added after ledger_mark_looked_up: found by number, not by day */
};

struct ledger;
struct ledger_place; /* a record's place, stable while the ledger lives */

struct ledger *ledger_new(void);
void ledger_free(struct ledger *ledger);
DEFINE_CLEANUP(ledger_done, struct ledger, ledger_free)

/* Where two rows of a number disagree, the first one's values stay. ERR_DATA for a text that is too
 * long, an amount that is too large; ERR_LIMIT above LEDGER_NAMES_MAX different stores or AppIDs,
 * or LEDGER_ITEMS_MAX items of a record. */
bool ledger_add(struct ledger *ledger, const struct books_row *row, struct err *err);

/* The same for rows that come once a record: a second one of a number contradicts (T08), even when
 * it says the same. */
bool ledger_add_once(struct ledger *ledger, const struct books_row *row, struct err *err);

/* One more item of the record of that number; nothing when there is no such record. Errors as
 * above. Quick where items come in the order of their records. */
bool ledger_add_item(struct ledger *ledger, struct view number, const struct books_item *item,
                     struct err *err);

/* As if no record had had an item yet. */
void ledger_drop_items(struct ledger *ledger);

size_t ledger_item_count(const struct ledger_place *place);

/* Is there a deposit item of that number and amount in the record that was not marked yet? It is
 * then. Marks are all that this writes: rows may be paired meanwhile, on another thread. */
bool ledger_mark_deposit(struct ledger *ledger, const struct ledger_place *place, int64_t item_no,
                         struct money amount);

/* Records added from now on were looked up by number, in one query: call it again before the next.
 * Adding rows of a number that came before, with the day or an earlier query, changes nothing. */
void ledger_mark_looked_up(struct ledger *ledger);

size_t ledger_count(const struct ledger *ledger);

/* What a find of this number and its record will look at comes into the cache, in three steps, each
 * a while after the one before and with what that returned: where the find begins to look, the
 * record, its first item. */
uint64_t ledger_ahead(const struct ledger *ledger, struct view number);
const struct ledger_place *ledger_ahead_record(const struct ledger *ledger, uint64_t ahead);
void ledger_ahead_item(const struct ledger *ledger, const struct ledger_place *place);

/* NULL when there is none. */
struct ledger_place *ledger_find(const struct ledger *ledger, struct view number);
void ledger_get(const struct ledger *ledger, const struct ledger_place *place,
                struct books_record *ret_record);

/* The quick look of the hot path: is the second text this one? */
bool ledger_second_is(const struct ledger_place *place, struct view second);

/* Line of the bill row that the record is paired with; 0: none. The tag stands for the row's own
 * number. */
int64_t ledger_line(const struct ledger_place *place);
uint32_t ledger_tag(const struct ledger_place *place);
void ledger_pair(struct ledger_place *place, int64_t line, uint32_t tag);

/* For tags: equal texts have equal tags, different ones almost never. */
uint32_t ledger_tag_of(struct view text);

/* Items in the order of item_no. `*cursor` begins as NULL; false after the last. */
struct ledger_item;
bool ledger_next_item(const struct ledger *ledger, const struct ledger_place *place,
                      const struct ledger_item **cursor, struct books_item *ret_item);

/* Every record, in the order they came. The function returns false with `err` set to stop. */
typedef bool ledger_function(void *context, struct ledger_place *place, struct err *err);
bool ledger_each(const struct ledger *ledger, ledger_function *function, void *context,
                 struct err *err);

#endif
