#include "wxpay/refund.h"

#include "base/failpoint.h"
#include "base/memory.h"
#include "text/json.h"
#include "wxpay/complaint.h"
#include "wxpay/fields.h"
#include "wxpay/target.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define REFUNDS "/v3/refund/domestic/refunds"

#define WORDS(words) (words), (sizeof(words) / sizeof((words)[0]))

/* ---- the object ------------------------------------------------------------------------------ */

static const char *const statuses[] = {
    [WXPAY_REFUND_UNKNOWN] = "",          [WXPAY_REFUND_SUCCESS] = "SUCCESS",
    [WXPAY_REFUND_CLOSED] = "CLOSED",     [WXPAY_REFUND_PROCESSING] = "PROCESSING",
    [WXPAY_REFUND_ABNORMAL] = "ABNORMAL",
};

static const char *const channels[] = {
    [WXPAY_CHANNEL_UNKNOWN] = "",
    [WXPAY_CHANNEL_ORIGINAL] = "ORIGINAL",
    [WXPAY_CHANNEL_BALANCE] = "BALANCE",
    [WXPAY_CHANNEL_OTHER_BALANCE] = "OTHER_BALANCE",
    [WXPAY_CHANNEL_OTHER_BANKCARD] = "OTHER_BANKCARD",
};

static const char *const funds[] = {
    [WXPAY_FUNDS_UNKNOWN] = "",
    [WXPAY_FUNDS_UNSETTLED] = "UNSETTLED",
    [WXPAY_FUNDS_AVAILABLE] = "AVAILABLE",
    [WXPAY_FUNDS_UNAVAILABLE] = "UNAVAILABLE",
    [WXPAY_FUNDS_OPERATION] = "OPERATION",
    [WXPAY_FUNDS_BASIC] = "BASIC",
    [WXPAY_FUNDS_ECNY_BASIC] = "ECNY_BASIC",
};

static bool read_numbers(struct json_node root, struct arena *arena, struct wxpay_refund *refund,
                         struct err *err)
{
    struct view id = {.at = NULL}, number = {.at = NULL};
    struct view transaction = {.at = NULL}, order = {.at = NULL}, account = {.at = NULL};
    const struct json_field fields[] = {
        {"refund_id", JSON_FIELD_TEXT, &id, JSON_REQUIRED},
        {"out_refund_no", JSON_FIELD_TEXT, &number, JSON_REQUIRED},
        {"transaction_id", JSON_FIELD_TEXT, &transaction, JSON_REQUIRED},
        {"out_trade_no", JSON_FIELD_TEXT, &order, JSON_REQUIRED},
        {"user_received_account", JSON_FIELD_TEXT, &account, JSON_OPTIONAL},
    };

    return json_node_unpack(root, JSON_FIELDS(fields), arena, err) &&
           wxpay_field_text("refund_id", id, refund->refund_id, sizeof(refund->refund_id), err) &&
           wxpay_field_text("out_refund_no", number, refund->out_refund_no,
                            sizeof(refund->out_refund_no), err) &&
           wxpay_field_text("transaction_id", transaction, refund->transaction_id,
                            sizeof(refund->transaction_id), err) &&
           wxpay_field_text("out_trade_no", order, refund->out_trade_no,
                            sizeof(refund->out_trade_no), err) &&
           wxpay_field_text("user_received_account", account, refund->user_received_account,
                            sizeof(refund->user_received_account), err);
}

static bool read_state(struct json_node root, struct arena *arena, struct wxpay_refund *refund,
                       struct err *err)
{
    struct view status = {.at = NULL}, channel = {.at = NULL}, account = {.at = NULL};
    struct view created = {.at = NULL}, succeeded = {.at = NULL};
    bool has_create_time = false;
    const struct json_field fields[] = {
        {"status", JSON_FIELD_TEXT, &status, JSON_REQUIRED},
        {"channel", JSON_FIELD_TEXT, &channel, JSON_OPTIONAL},
        {"funds_account", JSON_FIELD_TEXT, &account, JSON_OPTIONAL},
        {"create_time", JSON_FIELD_TEXT, &created, JSON_REQUIRED},
        {"success_time", JSON_FIELD_TEXT, &succeeded, JSON_OPTIONAL},
    };

