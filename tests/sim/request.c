#include "request.h"

#include <jansson.h>
#include <string.h>

const char *request_query(const struct request *request)
{
    const char *behind = request->uri + request->path_size;

    return *behind == '?' ? behind + 1 : behind;
}

static void keep(struct request *request, const char *number)
{
    if (number != NULL && strlen(number) < sizeof(request->out_refund_no))
        memcpy(request->out_refund_no, number, strlen(number) + 1);
}

void request_find_refund(struct request *request)
{
    json_t *body;

    if (request->route->kind == REQUEST_REFUND_QUERY)
        keep(request, request->path_value);
    if (request->body.size == 0)
        return;
    body = json_loadb(request->body.bytes, request->body.size, 0, NULL);
    keep(request, json_string_value(json_object_get(body, "out_refund_no")));
    json_decref(body);
}
