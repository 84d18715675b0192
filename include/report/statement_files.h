/* Statements as files, for stores and for machines (DOMAIN §7).
 *
 * Per statement, in <folder>/<mchid>/:
 *
 *   settle_{mchid}_{store}_{period}_v{n}.csv          store profile: head, summary, items
 *   settle_{mchid}_{store}_{period}_v{n}.machine.csv  one table of the items, English heads
 *   settle_{mchid}_{store}_{period}_v{n}.json         manifest, written last
 *
 * Their bytes are a pure function of the stored rows. A file is written to a temporary one, synced
 * and renamed; one that is there is left alone. {period} is 2026-05-31, or two days joined by `_`.
 * Bytes of a store's id other than ASCII letters, digits, `.`, `_` and `-` become `~` and two hex
 * digits, as does a leading `.`. */
#ifndef REPORT_STATEMENT_FILES_H
#define REPORT_STATEMENT_FILES_H

#include "base/date.h"
#include "base/err.h"

struct pg;

struct statement_files {
    int64_t written; /* statements of which at least one file was missing */
    int64_t present; /* statements whose files were all there */
};

/* Statements of one merchant whose period begins in [from, to]. */
struct statement_span {
    struct view mchid;
    struct date from, to;
};

/* Writes what is missing of them, all versions. Outside a transaction. ERR_DATA when a file that a
 * manifest is to name exists with other bytes, ERR_IO, ERR_LIMIT for a store's number too long for
 * a file's name. */
bool statement_files_write(struct pg *pg, const struct statement_span *span, const char *folder,
                           struct statement_files *ret_files, struct err *err);

#endif
