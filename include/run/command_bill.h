/* `payrecon bill inspect|import|list|export`, see run/command_merchant.h. */
#ifndef RUN_COMMAND_BILL_H
#define RUN_COMMAND_BILL_H

#include "base/err.h"

enum exit_code command_bill_inspect(int argc, char *const argv[]);
enum exit_code command_bill_import(int argc, char *const argv[]);
enum exit_code command_bill_list(int argc, char *const argv[]);
enum exit_code command_bill_export(int argc, char *const argv[]);

#endif
