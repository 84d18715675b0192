/* The classes of findings (DOMAIN §3.3): code, name, who looks at them. One table, in the order of
 * the domain's.
 *
 * A class that `warns` marks rows of a kind nobody has classified: alone they make a day WARN, not
 * BROKEN. A class that is `listed` is work to be done, about which bill and books agree: it changes
 * no day's verdict. A class that `stays` is never taken back by a run, only by people. */
#ifndef RECON_CLASS_H
#define RECON_CLASS_H

#include "base/view.h"

enum finding_class {
    CLASS_NONE,
    CLASS_E01,
    CLASS_E02,
    CLASS_E03,
    CLASS_E04,
    CLASS_E05,
    CLASS_E06,
    CLASS_E07,
    CLASS_E08,
    CLASS_E09,
    CLASS_T01,
    CLASS_T02,
    CLASS_T03,
    CLASS_T04,
    CLASS_T05,
    CLASS_T06,
    CLASS_T07,
    CLASS_T08,
    CLASS_T09,
    CLASS_T10,
    CLASS_T11,
    CLASS_T12,
    CLASS_T13,
    CLASS_R01,
    CLASS_R02,
    CLASS_R03,
    CLASS_R04,
    CLASS_R05,
    CLASS_R06,
    CLASS_R07,
    CLASS_R08,
    CLASS_R09,
    CLASS_R10,
    CLASS_C01,
    CLASS_C02,
    CLASS_C05,
    CLASS_S01,
    CLASS_S02,
    CLASS_S05,
    CLASS_COUNT,
};

enum finding_owner { OWNER_FINANCE, OWNER_OPS, OWNER_OPERATOR };

struct class_info {
    const char *code; /* "T01" */
    const char *name; /* 渠道有·我方无 */
    const char *meaning;
    enum finding_owner owner;
    bool warns, listed, stays;
};

/* Asserts on CLASS_NONE. */
const struct class_info *class_info(enum finding_class class);
/* E01 to E09: about a whole bill or the whole books, not about a row. */
bool class_is_evidence(enum finding_class class);

bool class_by_code(struct view code, enum finding_class *ret_class);

const char *finding_owner_name(enum finding_owner owner);

#endif
