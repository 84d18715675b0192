/* `payrecon bill inspect FILE…`: what is in bill files, plain or gzip, without a database.
 *
 * Per file: verdict, layout, line ends, period, rows, the totals of each column as stated in the
 * summary and as computed; for a refused one `file: line N: reason`. A file that cannot be read
 * does not stop the others. */
#ifndef REPORT_BILL_INSPECT_H
#define REPORT_BILL_INSPECT_H

#include "base/err.h"
#include "text/table.h"

#include <stdio.h>

/* ret_code: EXIT_CLEAN when all are clean, EXIT_BAD_DATA when any is refused, EXIT_IO_ERROR when
 * any could not be read. False only when `out` does not take the report. */
bool report_bill_inspect(const char *const *paths, size_t count, enum table_format format,
                         FILE *out, enum exit_code *ret_code, struct err *err);

#endif
