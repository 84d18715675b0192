/* `payrecon refund …` and `payrecon status`, see run/command_merchant.h. What a login may do about
 * refunds says the database. */
#ifndef RUN_COMMAND_REFUND_H
#define RUN_COMMAND_REFUND_H

#include "base/err.h"

enum exit_code command_refund_request(int argc, char *const argv[]);
enum exit_code command_refund_import(int argc, char *const argv[]);
enum exit_code command_refund_withdraw(int argc, char *const argv[]);
enum exit_code command_refund_due(int argc, char *const argv[]);
enum exit_code command_refund_list(int argc, char *const argv[]);
enum exit_code command_refund_show(int argc, char *const argv[]);
enum exit_code command_refund_acts(int argc, char *const argv[]);

enum exit_code command_refund_batch(int argc, char *const argv[]);
enum exit_code command_refund_batch_list(int argc, char *const argv[]);
enum exit_code command_refund_batch_show(int argc, char *const argv[]);
enum exit_code command_refund_approve(int argc, char *const argv[]);
enum exit_code command_refund_reject(int argc, char *const argv[]);

enum exit_code command_refund_query(int argc, char *const argv[]);
enum exit_code command_refund_resolve(int argc, char *const argv[]);

enum exit_code command_refund_breaker_show(int argc, char *const argv[]);
enum exit_code command_refund_breaker_reset(int argc, char *const argv[]);
enum exit_code command_status(int argc, char *const argv[]);

#endif
