/* `payrecon finding accept`: a whole program for jobs/payrecon.c, options to exit code. argv[0] is
 * the last word of the command.
 *
 * Accepting takes two people and a note (DOMAIN §3.1), who are told apart by their database logins;
 * PostgreSQL sees to that (recon.finding_propose, recon.finding_confirm), this only asks. What is
 * confirmed is exactly what was proposed: class, amounts and note. */
#ifndef RUN_COMMAND_FINDING_H
#define RUN_COMMAND_FINDING_H

#include "base/err.h"

enum exit_code command_finding_accept(int argc, char *const argv[]);

#endif
