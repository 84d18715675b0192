/* Bills in PostgreSQL, as received. Nothing is overwritten: other bytes are another version.
 *
 * Incoming bytes are kept in an unlinked temporary file while they are digested and inflated, so
 * that no transaction is open while the network is slow, and nothing is written when they are what
 * we have already. They are stored in one transaction of the caller's.
 *
 * A bill that is no intact gzip stream, or whose plain bytes have another digest than announced, is
 * stored as WRONG_DIGEST: kept, never used. */
#ifndef RUN_EVIDENCE_H
#define RUN_EVIDENCE_H

#include "pg/pg.h"

#define EVIDENCE_TRADE_ALL "TRADE_ALL"
#define EVIDENCE_FUND_BASIC "FUND_BASIC"

enum { EVIDENCE_CHUNK_SIZE = 1 << 20, EVIDENCE_KIND_MAX = 15, EVIDENCE_REQUEST_ID_MAX = 128 };

struct evidence_file {
    char kind[EVIDENCE_KIND_MAX + 1];
    int32_t version;
    bool no_statement; /* WeChat Pay said that there is no bill; no bytes, no digests */
    char received_sha256[64 + 1];
    char plain_sha1[40 + 1];
    int64_t received_bytes, plain_bytes;
};

typedef bool evidence_sink(void *context, struct view bytes, struct err *err);

/* "trade bill", "fund-flow bill", for messages. */
const char *evidence_kind_name(const char *kind);

/* The newest version that counts: VALID or NO_STATEMENT. */
bool evidence_find(struct pg *pg, struct view mchid, struct date day, const char *kind,
                   struct evidence_file *ret_file, bool *ret_found, struct err *err);

/* Streams the bytes as received, in pieces of at most EVIDENCE_CHUNK_SIZE. ERR_DATA "evidence
 * changed" when they are not those that were stored: at the end, so what `sink` saw before counts
 * only after success. Not for NO_STATEMENT. */
bool evidence_read(struct pg *pg, struct view mchid, struct date day,
                   const struct evidence_file *file, evidence_sink *sink, void *context,
                   struct err *err);

/* Bytes on their way in. */
struct evidence_incoming;

/* ERR_IO when no temporary file can be made. */
bool evidence_incoming_open(struct evidence_incoming **ret_incoming, struct err *err);
void evidence_incoming_close(struct evidence_incoming *incoming);
DEFINE_CLEANUP(evidence_incoming_done, struct evidence_incoming, evidence_incoming_close)

/* Fails only when the temporary file does (ERR_IO) or a limit is passed (ERR_LIMIT); a broken gzip
 * stream is told by `finish`. */
bool evidence_incoming_push(struct evidence_incoming *incoming, struct view bytes, struct err *err);

/* What came, once all of it was pushed. */
struct evidence_digests {
    bool intact;       /* a whole gzip stream, or plain bytes */
    struct err damage; /* why not, when not intact */
    char received_sha256[64 + 1];
    char plain_sha1[40 + 1]; /* only when intact */
    int64_t received_bytes, plain_bytes;
};

bool evidence_incoming_finish(struct evidence_incoming *incoming,
                              struct evidence_digests *ret_digests, struct err *err);

struct evidence_source {
    struct view mchid;
    struct date day;
    const char *kind;
    const char *announced_sha1; /* 40 hex digits, or NULL: imported by hand */
    const char *request_id;     /* NULL or "": none */
    struct instant at;
};

struct evidence_stored {
    int32_t version;
    bool is_new; /* false: the newest version has the same bytes already */
    bool valid;  /* intact, and the digest is the announced one if there was one */
};

/* In a transaction of the caller's, after finish. */
bool evidence_store(struct pg *pg, const struct evidence_source *source,
                    struct evidence_incoming *incoming, struct evidence_stored *ret_stored,
                    struct err *err);

/* WeChat Pay's word that nothing happened that day. In a transaction of the caller's. */
bool evidence_store_none(struct pg *pg, const struct evidence_source *source,
                         struct evidence_stored *ret_stored, struct err *err);

/* `payrecon bill import`: puts one file into evidence, in a transaction of its own, and makes the
 * day due for reconciling. A damaged file is ERR_DATA and not stored. */
bool evidence_import(struct pg *pg, const struct evidence_source *source, const char *path,
                     struct evidence_stored *ret_stored, struct err *err);

/* `payrecon bill export`: the bytes as received, to a new file. ERR_DATA when there is no bill. */
bool evidence_export(struct pg *pg, struct view mchid, struct date day, const char *kind,
                     const char *path, struct err *err);

#endif
