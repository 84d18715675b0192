/* GET /v3/bill/tradebill, GET /v3/bill/fundflowbill and GET /v3/billdownload/file (FACTS §3.1–3.3,
 * §4.1). */
#include "civil.h"
#include "refund_rules.h"
#include "sim.h"
#include "sub_bill.h"
#include "token.h"

#include <string.h>

/* Bills are ready at 10:00 Beijing time of the next day (FACTS §3.3). */
enum { READY_AFTER_S = 10 * 3600 };

struct application {
    enum request_kind kind;
    enum bill_type type;
    int32_t day;
    bool gzip;
    enum account_kind account;
    const struct merchant *shop; /* that the query names, or NULL */
};

static bool refuse(struct reply *reply, enum reply_error error, const char *field,
                   const char *value, const char *issue)
{
    struct reply_detail detail = {field, value, issue, "query"};

    reply_error(reply, error, &detail);
    return false;
}

static bool read_bill_type(const char *value, struct application *ret_application)
{
    static const char *const types[] = {
        [BILL_TYPE_ALL] = "ALL",
        [BILL_TYPE_SUCCESS] = "SUCCESS",
        [BILL_TYPE_REFUND] = "REFUND",
        [BILL_TYPE_RECHARGE_REFUND] = "RECHARGE_REFUND",
    };

    for (enum bill_type type = 0; type < sizeof(types) / sizeof(types[0]); type++) {
        if (strcmp(value, types[type]) == 0) {
            ret_application->type = type;
            return true;
        }
    }
    return false;
}

bool bill_read_account(const char *value, bool of_sub_merchant, enum account_kind *ret_account)
{
    static const char *const accounts[] = {
        [ACCOUNT_BASIC] = "BASIC",
        [ACCOUNT_OPERATION] = "OPERATION",
        [ACCOUNT_FEES] = "FEES",
        [ACCOUNT_DEPOSIT] = "DEPOSIT",
    };

    for (unsigned int account = 0; account < ACCOUNT_COUNT; account++) {
        if (account == ACCOUNT_DEPOSIT && !of_sub_merchant)
            continue;
        if (strcmp(value, accounts[account]) == 0) {
            *ret_account = (enum account_kind)account;
            return true;
        }
    }
    return false;
}

/* FACTS §3.3: INVALID_REQUEST for a number that is none of them, NO_AUTH for another's. */
static bool read_shop(const struct sim *sim, const struct merchant *applicant, const char *value,
                      struct application *application, struct reply *reply)
{
    enum reply_error error;
    const struct merchant *shop;

    if (!refund_shop(sim->world, applicant, value, &shop, &error))
        return refuse(reply, error == ERROR_NOT_OWN_MERCHANT ? error : ERROR_SUB_MCHID, "sub_mchid",
                      value, "not a sub-merchant of this merchant");
    application->shop = shop;
    return true;
}

static bool read_parameter(const struct sim *sim, const struct request *request, size_t at,
                           struct application *application, struct reply *reply)
{
    const char *name = request->query.pairs[at].name;
    const char *value = request->query.pairs[at].value;
    bool trade = application->kind == REQUEST_TRADEBILL;

    if (strcmp(name, "bill_date") == 0)
        return day_parse(value, &application->day) ||
               refuse(reply, ERROR_PARAMETER, name, value, "expected yyyy-MM-dd");
    if (strcmp(name, "tar_type") == 0) {
        application->gzip = true;
        return strcmp(value, "GZIP") == 0 ||
               refuse(reply, ERROR_PARAMETER, name, value, "expected GZIP");
    }
    if (strcmp(name, "bill_type") == 0 && trade)
        return read_bill_type(value, application) ||
               refuse(reply, ERROR_PARAMETER, name, value,
                      "expected ALL, SUCCESS, REFUND or RECHARGE_REFUND");
    if (strcmp(name, "account_type") == 0 && !trade)
        return bill_read_account(value, /* of_sub_merchant= */ false, &application->account) ||
               refuse(reply, ERROR_PARAMETER, name, value, "expected BASIC, OPERATION or FEES");
    if (strcmp(name, "sub_mchid") == 0 && trade)
        return read_shop(sim, request->merchant, value, application, reply);
    return refuse(reply, ERROR_PARAMETER, name, value, "unknown parameter");
}

static bool read_application(const struct sim *sim, const struct request *request,
                             struct application *application, struct reply *reply)
{
    for (size_t at = 0; at < request->query.count; at++) {
        if (!read_parameter(sim, request, at, application, reply))
            return false;
    }
    return application->day != DAY_NONE ||
           refuse(reply, ERROR_PARAMETER, "bill_date", NULL, "is required");
}

bool bill_check_day(const struct request *request, int32_t day, struct reply *reply)
{
    int32_t today = day_of(request->time);

    if (day >= today || day < day_three_months_before(today))
        return refuse(reply, ERROR_BILL_DATE, "bill_date",
                      query_value(&request->query, "bill_date"), "out of range");
    if (request->time < day_start(day + 1) + READY_AFTER_S) {
        reply_error(reply, ERROR_STATEMENT_CREATING, NULL);
        return false;
    }
    return true;
}

static void spoil_digest(char *sha1)
{
    sha1[0] = sha1[0] == '0' ? '1' : '0';
}

static void reply_application(struct sim *sim, const struct token *token,
                              const struct made_bill *bill, const struct fault *fault,
                              struct reply *reply)
{
    bool space = fault != NULL && fault->kind == FAULT_LEADING_SPACE;
    bool other_host = fault != NULL && fault->kind == FAULT_OTHER_HOST;
    char sha1[CRYPT_SHA1_HEX_SIZE];
    struct text url = {0};

