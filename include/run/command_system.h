/* `payrecon migrate`, `payrecon doctor`, `payrecon config sample`, see run/command_merchant.h. */
#ifndef RUN_COMMAND_SYSTEM_H
#define RUN_COMMAND_SYSTEM_H

#include "base/err.h"

enum exit_code command_migrate(int argc, char *const argv[]);
enum exit_code command_doctor(int argc, char *const argv[]);
enum exit_code command_config_sample(int argc, char *const argv[]);

#endif
