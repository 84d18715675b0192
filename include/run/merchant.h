/* Merchants as the database knows them (recon.merchant, recon.merchant_app). */
#ifndef RUN_MERCHANT_H
#define RUN_MERCHANT_H

#include "base/options.h"
#include "pg/pg.h"

enum merchant_mode {
    MERCHANT_DIRECT,
    MERCHANT_PARTNER, /* trades through a service provider, whose keys sign */
    MERCHANT_NONE,    /* takes no WeChat Pay: known, shown as such, skipped (DOMAIN §1) */
};

/* "DIRECT", … as stored. */
const char *merchant_mode_name(enum merchant_mode mode);

/* What the number of a company without WeChat Pay begins with. */
#define MERCHANT_NONE_PREFIX "none-"

/* Texts live in the arena they were loaded into, and are terminated there. */
struct merchant {
    struct view mchid;
    struct view name;
    enum merchant_mode mode;
    struct view sp_mchid;      /* MERCHANT_PARTNER; else empty */
    const struct view *appids; /* of both sides */
    size_t appid_count;
    struct view store_appid;  /* the stores' mini program among them; empty: none is known */
    struct ppm rate;          /* MERCHANT_NONE: 0 */
    struct view fund_account; /* "BASIC", or empty: no fund-flow bill */
    struct date first_day;    /* MERCHANT_NONE: when it was added */
    bool suspended;
};

struct merchant_list {
    struct merchant *at;
    size_t count;
};

/* Those that --merchant names, or all; by mchid. One that is named but unknown is ERR_USAGE.
 * Suspended ones are in the list. */
bool merchant_load(struct pg *pg, const struct option_texts *wanted, struct arena *arena,
                   struct merchant_list *ret_list, struct err *err);

/* One; ERR_USAGE when it is not known. */
bool merchant_load_one(struct pg *pg, struct view mchid, struct arena *arena,
                       struct merchant *ret_merchant, struct err *err);

/* Whose keys sign for the merchant: its own number, with a service provider the provider's. */
struct view merchant_signer(const struct merchant *merchant);

/* The folder of the keys that sign for the merchant. Lives in the arena. */
const char *merchant_keys_dir(const struct merchant *merchant, const char *keys_dir,
                              struct arena *arena);

/* 8 to 10 digits (FACTS §3.7); an AppID is `wx` and 16 hex digits (DOMAIN §1); of a company without
 * WeChat Pay `none-` and 1 to 32 of a–z, 0–9 and `-`. ERR_USAGE. */
bool merchant_check_mchid(struct view mchid, struct err *err);
bool merchant_check_appid(struct view appid, struct err *err);
bool merchant_check_none(struct view mchid, struct err *err);

/* Whom to call. Personal data: never in a log. */
struct merchant_contact {
    struct view name; /* empty: nobody is known */
    struct view mobile;
};

/* What options say: both or neither, a name and 6 to 20 digits. ERR_USAGE without repeating what
 * was given: messages end in logs. `ret_contact` is left alone when neither is given. */
bool merchant_contact_given(const char *name, const char *mobile,
                            struct merchant_contact *ret_contact, struct err *err);

/* Adds a merchant that passed the checks, its mini programs and contact (NULL: none), and the event
 * ADDED. ERR_DATA when the number is taken. One transaction. */
bool merchant_add(struct pg *pg, const struct merchant *merchant,
                  const struct merchant_contact *contact, struct instant now, struct err *err);

/* `ret_contact` is left alone when there is none. Texts live in the arena. */
bool merchant_contact(struct pg *pg, struct view mchid, struct arena *arena,
                      struct merchant_contact *ret_contact, struct err *err);

enum merchant_change {
    MERCHANT_ADDED,
    MERCHANT_SUSPENDED,
    MERCHANT_RESUMED,
    MERCHANT_KEYS,
    MERCHANT_EDITED, /* by merchant_edit only */
};

/* "ADDED", … as stored. */
const char *merchant_change_name(enum merchant_change change);

struct merchant_event {
    enum merchant_change change;
    struct view detail; /* empty: none */
    struct view reason; /* not blank */
    struct instant at;
    struct view rotation; /* of MERCHANT_KEYS: the exchange it is about; empty: none */
};

/* Leaves the event under the login of this connection and does what it says, in one statement.
 * `ret_changed` is false, and nothing happened, when the merchant was suspended, or not suspended,
 * already, or when the rotation was written down before. */
bool merchant_change(struct pg *pg, struct view mchid, const struct merchant_event *event,
                     bool *ret_changed, struct err *err);

/* What is to become of a merchant; what is empty stays as it is. */
struct merchant_edit {
    struct view name;
    bool has_rate;
    struct ppm rate;
    struct merchant_contact contact;
    const struct view *appids; /* added to the riders' */
    size_t appid_count;
    struct view store_appid; /* where none is known */
    struct view reason;      /* not blank */
    struct instant at;
};

/* Changes it and leaves the event under the login of this connection, in one statement.
 * `ret_changes` says what, without personal data, and lives in the arena; empty: everything is so
 * already and nothing happened. ERR_DATA when it is not known, or is not to have that. */
bool merchant_edit(struct pg *pg, struct view mchid, const struct merchant_edit *edit,
                   struct arena *arena, struct view *ret_changes, struct err *err);

#endif
