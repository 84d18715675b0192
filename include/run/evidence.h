/* Bills in PostgreSQL, as received. Nothing is overwritten: another content is another version. The
 * same plain bytes in another packing, or the same rows in another order, are the same version.
 *
 * A bill that is no intact gzip stream, or whose plain bytes have another digest than announced, is
 * stored as WRONG_DIGEST: kept, never used. */
#ifndef RUN_EVIDENCE_H
#define RUN_EVIDENCE_H

#include "pg/pg.h"
#include "run/bill_content.h"
#include "run/incoming.h"

/* Kinds that are reconciled … */
#define EVIDENCE_TRADE_ALL "TRADE_ALL"
#define EVIDENCE_FUND_BASIC "FUND_BASIC"
/* … and kinds that are only kept, when somebody asks for them. */
#define EVIDENCE_TRADE_SUCCESS "TRADE_SUCCESS"
#define EVIDENCE_TRADE_REFUND "TRADE_REFUND"
#define EVIDENCE_TRADE_RECHARGE_REFUND "TRADE_RECHARGE_REFUND"
#define EVIDENCE_FUND_OPERATION "FUND_OPERATION"
#define EVIDENCE_FUND_FEES "FUND_FEES"

#define EVIDENCE_KINDS_TEXT                                                                        \
    "TRADE_ALL, TRADE_SUCCESS, TRADE_REFUND, TRADE_RECHARGE_REFUND, FUND_BASIC, FUND_OPERATION "   \
    "or FUND_FEES"

enum { EVIDENCE_CHUNK_SIZE = 1 << 20, EVIDENCE_KIND_MAX = 31, EVIDENCE_KIND_COUNT = 7 };

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

/* "trade bill", "fund-flow bill", "trade bill REFUND", …, for messages. */
const char *evidence_kind_name(const char *kind);
/* One of the above. */
bool evidence_kind_is_known(const char *kind);
/* A day rests on it. */
bool evidence_kind_is_reconciled(const char *kind);

/* The newest version that counts: VALID or NO_STATEMENT. */
bool evidence_find(struct pg *pg, const struct evidence_bill *bill, struct evidence_file *ret_file,
                   bool *ret_found, struct err *err);

/* One version, whatever its state. */
bool evidence_find_version(struct pg *pg, const struct evidence_bill *bill, int32_t version,
                           struct evidence_file *ret_file, bool *ret_found, struct err *err);

/* Streams the bytes as received, in pieces of at most EVIDENCE_CHUNK_SIZE. ERR_DATA "evidence
 * changed" when they are not those that were stored: at the end, so what `sink` saw before counts
 * only after success. Not for NO_STATEMENT. */
bool evidence_read(struct pg *pg, const struct evidence_bill *bill,
                   const struct evidence_file *file, evidence_sink *sink, void *context,
                   struct err *err);

/* What the stored bytes hold. ERR_DATA as evidence_read, and when they cannot be inflated. Of
 * NO_STATEMENT it is BILL_CONTENT_NONE. */
bool evidence_content(struct pg *pg, const struct evidence_bill *bill,
                      const struct evidence_file *file, struct bill_content *ret_content,
                      struct err *err);

struct evidence_source {
    struct evidence_bill bill;
    const char *announced_sha1;      /* 40 hex digits, or NULL: imported by hand */
    const char *request_id;          /* of the application; NULL or "": none */
    const char *download_request_id; /* NULL or "": none */
    struct instant at;
};

struct evidence_stored {
    int32_t version;
    bool is_new;    /* false: the newest version has the same content already, and it is whole */
    bool valid;     /* intact, and the digest is the announced one if there was one */
    bool reordered; /* not new: the rows came in another order than those that are kept */
};

/* Stores what came in, whatever it is. In a transaction of the caller's. */
bool evidence_store(struct pg *pg, const struct evidence_source *source, struct incoming *incoming,
                    const struct incoming_digests *digests, struct evidence_stored *ret_stored,
                    struct err *err);

/* WeChat Pay's word that nothing happened that day. In a transaction of the caller's. */
bool evidence_store_none(struct pg *pg, const struct evidence_source *source,
                         struct evidence_stored *ret_stored, struct err *err);

#endif
