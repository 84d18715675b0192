#include "pg/binary.h"
#include "pg/sql_text.h"
#include "session.h"

#include <assert.h>
#include <string.h>
#include <time.h>

/* The text of one COPY with its literals; lists of numbers to look up are the largest. */
enum { TEXT_MAX = 64 * 1024 * 1024 };

static const char signature[] = "PGCOPY\n\377\r\n";
enum { SIGNATURE_SIZE = 11, FLAGS_SIZE = 4, EXTENSION_SIZE = 4 };
_Static_assert(sizeof(signature) == SIGNATURE_SIZE, "the terminator is part of the signature");

/* One quoted literal; false when the bytes are no text (PQescapeLiteral would cut at a zero byte).
 */
static bool add_quoted(struct pg *pg, struct view text, struct buf *sql, struct err *err)
{
    char *quoted;

    if (text.length > 0 && memchr(text.at, '\0', text.length) != NULL)
        return err_set(err, ERR_DATA, "a text holds a zero byte");
    quoted = PQescapeLiteral(pg->connection, text.length == 0 ? "" : text.at, text.length);
    if (quoted == NULL)
        return err_set(err, ERR_DATA, "a text is not valid UTF-8");

    buf_add_text(sql, quoted);
    PQfreemem(quoted);
    return true;
}

static void add_hex(struct view bytes, struct buf *sql)
{
    static const char digits[] = "0123456789abcdef";

    buf_add_text(sql, "'\\x");
    for (size_t i = 0; i < bytes.length; i++) {
        unsigned char byte = (unsigned char)bytes.at[i];

        buf_add_byte(sql, digits[byte >> 4]);
        buf_add_byte(sql, digits[byte & 15]);
    }
    buf_add_byte(sql, '\'');
}

/* 'YYYY-MM-DD HH:MM:SS.ffffff+00', exact and independent of the session. */
static void add_instant(struct instant instant, struct buf *sql)
{
    int64_t days = instant.us / INSTANT_DAY;
    int64_t rest = instant.us % INSTANT_DAY;
    int64_t seconds;

    if (rest < 0) {
        rest += INSTANT_DAY;
        days--;
    }
    seconds = rest / INSTANT_SECOND;
    buf_add_format(sql, "'%s %02d:%02d:%02d.%06d+00'", date_text((struct date){(int32_t)days}).s,
                   (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60),
                   (int)(rest % INSTANT_SECOND));
}

/* {"a","b"} in one literal: as an ARRAY of literals a hundred thousand numbers would take the
 * server's parser longer than the look-up. */
static bool add_texts(struct pg *pg, const struct pg_value *value, struct buf *sql, struct err *err)
{
    CLEANUP(buf_release) struct buf array = BUF_INIT(TEXT_MAX);

    buf_add_byte(&array, '{');
    for (size_t i = 0; i < value->texts.count; i++) {
        struct view text = value->texts.at[i];

        buf_add_text(&array, i > 0 ? ",\"" : "\"");
        for (size_t at = 0; at < text.length; at++) {
            if (text.at[at] == '"' || text.at[at] == '\\')
                buf_add_byte(&array, '\\');
            buf_add_byte(&array, text.at[at]);
        }
        buf_add_byte(&array, '"');
    }
    buf_add_byte(&array, '}');
    if (array.overflowed)
        return err_set(err, ERR_LIMIT, "a list of texts has more than %d bytes", TEXT_MAX);
    return add_quoted(pg, buf_view(&array), sql, err);
}

static bool add_value(struct pg *pg, const struct pg_value *value, struct buf *sql, struct err *err)
{
    switch (value->type) {
    case PG_TEXT:
    case PG_JSON:
        return add_quoted(pg, value->text, sql, err);
    case PG_TEXTS:
        return add_texts(pg, value, sql, err);
    case PG_BYTES:
        add_hex(value->bytes, sql);
        return true;
    case PG_INT8:
    case PG_INT4:
        buf_add_format(sql, "'%lld'", (long long)value->int8);
        return true;
    case PG_BOOL:
        buf_add_text(sql, value->boolean ? "true" : "false");
        return true;
    case PG_DATE:
        buf_add_format(sql, "'%s'", date_text(value->date).s);
        return true;
    case PG_INSTANT:
        add_instant(value->instant, sql);
        return true;
    }
    assert(false && "type of pg.h");
    return false;
}

static bool add_literal(struct pg *pg, const struct pg_value *value, struct buf *sql,
                        struct err *err)
{
    buf_add_byte(sql, '(');
    if (value->null)
        buf_add_text(sql, "NULL");
    else if (!add_value(pg, value, sql, err))
        return false;
    buf_add_format(sql, ")::%s", binary_type_name(value->type));
    return true;
}

