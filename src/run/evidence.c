#include "run/evidence.h"

#include "crypto/digest.h"
#include "queries.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* Columns of bill_newest. */
enum {
    COLUMN_VERSION,
    COLUMN_STATE,
    COLUMN_SHA256,
    COLUMN_SHA1,
    COLUMN_RECEIVED_BYTES,
    COLUMN_PLAIN_BYTES,
    COLUMN_COUNT,
};

enum { STATES_MAX = 2 };

/* One row of bill_newest, bill_versions or bill_version. */
struct newest {
    bool found;
    struct evidence_file file;
};

struct states {
    const char *at[STATES_MAX];
    size_t count;
};

static const struct states states_counting = {{"VALID", "NO_STATEMENT"}, 2};
static const struct states states_wrong = {{"WRONG_DIGEST"}, 1};

struct kind {
    const char *kind;
    const char *name;
    bool reconciled;
};

static const struct kind kinds[EVIDENCE_KIND_COUNT] = {
    {EVIDENCE_TRADE_ALL, "trade bill", true},
    {EVIDENCE_TRADE_SUCCESS, "trade bill SUCCESS", false},
    {EVIDENCE_TRADE_REFUND, "trade bill REFUND", false},
    {EVIDENCE_TRADE_RECHARGE_REFUND, "trade bill RECHARGE_REFUND", false},
    {EVIDENCE_FUND_BASIC, "fund-flow bill", true},
    {EVIDENCE_FUND_OPERATION, "fund-flow bill OPERATION", false},
    {EVIDENCE_FUND_FEES, "fund-flow bill FEES", false},
};

static const struct kind *find_kind(const char *kind)
{
    for (size_t i = 0; i < EVIDENCE_KIND_COUNT; i++) {
        if (strcmp(kinds[i].kind, kind) == 0)
            return &kinds[i];
    }
    return NULL;
}

const char *evidence_kind_name(const char *kind)
{
    const struct kind *found = find_kind(kind);

    assert(found != NULL);
    return found->name;
}

bool evidence_kind_is_known(const char *kind)
{
    return find_kind(kind) != NULL;
}

bool evidence_kind_is_reconciled(const char *kind)
{
    const struct kind *found = find_kind(kind);

    return found != NULL && found->reconciled;
}

static bool wrap(struct err *err, const struct evidence_bill *bill)
{
    return err_wrap(err, "%s of %s", evidence_kind_name(bill->kind), date_text(bill->day).s);
}

/* A text of foreign rows into a field that it must fill or leave empty. */
static bool set_hex(const struct pg_value *value, char *target, size_t size, struct err *err)
{
    if (value->null)
        return true;
    if (value->text.length + 1 != size)
        return err_set(err, ERR_DATA, "evidence changed: a digest has %zu characters",
                       value->text.length);
    memcpy(target, value->text.at, value->text.length);
    target[value->text.length] = '\0';
    return true;
}

static bool read_newest(const struct pg_value *values, const char *kind, struct newest *newest,
                        struct err *err)
{
    struct evidence_file *file = &newest->file;

    assert(strlen(kind) <= EVIDENCE_KIND_MAX);
    *newest = (struct newest){.found = true};
    memcpy(file->kind, kind, strlen(kind));
    file->version = (int32_t)values[COLUMN_VERSION].int8;
    file->no_statement = view_equal_text(values[COLUMN_STATE].text, "NO_STATEMENT");
    file->received_bytes = values[COLUMN_RECEIVED_BYTES].int8;
    file->plain_bytes = values[COLUMN_PLAIN_BYTES].int8;
    return set_hex(&values[COLUMN_SHA256], file->received_sha256, sizeof(file->received_sha256),
                   err) &&
           set_hex(&values[COLUMN_SHA1], file->plain_sha1, sizeof(file->plain_sha1), err);
}

bool evidence_find(struct pg *pg, const struct evidence_bill *bill, struct evidence_file *ret_file,
                   bool *ret_found, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value values[COLUMN_COUNT];
    struct newest newest = {.found = false};
    bool found;

    if (!pg_one(pg, &query_bill_newest,
                PG_PARAMS(pg_text(bill->mchid), pg_date(bill->day), pg_text(view_of(bill->kind))),
                &arena, &found, values, err) ||
        (found && !read_newest(values, bill->kind, &newest, err)))
        return wrap(err, bill);
    if (newest.found)
        *ret_file = newest.file;
    *ret_found = newest.found;
    return true;
}

bool evidence_find_version(struct pg *pg, const struct evidence_bill *bill, int32_t version,
                           struct evidence_file *ret_file, bool *ret_found, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value values[COLUMN_COUNT];
    struct newest row = {.found = false};
    bool found;

    if (!pg_one(pg, &query_bill_version,
                PG_PARAMS(pg_text(bill->mchid), pg_date(bill->day), pg_text(view_of(bill->kind)),
                          pg_int4(version)),
                &arena, &found, values, err) ||
        (found && !read_newest(values, bill->kind, &row, err)))
        return wrap(err, bill);
    if (found)
        *ret_file = row.file;
    *ret_found = found;
    return true;
}

