#include "run/bills.h"

#include "base/failpoint.h"
#include "base/file.h"
#include "queries.h"
#include "run/fetch.h"
#include "run/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool bills_check_kind(const char *kind, struct err *err)
{
    if (evidence_kind_is_known(kind))
        return true;
    return err_set(err, ERR_USAGE, "option --kind: \"%s\" is not " EVIDENCE_KINDS_TEXT, kind);
}

static bool push_file(int fd, struct incoming *incoming, struct err *err)
{
    char *piece = memory_alloc(INCOMING_PIECE_SIZE);
    bool done = true;
    ssize_t got;

    while (done && (got = read(fd, piece, INCOMING_PIECE_SIZE)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        done = got > 0 ? incoming_push(incoming, view_from(piece, (size_t)got), err)
                       : err_set_errno(err, ERR_IO, errno, "could not read");
    }
    free(piece);
    return done;
}

static bool receive_file(const char *path, struct incoming *incoming,
                         struct incoming_digests *ret_digests, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool done;

    if (fd < 0)
        return err_set_errno(err, ERR_IO, errno, "could not open %s", path);
    done = push_file(fd, incoming, err);
    (void)close(fd);
    if (!done)
        return err_wrap(err, "%s", path);

    incoming_finish(incoming, ret_digests);
    if (!ret_digests->intact) {
        *err = ret_digests->damage;
        return err_wrap(err, "%s", path);
    }
    return true;
}

/* A file that was read whole. */
struct importing {
    const struct bills_name *name;
    struct incoming *incoming;
    struct incoming_digests digests;
    struct instant now;
};

static bool store(struct pg *pg, const struct importing *importing, struct evidence_stored *stored,
                  struct err *err)
{
    const struct bills_name *name = importing->name;
    struct view mchid = name->merchant->mchid;
    const struct evidence_source source = {.bill = {mchid, name->day, name->kind},
                                           .at = importing->now};

    if (!unit_make(pg, mchid, name->day, importing->now, err) ||
        !evidence_store(pg, &source, importing->incoming, &importing->digests, stored, err))
        return false;
    if (!stored->is_new || !evidence_kind_is_reconciled(name->kind))
        return true;
    return unit_mark(pg, mchid, name->day, UNIT_DUE, importing->now, err) &&
           fetch_mark(pg, name->merchant, name->day, importing->now, /* checked_at= */ NULL, err);
}

static bool store_locked(struct pg *pg, const struct importing *importing,
                         struct evidence_stored *ret_stored, struct err *err)
{
    struct evidence_stored stored;

    if (!pg_begin(pg, PG_READ_WRITE, err))
        return false;
    if (!store(pg, importing, &stored, err)) {
        pg_rollback(pg);
        return false;
    }
    if (!pg_commit(pg, err))
        return false;
    *ret_stored = stored;
    return true;
}

bool bills_import(struct pg *pg, const struct bills_name *name, const char *path,
                  struct instant now, struct evidence_stored *ret_stored, struct err *err)
{
    CLEANUP(incoming_done) struct incoming *incoming = NULL;
    struct importing importing = {.name = name, .now = now};
    struct view mchid = name->merchant->mchid;
    bool held;

    if (!incoming_open(&incoming, err) || !receive_file(path, incoming, &importing.digests, err))
        return false;
    importing.incoming = incoming;

    if (!unit_lock_merchant(pg, mchid, &held, err))
        return false;
    if (!held)
        return err_set(err, ERR_LATER, "merchant %.*s is being worked on", VIEW_ARG(mchid));
    return store_locked(pg, &importing, ret_stored, err) && unit_unlock_merchant(pg, mchid, err);
}

struct listing {
    struct table *table;
    struct view mchid;
};

static struct table_cell id_or_none(const struct pg_value *value)
{
    return value->null ? table_none() : table_id(value->text);
}

static bool add_bill(void *context, const struct pg_value *values, struct err *err)
{
    const struct listing *listing = context;

    (void)err;
    table_add(listing->table, TABLE_CELLS(table_id(listing->mchid), table_date(values[0].date),
                                          table_text(values[1].text), table_count(values[2].int8),
                                          table_text(values[3].text), table_count(values[4].int8),
                                          table_count(values[5].int8), id_or_none(&values[6]),
                                          id_or_none(&values[7]), table_instant(values[8].instant),
                                          id_or_none(&values[9])));
    return true;
}

bool bills_list(struct pg *pg, const struct merchant_list *merchants, const struct job_days *days,
                enum table_format format, FILE *out, struct err *err)
{
    static const struct table_column columns[] = {
        {"mchid", "MERCHANT", TABLE_ID},
        {"bill_day", "DAY", TABLE_DATE},
        {"kind", "KIND", TABLE_TEXT},
        {"version", "VERSION", TABLE_COUNT},
        {"state", "STATE", TABLE_TEXT},
        {"received_bytes", "RECEIVED", TABLE_COUNT},
        {"plain_bytes", "PLAIN", TABLE_COUNT},
        {"plain_sha1", "SHA-1", TABLE_ID},
        {"received_sha256", "SHA-256 AS RECEIVED", TABLE_ID},
        {"received_at", "AT", TABLE_INSTANT},
        {"request_id", "REQUEST-ID", TABLE_ID},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));

    for (size_t i = 0; i < merchants->count; i++) {
        struct listing listing = {table, merchants->at[i].mchid};

        if (!pg_each(pg, &query_bill_list,
                     PG_PARAMS(pg_text(listing.mchid),
                               days->given ? pg_date(days->from) : pg_null(PG_DATE),
                               days->given ? pg_date(days->to) : pg_null(PG_DATE)),
                     add_bill, &listing, err))
            return false;
    }
    return table_print(table, format, out, err);
}

