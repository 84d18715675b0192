/* What this code base does without: after this header the mere mention of one of these names is an
 * error in gcc and clang. `make lint` compiles every file of src/ and jobs/ with it in front
 * (`-include`, tests/lint/banned.sh).
 *
 * Use instead:
 * - of strcpy, strcat, strncpy, sprintf: struct buf, which knows its maximum (base/buf.h)
 * - of strtok: view_take (base/view.h)
 * - of atoi, strtol, sscanf: view_to_int64, money_parse, date_parse
 * - of atof, strtod: nothing, there is no floating point here
 * - of gmtime, localtime, mktime, strftime: base/date.h; the process's time zone is never asked
 * - of system, popen: nothing, no shell is run
 * - of gets, alloca: file_read; memory of foreign size is never on the stack
 *
 * The headers that declare these names come first: a poisoned name may not be declared any more. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#ifdef NDEBUG
#error "assert stays on, in production too"
#endif

#include <alloca.h>
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Fortified headers define some of them as macros. */
#undef alloca
#undef sprintf
#undef stpcpy
#undef strcat
#undef strcpy
#undef strncat
#undef strncpy
#undef vsprintf

#pragma GCC poison strcpy strcat strncpy strncat stpcpy sprintf vsprintf
#pragma GCC poison strtok strtok_r
#pragma GCC poison gmtime gmtime_r localtime localtime_r mktime timegm
#pragma GCC poison ctime ctime_r asctime asctime_r strftime
#pragma GCC poison atoi atol atoll atof sscanf vsscanf fscanf scanf
#pragma GCC poison strtol strtoll strtoull strtoimax strtoumax strtod strtof strtold
#pragma GCC poison gets system popen alloca

/* libpq-fe.h mentions this one in a macro that nobody uses, so it is an unknown name instead. */
#define strtoul BANNED_strtoul_use_view_to_int64

#endif
