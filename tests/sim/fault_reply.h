/* What the faults of a script do to a reply. Two moments: a fault that stands in is the answer, so
 * that the request is not carried out; any other spoils a reply that is finished but for its
 * signature, which then fits what is sent. */
#ifndef SIM_FAULT_REPLY_H
#define SIM_FAULT_REPLY_H

#include "reply.h"
#include "request.h"

/* True and the reply, when the fault is in place of an answer and not `after` it. */
bool fault_stands_in(const struct fault *fault, const struct request *request, struct reply *reply);

/* Everything but the signature (reply_sign). */
void fault_spoil(const struct fault *fault, const struct request *request, struct reply *reply);

#endif
