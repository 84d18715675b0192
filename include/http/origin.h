/* Where we talk to: an https host and port, and which URLs are there. Pure. */
#ifndef HTTP_ORIGIN_H
#define HTTP_ORIGIN_H

#include "base/err.h"
#include "base/view.h"

enum { HTTP_AUTHORITY_MAX = 255, HTTP_TARGET_MAX = 4096 };

struct http_origin {
    char authority[HTTP_AUTHORITY_MAX + 1]; /* lower case, ":port" unless it is 443 */
};

/* https://host[:port], a slash may follow. ERR_CONFIG for anything else: user names, paths, other
 * schemes. */
bool http_origin_parse(struct view base_url, struct http_origin *ret_origin, struct err *err);

/* The target (path and query, verbatim) of a URL that the other side sent. ERR_DATA when it is not
 * https, not on this origin, too long, or holds blanks, control bytes, '#' or bytes above 127.
 * Messages never show the path: it may hold a token. `ret_target` points into `url`. */
bool http_origin_target(const struct http_origin *origin, struct view url, struct view *ret_target,
                        struct err *err);

/* Whether it can stand in a request line. */
bool http_target_is_plain(struct view target);

#endif
