/* WeChat Pay's platform certificates: several may be valid at a time, one of them signs (FACTS
 * §2.2, §2.5). Which ones is written down, so that a restart changes nothing. */
#ifndef SIM_PLATFORM_H
#define SIM_PLATFORM_H

#include "keys.h"

/* Makes the first one and its key at the first start, dated around `now`. */
bool platform_open(struct keys *keys, int64_t now, struct fail *fail);
void platform_release(struct keys *keys);

/* A new one that is valid from `now` on is listed beside the others; it does not sign yet. */
bool platform_announce(struct keys *keys, int64_t now, struct fail *fail);

/* From here on the newest signs; a new one is made when it does already. The others stay listed. */
bool platform_rotate(struct keys *keys, int64_t now, struct fail *fail);

/* Those older than the one that signs are not listed any more. */
bool platform_expire(struct keys *keys, struct fail *fail);

const struct platform *platform_signing(const struct keys *keys);

/* Is that one in the list at `now`? */
bool platform_listed(const struct keys *keys, size_t at, int64_t now);

/* The listed one of that serial number, or NULL. */
const struct platform *platform_named(const struct keys *keys, const char *serial, int64_t now);

#endif
