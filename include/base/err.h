/* What went wrong, and what the caller would do about it.
 *
 * The callee writes a complete message into the `struct err` that the caller passed and returns
 * false; the struct is untouched when all is well. Each level on the way up adds in front what only
 * it knows:
 *
 *     if (!bill_read(path, &bill, err))
 *         return err_wrap(err, "bill of %s", date_text(day).s);
 *
 * Messages are lower case, have no full stop and name the file, line or key. Advice goes into the
 * hint. A message longer than ERR_TEXT_MAX is cut at a character boundary. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

/* Kinds are reactions, not causes. */
enum err_kind {
    ERR_NONE,
    ERR_USAGE,       /* the command line was wrong */
    ERR_DATA,        /* input is wrong and stays wrong until somebody mends it */
    ERR_LIMIT,       /* input is larger than this program accepts */
    ERR_UNAVAILABLE, /* a server that we need is not there, or refused */
    ERR_BUG,         /* must not happen */
    ERR_IO,          /* reading or writing failed */
    ERR_LATER,       /* not yet: the same call later may succeed */
    ERR_ACCESS,      /* key, certificate, signature, permission */
    ERR_CONFIG,      /* the configuration was wrong */
};

enum { ERR_TEXT_MAX = 1024, ERR_HINT_MAX = 512 };

/* Exit codes of all programs (DESIGN §2); sysexits where sysexits has one. */
enum exit_code {
    EXIT_CLEAN = 0,
    EXIT_FINDINGS = 1,
    EXIT_USAGE_ERROR = 64,
    EXIT_BAD_DATA = 65,
    EXIT_NOT_AVAILABLE = 69,
    EXIT_INTERNAL = 70,
    EXIT_IO_ERROR = 74,
    EXIT_TRY_LATER = 75,
    EXIT_NO_ACCESS = 77,
    EXIT_BAD_CONFIG = 78,
};

struct err {
    enum err_kind kind;
    char text[ERR_TEXT_MAX];
    char hint[ERR_HINT_MAX]; /* empty, or what the reader can do */
};

#define ERR_INIT ((struct err){.kind = ERR_NONE})

/* Sets kind and message, drops any hint. Returns false, so that `return err_set(…)` reads well. */
bool err_set(struct err *err, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "<format>: " before the message; kind and hint stay. Returns false. */
bool err_wrap(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sets the hint. Returns false. */
bool err_hint(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As err_set with "<format>: <text of errno number>". */
bool err_set_errno(struct err *err, enum err_kind kind, int number, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

void err_clear(struct err *err);

/* "bad data", "try again later", … for log lines. */
const char *err_kind_name(enum err_kind kind);

enum exit_code err_exit_code(enum err_kind kind);

/* The worse of two exit codes, for runs over many merchants: the order is that of severity, not of
 * numbers. */
enum exit_code exit_code_worse(enum exit_code a, enum exit_code b);

/* "clean", "findings open", … */
const char *exit_code_name(enum exit_code code);

#endif
