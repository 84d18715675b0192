/* What every answer of WeChat Pay brings besides its own content. */
#ifndef WXPAY_ANSWER_H
#define WXPAY_ANSWER_H

enum { WXPAY_REQUEST_ID_MAX = 128 };

/* The Request-Id that WeChat Pay's support asks for, cut and made printable; "" when the reply had
 * none. To be logged always (FACTS §1.4). */
struct wxpay_request_id {
    char s[WXPAY_REQUEST_ID_MAX + 1];
};

#endif
