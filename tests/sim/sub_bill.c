#include "sub_bill.h"

#include "civil.h"
#include "gzip.h"
#include "oaep.h"
#include "refund_rules.h"

#include <stdlib.h>
#include <string.h>

/* 16 characters: an IV of 16 bytes, not the usual 12 (FACTS §4.2). */
enum { NONCE_SIZE = 16 };

struct part_key {
    struct text key; /* 32 characters */
    char nonce[NONCE_SIZE + 1];
};

/* Both follow from the token and a secret of ours: nothing has to be remembered, and no two parts
 * share them. */
static void derive(const struct sim *sim, const struct token *token, struct part_key *ret_key)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[CRYPT_AEAD_KEY_SIZE];
    struct text name = {0};

    text_printf(&name, "%s %s %d %d %d %d %lld %d %lld", token->applicant, token->shop,
                (int)token->account, (int)token->day, token->part, token->parts,
                (long long)token->expires, (int)token->spoil.kind, (long long)token->spoil.number);
    hmac_sha256(&sim->keys->token_key, &name, digest);
    *ret_key = (struct part_key){0};
    for (size_t at = 0; at < sizeof(digest); at++)
        text_putc(&ret_key->key, digits[digest[at] >> 4]);
    for (size_t at = 0; at < NONCE_SIZE; at++)
        ret_key->nonce[at] = digits[digest[at] & 15];
    text_release(&name);
}

/* Equal parts in bytes, wherever lines end; the last takes the rest. */
static struct text part_of(const struct made_bill *bill, int part, int parts)
{
    size_t size = bill->plain.size / (size_t)parts;
    size_t from = size * (size_t)(part - 1);
    struct text bytes = {0};

    text_add(&bytes, bill->plain.bytes + from, part == parts ? bill->plain.size - from : size);
    return bytes;
}

void sub_bill_seal_part(const struct sim *sim, const struct token *token,
                        const struct made_bill *bill, struct text *out)
{
    struct part_key key;
    struct text plain = part_of(bill, token->part, token->parts);
    struct text packed = {0};
    struct aead aead;

    derive(sim, token, &key);
    aead = (struct aead){key.key.bytes, key.nonce, NONCE_SIZE, ""};
    if (token->gzip)
        gzip_add(&packed, plain.bytes, plain.size);
    aead_seal(&aead, token->gzip ? &packed : &plain, out);
    text_release(&packed);
    text_release(&plain);
    text_release(&key.key);
}

static bool is_fault(const struct fault *fault, enum fault_kind kind)
{
    return fault != NULL && fault->kind == kind;
}

/* What the reply is made from. */
struct offer {
    const struct sim *sim;
    const struct request *request;
    const struct made_bill *bill;
    const struct fault *fault; /* or NULL */
};

/* One element of download_bill_list. */
static json_t *describe(const struct offer *offer, const struct token *token)
{
    const struct sim *sim = offer->sim;
    struct part_key key;
    struct text plain = part_of(offer->bill, token->part, token->parts);
    struct text sealed_key = {0};
    struct text encrypt_key = {0};
    struct text url = {0};
    char sha1[CRYPT_SHA1_HEX_SIZE];
    json_t *described;

    derive(sim, token, &key);
    sha1_hex(&plain, sha1);
    if (is_fault(offer->fault, FAULT_WRONG_DIGEST))
        sha1[0] = sha1[0] == '0' ? '1' : '0';
    oaep_seal(offer->request->keys->pubkey, &key.key, &sealed_key);
    base64_add(&encrypt_key, sealed_key.bytes, sealed_key.size);
    text_printf(&url, "%s%s/v3/bill/downloadurl?token=",
                is_fault(offer->fault, FAULT_LEADING_SPACE) ? " " : "",
                is_fault(offer->fault, FAULT_OTHER_HOST) ? OTHER_HOST_URL : sim->base_url.bytes);
    token_seal(token, &sim->keys->token_key, &url);
    text_put(&url, token->gzip ? "&tartype=gzip" : "");
    described = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s}", "bill_sequence", token->part,
                          "download_url", url.bytes, "encrypt_key", encrypt_key.bytes, "hash_type",
                          "SHA1", "hash_value", sha1, "nonce", key.nonce);
    text_release(&plain);
    text_release(&key.key);
    text_release(&sealed_key);
    text_release(&encrypt_key);
    text_release(&url);
    if (described == NULL)
        abort();
    return described;
}

static bool refuse(struct reply *reply, enum reply_error error, const char *field,
                   const char *value, const char *issue)
{
    struct reply_detail detail = {field, value, issue, "query"};

    reply_error(reply, error, &detail);
    return false;
}

