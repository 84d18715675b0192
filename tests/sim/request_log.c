#include "request_log.h"

#include "civil.h"
#include "crypt.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

FILE *request_log_open(const char *path, struct fail *fail)
{
    FILE *log = fopen(path, "ae");

    if (log == NULL)
        (void)fail_set(fail, EX_CANTCREAT, "could not open \"%s\": %s", path, strerror(errno));
    return log;
}

/* Foreign bytes that are not UTF-8 must not lose the line. */
static json_t *text_or_marker(const char *text, size_t size)
{
    json_t *value = json_stringn(text, size);

    return value != NULL ? value : json_string("(not UTF-8)");
}

/* The body exactly as it was sent: as text, or in base64 when it is not UTF-8. */
static void put_body(json_t *line, const struct request *request)
{
    json_t *text = json_stringn(request->body.bytes, request->body.size);
    struct text base64 = {0};

    if (text != NULL) {
        (void)json_object_set_new(line, "body", text);
        return;
    }
    base64_add(&base64, request->body.bytes, request->body.size);
    (void)json_object_set_new(line, "body_base64", json_string(base64.bytes));
    text_release(&base64);
}

static json_t *describe(const struct request *request, const struct reply *reply, size_t bytes_sent)
{
    const char *query = request_query(request);
    char time[INSTANT_TEXT_SIZE];
    char day[DAY_TEXT_SIZE] = "";

    instant_text(request->time, time);
    if (request->bill_day != DAY_NONE)
        day_text(request->bill_day, day);
    return json_pack(
        "{s:I, s:s, s:I, s:s, s:o, s:o, s:o, s:s, s:i, s:s, s:s, s:I}", "n",
        (json_int_t)request->number, "time", time, "at_ms", (json_int_t)request->at_ms, "method",
        request->method, "path", text_or_marker(request->uri, request->path_size), "query",
        text_or_marker(query, strlen(query)), "mchid",
        text_or_marker(request->mchid, strlen(request->mchid)), "bill_date", day, "status",
        (int)reply->status, "code", reply->code, "fault",
        reply->fault != NULL ? reply->fault->name : "", "bytes", (json_int_t)bytes_sent);
}

void request_log_write(FILE *log, const struct request *request, const struct reply *reply,
                       size_t bytes_sent)
{
    json_t *line;
    char *printed;

    if (log == NULL)
        return;
    line = describe(request, reply, bytes_sent);
    if (*request->out_refund_no != '\0')
        (void)json_object_set_new(
            line, "out_refund_no",
            text_or_marker(request->out_refund_no, strlen(request->out_refund_no)));
    if (request->body.size > 0)
        put_body(line, request);
    printed = json_dumps(line, JSON_COMPACT);
    if (printed == NULL)
        abort();
    (void)fprintf(log, "%s\n", printed);
    (void)fflush(log);
    free(printed);
    json_decref(line);
}
