#include "run/merchant_diagnosis.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* All of the texts that are not NULL must be in the message. */
struct rule {
    enum err_kind kind;
    const char *texts[2];
    struct merchant_diagnosis diagnosis;
};

#define NEW_PAIR                                                                                   \
    "put certificate and key of one archive into use: payrecon merchant rotate-key --archive FILE"

/* The first that fits. ERR_NONE: any kind. Messages of FACTS §1.4, of the rooms http and wxpay, and
 * of the merchant platform. */
static const struct rule rules[] = {
    {ERR_ACCESS,
     {"SIGN_ERROR", "timestamp"},
     {"clock off", MENDER_OPERATOR,
      "set this machine's clock (NTP): WeChat Pay takes at most 5 minutes"}},
    {ERR_ACCESS,
     {"away from our clock", NULL},
     {"clock off", MENDER_OPERATOR,
      "set this machine's clock (NTP): replies may be at most 5 minutes away"}},
    {ERR_ACCESS,
     {"SIGN_ERROR", "序列号"},
     {"wrong serial", MENDER_OPERATOR,
      "WeChat Pay does not know this API certificate for this merchant number, or it was replaced "
      "on the merchant platform; " NEW_PAIR}},
    {ERR_ACCESS,
     {"SIGN_ERROR", "签名"},
     {"wrong key", MENDER_OPERATOR,
      "the private key is not the one that WeChat Pay has for this certificate; " NEW_PAIR}},
    {ERR_ACCESS,
     {"SIGN_ERROR", NULL},
     {"signature refused", MENDER_OPERATOR,
      "compare merchant number, certificate and key with the merchant platform; " NEW_PAIR}},
    {ERR_NONE,
     {"IP地址", NULL},
     {"IP not allowed", MENDER_ADMINISTRATOR,
      "on the merchant platform, account centre, API security: add this machine's public address "
      "to the list of allowed addresses"}},
    {ERR_NONE,
     {"IP白名单", NULL},
     {"IP not allowed", MENDER_ADMINISTRATOR,
      "on the merchant platform, account centre, API security: add this machine's public address "
      "to the list of allowed addresses"}},
    {ERR_ACCESS,
     {"NO_AUTH", NULL},
     {"no right to bills", MENDER_ADMINISTRATOR,
      "on the merchant platform, product centre: have the right to download bills given to this "
      "merchant number"}},
    {ERR_NONE,
     {"MCH_NOT_EXISTS", NULL},
     {"unknown merchant number", MENDER_OPERATOR,
      "WeChat Pay does not know this merchant number: compare it with the merchant platform"}},
    {ERR_ACCESS,
     {"unknown key \"PUB_KEY_ID_", NULL},
     {"wrong public key id", MENDER_OPERATOR,
      "compare the id with the merchant platform, account centre, API security, and put it into "
      "use: payrecon merchant rotate-key --public-key FILE --public-key-id ID"}},
    {ERR_ACCESS,
     {"/v3/certificates", "RESOURCE_NOT_EXISTS"},
     {"public-key mode needed", MENDER_ADMINISTRATOR,
      "on the merchant platform, account centre, API security: apply for WeChat Pay's public key "
      "and download it; the operator then runs payrecon merchant rotate-key --public-key FILE "
      "--public-key-id ID"}},
    {ERR_ACCESS,
     {"APIv3 key does not open", NULL},
     {"wrong APIv3 key", MENDER_ADMINISTRATOR,
      "on the merchant platform, account centre, API security: set the APIv3 key anew (others who "
      "use it must change, too); the operator then runs payrecon merchant rotate-key --apiv3-key "
      "FILE"}},
    {ERR_ACCESS,
     {"signature with key \"PUB_KEY_ID_", NULL},
     {"wrong public key", MENDER_OPERATOR,
      "download WeChat Pay's public key again and put it into use: payrecon merchant rotate-key "
      "--public-key FILE --public-key-id ID"}},
    {ERR_ACCESS,
     {"is not trusted", NULL},
     {"not WeChat Pay", MENDER_OPERATOR,
      "compare wxpay_url and wxpay_ca_file; something between may show a certificate of its own"}},
    {ERR_DATA,
     {"platform certificates is valid", NULL},
     {"clock off", MENDER_OPERATOR,
      "set this machine's clock (NTP): by it all of WeChat Pay's certificates have ended"}},
    {ERR_ACCESS,
     {"the reply", NULL},
     {"reply not WeChat Pay's", MENDER_OPERATOR,
      "something between this machine and WeChat Pay changes replies: compare wxpay_url, look for "
      "a proxy"}},
    {ERR_UNAVAILABLE,
     {"status 5", NULL},
     {"WeChat Pay in trouble", MENDER_SUPPORT,
      "try again in some minutes; when it stays, give WeChat Pay's support the Request-Id"}},
    {ERR_UNAVAILABLE,
     {NULL},
     {"host not reached", MENDER_OPERATOR, "look at name service, firewall, proxy and wxpay_url"}},
    {ERR_LATER, {NULL}, {"too many requests", MENDER_OPERATOR, "try again in some minutes"}},
    {ERR_CONFIG,
     {NULL},
     {"not WeChat Pay", MENDER_OPERATOR,
      "compare wxpay_url and wxpay_ca_file; look at what stands between"}},
    {ERR_IO, {NULL}, {"files", MENDER_OPERATOR, "look at the disk of this machine"}},
    {ERR_ACCESS,
     {"status ", NULL},
     {"refused", MENDER_SUPPORT, "give WeChat Pay's support the Request-Id"}},
    {ERR_ACCESS,
     {NULL},
     {"keys", MENDER_OPERATOR,
      "mend the file, or put other keys into use with payrecon merchant rotate-key"}},
};

