/* Merchants as the database knows them (recon.merchant, recon.merchant_app). */
#ifndef RUN_MERCHANT_H
#define RUN_MERCHANT_H

#include "base/options.h"
#include "pg/pg.h"
#include "text/table.h"

enum merchant_mode {
    MERCHANT_DIRECT,
    MERCHANT_PARTNER, /* trades through a service provider, whose keys sign */
};

/* Texts live in the arena they were loaded into, and are terminated there. */
struct merchant {
    struct view mchid;
    struct view name;
    enum merchant_mode mode;
    struct view sp_mchid; /* MERCHANT_PARTNER; else empty */
    const struct view *appids;
    size_t appid_count;
    struct ppm rate;
    struct view fund_account; /* "BASIC", or empty: no fund-flow bill */
    struct date first_day;
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

/* The folder of the keys that sign for the merchant. Lives in the arena. */
const char *merchant_keys_dir(const struct merchant *merchant, const char *keys_dir,
                              struct arena *arena);

/* 8 to 10 digits (FACTS §3.7); an AppID is `wx` and 16 hex digits (DOMAIN §1). ERR_USAGE. */
bool merchant_check_mchid(struct view mchid, struct err *err);
bool merchant_check_appid(struct view appid, struct err *err);

/* Adds a merchant that passed the checks. ERR_DATA when the number is taken. One transaction. */
bool merchant_add(struct pg *pg, const struct merchant *merchant, struct instant now,
                  struct err *err);

/* `payrecon merchant list`. */
bool merchant_print(const struct merchant_list *list, enum table_format format, FILE *out,
                    struct err *err);

#endif
