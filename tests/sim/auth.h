/* Who sent this request? WeChat Pay's checks in its order: headers, form of Authorization,
 * merchant, clock, certificate, signature (FACTS §1.2–1.4, §11). */
#ifndef SIM_AUTH_H
#define SIM_AUTH_H

#include "reply.h"
#include "request.h"

/* True sets request->merchant and ->keys; false has made the reply. */
bool auth_check(struct request *request, const struct world *world, const struct keys *keys,
                struct reply *reply);

#endif
