/* `payrecon merchant add`, `list`, `show`, `check`, `suspend`, `resume`, `edit` and `rotate-key`:
 * each a whole program for jobs/payrecon.c, options to exit code. argv[0] is the last word of the
 * command. */
#ifndef RUN_COMMAND_MERCHANT_H
#define RUN_COMMAND_MERCHANT_H

#include "base/err.h"

enum exit_code command_merchant_add(int argc, char *const argv[]);
enum exit_code command_merchant_list(int argc, char *const argv[]);
enum exit_code command_merchant_show(int argc, char *const argv[]);
enum exit_code command_merchant_check(int argc, char *const argv[]);
enum exit_code command_merchant_suspend(int argc, char *const argv[]);
enum exit_code command_merchant_resume(int argc, char *const argv[]);
enum exit_code command_merchant_edit(int argc, char *const argv[]);
enum exit_code command_merchant_rotate_key(int argc, char *const argv[]);

#endif
