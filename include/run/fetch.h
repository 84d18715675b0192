/* Fetches the bills of one unit and keeps them as evidence.
 *
 * Kinds: the trade bill ALL, and the fund-flow bill BASIC when the merchant has such an account. A
 * kind that is there already is not asked for again unless `again`; the same bytes are the same
 * version.
 *
 * What is not there makes the day INCOMPLETE with a finding of leg EVIDENCE (DOMAIN §3.3), in one
 * transaction with the mark: E01 not generated yet, not published yet or not to be had; E03 another
 * digest than announced, three times; E04 no intact gzip stream, three times. The next try is in
 * settings.retry_minutes. When everything is there the day is FETCHED. */
#ifndef RUN_FETCH_H
#define RUN_FETCH_H

#include "run/unit.h"
#include "wxpay/client.h"

enum { FETCH_DOWNLOADS_MAX = 3 };

/* One merchant's client, opened at its first request and used for all its days. */
struct fetch_client {
    struct wxpay *wxpay;
};

#define FETCH_CLIENT_INIT ((struct fetch_client){.wxpay = NULL})
void fetch_client_release(struct fetch_client *client);

struct fetch_result {
    bool complete;                    /* the day is FETCHED, or further */
    bool changed;                     /* a new version was stored */
    char reason[UNIT_REASON_MAX + 1]; /* not complete: why, beginning with the class */
    enum exit_code code; /* EXIT_CLEAN, EXIT_TRY_LATER, EXIT_BAD_DATA after the deadline */
};

/* The merchant's lock is held and the unit's row exists. Fails when no attempt could be judged:
 * keys, configuration, database; and with ERR_LATER when the program was asked to stop. */
bool fetch_day(struct job *job, struct pg *pg, struct fetch_client *client,
               const struct merchant *merchant, struct date day, bool again,
               struct fetch_result *ret_result, struct err *err);

#endif
