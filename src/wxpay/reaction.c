#include "wxpay/reaction.h"

#include <assert.h>
#include <stddef.h>

/* Bits of enum wxpay_endpoint. */
#define AT(endpoint) (1U << (endpoint))
#define ANYWHERE (AT(WXPAY_CERTIFICATES) | AT(WXPAY_BILL_APPLY) | AT(WXPAY_BILL_DOWNLOAD))

struct rule {
    unsigned endpoints;
    int status_least, status_most;
    const char *code; /* NULL: any, "": none */
    enum wxpay_reaction reaction;
};

/* The first that fits. Codes with a meaning of their own come before the statuses, because some are
 * sent with another status than documented (FACTS §3.3). */
static const struct rule rules[] = {
    {ANYWHERE, 200, 200, NULL, WXPAY_DONE},
    {ANYWHERE, 204, 204, NULL, WXPAY_DONE},
    {ANYWHERE, 202, 202, NULL, WXPAY_REPEAT_SERVER},
    {AT(WXPAY_BILL_APPLY), 400, 499, "NO_STATEMENT_EXIST", WXPAY_NO_STATEMENT},
    {AT(WXPAY_BILL_APPLY), 400, 499, "STATEMENT_CREATING", WXPAY_STATEMENT_LATER},
    {AT(WXPAY_BILL_DOWNLOAD), 400, 400, "INVALID_REQUEST", WXPAY_APPLY_AGAIN},
    {AT(WXPAY_CERTIFICATES), 404, 404, "RESOURCE_NOT_EXISTS", WXPAY_NO_CERTIFICATES},
    {ANYWHERE, 400, 499, "FREQUENCY_LIMITED", WXPAY_REPEAT_SLOWER},
    {ANYWHERE, 400, 499, "RATELIMIT_EXCEEDED", WXPAY_REPEAT_SLOWER},
    {ANYWHERE, 429, 429, NULL, WXPAY_REPEAT_SLOWER},
    {ANYWHERE, 401, 401, NULL, WXPAY_NOT_ALLOWED},
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

enum err_kind wxpay_reaction_kind(enum wxpay_reaction reaction)
{
    switch (reaction) {
    case WXPAY_DONE:
    case WXPAY_NO_STATEMENT:
    case WXPAY_STATEMENT_LATER:
        return ERR_NONE;
    case WXPAY_REPEAT_SERVER:
        return ERR_UNAVAILABLE;
    case WXPAY_REPEAT_SLOWER:
    case WXPAY_APPLY_AGAIN:
        return ERR_LATER;
    case WXPAY_NO_CERTIFICATES:
    case WXPAY_NOT_ALLOWED:
        return ERR_ACCESS;
    case WXPAY_REFUSED:
        return ERR_DATA;
    case WXPAY_WRONG_HOST:
        return ERR_CONFIG;
    }
    assert(false);
    return ERR_BUG;
}

const char *wxpay_reaction_hint(enum wxpay_reaction reaction)
{
    switch (reaction) {
    case WXPAY_DONE:
    case WXPAY_NO_STATEMENT:
    case WXPAY_STATEMENT_LATER:
    case WXPAY_REPEAT_SERVER:
    case WXPAY_REFUSED:
        return "";
    case WXPAY_REPEAT_SLOWER:
        return "WeChat Pay asks us to go slower; the next run tries again";
    case WXPAY_APPLY_AGAIN:
        return "the download address has expired: apply for the bill again";
    case WXPAY_NO_CERTIFICATES:
        return "this merchant needs public-key mode: put wechatpay_public_key.pem and "
               "wechatpay_public_key.id from the merchant platform (API security) into its keys "
               "folder";
    case WXPAY_NOT_ALLOWED:
        return "check the machine's clock, mchid, apiclient_key.pem with apiclient_cert.pem, and "
               "the merchant's permissions";
    case WXPAY_WRONG_HOST:
        return "this is no reply of WeChat Pay's APIv3: check base_url and what stands between";
    }
    assert(false);
    return "";
}
