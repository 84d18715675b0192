/* Bills in PostgreSQL, as received. Nothing is overwritten: other bytes are another version.
 *
 * A bill that is no intact gzip stream, or whose plain bytes have another digest than announced, is
 * stored as WRONG_DIGEST: kept, never used. */
#ifndef RUN_EVIDENCE_H
#define RUN_EVIDENCE_H

#include "pg/pg.h"
#include "run/incoming.h"

#define EVIDENCE_TRADE_ALL "TRADE_ALL"
#define EVIDENCE_FUND_BASIC "FUND_BASIC"

enum { EVIDENCE_CHUNK_SIZE = 1 << 20, EVIDENCE_KIND_MAX = 15 };

struct evidence_file {
    char kind[EVIDENCE_KIND_MAX + 1];
    int32_t version;
    bool no_statement; /* WeChat Pay said that there is no bill; no bytes, no digests */
    char received_sha256[64 + 1];
    char plain_sha1[40 + 1];
    int64_t received_bytes, plain_bytes;
};

typedef bool evidence_sink(void *context, struct view bytes, struct err *err);

/* Which bill. */
struct evidence_bill {
    struct view mchid;
    struct date day;
    const char *kind;
};

/* "trade bill", "fund-flow bill", for messages. */
const char *evidence_kind_name(const char *kind);

/* The newest version that counts: VALID or NO_STATEMENT. */
bool evidence_find(struct pg *pg, const struct evidence_bill *bill, struct evidence_file *ret_file,
                   bool *ret_found, struct err *err);

/* Streams the bytes as received, in pieces of at most EVIDENCE_CHUNK_SIZE. ERR_DATA "evidence
 * changed" when they are not those that were stored: at the end, so what `sink` saw before counts
 * only after success. Not for NO_STATEMENT. */
bool evidence_read(struct pg *pg, const struct evidence_bill *bill,
                   const struct evidence_file *file, evidence_sink *sink, void *context,
                   struct err *err);

struct evidence_source {
    struct evidence_bill bill;
    const char *announced_sha1; /* 40 hex digits, or NULL: imported by hand */
    const char *request_id;     /* NULL or "": none */
    struct instant at;
};

struct evidence_stored {
    int32_t version;
    bool is_new; /* false: the newest version has the same bytes already, and they are whole */
    bool valid;  /* intact, and the digest is the announced one if there was one */
};

/* Stores what came in, whatever it is. In a transaction of the caller's. */
bool evidence_store(struct pg *pg, const struct evidence_source *source, struct incoming *incoming,
                    const struct incoming_digests *digests, struct evidence_stored *ret_stored,
                    struct err *err);

/* WeChat Pay's word that nothing happened that day. In a transaction of the caller's. */
bool evidence_store_none(struct pg *pg, const struct evidence_source *source,
                         struct evidence_stored *ret_stored, struct err *err);

#endif
