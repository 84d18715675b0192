#include "http/http.h"

#include "base/memory.h"
#include "transfer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

const char *http_method_name(enum http_method method)
{
    switch (method) {
    case HTTP_GET:
        return "GET";
    case HTTP_POST:
        return "POST";
    }
    assert(false);
    return "";
}

const char *http_host(const struct http *http)
{
    return http->origin.authority;
}

bool http_target_of(const struct http *http, struct view url, struct view *ret_target,
                    struct err *err)
{
    return http_origin_target(&http->origin, url, ret_target, err);
}

/* ---- the reply ------------------------------------------------------------------------------- */

void http_reply_release(struct http_reply *reply)
{
    buf_release(&reply->head);
    buf_release(&reply->body);
}

struct view http_reply_header(const struct http_reply *reply, const char *name)
{
    struct view rest = buf_view(&reply->head);
    struct view line;

    while (view_take(&rest, '\n', &line)) {
        struct view field;
        if (view_take(&line, ':', &field) && view_equal_ignore_case(field, view_of(name)))
            return view_trim(line);
    }
    return (struct view){.at = NULL};
}

/* ---- the handle ------------------------------------------------------------------------------ */

/* "payrecon/0.1.0 (+libcurl/7.88.1)" */
static char *full_user_agent(const char *name)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(HTTP_HEAD_MAX);
    buf_add_format(&text, "%s (+libcurl/%s)", name, curl_version_info(CURLVERSION_NOW)->version);
    assert(!text.overflowed);
    return memory_copy_text(buf_text(&text));
}

bool http_open(const struct http_settings *settings, struct http **ret_http, struct err *err)
{
    struct http_origin origin;
    assert(settings->user_agent != NULL && settings->user_agent[0] != '\0');
    assert(settings->connect_timeout_ms > 0 && settings->total_timeout_ms > 0);

    if (!http_origin_parse(view_of(settings->base_url), &origin, err))
        return false;

    if (settings->ca_file != NULL && access(settings->ca_file, R_OK) != 0)
        return err_set_errno(err, ERR_CONFIG, errno, "could not read CA file \"%s\"",
                             settings->ca_file);

    struct http *http = memory_alloc(sizeof *http);
    http->origin = origin;
    http->ca_file = settings->ca_file == NULL ? NULL : memory_copy_text(settings->ca_file);
    http->user_agent = full_user_agent(settings->user_agent);
    http->limits = *settings;
    http->owns_pool = settings->pool == NULL;
    http->pool = http->owns_pool ? http_pool_new(/* connections_max= */ 1) : settings->pool;
    *ret_http = http;
    return true;
}

void http_close(struct http *http)
{
    if (http == NULL)
        return;
    if (http->owns_pool)
        http_pool_free(http->pool);
    free(http->ca_file);
    free(http->user_agent);
    free(http);
}
