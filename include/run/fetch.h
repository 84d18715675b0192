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

enum { FETCH_DOWNLOADS_MAX = 3, FETCH_KINDS_MAX = 2 };

/* One merchant's client, opened at its first request and used for all its days; another merchant
 * gets another one. Once keys are wrong or WeChat Pay was out of reach FETCH_FAILURES_MAX times in
 * a row, it is not asked again: the days that follow have the same reason. */
enum { FETCH_FAILURES_MAX = 3 };

struct fetch_client {
    const struct merchant *merchant;
    struct wxpay *wxpay;
    int failures;
    struct err broken; /* ERR_NONE: ask */
};

#define FETCH_CLIENT_INIT ((struct fetch_client){.merchant = NULL})
void fetch_client_release(struct fetch_client *client);

/* The bills that belong to one of the merchant's days. */
size_t fetch_kinds(const struct merchant *merchant, const char *ret_kinds[FETCH_KINDS_MAX]);

/* Marks the day FETCHED if all its bills are evidence. In a transaction of the caller's. */
bool fetch_mark(struct pg *pg, const struct merchant *merchant, struct date day, struct instant now,
                bool *ret_complete, struct err *err);

struct fetch_result {
    bool complete;                    /* all bills are evidence */
    bool changed;                     /* a new version was stored */
    char reason[UNIT_REASON_MAX + 1]; /* not complete: why, beginning with the class */
    enum exit_code code; /* not complete: 75 while it may still come, 65 when it will not, else as
                            the error's kind says */
};

struct fetch_order {
    const struct merchant *merchant;
    const struct unit *unit; /* its row exists, its bills are published */
    bool again;              /* also what is in evidence already */
};

/* The merchant's lock is held. Fails when the database does, and with ERR_LATER when the program
 * was asked to stop: then nothing is marked. */
bool fetch_day(const struct job *job, struct pg *pg, struct fetch_client *client,
               const struct fetch_order *order, struct fetch_result *ret_result, struct err *err);

#endif
