#include "wxpay/sub_bill.h"

#include "base/memory.h"
#include "crypto/digest.h"
#include "text/json.h"
#include "wxpay/fields.h"
#include "wxpay/target.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Plain bytes of one piece of the transfer. */
enum { TARGET_MAX = 256, PIECE_MAX = 1 << 20 };

void wxpay_sub_bill_release(struct wxpay_sub_bill *bill)
{
    for (size_t i = 0; i < bill->count; i++)
        secret_release(&bill->parts[i].key);
    free(bill->parts);
    *bill = WXPAY_SUB_BILL_INIT;
}

static const char *account_name(enum wxpay_sub_account account)
{
    switch (account) {
    case WXPAY_SUB_BASIC:
        return "BASIC";
    case WXPAY_SUB_OPERATION:
        return "OPERATION";
    case WXPAY_SUB_FEES:
        return "FEES";
    case WXPAY_SUB_DEPOSIT:
        return "DEPOSIT";
    }
    assert(false);
    return "";
}

/* ---- applying -------------------------------------------------------------------------------- */

/* What was applied for. */
struct asked {
    enum wxpay_sub_account account;
    struct date day;
};

static void add_target(struct buf *target, const struct wxpay *client,
                       enum wxpay_sub_account account, struct date day)
{
    buf_add_text(target, "/v3/bill/sub-merchant-fundflowbill");
    wxpay_target_query(target, "sub_mchid", view_of(client->settings.sub_mchid));
    wxpay_target_query(target, "bill_date", view_of(date_text(day).s));
    wxpay_target_query(target, "account_type", view_of(account_name(account)));
    wxpay_target_query(target, "algorithm", VIEW("AEAD_AES_256_GCM"));
}

struct wxpay_call *wxpay_sub_bill_apply_start(struct wxpay *client, enum wxpay_sub_account account,
                                              struct date day)
{
    CLEANUP(buf_release) struct buf target = BUF_INIT(TARGET_MAX);
    struct asked *asked = memory_alloc(sizeof *asked);

    assert(client->settings.sub_mchid[0] != '\0');
    *asked = (struct asked){account, day};
    add_target(&target, client, account, day);
    const struct wxpay_plan plan = {
        .endpoint = WXPAY_FUND_APPLY,
        .accept = WXPAY_ACCEPT_SIGNED,
        .target = buf_view(&target),
        .reply_bytes_max = WXPAY_REPLY_MAX,
        .detail = asked,
        .detail_free = free,
    };
    return wxpay_call_new(client, &plan);
}

/* One element of download_bill_list. */
struct element {
    int64_t sequence;
    struct view url, key, type, hex, nonce;
};

static bool unpack_element(struct json_node node, struct arena *arena, struct element *element,
                           struct err *err)
{
    const struct json_field fields[] = {
        {"bill_sequence", JSON_FIELD_INTEGER, &element->sequence, JSON_REQUIRED},
        {"download_url", JSON_FIELD_TEXT, &element->url, JSON_REQUIRED},
        {"encrypt_key", JSON_FIELD_TEXT, &element->key, JSON_REQUIRED},
        {"hash_type", JSON_FIELD_TEXT, &element->type, JSON_REQUIRED},
        {"hash_value", JSON_FIELD_TEXT, &element->hex, JSON_REQUIRED},
        {"nonce", JSON_FIELD_TEXT, &element->nonce, JSON_REQUIRED},
    };
    return json_node_unpack(node, JSON_FIELDS(fields), arena, err);
}

static bool read_part(const struct wxpay *client, const struct element *element,
                      struct wxpay_sub_bill_part *part, struct err *err)
{
    if (!wxpay_bill_read_sha1(element->type, element->hex, part->sha1, err) ||
        !wxpay_bill_read_url(client, element->url, part->url, err))
        return false;