    if (!json_node_unpack(root, JSON_FIELDS(fields), arena, err) ||
        !wxpay_field_time("create_time", created, &has_create_time, &refund->create_time, err) ||
        !wxpay_field_time("success_time", succeeded, &refund->has_success_time,
                          &refund->success_time, err))
        return false;

    if (!has_create_time)
        return err_set(err, ERR_DATA, "\"create_time\" is empty");
    refund->status = (enum wxpay_refund_status)wxpay_field_word(status, WORDS(statuses));
    refund->channel = (enum wxpay_refund_channel)wxpay_field_word(channel, WORDS(channels));
    refund->funds_account = (enum wxpay_funds_account)wxpay_field_word(account, WORDS(funds));
    return true;
}

/* One amount: where it stands, and where it goes. */
struct amount {
    const char *name;
    enum json_presence presence;
    struct money *target;
    int64_t fen;
};

static bool read_amounts(struct json_node root, struct arena *arena, struct wxpay_refund *refund,
                         struct err *err)
{
    struct amount amounts[] = {
        {"amount.total", JSON_REQUIRED, &refund->total, 0},
        {"amount.refund", JSON_REQUIRED, &refund->refund, 0},
        {"amount.payer_total", JSON_REQUIRED, &refund->payer_total, 0},
        {"amount.payer_refund", JSON_REQUIRED, &refund->payer_refund, 0},
        {"amount.settlement_total", JSON_OPTIONAL, &refund->settlement_total, 0},
        {"amount.settlement_refund", JSON_OPTIONAL, &refund->settlement_refund, 0},
        {"amount.discount_refund", JSON_OPTIONAL, &refund->discount_refund, 0},
        {"amount.refund_fee", JSON_OPTIONAL, &refund->refund_fee, 0},
    };
    struct view currency = {.at = NULL};
    const struct json_field field = {"amount.currency", JSON_FIELD_TEXT, &currency, JSON_OPTIONAL};

    for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++) {
        struct amount *amount = &amounts[i];
        const struct json_field one = {amount->name, JSON_FIELD_INTEGER, &amount->fen,
                                       amount->presence};

        amount->fen = WXPAY_NO_INTEGER;
        if (!json_node_unpack(root, &one, 1, arena, err) ||
            !wxpay_field_money(amount->name, amount->fen, amount->target, err))
            return false;
    }
    return json_node_unpack(root, &field, 1, arena, err) &&
           wxpay_field_currency(field.name, currency, err);
}

bool wxpay_refund_read(struct view json, struct view out_refund_no, struct wxpay_refund *ret_refund,
                       struct err *err)
{
    CLEANUP(json_doc_release) struct json_doc doc = JSON_DOC_INIT;
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct wxpay_refund refund = {.refund_id = ""};

    if (!json_doc_parse(json, WXPAY_REPLY_MAX, &doc, err) ||
        !read_numbers(json_doc_root(&doc), &arena, &refund, err) ||
        !wxpay_field_same("out_refund_no", view_of(refund.out_refund_no), out_refund_no, err) ||
        !read_state(json_doc_root(&doc), &arena, &refund, err) ||
        !read_amounts(json_doc_root(&doc), &arena, &refund, err))
        return false;

    if (refund.refund.fen > refund.total.fen)
        return err_set(err, ERR_DATA, "\"amount.refund\" is more than \"amount.total\"");
    *ret_refund = refund;
    return true;
}

/* ---- the body -------------------------------------------------------------------------------- */

static bool is_number_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("_-|*@", c) != NULL);
}

static bool check_number(const struct wxpay_refund_request *request, struct err *err)
{
    struct view number = request->out_refund_no;
    bool good = number.length >= 1 && number.length <= WXPAY_OUT_REFUND_NO_MAX;

    for (size_t i = 0; good && i < number.length; i++)
        good = is_number_byte(number.at[i]);
    if (!good)
        return err_set(err, ERR_DATA,
                       "out_refund_no \"%.*s\" is not 1 to %d letters, digits or _-|*@",
                       VIEW_ARG(number), WXPAY_OUT_REFUND_NO_MAX);
    return true;
}

