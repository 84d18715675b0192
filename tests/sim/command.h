/* What can be told to a running simulator (wxpay-sim(1), --admin). */
#ifndef SIM_COMMAND_H
#define SIM_COMMAND_H

#include "sim.h"

bool command_do(struct sim *sim, const char *command, struct fail *fail);

#endif
