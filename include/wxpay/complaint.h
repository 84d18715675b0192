/* What a failure of WeChat Pay says about itself, and our message about it. For the other files of
 * this room. */
#ifndef WXPAY_COMPLAINT_H
#define WXPAY_COMPLAINT_H

#include "base/memory.h"
#include "http/http.h"
#include "wxpay/reaction.h"
#include "wxpay/verify.h"

/* {"code": …, "message": …} (FACTS §1.4). */
struct wxpay_complaint {
    struct view code;
    struct view message;
};

/* A body that is no such JSON leaves both empty: proxies and gateways answer with pages of their
 * own. Texts live in `arena`. */
struct wxpay_complaint wxpay_complaint_read(struct view body, struct arena *arena);

/* "status 403 NO_AUTH "…"", with the reaction's hint and kind, ERR_DATA for one that is no error.
 * Returns false. */
bool wxpay_complain(int status, const struct wxpay_complaint *complaint,
                    enum wxpay_reaction reaction, struct err *err);

/* Why a reply is not taken for WeChat Pay's. Returns false; true, and nothing set, for
 * WXPAY_GENUINE. */
bool wxpay_doubt(enum wxpay_verdict verdict, const struct wxpay_seal *seal, struct err *err);

/* Adds " (Request-Id …)" to a message when the reply has one. */
void wxpay_add_request_id(const struct http_reply *reply, struct err *err);

/* Appends foreign text in one line of ours, cut between characters. */
void wxpay_add_foreign(struct buf *text, struct view foreign, size_t length_max);

#endif