static const struct merchant_diagnosis unknown = {"refused", MENDER_SUPPORT,
                                                  "give WeChat Pay's support the Request-Id"};

/* With a service provider it is the provider who gives rights. */
static const struct merchant_diagnosis no_right_partner = {
    "no right to bills", MENDER_ADMINISTRATOR,
    "the service provider's merchant platform must list this merchant as its sub-merchant and have "
    "the right to download bills"};

static const struct merchant_diagnosis unknown_sub_merchant = {
    "unknown merchant number", MENDER_OPERATOR,
    "the service provider has no sub-merchant of this number: compare both numbers with the "
    "provider's merchant platform"};

/* A bill is asked for with a day that is good, so what else may be wrong is the sub-merchant
 * (FACTS §3.3). */
static bool is_unknown_sub_merchant(const struct err *failure)
{
    return failure->kind == ERR_DATA && strstr(failure->text, "/v3/bill/") != NULL &&
           strstr(failure->text, "INVALID_REQUEST") != NULL && strstr(failure->text, "IP") == NULL;
}

const char *merchant_mender_name(enum merchant_mender mender)
{
    switch (mender) {
    case MENDER_OPERATOR:
        return "the operator of this machine";
    case MENDER_ADMINISTRATOR:
        return "the company's administrator on the merchant platform";
    case MENDER_SUPPORT:
        return "WeChat Pay's support";
    }
    assert(false);
    return "";
}

static bool fits(const struct rule *rule, const struct err *failure)
{
    bool all = rule->kind == ERR_NONE || rule->kind == failure->kind;

    for (size_t i = 0; i < sizeof(rule->texts) / sizeof(rule->texts[0]); i++)
        all = all && (rule->texts[i] == NULL || strstr(failure->text, rule->texts[i]) != NULL);
    return all;
}

struct merchant_diagnosis merchant_diagnose(const struct err *failure,
                                            const struct merchant_known *known)
{
    if (known->partner && is_unknown_sub_merchant(failure))
        return unknown_sub_merchant;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const struct merchant_diagnosis *found = &rules[i].diagnosis;

        if (!fits(&rules[i], failure))
            continue;
        if (known->partner && strcmp(found->problem, no_right_partner.problem) == 0)
            return no_right_partner;
        return *found;
    }
    return unknown;
}
