/* `payrecon finding list`: findings as a table, oldest bill day first. */
#ifndef REPORT_FINDINGS_H
#define REPORT_FINDINGS_H

#include "base/date.h"
#include "base/err.h"
#include "recon/finding.h"
#include "text/table.h"

#include <stdio.h>

struct pg;

struct report_findings_filter {
    const struct view *mchids; /* none: all merchants */
    size_t mchid_count;
    bool has_days;
    struct date from, to; /* both included */
    bool has_state;       /* false: all but RESOLVED */
    enum finding_state state;
    bool all_states;    /* RESOLVED, too; not with has_state */
    struct instant now; /* for the age */
};

bool report_findings(struct pg *pg, const struct report_findings_filter *filter,
                     enum table_format format, FILE *out, struct err *err);

#endif
