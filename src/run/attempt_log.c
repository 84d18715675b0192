#include "run/attempt_log.h"

void attempt_log(const struct log *log, const struct wxpay_attempt *attempt)
{
    const char *id = attempt->request_id.s[0] != '\0' ? attempt->request_id.s : "none";

    if (attempt->again != NULL)
        log_line(log, LOG_INFO, "%s: %s %.*s: asked again because of: %s (Request-Id %s)",
                 attempt->mchid, attempt->method, VIEW_ARG(attempt->path), attempt->again->text,
                 id);
    else
        log_line(log, attempt->certificates ? LOG_INFO : LOG_DEBUG,
                 "%s: %s %.*s: status %d (Request-Id %s)", attempt->mchid, attempt->method,
                 VIEW_ARG(attempt->path), attempt->status, id);
}