    memcpy(sha1, bill->sha1, sizeof(sha1));
    if (fault != NULL && fault->kind == FAULT_WRONG_DIGEST)
        spoil_digest(sha1);
    text_printf(&url, "%s%s/v3/billdownload/file?token=", space ? " " : "",
                other_host ? OTHER_HOST_URL : sim->base_url.bytes);
    token_seal(token, &sim->keys->token_key, &url);
    text_put(&url, token->gzip ? "&tartype=gzip" : "");
    reply_json(reply, json_pack("{s:s, s:s, s:s}", "hash_type", "SHA1", "hash_value", sha1,
                                "download_url", url.bytes));
    text_release(&url);
}

/* Which bill is served: the one asked for, unless a fault swaps it. */
static struct bill_name name_bill(const struct sim *sim, const struct request *request,
                                  const struct application *application, const struct fault *fault)
{
    struct bill_name name = {
        .merchant = request->merchant,
        .shop = application->shop,
        .request = application->kind,
        .type = application->type,
        .account = application->account,
        .day = application->day,
        .spoil = bill_spoil_of(fault),
    };

    if (fault != NULL && fault->kind == FAULT_SWAP_DAY)
        name.day = fault->day;
    if (fault != NULL && fault->kind == FAULT_SWAP_MERCHANT) {
        name.merchant = world_merchant(sim->world, fault->mchid);
        name.shop = NULL;
    }
    return name;
}

static struct token name_token(const struct request *request, const struct application *application,
                               const struct bill_name *name)
{
    struct token token = {
        .request = name->request,
        .type = name->type,
        .account = name->account,
        .day = name->day,
        .for_day = application->day,
        .gzip = application->gzip,
        .expires = request->time + TOKEN_VALID_S,
        .spoil = name->spoil,
    };

    memcpy(token.applicant, request->mchid, sizeof(token.applicant));
    memcpy(token.owner, name->merchant->mchid, strlen(name->merchant->mchid) + 1);
    if (name->shop != NULL)
        memcpy(token.shop, name->shop->mchid, strlen(name->shop->mchid) + 1);
    return token;
}

void bill_apply_answer(struct sim *sim, struct request *request, enum request_kind kind,
                       const struct fault *fault, struct reply *reply)
{
    struct application application = {.kind = kind, .day = DAY_NONE};
    struct bill_name name;
    struct token token;
    struct made_bill *bill;

    if (!read_application(sim, request, &application, reply) ||
        !bill_check_day(request, application.day, reply))
        return;
    name = name_bill(sim, request, &application, fault);
    bill = bill_store_take(&sim->bills, &name, sim->ledger, sim->seed);
    if (bill->rows == 0) {
        reply_error(reply, ERROR_NO_STATEMENT, NULL);
    } else {
        token = name_token(request, &application, &name);
        reply_application(sim, &token, bill, fault, reply);
    }
    made_bill_drop(bill);
}

bool bill_download_token(const struct sim *sim, const struct request *request,
                         struct token *ret_token)
{
    const char *sealed = query_value(&request->query, "token");

    return sealed != NULL && token_open(sealed, &sim->keys->token_key, ret_token);
}

/* The URL has to be used as it was given: with tartype exactly when it had one (FACTS §3.2). */
static bool query_as_given(const struct request *request, const struct token *token)
{
    const char *tartype = query_value(&request->query, "tartype");

    if (!token->gzip)
        return request->query.count == 1;
    return request->query.count == 2 && tartype != NULL && strcmp(tartype, "gzip") == 0;
}

/* The bill that a token is for; false when the world does not have its merchants any more. */
static bool name_download(const struct sim *sim, const struct token *token,
                          struct bill_name *ret_name)
{
    struct bill_name name = {
        .merchant = world_merchant(sim->world, token->owner),
        .shop = *token->shop != '\0' ? world_merchant(sim->world, token->shop) : NULL,
        .request = token->request,
        .type = token->type,
        .account = token->account,
        .day = token->day,
        .spoil = token->spoil,
    };

    *ret_name = name;
    return name.merchant != NULL && (*token->shop == '\0' || name.shop != NULL);
}

static void reply_download(struct sim *sim, const struct token *token, struct made_bill *bill,
                           struct reply *reply)
{
    reply->kind = REPLY_DOWNLOAD;
    reply->status = 200;
    reply->code = "";
    reply->gzip = token->gzip;
    if (token->part > 0) {
        sub_bill_seal_part(sim, token, bill, &reply->body);
        made_bill_drop(bill);
        return;
    }
    reply->bill = bill;
    if (token->gzip)
        (void)made_bill_gzip(reply->bill);
}

void bill_download_answer(struct sim *sim, struct request *request, struct reply *reply)
{
    struct bill_name name;
    struct token token;

    if (!bill_download_token(sim, request, &token) || !query_as_given(request, &token)) {
        reply_error(reply, ERROR_TOKEN, NULL);
        return;
    }
    if (strcmp(token.applicant, request->mchid) != 0) {
        reply_error(reply, ERROR_NO_AUTH, NULL);
        return;
    }
    if (request->time > token.expires || !name_download(sim, &token, &name)) {
        reply_error(reply, ERROR_TOKEN, NULL);
        return;
    }
    reply_download(sim, &token, bill_store_take(&sim->bills, &name, sim->ledger, sim->seed), reply);
}