    if (element->nonce.length < 1 || element->nonce.length > AEAD_NONCE_BYTES_MAX)
        return err_set(err, ERR_DATA, "\"nonce\" has %zu bytes", element->nonce.length);
    memcpy(part->nonce, element->nonce.at, element->nonce.length);
    part->nonce_length = element->nonce.length;
    if (!private_key_unseal(client->keys.private_key, element->key, &part->key, err))
        return err_wrap(err, "\"encrypt_key\"");

    if (part->key.length != AEAD_KEY_BYTES)
        return err_set(err, ERR_DATA, "\"encrypt_key\" opens to %zu bytes, need %d",
                       part->key.length, AEAD_KEY_BYTES);
    return true;
}

/* Each part goes to its place: sequences are 1 … count, none twice. */
static bool read_parts(const struct wxpay *client, struct json_node list, struct arena *arena,
                       struct wxpay_sub_bill *bill, struct err *err)
{
    for (size_t i = 0; i < bill->count; i++) {
        struct element element = {.sequence = 0};

        if (!unpack_element(json_node_at(list, i), arena, &element, err))
            return err_wrap(err, "element %zu", i + 1);
        if (element.sequence < 1 || element.sequence > (int64_t)bill->count ||
            bill->parts[element.sequence - 1].key.length > 0)
            return err_set(err, ERR_DATA, "\"bill_sequence\" %lld of %zu parts",
                           (long long)element.sequence, bill->count);
        if (!read_part(client, &element, &bill->parts[element.sequence - 1], err))
            return err_wrap(err, "part %lld", (long long)element.sequence);
    }
    return true;
}

bool wxpay_sub_bill_read_offer(const struct wxpay *client, struct view body,
                               struct wxpay_sub_bill *ret_bill, struct err *err)
{
    CLEANUP(json_doc_release) struct json_doc doc = JSON_DOC_INIT;
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct json_node list = {.value = NULL};
    int64_t count = 0;
    const struct json_field fields[] = {
        {"download_bill_count", JSON_FIELD_INTEGER, &count, JSON_REQUIRED},
        {"download_bill_list", JSON_FIELD_ARRAY, &list, JSON_REQUIRED},
    };

    if (!json_doc_parse(body, WXPAY_REPLY_MAX, &doc, err) ||
        !json_node_unpack(json_doc_root(&doc), JSON_FIELDS(fields), &arena, err))
        return false;

    if (count < 1 || count != (int64_t)json_node_count(list))
        return err_set(err, ERR_DATA, "\"download_bill_count\" is %lld, the list has %zu",
                       (long long)count, json_node_count(list));
    if (count > WXPAY_SUB_BILL_PARTS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d parts", WXPAY_SUB_BILL_PARTS_MAX);
    ret_bill->parts = memory_alloc((size_t)count * sizeof(ret_bill->parts[0]));
    ret_bill->count = (size_t)count;
    return read_parts(client, list, &arena, ret_bill, err);
}

static bool read_answer(const struct wxpay_call *call, struct date day, struct wxpay_sub_bill *bill,
                        struct err *err)
{
    if (!wxpay_call_answered(call, err))
        return false;

    bill->request_id = wxpay_call_request_id(call);
    if (call->reaction != WXPAY_DONE) {
        bill->state = wxpay_bill_state_without(call->client, call->reaction, day);
        return true;
    }
    bill->state = WXPAY_BILL_OFFERED;
    if (wxpay_sub_bill_read_offer(call->client, buf_view(&call->reply.body), bill, err))
        return true;
    err_wrap(err, "the offer");
    return wxpay_call_blame(call, err);
}

bool wxpay_sub_bill_apply_finish(struct wxpay_call *call, struct wxpay_sub_bill *ret_bill,
                                 struct err *err)
{
    CLEANUP(wxpay_call_done) struct wxpay_call *done = call;
    CLEANUP(wxpay_sub_bill_release) struct wxpay_sub_bill bill = WXPAY_SUB_BILL_INIT;
    const struct asked *asked = call->plan.detail;

    assert(ret_bill->count == 0);
    if (!read_answer(done, asked->day, &bill, err))
        return err_wrap(err, "sub-merchant fund %s bill of %s", account_name(asked->account),
                        date_text(asked->day).s);

