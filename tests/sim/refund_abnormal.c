/* POST /v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund (FACTS §5.5). */
#include "oaep.h"
#include "refund_reply.h"
#include "refund_request.h"
#include "refund_rules.h"
#include "refund_state.h"
#include "sim.h"

#include <string.h>

struct rescue {
    const char *sub_mchid;
    const char *out_refund_no;
    const char *type;
    const char *bank_type;
    const char *bank_account;
    const char *real_name;
};

static const struct {
    const char *name;
    bool required;
    size_t offset;
} members[] = {
    {"sub_mchid", false, offsetof(struct rescue, sub_mchid)},
    {"out_refund_no", true, offsetof(struct rescue, out_refund_no)},
    {"type", true, offsetof(struct rescue, type)},
    {"bank_type", false, offsetof(struct rescue, bank_type)},
    {"bank_account", false, offsetof(struct rescue, bank_account)},
    {"real_name", false, offsetof(struct rescue, real_name)},
};

enum { MEMBER_COUNT = sizeof(members) / sizeof(members[0]) };

static bool refuse(struct reply *reply, enum reply_error error, const char *field,
                   const char *issue)
{
    struct reply_detail detail = {.field = field, .issue = issue, .location = "body"};

    reply_error(reply, error, &detail);
    return false;
}

/* The table says the type of each member, the compiler its place. */
static const char **member_of(struct rescue *rescue, size_t member)
{
    void *place = (char *)rescue + members[member].offset;

    return place;
}

static bool read_members(json_t *root, struct rescue *rescue, struct reply *reply)
{
    size_t known = 0;

    for (size_t at = 0; at < MEMBER_COUNT; at++) {
        const json_t *value = json_object_get(root, members[at].name);

        if (value == NULL && members[at].required)
            return refuse(reply, ERROR_PARAMETER, members[at].name, "is required");
        if (value == NULL)
            continue;
        known++;
        if (!json_is_string(value) || json_string_length(value) == 0)
            return refuse(reply, ERROR_PARAMETER, members[at].name, "expected a text");
        *member_of(rescue, at) = json_string_value(value);
    }
    return known == json_object_size(root) ||
           refuse(reply, ERROR_PARAMETER, NULL, "unknown member");
}

static bool encrypted_for_us(const struct sim *sim, const struct request *request,
                             const char *base64)
{
    gnutls_privkey_t key = keys_private(sim->keys, request->wechatpay_serial, request->time);
    struct text sealed = {0};
    struct text plain = {0};
    bool good = key != NULL && base64_decode(base64, &sealed) && oaep_open(key, &sealed, &plain) &&
                plain.size > 0;

    text_release(&sealed);
    text_release(&plain);
    return good;
}

/* The user's own card has to be named, its number and the name encrypted (FACTS §2.6). */
static bool check_card(const struct sim *sim, const struct request *request,
                       const struct rescue *rescue, struct reply *reply)
{
    static const char debit[] = "_DEBIT";
    size_t size = rescue->bank_type != NULL ? strlen(rescue->bank_type) : 0;

    if (strcmp(rescue->type, "MERCHANT_BANK_CARD") == 0)
        return true;
    if (strcmp(rescue->type, "USER_BANK_CARD") != 0)
        return refuse(reply, ERROR_PARAMETER, "type",
                      "expected USER_BANK_CARD or MERCHANT_BANK_CARD");
    if (size < sizeof(debit) || strcmp(rescue->bank_type + size - sizeof(debit) + 1, debit) != 0)
        return refuse(reply, ERROR_PARAMETER, "bank_type", "expected a bank's debit card");
    if (request->wechatpay_serial == NULL)
        return refuse(reply, ERROR_PARAMETER, "Wechatpay-Serial", "is required");
    if (rescue->bank_account == NULL || rescue->real_name == NULL)
        return refuse(reply, ERROR_PARAMETER,
                      rescue->bank_account == NULL ? "bank_account" : "real_name", "is required");
    if (!encrypted_for_us(sim, request, rescue->bank_account))
        return refuse(reply, ERROR_PARAMETER, "bank_account", "cannot be decrypted");
    return encrypted_for_us(sim, request, rescue->real_name) ||
           refuse(reply, ERROR_PARAMETER, "real_name", "cannot be decrypted");
}

static void rescue_refund(struct sim *sim, const struct request *request,
                          const struct rescue *rescue, struct reply *reply)
{
    size_t applicant = world_index(sim->world, request->merchant);
    const struct merchant *shop;
    const struct accepted *accepted;
    const struct refund *refund;
    enum reply_error error;
    bool merchant_card = strcmp(rescue->type, "MERCHANT_BANK_CARD") == 0;

    if (!refund_shop(sim->world, request->merchant, rescue->sub_mchid, &shop, &error)) {
        (void)refuse(reply, error, "sub_mchid", NULL);
        return;
    }
    (void)ledger_account(sim->ledger, shop, request->time);
    refund =
        ledger_by_refund_id(sim->ledger, applicant, request->path_value, request->time, &accepted);
    if (refund == NULL || refund->merchant != world_index(sim->world, shop) ||
        strcmp(refund->out_refund_no, rescue->out_refund_no) != 0)
        reply_error(reply, ERROR_REFUND, NULL);
    else if (accepted == NULL || refund_status_at(refund, request->time) != REFUND_ABNORMAL)
        (void)refuse(reply, ERROR_REFUND_STATE, "refund_id", "the refund is not ABNORMAL");
    else if (!ledger_rescue(sim->ledger, accepted, merchant_card ? "商户银行卡" : rescue->bank_type,
                            request->time))
        reply_error(reply, ERROR_SYSTEM, NULL);
    else
        reply_json(reply, refund_object(refund, accepted, request->time));
}

void refund_abnormal_answer(struct sim *sim, struct request *request, struct reply *reply)
{
    json_t *root = body_object(&request->body);
    struct rescue rescue = {0};

    if (root == NULL)
        (void)refuse(reply, ERROR_BODY, NULL, "the body is not a JSON object");
    else if (read_members(root, &rescue, reply) && check_card(sim, request, &rescue, reply))
        rescue_refund(sim, request, &rescue, reply);
    json_decref(root);
}