static bool check_order(const struct wxpay_refund_request *request, struct err *err)
{
    size_t transaction = request->transaction_id.length, order = request->out_trade_no.length;

    if ((transaction == 0) == (order == 0))
        return err_set(err, ERR_DATA, "needs one of transaction_id and out_trade_no");
    if (transaction > WXPAY_TRANSACTION_ID_MAX)
        return err_set(err, ERR_DATA, "transaction_id is longer than %d bytes",
                       WXPAY_TRANSACTION_ID_MAX);
    if (order > WXPAY_OUT_TRADE_NO_MAX || (order > 0 && order < 6))
        return err_set(err, ERR_DATA, "out_trade_no is not 6 to %d bytes", WXPAY_OUT_TRADE_NO_MAX);
    return true;
}

static bool check_texts(const struct wxpay_refund_request *request, struct err *err)
{
    struct view url = request->notify_url, account = request->funds_account;

    if (request->reason.length > WXPAY_REASON_MAX || !view_is_utf8(request->reason))
        return err_set(err, ERR_DATA, "the reason is not UTF-8 of at most %d bytes",
                       WXPAY_REASON_MAX);
    if (url.length > 0 &&
        (url.length > WXPAY_NOTIFY_URL_MAX || !view_starts_with(url, VIEW("https://")) ||
         !view_is_utf8(url) || memchr(url.at, '?', url.length) != NULL))
        return err_set(err, ERR_DATA, "notify_url is not https://… without query, at most %d bytes",
                       WXPAY_NOTIFY_URL_MAX);
    if (account.length > 0 && !view_equal_text(account, "AVAILABLE") &&
        !view_equal_text(account, "UNSETTLED"))
        return err_set(err, ERR_DATA, "funds_account is not AVAILABLE or UNSETTLED");
    return true;
}

static bool check_amounts(const struct wxpay_refund_request *request, struct err *err)
{
    if (request->refund.fen < 1 || request->refund.fen > request->total.fen ||
        request->total.fen > WXPAY_AMOUNT_MAX)
        return err_set(err, ERR_DATA, "a refund of %lld of %lld fen",
                       (long long)request->refund.fen, (long long)request->total.fen);
    return true;
}

static void write_text(struct json_writer *json, const char *key, struct view text)
{
    if (text.length > 0)
        json_writer_pair_text(json, key, text);
}

bool wxpay_refund_body(const struct wxpay_refund_request *request, struct buf *ret_body,
                       struct err *err)
{
    struct json_writer json;

    if (!check_number(request, err) || !check_order(request, err) || !check_texts(request, err) ||
        !check_amounts(request, err))
        return false;

    json_writer_init(&json, ret_body);
    json_writer_begin_object(&json);
    write_text(&json, "sub_mchid", request->sub_mchid);
    write_text(&json, "transaction_id", request->transaction_id);
    write_text(&json, "out_trade_no", request->out_trade_no);
    write_text(&json, "out_refund_no", request->out_refund_no);
    write_text(&json, "reason", request->reason);
    write_text(&json, "notify_url", request->notify_url);
    write_text(&json, "funds_account", request->funds_account);
    json_writer_key(&json, "amount");
    json_writer_begin_object(&json);
    json_writer_pair_integer(&json, "refund", request->refund.fen);
    json_writer_pair_integer(&json, "total", request->total.fen);
    json_writer_pair_text(&json, "currency", VIEW("CNY"));
    json_writer_end_object(&json);
    json_writer_end_object(&json);
    return true;
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* The plan's detail becomes the number that the call is about. */
static struct wxpay_call *start(struct wxpay *client, struct wxpay_plan plan,
                                struct view out_refund_no)
{
    char *number = memory_alloc(out_refund_no.length + 1);