    *ret_bill = bill;
    bill = WXPAY_SUB_BILL_INIT;
    return true;
}

bool wxpay_sub_bill_apply(struct wxpay *client, enum wxpay_sub_account account, struct date day,
                          struct wxpay_sub_bill *ret_bill, struct err *err)
{
    struct wxpay_call *call = wxpay_sub_bill_apply_start(client, account, day);
    wxpay_call_wait(call);
    return wxpay_sub_bill_apply_finish(call, ret_bill, err);
}

/* ---- downloading ----------------------------------------------------------------------------- */

/* One part being opened on its way to the caller's sink. */
struct opening {
    struct aead_stream *stream;
    struct digest digest;
    char sha1[40 + 1];
    struct buf plain; /* of one piece */
    uint64_t bytes;
    http_sink_function *sink;
    void *context;
};

static void opening_free(void *detail)
{
    struct opening *opening = detail;
    aead_stream_free(opening->stream);
    digest_release(&opening->digest);
    buf_release(&opening->plain);
    free(opening);
}

static bool open_piece(void *context, struct view bytes, struct err *err)
{
    struct opening *opening = context;

    buf_clear(&opening->plain);
    aead_stream_push(opening->stream, bytes, &opening->plain);
    if (opening->plain.length == 0)
        return true;
    digest_push(&opening->digest, buf_view(&opening->plain));
    opening->bytes += opening->plain.length;
    return opening->sink(opening->context, buf_view(&opening->plain), err);
}

struct wxpay_call *wxpay_sub_bill_part_start(struct wxpay *client,
                                             const struct wxpay_sub_bill_part *part,
                                             http_sink_function *sink, void *context)
{
    struct opening *opening = memory_alloc(sizeof *opening);

    opening->stream =
        aead_stream_new(&part->key, view_from(part->nonce, part->nonce_length), VIEW(""));
    assert(opening->stream != NULL);
    digest_init(&opening->digest, DIGEST_SHA1);
    memcpy(opening->sha1, part->sha1, sizeof opening->sha1);
    opening->plain = BUF_INIT(PIECE_MAX);
    opening->sink = sink;
    opening->context = context;
    struct wxpay_call *call = wxpay_bill_call_new(client, part->url, open_piece, opening);
    call->plan.detail = opening;
    call->plan.detail_free = opening_free;
    return call;
}

static bool prove(struct opening *opening, struct err *err)
{
    if (!aead_stream_finish(opening->stream))
        return err_set(err, ERR_DATA, "it is not what was sealed with its key");
    struct digest_value value = digest_finish(&opening->digest);
    struct digest_text text = digest_text(&value);
    if (strcmp(text.s, opening->sha1) != 0)
        return err_set(err, ERR_DATA, "SHA-1 is %s, announced is %s", text.s, opening->sha1);
    return true;
}

bool wxpay_sub_bill_part_finish(struct wxpay_call *call, uint64_t *ret_bytes, struct err *err)
{
    CLEANUP(wxpay_call_done) struct wxpay_call *done = call;
    struct opening *opening = call->plan.detail;

    if (!wxpay_bill_came(done, err) || !prove(opening, err))
        return err_wrap(err, "download of a sub-merchant's bill");

    *ret_bytes = opening->bytes;
    return true;
}

bool wxpay_sub_bill_download(struct wxpay *client, const struct wxpay_sub_bill *bill,
                             http_sink_function *sink, void *context, uint64_t *ret_bytes,
                             struct err *err)
{
    uint64_t sum = 0;

    assert(bill->state == WXPAY_BILL_OFFERED);
    for (size_t i = 0; i < bill->count; i++) {
        uint64_t bytes = 0;
        struct wxpay_call *call = wxpay_sub_bill_part_start(client, &bill->parts[i], sink, context);

        wxpay_call_wait(call);
        if (!wxpay_sub_bill_part_finish(call, &bytes, err))
            return err_wrap(err, "part %zu of %zu", i + 1, bill->count);
        sum += bytes;
    }
    *ret_bytes = sum;
    return true;
}
