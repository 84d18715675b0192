#include "run/merchant.h"

#include "queries.h"

#include <assert.h>
#include <string.h>

enum { MERCHANTS_MAX = 100000, MCHID_MIN = 8, MCHID_MAX = 10, APPID_LENGTH = 18 };

/* Columns of merchant_list. */
enum {
    COLUMN_MCHID,
    COLUMN_NAME,
    COLUMN_MODE,
    COLUMN_SP_MCHID,
    COLUMN_RATE,
    COLUMN_FUND_ACCOUNT,
    COLUMN_FIRST_DAY,
    COLUMN_SUSPENDED,
    COLUMN_APPIDS,
};

struct loading {
    struct arena *arena;
    struct merchant *at;
    size_t count, capacity;
};

static struct view keep(struct arena *arena, const struct pg_value *value)
{
    if (value->null)
        return VIEW("");
    return view_from(arena_copy(arena, value->text.at, value->text.length), value->text.length);
}

static void split_appids(struct arena *arena, struct view joined, struct merchant *merchant)
{
    struct view rest = joined;
    struct view part;
    struct view *appids;
    size_t count = 0;

    while (view_take(&rest, ',', &part))
        count++;
    appids = ARENA_ARRAY(arena, struct view, count);
    rest = joined;
    for (size_t i = 0; i < count; i++) {
        (void)view_take(&rest, ',', &part);
        appids[i] = view_from(arena_copy(arena, part.at, part.length), part.length);
    }
    merchant->appids = appids;
    merchant->appid_count = count;
}

static bool add_merchant(void *context, const struct pg_value *values, struct err *err)
{
    struct loading *loading = context;
    struct arena *arena = loading->arena;
    struct merchant *merchant;

    if (loading->count == loading->capacity) {
        struct merchant *old = loading->at;

        if (loading->count >= MERCHANTS_MAX)
            return err_set(err, ERR_LIMIT, "more than %d merchants", (int)MERCHANTS_MAX);
        loading->capacity = loading->capacity == 0 ? 16 : 2 * loading->capacity;
        loading->at = ARENA_ARRAY(arena, struct merchant, loading->capacity);
        if (old != NULL)
            memcpy(loading->at, old, loading->count * sizeof(*old));
    }
    merchant = &loading->at[loading->count++];
    merchant->mchid = keep(arena, &values[COLUMN_MCHID]);
    merchant->name = keep(arena, &values[COLUMN_NAME]);
    merchant->mode =
        view_equal_text(values[COLUMN_MODE].text, "PARTNER") ? MERCHANT_PARTNER : MERCHANT_DIRECT;
    merchant->sp_mchid = keep(arena, &values[COLUMN_SP_MCHID]);
    merchant->rate = (struct ppm){values[COLUMN_RATE].int8};
    merchant->fund_account = keep(arena, &values[COLUMN_FUND_ACCOUNT]);
    merchant->first_day = values[COLUMN_FIRST_DAY].date;
    merchant->suspended = values[COLUMN_SUSPENDED].boolean;
    split_appids(arena, keep(arena, &values[COLUMN_APPIDS]), merchant);
    return true;
}

static bool find(const struct loading *loading, const char *mchid)
{
    for (size_t i = 0; i < loading->count; i++) {
        if (view_equal_text(loading->at[i].mchid, mchid))
            return true;
    }
    return false;
}

bool merchant_load(struct pg *pg, const struct option_texts *wanted, struct arena *arena,
                   struct merchant_list *ret_list, struct err *err)
{
    struct loading loading = {.arena = arena};
    struct view names[OPTION_TEXTS_MAX];

    for (size_t i = 0; i < wanted->count; i++)
        names[i] = view_of(wanted->at[i]);

    if (!pg_each(pg, &query_merchant_list, PG_PARAMS(pg_texts(names, wanted->count)), add_merchant,
                 &loading, err))
        return err_wrap(err, "could not read the merchants");

    for (size_t i = 0; i < wanted->count; i++) {
        if (!find(&loading, wanted->at[i])) {
            (void)err_set(err, ERR_USAGE, "merchant %s is not known", wanted->at[i]);
            return err_hint(err, "payrecon merchant list shows those that are");
        }
    }
    *ret_list = (struct merchant_list){loading.at, loading.count};
    return true;
}

bool merchant_load_one(struct pg *pg, struct view mchid, struct arena *arena,
                       struct merchant *ret_merchant, struct err *err)
{
    struct option_texts wanted = {.count = 1};
    struct merchant_list list;

    wanted.at[0] = arena_copy(arena, mchid.at, mchid.length);
    if (!merchant_load(pg, &wanted, arena, &list, err))
        return false;
    *ret_merchant = list.at[0];
    return true;
}

