#include "report/statement_files.h"

#include "base/file.h"
#include "pg/pg.h"
#include "queries.h"
#include "report/statement_text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    PATH_MAX_BYTES = 4096,
    NAME_TEXT_MAX = 1024,
    MANIFEST_MAX = 1 << 20,
    /* Statements name stores and amounts: not for every user of the machine. */
    FILE_MODE = 0640,
};

static const char *const endings[] = {".csv", ".machine.csv", ".json"};

enum { ENDING_PEOPLE, ENDING_MACHINE, ENDING_MANIFEST, ENDINGS };

/* A stored statement of which a file is missing. */
struct missing {
    struct statement_head head;
    const char *base_name;
    struct view name; /* store, TAB, version: as the query of items wants it */
    bool written;
};

struct writing {
    struct pg *pg;
    struct view mchid;
    const char *folder; /* of the merchant */
    struct arena arena;
    struct missing *missing;
    size_t missing_count, missing_capacity;
    int64_t present;
    struct statement_text text;
    struct missing *current; /* whose items are arriving */
};

static void writing_release(struct writing *writing)
{
    free(writing->missing);
    statement_text_release(&writing->text);
    arena_release(&writing->arena);
}

static const char *path_of(struct writing *writing, const char *base_name, size_t ending)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(PATH_MAX_BYTES);

    buf_add_format(&path, "%s/%s%s", writing->folder, base_name, endings[ending]);
    return path.overflowed ? NULL : arena_copy(&writing->arena, path.at, path.length);
}

static bool all_present(struct writing *writing, const char *base_name)
{
    for (size_t i = 0; i < ENDINGS; i++) {
        const char *path = path_of(writing, base_name, i);

        if (path == NULL || access(path, F_OK) != 0)
            return false;
    }
    return true;
}

enum {
    COLUMN_STORE,
    COLUMN_FROM,
    COLUMN_VERSION,
    COLUMN_TO,
    COLUMN_MERCHANT_NAME,
    COLUMN_STORE_NAME,
    COLUMN_TERMS,
    COLUMN_TERMS_SHA256,
    COLUMN_BILLS,
    COLUMN_CONTENT,
    COLUMN_DIFFERS,
    COLUMN_PREVIOUS_FROM,
    COLUMN_PREVIOUS_VERSION,
    COLUMN_PREVIOUS_SHA256,
    COLUMN_ITEMS,
    COLUMN_ENGINE,
    COLUMN_MADE_AT,
};

static struct view keep(struct writing *writing, const struct pg_value *value)
{
    if (value->null || value->text.length == 0)
        return (struct view){0};
    return view_from(arena_copy(&writing->arena, value->text.at, value->text.length),
                     value->text.length);
}

static void read_head(struct writing *writing, const struct pg_value *values,
                      struct statement_head *head)
{
    *head = (struct statement_head){
        .mchid = writing->mchid,
        .merchant_name = keep(writing, &values[COLUMN_MERCHANT_NAME]),
        .store_id = keep(writing, &values[COLUMN_STORE]),
        .store_name = keep(writing, &values[COLUMN_STORE_NAME]),
        .from = values[COLUMN_FROM].date,
        .to = values[COLUMN_TO].date,
        .version = (int32_t)values[COLUMN_VERSION].int8,
        .differs = keep(writing, &values[COLUMN_DIFFERS]),
        .terms = keep(writing, &values[COLUMN_TERMS]),
        .terms_sha256 = keep(writing, &values[COLUMN_TERMS_SHA256]),
        .bills = keep(writing, &values[COLUMN_BILLS]),
        .content_sha256 = keep(writing, &values[COLUMN_CONTENT]),
        .has_previous = !values[COLUMN_PREVIOUS_FROM].null,
        .previous_from = values[COLUMN_PREVIOUS_FROM].date,
        .previous_version = (int32_t)values[COLUMN_PREVIOUS_VERSION].int8,
        .previous_sha256 = keep(writing, &values[COLUMN_PREVIOUS_SHA256]),
        .item_count = values[COLUMN_ITEMS].int8,
        .engine_version = keep(writing, &values[COLUMN_ENGINE]),
        .made_at = values[COLUMN_MADE_AT].instant,
    };
}

static struct missing *add_missing(struct writing *writing)
{
    if (writing->missing_count == writing->missing_capacity) {
        writing->missing_capacity =
            writing->missing_capacity == 0 ? 16 : 2 * writing->missing_capacity;
        writing->missing =
            memory_resize(writing->missing, writing->missing_capacity, sizeof(*writing->missing));
    }
    return &writing->missing[writing->missing_count++];
}

