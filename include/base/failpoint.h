/* Places where a test makes the process die, as a power cut would: no clean-up, no flush.
 *
 * `PAYRECON_FAILPOINT=name:n` kills the process with SIGKILL at the n-th time that
 * failpoint_hit(name) is reached (n from 1). Unset, a call costs one comparison. There is one
 * before and after each commit, rename, request and reply; a test enumerates them. */
#ifndef BASE_FAILPOINT_H
#define BASE_FAILPOINT_H

void failpoint_hit(const char *name);

#endif