struct reading {
    struct digest digest;
    int64_t bytes;
    int64_t chunk_no;
    evidence_sink *sink;
    void *context;
};

static bool read_chunk(void *context, const struct pg_value *values, struct err *err)
{
    struct reading *reading = context;
    struct view content = values[1].bytes;

    if (values[0].int8 != reading->chunk_no)
        return err_set(err, ERR_DATA, "evidence changed: piece %" PRId64 " is missing",
                       reading->chunk_no);
    reading->chunk_no++;
    reading->bytes += (int64_t)content.length;
    digest_push(&reading->digest, content);
    return reading->sink(reading->context, content, err);
}

static bool check_digest(struct reading *reading, const struct evidence_file *file, struct err *err)
{
    struct digest_value value = digest_finish(&reading->digest);
    struct digest_text text = digest_text(&value);

    if (reading->bytes != file->received_bytes)
        return err_set(err, ERR_DATA,
                       "evidence changed: %" PRId64 " bytes where %" PRId64 " were received",
                       reading->bytes, file->received_bytes);
    if (strcmp(text.s, file->received_sha256) != 0)
        return err_set(err, ERR_DATA, "evidence changed: SHA-256 is %s, it was %s when received",
                       text.s, file->received_sha256);
    return true;
}

bool evidence_read(struct pg *pg, const struct evidence_bill *bill,
                   const struct evidence_file *file, evidence_sink *sink, void *context,
                   struct err *err)
{
    struct reading reading = {.sink = sink, .context = context};
    bool done;

    assert(!file->no_statement);
    digest_init(&reading.digest, DIGEST_SHA256);
    done = pg_each(pg, &query_bill_chunks,
                   PG_PARAMS(pg_text(bill->mchid), pg_date(bill->day), pg_text(view_of(file->kind)),
                             pg_int4(file->version)),
                   read_chunk, &reading, err) &&
           check_digest(&reading, file, err);
    digest_release(&reading.digest);
    return done;
}

static bool add_content(void *context, struct view bytes, struct err *err)
{
    return bill_content_push(context, bytes, err);
}

bool evidence_content(struct pg *pg, const struct evidence_bill *bill,
                      const struct evidence_file *file, struct bill_content *ret_content,
                      struct err *err)
{
    CLEANUP(bill_content_reader_done)
    struct bill_content_reader *reader = bill_content_reader_new();

    if (file->no_statement) {
        *ret_content = BILL_CONTENT_NONE;
        return true;
    }
    if (!evidence_read(pg, bill, file, add_content, reader, err) ||
        !bill_content_finish(reader, ret_content, err))
        return err_wrap(err, "version %" PRId32, file->version);
    return true;
}

/* Same bytes, or another packing of the same plain bytes. */
static bool is_same(const struct newest *newest, const struct incoming_digests *digests)
{
    if (!newest->found || newest->file.no_statement)
        return false;
    if (strcmp(newest->file.received_sha256, digests->received_sha256) == 0)
        return true;
    return digests->intact && newest->file.plain_bytes == digests->plain_bytes &&
           strcmp(newest->file.plain_sha1, digests->plain_sha1) == 0;
}

static bool discard(void *context, struct view bytes, struct err *err)
{
    (void)context;
    (void)bytes;
    (void)err;
    return true;
}

/* A bill that came in. */
struct received {
    const struct evidence_bill *bill;
    struct incoming *incoming;
    const struct incoming_digests *digests;
};

/* Other plain bytes that hold the same rows. Other orders have the same length, so most others need
 * not be read. */
static bool is_reordered(struct pg *pg, const struct newest *newest,
                         const struct received *received, bool *ret_reordered, struct err *err)
{
    CLEANUP(bill_content_reader_done)
    struct bill_content_reader *reader = bill_content_reader_new();
    struct bill_content stored, fresh;
    struct err damage = ERR_INIT;

    *ret_reordered = false;
    if (!newest->found || newest->file.no_statement || !received->digests->intact ||
        newest->file.plain_bytes != received->digests->plain_bytes)
        return true;
    if (!evidence_content(pg, received->bill, &newest->file, &stored, &damage)) {
        if (damage.kind == ERR_DATA || damage.kind == ERR_LIMIT)
            return true;
        *err = damage;
        return false;
    }
    if (!incoming_each(received->incoming, add_content, reader, err) ||
        !bill_content_finish(reader, &fresh, err))
        return false;
    *ret_reordered = bill_content_equal(&stored, &fresh);
    return true;
}

/* What is stored is what was received: a version whose bytes are damaged is no reason not to keep
 * them again. */
static bool is_whole(struct pg *pg, const struct evidence_bill *bill,
                     const struct evidence_file *file, bool *ret_whole, struct err *err)
{
    struct err damage = ERR_INIT;
    bool whole = evidence_read(pg, bill, file, discard, NULL, &damage);

    if (!whole && damage.kind != ERR_DATA) {
        *err = damage;
        return false;
    }
    *ret_whole = whole;
    return true;
}