/* A statement that is stored: what of it is missing? */
static bool statement_row(void *context, const struct pg_value *values, struct err *err)
{
    struct writing *writing = context;
    CLEANUP(buf_release) struct buf base_name = BUF_INIT(NAME_TEXT_MAX);
    CLEANUP(buf_release) struct buf name = BUF_INIT(NAME_TEXT_MAX);
    struct statement_head head;
    struct missing *missing;

    read_head(writing, values, &head);
    if (!statement_base_name(&head, &base_name, err))
        return false;
    if (all_present(writing, buf_text(&base_name))) {
        writing->present++;
        return true;
    }
    buf_add_format(&name, "%.*s\t%" PRId32, VIEW_ARG(head.store_id), head.version);
    missing = add_missing(writing);
    *missing = (struct missing){
        .head = head,
        .base_name = arena_copy(&writing->arena, base_name.at, base_name.length),
        .name = {arena_copy(&writing->arena, name.at, name.length), name.length},
    };
    return true;
}

/* line, item_count, amount_fen */
static bool line_row(void *context, const struct pg_value *values, struct err *err)
{
    struct missing *missing = context;
    enum statement_line line;

    if (!statement_line_by_code(values[0].text, &line))
        return err_set(err, ERR_CONFIG, "line \"%.*s\" is of a newer version of this program",
                       VIEW_ARG(values[0].text));
    missing->head.lines[line] = (struct statement_amount){values[1].int8, {values[2].int8}};
    return true;
}

static bool read_lines(struct writing *writing, struct missing *missing, struct err *err)
{
    const struct statement_head *head = &missing->head;

    if (!pg_each(writing->pg, &query_statement_lines,
                 PG_PARAMS(pg_text(writing->mchid), pg_text(head->store_id), pg_date(head->from),
                           pg_int4(head->version)),
                 line_row, missing, err))
        return err_wrap(err, "%s", missing->base_name);
    return true;
}

static bool write_one(struct writing *writing, const struct missing *missing, size_t ending,
                      struct view content, struct err *err)
{
    const char *path = path_of(writing, missing->base_name, ending);

    if (path == NULL)
        return err_set(err, ERR_LIMIT, "%s/%s: the path is too long", writing->folder,
                       missing->base_name);
    return file_write_once(path, content, FILE_MODE, err);
}

/* All items are there: the files, the manifest last. */
static bool finish_statement(struct writing *writing, struct err *err)
{
    CLEANUP(buf_release) struct buf manifest = BUF_INIT(MANIFEST_MAX);
    struct statement_text *text = &writing->text;
    struct missing *missing = writing->current;

    writing->current = NULL;
    if (text->items != missing->head.item_count)
        return err_set(err, ERR_DATA, "%s: %" PRId64 " items are stored, %" PRId64 " were made",
                       missing->base_name, text->items, missing->head.item_count);
    statement_text_manifest(text, &missing->head, missing->base_name, &manifest);
    if (text->people.overflowed || text->machine.overflowed || manifest.overflowed)
        return err_set(err, ERR_LIMIT, "%s: larger than %d bytes", missing->base_name,
                       STATEMENT_TEXT_MAX);
    missing->written = true;
    return write_one(writing, missing, ENDING_PEOPLE, buf_view(&text->people), err) &&
           write_one(writing, missing, ENDING_MACHINE, buf_view(&text->machine), err) &&
           write_one(writing, missing, ENDING_MANIFEST, buf_view(&manifest), err);
}

static bool begin_statement(struct writing *writing, struct missing *missing, struct err *err)
{
    writing->current = missing;
    if (!statement_text_begin(&writing->text, &missing->head, err))
        return err_wrap(err, "%s", missing->base_name);
    return true;
}

enum {
    ITEM_STORE,
    ITEM_VERSION,
    ITEM_BILL_DAY,
    ITEM_LINE,
    ITEM_NO,
    ITEM_ENTRY_KIND,
    ITEM_KIND,
    ITEM_TRADE_AT,
    ITEM_OUT_TRADE_NO,
    ITEM_TRANSACTION_ID,
    ITEM_OUT_REFUND_NO,
    ITEM_RENTAL_NO,
    ITEM_CODE,
    ITEM_AMOUNT,
    ITEM_FEE,
    ITEM_BORNE,
    ITEM_SHARE,
};

static struct view text_of(const struct pg_value *value)
{
    return value->null ? (struct view){0} : value->text;
}

static bool is_current(const struct writing *writing, const struct pg_value *values)
{
    const struct missing *current = writing->current;

    return current != NULL && current->head.version == values[ITEM_VERSION].int8 &&
           view_equal(current->head.store_id, values[ITEM_STORE].text);
}

