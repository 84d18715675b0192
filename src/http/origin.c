#include "http/origin.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool authority_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':' ||
           c == '[' || c == ']';
}

static bool skip_https(struct view *rest)
{
    struct view scheme = VIEW("https://");
    if (rest->length < scheme.length ||
        !view_equal_ignore_case(view_from(rest->at, scheme.length), scheme))
        return false;
    rest->at += scheme.length;
    rest->length -= scheme.length;
    return true;
}

/* Takes host and port and leaves what follows them. A byte that belongs to no host name, as the '@'
 * after a user name, refuses the URL. */
static bool take_authority(struct view *rest, struct http_origin *ret_origin)
{
    struct http_origin origin = {.authority = ""};
    size_t length = 0;
    while (length < rest->length && rest->at[length] != '/') {
        char c = lower(rest->at[length]);
        if (!authority_byte(c) || length == HTTP_AUTHORITY_MAX)
            return false;
        origin.authority[length++] = c;
    }

    struct view port = VIEW(":443");
    *rest = view_from(rest->at + length, rest->length - length);
    if (view_ends_with(view_of(origin.authority), port))
        origin.authority[length - port.length] = '\0';
    *ret_origin = origin;
    return origin.authority[0] != '\0';
}

bool http_origin_parse(struct view base_url, struct http_origin *ret_origin, struct err *err)
{
    struct view rest = base_url;
    struct http_origin origin;

    if (!skip_https(&rest) || !take_authority(&rest, &origin) ||
        (rest.length > 0 && !view_equal_text(rest, "/")))
        return err_set(err, ERR_CONFIG, "\"%.*s\" is not https://host or https://host:port",
                       VIEW_ARG(base_url));
    *ret_origin = origin;
    return true;
}

bool http_target_is_plain(struct view target)
{
    if (target.length == 0 || target.length > HTTP_TARGET_MAX || target.at[0] != '/')
        return false;
    for (size_t i = 0; i < target.length; i++) {
        if (target.at[i] <= ' ' || target.at[i] > '~' || target.at[i] == '#')
            return false;
    }
    return true;
}

bool http_origin_target(const struct http_origin *origin, struct view url, struct view *ret_target,
                        struct err *err)
{
    struct view rest = url;
    struct http_origin other;

    if (!skip_https(&rest))
        return err_set(err, ERR_DATA, "the URL does not begin with https://");
    if (!take_authority(&rest, &other))
        return err_set(err, ERR_DATA, "the URL has no plain host name");
    if (!view_equal_text(view_of(other.authority), origin->authority))
        return err_set(err, ERR_DATA, "the URL is on host \"%s\", not on \"%s\"", other.authority,
                       origin->authority);
    if (!http_target_is_plain(rest))
        return err_set(err, ERR_DATA,
                       "the URL's path is empty, longer than %d bytes or not plain ASCII",
                       HTTP_TARGET_MAX);
    *ret_target = rest;
    return true;
}