static bool write_piece(void *context, struct view bytes, struct err *err)
{
    FILE *out = context;

    if (fwrite(bytes.at, 1, bytes.length, out) != bytes.length)
        return err_set_errno(err, ERR_IO, errno, "could not write");
    return true;
}

/* Which version of which bill; 0: the one that counts. */
struct exporting {
    const struct bills_name *name;
    int32_t version;
};

static bool find_version(struct pg *pg, const struct evidence_bill *bill, int32_t version,
                         struct evidence_file *ret_file, struct err *err)
{
    bool found;

    if (version == 0 ? !evidence_find(pg, bill, ret_file, &found, err)
                     : !evidence_find_version(pg, bill, version, ret_file, &found, err))
        return false;
    if (found)
        return true;
    err_set(err, ERR_DATA, "there is no %s of %s", evidence_kind_name(bill->kind),
            date_text(bill->day).s);
    return version == 0 ? false : err_wrap(err, "version %" PRId32, version);
}

static bool write_bill(struct pg *pg, const struct exporting *exporting, FILE *out, struct err *err)
{
    const struct bills_name *name = exporting->name;
    const struct evidence_bill bill = {name->merchant->mchid, name->day, name->kind};
    struct evidence_file file;

    if (!find_version(pg, &bill, exporting->version, &file, err))
        return false;
    if (file.no_statement)
        return err_set(err, ERR_DATA, "WeChat Pay says that there is no %s of %s",
                       evidence_kind_name(name->kind), date_text(name->day).s);

    if (!evidence_read(pg, &bill, &file, write_piece, out, err))
        return false;
    if (fflush(out) != 0)
        return err_set_errno(err, ERR_IO, errno, "could not write");
    return true;
}

/* Into a temporary file beside it, which gets its name when it is complete. `link` instead of
 * rename: never over a file that is there. */
static bool write_new(struct pg *pg, const struct exporting *exporting, const char *path,
                      char *temporary, struct err *err)
{
    int fd = mkostemp(temporary, O_CLOEXEC);
    FILE *out;
    bool done;

    if (fd < 0)
        return err_set_errno(err, ERR_IO, errno, "could not make a file beside %s", path);
    out = fdopen(fd, "wb");
    done = out != NULL && write_bill(pg, exporting, out, err);
    if (done && fsync(fd) != 0)
        done = err_set_errno(err, ERR_IO, errno, "could not sync %s", path);
    if (out != NULL)
        (void)fclose(out);
    failpoint_hit("export-before");
    if (done && link(temporary, path) != 0)
        done = err_set_errno(err, ERR_IO, errno, "could not make %s", path);
    (void)unlink(temporary);
    return done;
}

bool bills_export(struct pg *pg, const struct bills_name *name, int32_t version, const char *path,
                  struct err *err)
{
    CLEANUP(buf_release) struct buf temporary = BUF_INIT(4096);
    const struct exporting exporting = {name, version};

    if (strcmp(path, "-") == 0)
        return write_bill(pg, &exporting, stdout, err);
    buf_add_format(&temporary, "%s.XXXXXX", path);
    if (temporary.overflowed)
        return err_set(err, ERR_USAGE, "name of file is longer than 4000 bytes");
    return write_new(pg, &exporting, path, temporary.at, err);
}
