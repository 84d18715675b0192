#include "run/merchant_view.h"

#include "queries.h"
#include "run/merchant_certificate.h"

#include <stdio.h>

enum { TEXT_MAX = 1 << 16, MOBILE_HEAD = 3, MOBILE_TAIL = 4 };

/* ---- masking --------------------------------------------------------------------------------- */

void merchant_mask_name(struct view name, struct buf *masked)
{
    size_t length = name.length > 0 ? 1 : 0;

    /* The whole first character. */
    while (length < name.length && ((unsigned char)name.at[length] & 0xc0) == 0x80)
        length++;
    buf_add_view(masked, view_from(name.at, length));
    buf_add_text(masked, "**");
}

void merchant_mask_mobile(struct view mobile, struct buf *masked)
{
    if (mobile.length < MOBILE_HEAD + 2 * MOBILE_TAIL) {
        buf_add_text(masked, "***");
        return;
    }
    buf_add_view(masked, view_from(mobile.at, MOBILE_HEAD));
    buf_add_text(masked, "****");
    buf_add_view(masked, view_from(mobile.at + mobile.length - MOBILE_TAIL, MOBILE_TAIL));
}

/* ---- what is known --------------------------------------------------------------------------- */

/* Texts of one merchant; "" when there is nothing to say. */
struct facts {
    struct view appids, rate;
    struct view certificate_ends, key_mode, serial;
    struct view contact_name, contact_mobile;
};

static struct view keep(struct arena *arena, const char *text)
{
    struct view view = view_of(text);

    return view_from(arena_copy(arena, view.at, view.length), view.length);
}

static struct view keep_buf(struct arena *arena, struct buf *text)
{
    struct view kept = keep(arena, buf_text(text));

    buf_clear(text);
    return kept;
}

static struct view join_appids(struct arena *arena, const struct merchant *merchant)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_MAX);

    for (size_t i = 0; i < merchant->appid_count; i++)
        buf_add_format(&text, "%s%.*s", i > 0 ? " " : "", VIEW_ARG(merchant->appids[i]));
    return keep_buf(arena, &text);
}

/* A certificate that cannot be read is told by doctor and check; here it is a mode of its own. */
static void look_at_keys(const struct job *job, struct arena *arena,
                         const struct merchant *merchant, struct facts *facts)
{
    struct merchant_certificate certificate;
    struct err ignored = ERR_INIT;
    bool there = false;

    if (merchant->mode == MERCHANT_NONE) {
        facts->key_mode = VIEW("no WeChat Pay");
        return;
    }
    if (!merchant_certificate_read(merchant, job->settings.keys_dir, clock_now(&job->clock), &there,
                                   &certificate, &ignored)) {
        facts->key_mode = VIEW("unreadable");
        return;
    }
    if (!there) {
        facts->key_mode = VIEW("no keys here");
        return;
    }
    facts->key_mode = certificate.public_key_mode ? VIEW("public key") : VIEW("certificates");
    facts->certificate_ends = keep(arena, date_text(beijing_day(certificate.not_after)).s);
    facts->serial = keep(arena, certificate.serial);
}

static bool look_at_contact(struct job *job, struct pg *pg, const struct merchant *merchant,
                            bool with_contact, struct facts *facts, struct err *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_MAX);
    struct merchant_contact contact = {.name = VIEW("")};

    if (!merchant_contact(pg, merchant->mchid, &job->arena, &contact, err))
        return false;
    facts->contact_name = contact.name;
    facts->contact_mobile = contact.mobile;
    if (with_contact || contact.name.length == 0)
        return true;

    merchant_mask_name(contact.name, &text);
    facts->contact_name = keep_buf(&job->arena, &text);
    merchant_mask_mobile(contact.mobile, &text);
    facts->contact_mobile = keep_buf(&job->arena, &text);
    return true;
}

static bool learn(struct job *job, const struct merchant *merchant, bool with_contact,
                  struct facts *ret_facts, struct err *err)
{
    struct facts facts = {.appids = join_appids(&job->arena, merchant)};
    struct pg *pg;

    if (merchant->mode != MERCHANT_NONE)
        facts.rate = keep(&job->arena, rate_text(merchant->rate).s);
    look_at_keys(job, &job->arena, merchant, &facts);
    if (!job_database(job, &pg, err) ||
        !look_at_contact(job, pg, merchant, with_contact, &facts, err))
        return false;
    *ret_facts = facts;
    return true;
}

static struct table_cell text_or_none(struct view text)
{
    return text.length > 0 ? table_text(text) : table_none();
}

/* ---- list ------------------------------------------------------------------------------------ */

