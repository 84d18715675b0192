/* The words of a fault script: requests, faults with the requests they can happen to, and their
 * arguments. */
#ifndef SIM_FAULT_WORDS_H
#define SIM_FAULT_WORDS_H

#include "faults.h"

const char *request_word(enum request_kind kind);

/* NULL for FAULT_NONE. */
const char *fault_word(enum fault_kind kind);

bool request_named(const char *word, enum request_kind *ret_kind);

/* Reads "fault" or "fault=argument" of a rule about `request`; changes `word`. Texts go into the
 * arena. */
bool fault_read(char *word, enum request_kind request, struct arena *arena, struct fault *ret_fault,
                struct fail *fail);

/* May the request be carried out before this fault loses its reply? Faults of the body, the
 * signature and the way do that anyway. */
bool fault_may_be_after(enum fault_kind kind);

/* Digits only, from lowest to highest. */
bool script_number(const char *text, int64_t lowest, int64_t highest, int64_t *ret_number);

#endif
