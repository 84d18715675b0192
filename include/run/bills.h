/* Bills for people: put a file into evidence, list what is there, get the bytes back. */
#ifndef RUN_BILLS_H
#define RUN_BILLS_H

#include "run/evidence.h"
#include "run/job.h"
#include "run/merchant.h"

/* One bill of one merchant's day. */
struct bills_name {
    const struct merchant *merchant;
    struct date day;
    const char *kind; /* of evidence.h */
};

/* One of run/evidence.h; ERR_USAGE for anything else. */
bool bills_check_kind(const char *kind, struct err *err);

/* Stores the file's bytes, gzip or plain, and makes the day due for reconciling when they are new
 * and the day rests on this kind.
 * Takes the merchant's lock; ERR_LATER when somebody else has it. A file that is no intact gzip
 * stream is ERR_DATA and is not stored. What the bill says is not looked at. */
bool bills_import(struct pg *pg, const struct bills_name *name, const char *path,
                  struct instant now, struct evidence_stored *ret_stored, struct err *err);

/* All versions, of those days only when `days` were given. */
bool bills_list(struct pg *pg, const struct merchant_list *merchants, const struct job_days *days,
                enum table_format format, FILE *out, struct err *err);

/* The bytes of a version, or with 0 of the one that counts, as received. `path` "-" is stdout, else
 * a new file, which appears when it is complete. ERR_DATA when there is no such bill. */
bool bills_export(struct pg *pg, const struct bills_name *name, int32_t version, const char *path,
                  struct err *err);

#endif