/* Items come grouped, so this runs once for each statement. */
static struct missing *find_missing(struct writing *writing, const struct pg_value *values,
                                    struct date from)
{
    for (size_t i = 0; i < writing->missing_count; i++) {
        struct missing *missing = &writing->missing[i];

        if (missing->head.from.days == from.days &&
            missing->head.version == values[ITEM_VERSION].int8 &&
            view_equal(missing->head.store_id, values[ITEM_STORE].text))
            return missing;
    }
    assert(false && "only items that were asked for");
    return NULL;
}

struct items_reader {
    struct writing *writing;
    struct date from;
};

static bool item_row(void *context, const struct pg_value *values, struct err *err)
{
    struct items_reader *reader = context;
    struct writing *writing = reader->writing;
    const struct statement_item item = {
        .line_no = values[ITEM_LINE].int8,
        .item_no = values[ITEM_NO].int8,
        .refund = view_equal_text(values[ITEM_ENTRY_KIND].text, "REFUND"),
        .kind = books_kind_by_name(values[ITEM_KIND].text),
        .trade_at = values[ITEM_TRADE_AT].instant,
        .out_trade_no = values[ITEM_OUT_TRADE_NO].text,
        .transaction_id = values[ITEM_TRANSACTION_ID].text,
        .out_refund_no = text_of(&values[ITEM_OUT_REFUND_NO]),
        .rental_no = text_of(&values[ITEM_RENTAL_NO]),
        .code = text_of(&values[ITEM_CODE]),
        .amount = {values[ITEM_AMOUNT].int8},
        .fee = {values[ITEM_FEE].int8},
        .borne = {values[ITEM_BORNE].int8},
        .share = {values[ITEM_SHARE].int8},
    };

    if (!is_current(writing, values)) {
        if (writing->current != NULL && !finish_statement(writing, err))
            return false;
        if (!begin_statement(writing, find_missing(writing, values, reader->from), err))
            return false;
    }
    statement_text_item(&writing->text, values[ITEM_BILL_DAY].date, &item);
    return true;
}

/* Statements [first, end) are of one period. */
static bool write_period(struct writing *writing, size_t first, size_t end, struct err *err)
{
    struct items_reader reader = {writing, writing->missing[first].head.from};
    struct view *names = ARENA_ARRAY(&writing->arena, struct view, end - first);

    for (size_t i = first; i < end; i++) {
        names[i - first] = writing->missing[i].name;
        if (!read_lines(writing, &writing->missing[i], err))
            return false;
    }
    if (!pg_copy_out(
            writing->pg, &query_statement_items,
            PG_PARAMS(pg_text(writing->mchid), pg_date(reader.from), pg_texts(names, end - first)),
            item_row, &reader, err))
        return false;
    if (writing->current != NULL && !finish_statement(writing, err))
        return false;

    /* Those without activity. */
    for (size_t i = first; i < end; i++) {
        if (!writing->missing[i].written && (!begin_statement(writing, &writing->missing[i], err) ||
                                             !finish_statement(writing, err)))
            return false;
    }
    return true;
}

static bool write_all(struct writing *writing, const struct statement_span *span, struct err *err)
{
    size_t end;

    if (!pg_each(writing->pg, &query_statement_list,
                 PG_PARAMS(pg_text(span->mchid), pg_date(span->from), pg_date(span->to)),
                 statement_row, writing, err))
        return false;
    if (writing->missing_count > 0 && !folder_make(writing->folder, err))
        return false;
    for (size_t first = 0; first < writing->missing_count; first = end) {
        end = first + 1;
        while (end < writing->missing_count &&
               writing->missing[end].head.from.days == writing->missing[first].head.from.days)
            end++;
        if (!write_period(writing, first, end, err))
            return false;
    }
    return true;
}

bool statement_files_write(struct pg *pg, const struct statement_span *span, const char *folder,
                           struct statement_files *ret_files, struct err *err)
{
    struct view mchid = span->mchid;
    CLEANUP(writing_release)
    struct writing writing = {.pg = pg, .mchid = mchid, .arena = ARENA_INIT};
    CLEANUP(buf_release) struct buf path = BUF_INIT(PATH_MAX_BYTES);
    int64_t number;

    statement_text_init(&writing.text);
    if (!view_to_int64(mchid, 0, INT64_MAX, &number))
        return err_set(err, ERR_DATA,
                       "merchant number \"%.*s\" is no number: no folder is made of it",
                       VIEW_ARG(mchid));
    buf_add_format(&path, "%s/%.*s", folder, VIEW_ARG(mchid));
    if (path.overflowed)
        return err_set(err, ERR_LIMIT, "%s: the path is too long", folder);
    writing.folder = buf_text(&path);
    if (!write_all(&writing, span, err))
        return err_wrap(err, "statements of merchant %.*s", VIEW_ARG(mchid));

    *ret_files = (struct statement_files){(int64_t)writing.missing_count, writing.present};
    return true;
}