static void add_line(struct table *table, const struct merchant *merchant,
                     const struct facts *facts)
{
    bool none = merchant->mode == MERCHANT_NONE;

    table_add(
        table,
        TABLE_CELLS(table_id(merchant->mchid), table_text(merchant->name),
                    merchant->sp_mchid.length > 0 ? table_id(merchant->sp_mchid) : table_none(),
                    text_or_none(facts->rate), text_or_none(merchant->fund_account),
                    none ? table_none() : table_date(merchant->first_day),
                    text_or_none(facts->appids),
                    table_text(merchant->suspended ? VIEW("yes") : VIEW("no")),
                    table_text(view_of(merchant_mode_name(merchant->mode))),
                    table_text(facts->key_mode), text_or_none(facts->certificate_ends),
                    text_or_none(facts->contact_name), text_or_none(facts->contact_mobile)));
}

bool merchant_print_list(struct job *job, bool with_contact, FILE *out, struct err *err)
{
    static const struct table_column columns[] = {
        {"mchid", "MERCHANT", TABLE_ID},
        {"name", "NAME", TABLE_TEXT},
        {"sp_mchid", "PROVIDER", TABLE_ID},
        {"rate", "RATE", TABLE_TEXT},
        {"fund_account", "FUNDS", TABLE_TEXT},
        {"first_day", "FIRST DAY", TABLE_DATE},
        {"appids", "APPS", TABLE_TEXT},
        {"suspended", "SUSPENDED", TABLE_TEXT},
        {"mode", "MODE", TABLE_TEXT},
        {"key_mode", "KEYS", TABLE_TEXT},
        {"certificate_ends", "CERTIFICATE ENDS", TABLE_TEXT},
        {"contact_name", "CONTACT", TABLE_TEXT},
        {"contact_mobile", "MOBILE", TABLE_TEXT},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));
    struct merchant_list list;
    struct pg *pg;

    if (!job_database(job, &pg, err) ||
        !merchant_load(pg, &job->merchants, &job->arena, &list, err))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        struct facts facts;

        if (!learn(job, &list.at[i], with_contact, &facts, err))
            return false;
        add_line(table, &list.at[i], &facts);
    }
    return table_print(table, job->format, out, err);
}

/* ---- show ------------------------------------------------------------------------------------ */

static void add_field(struct table *table, const char *name, struct view value)
{
    if (value.length > 0)
        table_add(table, TABLE_CELLS(table_text(view_of(name)), table_text(value)));
}

static void add_fields(struct table *table, const struct merchant *merchant,
                       const struct facts *facts)
{
    add_field(table, "mchid", merchant->mchid);
    add_field(table, "name", merchant->name);
    add_field(table, "mode", view_of(merchant_mode_name(merchant->mode)));
    add_field(table, "sp_mchid", merchant->sp_mchid);
    add_field(table, "suspended", merchant->suspended ? VIEW("yes") : VIEW("no"));
    add_field(table, "rate", facts->rate);
    add_field(table, "fund_account", merchant->fund_account);
    if (merchant->mode != MERCHANT_NONE)
        add_field(table, "first_day", view_of(date_text(merchant->first_day).s));
    add_field(table, "appids", facts->appids);
    add_field(table, "store_appid", merchant->store_appid);
    add_field(table, "key_mode", facts->key_mode);
    add_field(table, "certificate_serial", facts->serial);
    add_field(table, "certificate_ends", facts->certificate_ends);
    add_field(table, "contact_name", facts->contact_name);
    add_field(table, "contact_mobile", facts->contact_mobile);
}

/* Columns of merchant_events. */
enum { EVENT_AT, EVENT_WHO, EVENT_CHANGE, EVENT_DETAIL, EVENT_REASON };

static bool add_event(void *context, const struct pg_value *values, struct err *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_MAX);
    struct table *table = context;

    (void)err;
    buf_add_format(&text, "%s %.*s by %.*s", instant_text_beijing(values[EVENT_AT].instant).s,
                   VIEW_ARG(values[EVENT_CHANGE].text), VIEW_ARG(values[EVENT_WHO].text));
    if (!values[EVENT_DETAIL].null)
        buf_add_format(&text, ", %.*s", VIEW_ARG(values[EVENT_DETAIL].text));
    buf_add_format(&text, ": %.*s", VIEW_ARG(values[EVENT_REASON].text));
    add_field(table, "event", buf_view(&text));
    return true;
}

bool merchant_print_one(struct job *job, const struct merchant *merchant, bool with_contact,
                        FILE *out, struct err *err)
{
    static const struct table_column columns[] = {
        {"field", "FIELD", TABLE_TEXT},
        {"value", "VALUE", TABLE_TEXT},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));
    struct facts facts;
    struct pg *pg;

    if (!learn(job, merchant, with_contact, &facts, err) || !job_database(job, &pg, err))
        return false;
    add_fields(table, merchant, &facts);
    return pg_each(pg, &query_merchant_events, PG_PARAMS(pg_text(merchant->mchid)), add_event,
                   table, err) &&
           table_print(table, job->format, out, err);
}
