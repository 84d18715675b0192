/* One attempt of a call, told when its reply was judged or will not come: for whoever logs. A call
 * that is repeated has several, and the platform certificates are fetched by calls of their own,
 * whose answers nobody sees; their Request-Ids are told here. */
#ifndef WXPAY_ATTEMPT_H
#define WXPAY_ATTEMPT_H

#include "base/err.h"
#include "base/view.h"
#include "wxpay/answer.h"

struct wxpay_attempt {
    const char *mchid; /* who signed */
    const char *method;
    struct view path; /* without the query: it may hold a token */
    int status;       /* 0: no reply */
    struct wxpay_request_id request_id;
    bool certificates;       /* platform certificates were asked for */
    const struct err *again; /* why another attempt follows; NULL: none does */
};

/* Must not call into the client. What it is given ends with the call. */
typedef void wxpay_attempt_function(void *context, const struct wxpay_attempt *attempt);

#endif