/* What there is of a bill before another version comes. */
struct history {
    const char *kind;
    const struct states *states;
    int32_t last;         /* version, whatever its state; 0: there is none */
    struct newest newest; /* of those states */
};

static bool has_state(const struct states *states, struct view state)
{
    for (size_t i = 0; i < states->count; i++) {
        if (view_equal_text(state, states->at[i]))
            return true;
    }
    return false;
}

static bool add_version(void *context, const struct pg_value *values, struct err *err)
{
    struct history *history = context;

    if (history->last == 0)
        history->last = (int32_t)values[COLUMN_VERSION].int8;
    if (history->newest.found || !has_state(history->states, values[COLUMN_STATE].text))
        return true;
    return read_newest(values, history->kind, &history->newest, err);
}

static bool find_history(struct pg *pg, const struct evidence_bill *bill,
                         const struct states *states, struct history *ret_history, struct err *err)
{
    struct history history = {.kind = bill->kind, .states = states};

    if (!pg_each(pg, &query_bill_versions,
                 PG_PARAMS(pg_text(bill->mchid), pg_date(bill->day), pg_text(view_of(bill->kind))),
                 add_version, &history, err))
        return wrap(err, bill);
    *ret_history = history;
    return true;
}

static struct pg_value text_or_null(const char *text)
{
    return pg_text_or_null(view_of(text));
}

/* `digests` is NULL for NO_STATEMENT. */
static bool insert_file(struct pg *pg, const struct evidence_source *source, int32_t version,
                        const char *state, const struct incoming_digests *digests, struct err *err)
{
    bool has_bytes = digests != NULL;

    return pg_run(pg, &query_bill_file_insert,
                  PG_PARAMS(pg_text(source->bill.mchid), pg_date(source->bill.day),
                            pg_text(view_of(source->bill.kind)), pg_int4(version),
                            pg_text(view_of(state)), text_or_null(source->announced_sha1),
                            text_or_null(has_bytes ? digests->plain_sha1 : NULL),
                            text_or_null(has_bytes ? digests->received_sha256 : NULL),
                            pg_int8(has_bytes ? digests->received_bytes : 0),
                            pg_int8(has_bytes ? digests->plain_bytes : 0),
                            text_or_null(source->request_id),
                            text_or_null(source->download_request_id), pg_instant(source->at)),
                  NULL, err);
}

struct storing {
    struct pg *pg;
    const struct evidence_source *source;
    int32_t version;
    int32_t chunk_no;
};

static bool store_chunk(void *context, struct view piece, struct err *err)
{
    struct storing *storing = context;
    const struct evidence_source *source = storing->source;

    return pg_run(storing->pg, &query_bill_chunk_insert,
                  PG_PARAMS(pg_text(source->bill.mchid), pg_date(source->bill.day),
                            pg_text(view_of(source->bill.kind)), pg_int4(storing->version),
                            pg_int4(storing->chunk_no++), pg_bytes(piece)),
                  NULL, err);
}

static bool is_valid(const struct evidence_source *source, const struct incoming_digests *digests)
{
    return digests->intact && (source->announced_sha1 == NULL ||
                               strcmp(source->announced_sha1, digests->plain_sha1) == 0);
}

bool evidence_store(struct pg *pg, const struct evidence_source *source, struct incoming *incoming,
                    const struct incoming_digests *digests, struct evidence_stored *ret_stored,
                    struct err *err)
{
    const struct evidence_bill *bill = &source->bill;
    bool valid = is_valid(source, digests);
    struct storing storing = {.pg = pg, .source = source};
    const struct received received = {bill, incoming, digests};
    struct history history;
    const struct newest *newest = &history.newest;
    bool same, reordered = false;

    if (!find_history(pg, bill, valid ? &states_counting : &states_wrong, &history, err))
        return false;
    same = is_same(newest, digests);
    if ((same && !is_whole(pg, bill, &newest->file, &same, err)) ||
        (!same && valid && !is_reordered(pg, newest, &received, &reordered, err)))
        return wrap(err, bill);
    if (same || reordered) {
        *ret_stored = (struct evidence_stored){newest->file.version, false, valid, reordered};
        return true;
    }

    storing.version = history.last + 1;
    if (!insert_file(pg, source, storing.version, valid ? "VALID" : "WRONG_DIGEST", digests, err) ||
        !incoming_each(incoming, store_chunk, &storing, err))
        return wrap(err, bill);
    *ret_stored = (struct evidence_stored){storing.version, true, valid, false};
    return true;
}

bool evidence_store_none(struct pg *pg, const struct evidence_source *source,
                         struct evidence_stored *ret_stored, struct err *err)
{
    const struct evidence_bill *bill = &source->bill;
    struct history history;
    int32_t version;

    if (!find_history(pg, bill, &states_counting, &history, err))
        return false;
    if (history.newest.found && history.newest.file.no_statement) {
        *ret_stored = (struct evidence_stored){history.newest.file.version, false, true, false};
        return true;
    }

    version = history.last + 1;
    if (!insert_file(pg, source, version, "NO_STATEMENT", NULL, err))
        return wrap(err, bill);
    *ret_stored = (struct evidence_stored){version, true, true, false};
    return true;
}
