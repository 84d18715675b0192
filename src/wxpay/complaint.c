#include "wxpay/complaint.h"

#include "text/json.h"

#include <assert.h>

enum { BODY_MAX = 1 << 20, CODE_MAX = 64, MESSAGE_MAX = 300, SERIAL_MAX = 128, ID_MAX = 128 };

struct wxpay_complaint wxpay_complaint_read(struct view body, struct arena *arena)
{
    CLEANUP(json_doc_release) struct json_doc doc = JSON_DOC_INIT;
    struct err ignored = ERR_INIT;
    struct wxpay_complaint found = {.code = {.at = NULL}};
    const struct json_field fields[] = {
        {"code", JSON_FIELD_TEXT, &found.code, JSON_REQUIRED},
        {"message", JSON_FIELD_TEXT, &found.message, JSON_OPTIONAL},
    };

    if (json_doc_parse(body, BODY_MAX, &doc, &ignored) &&
        json_node_unpack(json_doc_root(&doc), JSON_FIELDS(fields), arena, &ignored) &&
        found.code.length <= CODE_MAX)
        return found;
    return (struct wxpay_complaint){.code = {.at = NULL}};
}

void wxpay_add_foreign(struct buf *text, struct view foreign, size_t length_max)
{
    size_t length = foreign.length < length_max ? foreign.length : length_max;
    while (length < foreign.length && length > 0 &&
           ((unsigned char)foreign.at[length] & 0xc0) == 0x80)
        length--;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)foreign.at[i];
        buf_add_byte(text, byte < 0x20 || byte == 0x7f ? ' ' : foreign.at[i]);
    }
}

bool wxpay_complain(int status, const struct wxpay_complaint *complaint,
                    enum wxpay_reaction reaction, struct err *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ERR_TEXT_MAX);
    enum err_kind kind = wxpay_reaction_kind(reaction);

    buf_add_format(&text, "status %d", status);
    if (complaint->code.length > 0) {
        buf_add_byte(&text, ' ');
        wxpay_add_foreign(&text, complaint->code, CODE_MAX);
    }
    if (complaint->message.length > 0) {
        buf_add_text(&text, " \"");
        wxpay_add_foreign(&text, complaint->message, MESSAGE_MAX);
        buf_add_byte(&text, '"');
    }
    err_set(err, kind == ERR_NONE ? ERR_DATA : kind, "%s", buf_text(&text));
    return err_hint(err, "%s", wxpay_reaction_hint(reaction));
}

/* Around a foreign text, made fit for a line. */
static bool doubt_about(struct view text, const char *before, const char *after, struct err *err)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(ERR_TEXT_MAX);
    wxpay_add_foreign(&line, text, SERIAL_MAX);
    return err_set(err, ERR_ACCESS, "%s%s%s", before, buf_text(&line), after);
}

bool wxpay_doubt(enum wxpay_verdict verdict, const struct wxpay_seal *seal, struct err *err)
{
    switch (verdict) {
    case WXPAY_GENUINE:
        return true;
    case WXPAY_UNSIGNED:
        return err_set(err, ERR_ACCESS, "the reply is not signed");
    case WXPAY_STALE:
        err_set(err, ERR_ACCESS, "the reply was signed at %.*s, %d s or more away from our clock",
                VIEW_ARG(seal->timestamp), WXPAY_SKEW_MAX_S);
        return err_hint(err, "check the machine's clock");
    case WXPAY_UNKNOWN_KEY:
        return doubt_about(seal->serial, "the reply is signed with the unknown key \"", "\"", err);
    case WXPAY_FORGED:
        return doubt_about(seal->serial, "the reply's signature with key \"", "\" is wrong", err);
    }
    assert(false);
    return false;
}

void wxpay_add_request_id(const struct http_reply *reply, struct err *err)
{
    CLEANUP(buf_release) struct buf id = BUF_INIT(ID_MAX + 1);
    struct err told = *err;
    struct view header = http_reply_header(reply, "Request-Id");

    if (header.length == 0)
        return;
    wxpay_add_foreign(&id, header, ID_MAX);
    err_set(err, told.kind, "%.*s (Request-Id %s)", ERR_TEXT_MAX - ID_MAX - 20, told.text,
            buf_text(&id));
    (void)err_hint(err, "%s", told.hint);
}