/* COPY (query with literals) TO STDOUT. */
static bool copy_text(struct pg *pg, const struct pg_query *query, const struct pg_value *params,
                      size_t count, struct buf *sql, struct err *err)
{
    struct view rest = view_of(query->text);
    struct view statement = {NULL, 0};
    struct sql_piece piece;

    if (!sql_take_statement(&rest, &statement))
        assert(false && "a query has a statement");
    buf_add_text(sql, "COPY (");
    while (sql_take_piece(&statement, &piece)) {
        if (piece.kind != SQL_PARAM) {
            buf_add_view(sql, piece.text);
            continue;
        }
        assert(piece.param >= 1 && (size_t)piece.param <= count);
        if (!add_literal(pg, &params[piece.param - 1], sql, err))
            return err_wrap(err, "query %s: parameter %d", query->name, (int)piece.param);
    }
    /* a comment may end the statement */
    buf_add_text(sql, "\n) TO STDOUT (FORMAT binary)");
    if (sql->overflowed)
        return err_set(err, ERR_LIMIT, "query %s: its parameters have more than %d bytes",
                       query->name, TEXT_MAX);
    return true;
}

struct reader {
    const struct pg_query *query;
    pg_row_function *function;
    void *context;
    bool begun; /* the header was read */
    struct pg_value values[PG_COLUMNS_MAX];
};

static bool take_header(struct view *rest, struct err *err)
{
    size_t size = SIGNATURE_SIZE + FLAGS_SIZE + EXTENSION_SIZE;

    /* Flags would mean columns of object identifiers, extensions something that nobody has defined.
     */
    if (rest->length < size || memcmp(rest->at, signature, SIGNATURE_SIZE) != 0 ||
        memcmp(rest->at + SIGNATURE_SIZE, "\0\0\0\0\0\0\0\0", FLAGS_SIZE + EXTENSION_SIZE) != 0)
        return err_set(err, ERR_BUG, "not the binary COPY format");
    *rest = view_from(rest->at + size, rest->length - size);
    return true;
}

/* One message: the header in front of the first row, then whole rows, at the end the trailer. */
static bool read_message(struct reader *reader, struct view message, struct err *err)
{
    const struct pg_query *query = reader->query;

    if (!reader->begun && !take_header(&message, err))
        return err_wrap(err, "query %s", query->name);
    reader->begun = true;
    while (message.length > 0) {
        bool end = false;

        if (!binary_take_row(&message, query->columns, query->column_count, reader->values, &end,
                             err))
            return err_wrap(err, "query %s", query->name);
        if (!end && !reader->function(reader->context, reader->values, err))
            return false;
    }
    return true;
}

/* The server sends eight kilobytes at a time. To be woken for each costs both sides more than the
 * bytes do, so behind the first NAP_AFTER bytes of a COPY a reader that has nothing left naps
 * instead; the server's socket holds what it sends meanwhile. */
enum { NAP_AFTER = 256 * 1024, NAP_NS = 400 * 1000, FAILED = -2 };

/* As PQgetCopyData: the length of the message, -1 at the end, FAILED. */
static int next_message(struct pg *pg, int64_t received, char **ret_data)
{
    const struct timespec nap = {.tv_nsec = NAP_NS};
    bool async = received > NAP_AFTER;
    int length = PQgetCopyData(pg->connection, ret_data, async);

    /* libpq takes a few kilobytes at once, so there may be more before anybody naps. */
    for (bool looked = false; async && length == 0; looked = true) {
        if (looked)
            (void)nanosleep(&nap, NULL);
        if (PQconsumeInput(pg->connection) != 1)
            return FAILED;
        length = PQgetCopyData(pg->connection, ret_data, async);
    }
    return length;
}

/* Reads to the end of the COPY also after a failure, so that the connection is free again. */
static bool read_messages(struct pg *pg, struct reader *reader, struct err *err)
{
    CLEANUP(result_done) PGresult *result = NULL;
    bool good = true;
    int64_t received = 0;
    char *data = NULL;
    int length;

    while ((length = next_message(pg, received, &data)) > 0) {
        received += length;
        good = good && read_message(reader, view_from(data, (size_t)length), err);
        PQfreemem(data);
    }
    result = PQgetResult(pg->connection);
    if (good && PQresultStatus(result) != PGRES_COMMAND_OK)
        good = session_fail_query(pg, result, reader->query, err);
    session_drain(pg);
    return good;
}

bool pg_copy_out(struct pg *pg, const struct pg_query *query, const struct pg_value *params,
                 size_t count, pg_row_function *function, void *context, struct err *err)
{
    CLEANUP(buf_release) struct buf sql = BUF_INIT(TEXT_MAX);
    CLEANUP(result_done) PGresult *result = NULL;
    struct reader reader = {.query = query, .function = function, .context = context};

    assert(count == query->param_count && query->column_count > 0);
    for (size_t i = 0; i < count; i++)
        assert(params[i].type == query->params[i]);

    /* Preparing is only for the check of its columns: COPY does not say their types. */
    if (!session_prepare(pg, query, err) || !copy_text(pg, query, params, count, &sql, err))
        return false;
    result = PQexec(pg->connection, buf_text(&sql));
    if (PQresultStatus(result) != PGRES_COPY_OUT)
        return session_fail_query(pg, result, query, err);
    return read_messages(pg, &reader, err);
}
