/* `payrecon doctor`: is everything there that a night needs? Changes nothing, asks no network but
 * the database. One line per check; what fails says in that line what to mend. */
#ifndef RUN_DOCTOR_H
#define RUN_DOCTOR_H

#include "run/job.h"

/* *ret_code: the worst of all checks. A certificate that ends soon is a warning and changes nothing
 * in it, one that has ended is a failure (run/merchant_certificate.h). */
bool doctor_run(struct job *job, FILE *out, enum exit_code *ret_code, struct err *err);

#endif
