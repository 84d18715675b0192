/* What the answers of several calls have in common. For the other files of this room. */
#ifndef WXPAY_FIELDS_H
#define WXPAY_FIELDS_H

#include "base/date.h"
#include "base/err.h"
#include "base/money.h"
#include "wxpay/bill.h"
#include "wxpay/call.h"
#include "wxpay/sub_bill.h"

/* What an optional integer is set to before unpacking. */
#define WXPAY_NO_INTEGER INT64_MIN

/* Nobody pays a trillion yuan: sums of such amounts cannot overflow. */
#define WXPAY_AMOUNT_MAX (INT64_C(1) << 50)

/* Copies a text with its terminator. ERR_DATA naming the key when it does not fit. */
bool wxpay_field_text(const char *name, struct view text, char *target, size_t size,
                      struct err *err);

/* RFC 3339; the empty text is no time. */
bool wxpay_field_time(const char *name, struct view text, bool *ret_has, struct instant *ret_time,
                      struct err *err);

/* 0 … WXPAY_AMOUNT_MAX fen; WXPAY_NO_INTEGER is left out and gives 0. */
bool wxpay_field_money(const char *name, int64_t fen, struct money *ret_money, struct err *err);

/* "CNY", or left out. */
bool wxpay_field_currency(const char *name, struct view currency, struct err *err);

/* The position of the word; 0, whose own word is never looked at, for one that nobody knows yet. */
int wxpay_field_word(struct view text, const char *const *words, size_t count);

/* ERR_DATA unless it is the number that was asked for. */
bool wxpay_field_same(const char *name, struct view text, struct view asked, struct err *err);

/* ---- bills ----------------------------------------------------------------------------------- */

/* "hash_type" and "hash_value": SHA-1 as 40 lower-case digits. */
bool wxpay_bill_read_sha1(struct view type, struct view hex, char ret_sha1[40 + 1],
                          struct err *err);

/* "download_url", on one of the client's hosts. */
bool wxpay_bill_read_url(const struct wxpay *client, struct view url,
                         char ret_url[WXPAY_URL_MAX + 1], struct err *err);

/* The answers to applications. On failure the target may hold a part. */
bool wxpay_bill_read_offer(const struct wxpay *client, struct view body,
                           struct wxpay_bill_offer *ret_offer, struct err *err);
bool wxpay_sub_bill_read_offer(const struct wxpay *client, struct view body,
                               struct wxpay_sub_bill *ret_bill, struct err *err);

/* NONE or NOT_READY: before ten o'clock of the next day "no statement" proves nothing. */
enum wxpay_bill_state wxpay_bill_state_without(const struct wxpay *client,
                                               enum wxpay_reaction reaction, struct date day);

/* A call for a file, or one that fails at once because its URL is on no host of ours. */
struct wxpay_call *wxpay_bill_call_new(struct wxpay *client, const char *url,
                                       http_sink_function *sink, void *context);

/* Whether the file came and holds anything. */
bool wxpay_bill_came(const struct wxpay_call *call, struct err *err);

#endif