    assert(out_refund_no.length > 0 && out_refund_no.length <= WXPAY_OUT_REFUND_NO_MAX);
    memcpy(number, out_refund_no.at, out_refund_no.length);
    plan.accept = WXPAY_ACCEPT_SIGNED;
    plan.reply_bytes_max = WXPAY_REPLY_MAX;
    plan.detail = number;
    plan.detail_free = free;
    return wxpay_call_new(client, &plan);
}

static bool read_answer(const struct wxpay_call *call, struct wxpay_refund_answer *answer,
                        struct err *err)
{
    answer->reaction = call->reaction;
    answer->request_id = wxpay_call_request_id(call);
    if (!wxpay_call_answered(call, err))
        return false;
    if (call->reaction != WXPAY_DONE) {
        wxpay_call_complaint(call, &answer->reason);
        (void)err_wrap(&answer->reason, "refund %s", (const char *)call->plan.detail);
        return true;
    }
    failpoint_hit("parse-before");
    if (wxpay_refund_read(buf_view(&call->reply.body), view_of(call->plan.detail), &answer->refund,
                          err)) {
        failpoint_hit("parse-after");
        return true;
    }
    err_wrap(err, "the answer");
    return wxpay_call_blame(call, err);
}

struct wxpay_call *wxpay_refund_create_start(struct wxpay *client, struct view out_refund_no,
                                             struct view body)
{
    const struct wxpay_plan plan = {
        .endpoint = WXPAY_REFUND_CREATE,
        .target = VIEW(REFUNDS),
        .body = body,
    };
    return start(client, plan, out_refund_no);
}

void wxpay_refund_paid_at(struct wxpay_call *call, struct instant paid_at)
{
    int64_t age_us = clock_now(call->client->settings.clock).us - paid_at.us;

    assert(call->plan.endpoint == WXPAY_REFUND_CREATE && call->state == WXPAY_QUEUED);
    call->old_order = age_us >= WXPAY_OLD_ORDER_DAYS * INSTANT_DAY;
}

bool wxpay_refund_create_finish(struct wxpay_call *call, struct wxpay_refund_answer *ret_answer,
                                struct err *err)
{
    CLEANUP(wxpay_call_done) struct wxpay_call *done = call;
    struct wxpay_refund_answer answer = {.reason = ERR_INIT};

    if (!read_answer(done, &answer, &answer.reason)) {
        (void)err_wrap(&answer.reason, "refund %s", (const char *)done->plan.detail);
        if (!done->sent) {
            *err = answer.reason;
            return false;
        }
        /* A reply that was refused as WeChat Pay's, or that cannot be read, says nothing. */
        if (answer.reaction == WXPAY_DONE || answer.reaction == WXPAY_NO_REPLY)
            answer.reaction = WXPAY_ASK_FIRST;
    }
    *ret_answer = answer;
    return true;
}

bool wxpay_refund_create(struct wxpay *client, struct view out_refund_no, struct view body,
                         struct wxpay_refund_answer *ret_answer, struct err *err)
{
    struct wxpay_call *call = wxpay_refund_create_start(client, out_refund_no, body);
    wxpay_call_wait(call);
    return wxpay_refund_create_finish(call, ret_answer, err);
}

struct wxpay_call *wxpay_refund_query_start(struct wxpay *client, struct view out_refund_no)
{
    CLEANUP(buf_release) struct buf target = BUF_INIT(HTTP_TARGET_MAX);
    struct view sub_mchid = view_of(client->settings.sub_mchid);

    buf_add_text(&target, REFUNDS);
    wxpay_target_segment(&target, out_refund_no);
    if (sub_mchid.length > 0)
        wxpay_target_query(&target, "sub_mchid", sub_mchid);
    const struct wxpay_plan plan = {
        .endpoint = WXPAY_REFUND_QUERY,
        .target = buf_view(&target),
    };
    return start(client, plan, out_refund_no);
}

bool wxpay_refund_query_finish(struct wxpay_call *call, struct wxpay_refund_answer *ret_answer,
                               struct err *err)
{
    CLEANUP(wxpay_call_done) struct wxpay_call *done = call;
    struct wxpay_refund_answer answer = {.reason = ERR_INIT};

    if (!read_answer(done, &answer, err))
        return err_wrap(err, "refund %s", (const char *)done->plan.detail);

    *ret_answer = answer;
    return true;
}

bool wxpay_refund_query(struct wxpay *client, struct view out_refund_no,
                        struct wxpay_refund_answer *ret_answer, struct err *err)
{
    struct wxpay_call *call = wxpay_refund_query_start(client, out_refund_no);
    wxpay_call_wait(call);
    return wxpay_refund_query_finish(call, ret_answer, err);
}
