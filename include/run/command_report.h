/* `payrecon finding list`, `payrecon day list`, `payrecon day show`, see run/command_merchant.h. */
#ifndef RUN_COMMAND_REPORT_H
#define RUN_COMMAND_REPORT_H

#include "base/err.h"

enum exit_code command_finding_list(int argc, char *const argv[]);
enum exit_code command_day_list(int argc, char *const argv[]);
enum exit_code command_day_show(int argc, char *const argv[]);

#endif
