/* Download tokens. A token carries, sealed, who may fetch which bill until when: nothing to keep,
 * and it outlives a restart. */
#ifndef SIM_TOKEN_H
#define SIM_TOKEN_H

#include "bill_store.h"
#include "crypt.h"

/* FACTS §3.2, current pages. */
enum { TOKEN_VALID_S = 300 };

struct token {
    char applicant[33]; /* mchid */
    char owner[33];     /* mchid whose bill it is: another one only after swap-merchant */
    char shop[33];      /* the one whose rows it holds; empty: all */
    enum request_kind request;
    enum bill_type type;
    enum account_kind account;
    int part; /* of an encrypted bill, from 1, of `parts`; 0 for plain bills */
    int parts;
    int32_t day;     /* the bill's */
    int32_t for_day; /* the day that was asked for: another one only after swap-day */
    bool gzip;
    int64_t expires;
    struct bill_spoil spoil;
};

void token_seal(const struct token *token, const struct text *key, struct text *out);
bool token_open(const char *sealed, const struct text *key, struct token *ret_token);

#endif