const char *merchant_keys_dir(const struct merchant *merchant, const char *keys_dir,
                              struct arena *arena)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(64 * 1024);

    buf_add_format(
        &path, "%s/%.*s", keys_dir,
        VIEW_ARG(merchant->mode == MERCHANT_PARTNER ? merchant->sp_mchid : merchant->mchid));
    assert(!path.overflowed);
    return arena_copy(arena, buf_text(&path), path.length);
}

bool merchant_check_mchid(struct view mchid, struct err *err)
{
    int64_t number;

    if (mchid.length < MCHID_MIN || mchid.length > MCHID_MAX ||
        !view_to_int64(mchid, 0, INT64_MAX, &number))
        return err_set(err, ERR_USAGE, "\"%.*s\" is not a merchant number: %d to %d digits",
                       VIEW_ARG(mchid), MCHID_MIN, MCHID_MAX);
    return true;
}

static bool is_lower_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool merchant_check_appid(struct view appid, struct err *err)
{
    bool fits = appid.length == APPID_LENGTH && view_starts_with(appid, VIEW("wx"));

    for (size_t i = 2; fits && i < appid.length; i++)
        fits = is_lower_hex(appid.at[i]);
    if (!fits)
        return err_set(err, ERR_USAGE, "\"%.*s\" is not an AppID: wx and 16 hex digits",
                       VIEW_ARG(appid));
    return true;
}

static bool insert(struct pg *pg, const struct merchant *merchant, struct instant now,
                   struct err *err)
{
    int64_t added;

    if (!pg_run(
            pg, &query_merchant_insert,
            PG_PARAMS(pg_text(merchant->mchid), pg_text(merchant->name),
                      pg_text(view_of(merchant->mode == MERCHANT_PARTNER ? "PARTNER" : "DIRECT")),
                      pg_text_or_null(merchant->sp_mchid), pg_int4((int32_t)merchant->rate.value),
                      pg_text_or_null(merchant->fund_account), pg_date(merchant->first_day),
                      pg_instant(now)),
            &added, err))
        return false;
    if (added == 0)
        return err_set(err, ERR_DATA, "merchant %.*s is known already", VIEW_ARG(merchant->mchid));

    for (size_t i = 0; i < merchant->appid_count; i++) {
        if (!pg_run(pg, &query_merchant_app_insert,
                    PG_PARAMS(pg_text(merchant->mchid), pg_text(merchant->appids[i])), NULL, err))
            return err_wrap(err, "AppID %.*s", VIEW_ARG(merchant->appids[i]));
    }
    return true;
}

bool merchant_add(struct pg *pg, const struct merchant *merchant, struct instant now,
                  struct err *err)
{
    if (!pg_begin(pg, PG_READ_WRITE, err))
        return false;
    if (!insert(pg, merchant, now, err)) {
        pg_rollback(pg);
        return err_wrap(err, "could not add merchant %.*s", VIEW_ARG(merchant->mchid));
    }
    return pg_commit(pg, err);
}

bool merchant_print(const struct merchant_list *list, enum table_format format, FILE *out,
                    struct err *err)
{
    static const struct table_column columns[] = {
        {"mchid", "MERCHANT", TABLE_ID},       {"name", "NAME", TABLE_TEXT},
        {"sp_mchid", "PROVIDER", TABLE_ID},    {"rate", "RATE", TABLE_TEXT},
        {"fund_account", "FUNDS", TABLE_TEXT}, {"first_day", "FIRST DAY", TABLE_DATE},
        {"appids", "APPS", TABLE_TEXT},        {"suspended", "SUSPENDED", TABLE_TEXT},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));
    CLEANUP(buf_release) struct buf appids = BUF_INIT(1 << 20);

    for (size_t i = 0; i < list->count; i++) {
        const struct merchant *merchant = &list->at[i];

        buf_clear(&appids);
        for (size_t j = 0; j < merchant->appid_count; j++)
            buf_add_format(&appids, "%s%.*s", j > 0 ? " " : "", VIEW_ARG(merchant->appids[j]));
        table_add(
            table,
            TABLE_CELLS(table_id(merchant->mchid), table_text(merchant->name),
                        merchant->sp_mchid.length > 0 ? table_id(merchant->sp_mchid) : table_none(),
                        table_text(view_of(rate_text(merchant->rate).s)),
                        merchant->fund_account.length > 0 ? table_text(merchant->fund_account)
                                                          : table_none(),
                        table_date(merchant->first_day), table_text(buf_view(&appids)),
                        table_text(merchant->suspended ? VIEW("yes") : VIEW("no"))));
    }
    return table_print(table, format, out, err);
}
