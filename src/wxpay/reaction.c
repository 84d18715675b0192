#include "wxpay/reaction.h"

#include <assert.h>
#include <stddef.h>

/* Bits of enum wxpay_endpoint. */
#define AT(endpoint) (1U << (endpoint))
#define ANYWHERE (AT(WXPAY_ENDPOINTS) - 1)
#define APPLY (AT(WXPAY_TRADE_APPLY) | AT(WXPAY_FUND_APPLY))
#define CREATE AT(WXPAY_REFUND_CREATE)
#define QUERY (AT(WXPAY_REFUND_QUERY) | AT(WXPAY_ORDER_QUERY))

struct rule {
    unsigned endpoints;
    int status_least, status_most;
    const char *code; /* NULL: any, "": none */
    enum wxpay_reaction reaction;
};

/* The first that fits. Codes with a meaning of their own come before the statuses, because some are
 * sent with another status than documented (FACTS §3.3), and the status of some is not documented
 * at all (FACTS §5.3). */
static const struct rule rules[] = {
    {ANYWHERE, 200, 200, NULL, WXPAY_DONE},
    {CREATE, 0, 399, NULL, WXPAY_ASK_FIRST},
    {ANYWHERE, 204, 204, NULL, WXPAY_DONE},
    {ANYWHERE, 202, 202, NULL, WXPAY_REPEAT_SERVER},

    {APPLY, 400, 499, "NO_STATEMENT_EXIST", WXPAY_NO_STATEMENT},
    {APPLY, 400, 499, "STATEMENT_CREATING", WXPAY_STATEMENT_LATER},
    {AT(WXPAY_BILL_DOWNLOAD), 400, 400, "INVALID_REQUEST", WXPAY_APPLY_AGAIN},
    {AT(WXPAY_CERTIFICATES), 404, 404, "RESOURCE_NOT_EXISTS", WXPAY_NO_CERTIFICATES},

    {CREATE, 400, 499, "NOT_ENOUGH", WXPAY_NOT_ENOUGH},
    {CREATE, 400, 499, "USER_ACCOUNT_ABNORMAL", WXPAY_ACCOUNT_CLOSED},
    {CREATE, 400, 499, "TRADE_OVERDUE", WXPAY_PEOPLE},
    {CREATE, 400, 499, "REFUND_FEE_MISMATCH", WXPAY_PEOPLE},
    {CREATE, 403, 403, "RULE_LIMIT", WXPAY_PEOPLE},
    {CREATE, 404, 404, "RESOURCE_NOT_EXISTS", WXPAY_NOT_FOUND},
    {CREATE, 400, 400, "PARAM_ERROR", WXPAY_REFUSED},
    {CREATE, 400, 400, NULL, WXPAY_ASK_FIRST},
    {CREATE, 400, 499, "FREQUENCY_LIMITED", WXPAY_ASK_FIRST},
    {CREATE, 400, 499, "RATELIMIT_EXCEEDED", WXPAY_ASK_FIRST},
    {CREATE, 429, 429, NULL, WXPAY_ASK_FIRST},
    {CREATE, 500, 599, NULL, WXPAY_ASK_FIRST},

    {QUERY, 404, 404, "RESOURCE_NOT_EXISTS", WXPAY_NOT_FOUND},
    {AT(WXPAY_ORDER_QUERY), 400, 499, "ORDER_NOT_EXIST", WXPAY_NOT_FOUND},
    {AT(WXPAY_ORDER_QUERY), 400, 499, "ORDERNOTEXIST", WXPAY_NOT_FOUND},

    {ANYWHERE, 400, 499, "FREQUENCY_LIMITED", WXPAY_REPEAT_SLOWER},
    {ANYWHERE, 400, 499, "RATELIMIT_EXCEEDED", WXPAY_REPEAT_SLOWER},
    {ANYWHERE, 429, 429, NULL, WXPAY_REPEAT_SLOWER},
    {ANYWHERE, 401, 401, NULL, WXPAY_NOT_KNOWN},
    {ANYWHERE, 403, 403, NULL, WXPAY_NOT_ALLOWED},
    {ANYWHERE, 404, 405, "", WXPAY_WRONG_HOST},
    {ANYWHERE, 400, 499, NULL, WXPAY_REFUSED},
    {ANYWHERE, 500, 599, NULL, WXPAY_REPEAT_SERVER},
};

enum wxpay_reaction wxpay_react(enum wxpay_endpoint endpoint, int status, struct view code)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const struct rule *rule = &rules[i];
        if ((rule->endpoints & AT(endpoint)) != 0 && status >= rule->status_least &&
            status <= rule->status_most &&
            (rule->code == NULL || view_equal_text(code, rule->code)))
            return rule->reaction;
    }
    return WXPAY_WRONG_HOST;
}

/* What is left of each when nothing is repeated any more. */
struct meaning {
    enum err_kind kind;
    const char *hint;
};

static const struct meaning meanings[] = {
    [WXPAY_DONE] = {ERR_NONE, ""},
    [WXPAY_NO_STATEMENT] = {ERR_NONE, ""},
    [WXPAY_STATEMENT_LATER] = {ERR_NONE, ""},
    [WXPAY_NOT_FOUND] = {ERR_NONE, ""},
    [WXPAY_REPEAT_SERVER] = {ERR_UNAVAILABLE, ""},
    [WXPAY_REPEAT_SLOWER] = {ERR_LATER,
                             "WeChat Pay asks us to go slower; the next run tries again"},
    [WXPAY_APPLY_AGAIN] = {ERR_LATER, "the download address has expired: apply for the bill again"},
    [WXPAY_NO_CERTIFICATES] = {ERR_ACCESS,
                               "this merchant needs public-key mode: put wechatpay_public_key.pem "
                               "and wechatpay_public_key.id from the merchant platform (API "
                               "security) into its keys folder"},
    [WXPAY_ASK_FIRST] = {ERR_LATER, "ask for the refund by its number before it is sent again"},
    [WXPAY_NOT_ENOUGH] = {ERR_LATER,
                          "top up the merchant's account; the same refund is sent again"},
    [WXPAY_ACCOUNT_CLOSED] = {ERR_DATA, "the user's account is closed: pay back another way"},
    [WXPAY_PEOPLE] = {ERR_DATA,
                      "look at this refund on the merchant platform; do not send it under "
                      "another number"},
    [WXPAY_REFUSED] = {ERR_DATA, ""},
    [WXPAY_NOT_ALLOWED] = {ERR_ACCESS, "check the merchant's permissions on the merchant platform"},
    [WXPAY_NOT_KNOWN] = {ERR_ACCESS, "check the machine's clock, mchid, and apiclient_key.pem with "
                                     "apiclient_cert.pem"},
    [WXPAY_NO_REPLY] = {ERR_UNAVAILABLE, ""},
    [WXPAY_WRONG_HOST] = {ERR_CONFIG, "this is no reply of WeChat Pay's APIv3: check base_url and "
                                      "what stands between"},
};

static const struct meaning *meaning_of(enum wxpay_reaction reaction)
{
    assert((size_t)reaction < sizeof(meanings) / sizeof(meanings[0]));
    return &meanings[reaction];
}

enum err_kind wxpay_reaction_kind(enum wxpay_reaction reaction)
{
    return meaning_of(reaction)->kind;
}

const char *wxpay_reaction_hint(enum wxpay_reaction reaction)
{
    return meaning_of(reaction)->hint;
}