struct asked {
    const char *sub_mchid;
    const char *bill_date;
    const char *account_type;
    const char *algorithm;
    const char *tar_type;
    enum account_kind account;
    int32_t day;
};

static bool read_query(const struct request *request, struct asked *asked, struct reply *reply)
{
    const struct query *query = &request->query;
    size_t known = 0;

    asked->sub_mchid = query_value(query, "sub_mchid");
    asked->bill_date = query_value(query, "bill_date");
    asked->account_type = query_value(query, "account_type");
    asked->algorithm = query_value(query, "algorithm");
    asked->tar_type = query_value(query, "tar_type");
    known = 4 + (asked->tar_type != NULL);
    if (asked->sub_mchid == NULL || asked->bill_date == NULL || asked->account_type == NULL ||
        asked->algorithm == NULL)
        return refuse(reply, ERROR_PARAMETER, NULL, NULL,
                      "sub_mchid, bill_date, account_type and algorithm are required");
    if (query->count != known)
        return refuse(reply, ERROR_PARAMETER, NULL, NULL, "unknown parameter");
    if (!day_parse(asked->bill_date, &asked->day))
        return refuse(reply, ERROR_PARAMETER, "bill_date", asked->bill_date, "expected yyyy-MM-dd");
    if (!bill_read_account(asked->account_type, /* of_sub_merchant= */ true, &asked->account))
        return refuse(reply, ERROR_PARAMETER, "account_type", asked->account_type,
                      "expected BASIC, OPERATION, FEES or DEPOSIT");
    if (strcmp(asked->algorithm, "AEAD_AES_256_GCM") != 0)
        return refuse(reply, ERROR_PARAMETER, "algorithm", asked->algorithm,
                      "expected AEAD_AES_256_GCM");
    return asked->tar_type == NULL || strcmp(asked->tar_type, "GZIP") == 0 ||
           refuse(reply, ERROR_PARAMETER, "tar_type", asked->tar_type, "expected GZIP");
}

/* Which bill is served: the one asked for, unless a fault swaps it. */
static struct bill_name name_bill(const struct sim *sim, const struct request *request,
                                  const struct asked *asked, const struct merchant *shop,
                                  const struct fault *fault)
{
    struct bill_name name = {
        .merchant = request->merchant,
        .shop = shop,
        .request = REQUEST_SUB_FUNDFLOWBILL,
        .account = asked->account,
        .day = is_fault(fault, FAULT_SWAP_DAY) ? fault->day : asked->day,
        .spoil = bill_spoil_of(fault),
    };

    if (is_fault(fault, FAULT_SWAP_MERCHANT))
        name.shop = world_merchant(sim->world, fault->mchid);
    return name;
}

static struct token name_token(const struct request *request, const struct asked *asked,
                               const struct bill_name *name)
{
    struct token token = {
        .request = REQUEST_SUB_FUNDFLOWBILL,
        .account = name->account,
        .parts = (int)name->shop->fund_flow_parts,
        .day = name->day,
        .for_day = asked->day,
        .gzip = asked->tar_type != NULL,
        .expires = request->time + TOKEN_VALID_S,
        .spoil = name->spoil,
    };

    memcpy(token.applicant, request->mchid, sizeof(token.applicant));
    memcpy(token.owner, request->mchid, sizeof(token.owner));
    memcpy(token.shop, name->shop->mchid, strlen(name->shop->mchid) + 1);
    return token;
}

static void reply_parts(const struct offer *offer, struct token token, struct reply *reply)
{
    json_t *list = json_array();

    for (token.part = 1; token.part <= token.parts; token.part++)
        (void)json_array_append_new(list, describe(offer, &token));
    reply_json(reply, json_pack("{s:i, s:o}", "download_bill_count", token.parts,
                                "download_bill_list", list));
}

void sub_bill_answer(struct sim *sim, struct request *request, const struct fault *fault,
                     struct reply *reply)
{
    struct asked asked = {0};
    const struct merchant *shop;
    enum reply_error error;
    struct bill_name name;
    struct made_bill *bill;

    if (!read_query(request, &asked, reply) || !bill_check_day(request, asked.day, reply))
        return;
    if (!refund_shop(sim->world, request->merchant, asked.sub_mchid, &shop, &error)) {
        reply_error(reply, ERROR_NOT_OWN_MERCHANT, NULL);
        return;
    }
    name = name_bill(sim, request, &asked, shop, fault);
    bill = bill_store_take(&sim->bills, &name, sim->ledger, sim->seed);
    if (bill->rows == 0)
        reply_error(reply, ERROR_NO_STATEMENT, NULL);
    else
        reply_parts(&(struct offer){sim, request, bill, fault}, name_token(request, &asked, &name),
                    reply);
    made_bill_drop(bill);
}
