/* Path and query of a request, percent-encoded in one place: these bytes are signed and sent
 * (FACTS §1.1). Pure.
 *
 * Everything but letters, digits and "-._~" becomes %XX with capitals: a refund's number may hold
 * '|', '*' and '@', and '|' must go as %7C. */
#ifndef WXPAY_TARGET_H
#define WXPAY_TARGET_H

#include "base/buf.h"

/* "/" and one segment of the path, encoded. */
void wxpay_target_segment(struct buf *target, struct view segment);

/* "?name=value" or "&name=value", whichever fits. The name is ours, the value is encoded. */
void wxpay_target_query(struct buf *target, const char *name, struct view value);

#endif
