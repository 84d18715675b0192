/* `payrecon deposit prove`, see run/command_merchant.h. */
#ifndef RUN_COMMAND_DEPOSIT_H
#define RUN_COMMAND_DEPOSIT_H

#include "base/err.h"

enum exit_code command_deposit_prove(int argc, char *const argv[]);

#endif
