#include "run/merchant_diagnosis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Messages as the rooms http and wxpay write them, texts of FACTS §1.4 and of the merchant platform
 * in them. */
static const struct {
    enum err_kind kind;
    const char *text;
    const char *problem;
    enum merchant_mender mender;
} cases[] = {
    {ERR_ACCESS,
     "trade ALL bill of 2026-05-31: GET /v3/certificates: status 401 SIGN_ERROR "
     "\"Http头Authorizatio"
     "n中的timestamp与发起请求的时间不得超过5分钟\" (Request-Id 1-2)",
     "clock off", MENDER_OPERATOR},
    {ERR_ACCESS, "the reply was signed at 1780000000, 300 s or more away from our clock",
     "clock off", MENDER_OPERATOR},
    {ERR_ACCESS,
     "status 401 SIGN_ERROR \"商户证书序列号有误。请使用签名私钥匹配的证书序列号\" (Request-Id "
     "1-2)",
     "wrong serial", MENDER_OPERATOR},
    {ERR_ACCESS, "status 401 SIGN_ERROR \"签名错误\"", "wrong key", MENDER_OPERATOR},
    {ERR_ACCESS, "status 401 SIGN_ERROR \"签名信息错误，验签失败\"", "wrong key", MENDER_OPERATOR},
    {ERR_ACCESS, "status 401 SIGN_ERROR \"something new\"", "signature refused", MENDER_OPERATOR},
    {ERR_ACCESS, "status 401 SIGN_ERROR", "signature refused", MENDER_OPERATOR},
    {ERR_ACCESS, "status 403 NO_AUTH \"此IP地址不允许调用该接口\"", "IP not allowed",
     MENDER_ADMINISTRATOR},
    {ERR_DATA, "status 400 INVALID_REQUEST \"请求的IP不在IP白名单内\"", "IP not allowed",
     MENDER_ADMINISTRATOR},
    {ERR_ACCESS, "status 403 NO_AUTH \"商户无权下载该账单\"", "no right to bills",
     MENDER_ADMINISTRATOR},
    {ERR_DATA, "status 400 MCH_NOT_EXISTS \"商户号不存在\"", "unknown merchant number",
     MENDER_OPERATOR},
    {ERR_ACCESS,
     "trade ALL bill of 2026-05-31: GET /v3/certificates: status 404 RESOURCE_NOT_EXISTS "
     "\"无可用的平台证书\"",
     "public-key mode needed", MENDER_ADMINISTRATOR},
    {ERR_ACCESS,
     "unknown key \"PUB_KEY_ID_011\": GET /v3/certificates: status 404 RESOURCE_NOT_EXISTS "
     "\"无可用的平台证书\"",
     "wrong public key id", MENDER_OPERATOR},
    {ERR_ACCESS, "GET /v3/certificates: certificate 1: the APIv3 key does not open it",
     "wrong APIv3 key", MENDER_ADMINISTRATOR},
    {ERR_ACCESS, "after 3 attempts: the reply's signature with key \"PUB_KEY_ID_011\" is wrong",
     "wrong public key", MENDER_OPERATOR},
    {ERR_ACCESS, "after 3 attempts: the reply's signature with key \"5DEA10EF\" is wrong",
     "reply not WeChat Pay's", MENDER_OPERATOR},
    {ERR_ACCESS, "after 3 attempts: the reply is not signed", "reply not WeChat Pay's",
     MENDER_OPERATOR},
    {ERR_ACCESS, "GET /v3/certificates: the certificate of localhost is not trusted: self-signed",
     "not WeChat Pay", MENDER_OPERATOR},
    {ERR_DATA, "GET /v3/certificates: none of 1 platform certificates is valid", "clock off",
     MENDER_OPERATOR},
    {ERR_UNAVAILABLE, "after 3 attempts: status 500 SYSTEM_ERROR \"系统异常\"",
     "WeChat Pay in trouble", MENDER_SUPPORT},
    {ERR_UNAVAILABLE, "could not reach api.mch.weixin.qq.com: Could not resolve host",
     "host not reached", MENDER_OPERATOR},
    {ERR_LATER, "after 3 attempts: status 429 FREQUENCY_LIMITED", "too many requests",
     MENDER_OPERATOR},
    {ERR_CONFIG, "status 302", "not WeChat Pay", MENDER_OPERATOR},
    {ERR_ACCESS, "could not open \"keys/1/apiclient_key.pem\": No such file or directory", "keys",
     MENDER_OPERATOR},
    {ERR_ACCESS, "status 403 SOMETHING_NEW", "refused", MENDER_SUPPORT},
    {ERR_DATA, "status 400 PARAM_ERROR \"参数错误\"", "refused", MENDER_SUPPORT},
    {ERR_BUG, "", "refused", MENDER_SUPPORT},
};

static struct merchant_diagnosis diagnose(enum err_kind kind, const char *text, bool partner)
{
    const struct merchant_known known = {.partner = partner};
    struct err err = ERR_INIT;

    (void)err_set(&err, kind, "%s", text);
    return merchant_diagnose(&err, &known);
}

static void test_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct merchant_diagnosis seen = diagnose(cases[i].kind, cases[i].text, false);

        assert_string_equal(seen.problem, cases[i].problem);
        assert_string_equal(merchant_mender_name(seen.mender),
                            merchant_mender_name(cases[i].mender));
        assert_true(seen.advice[0] != '\0');
    }
}

/* A service provider's rights are its own to give; all else is the same. */
static void test_partner(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct merchant_diagnosis direct = diagnose(cases[i].kind, cases[i].text, false);
        struct merchant_diagnosis partner = diagnose(cases[i].kind, cases[i].text, true);

        assert_string_equal(partner.problem, direct.problem);
        if (direct.mender == MENDER_ADMINISTRATOR && partner.advice[0] != direct.advice[0])
            assert_string_equal(partner.problem, "no right to bills");
        else
            assert_string_equal(partner.advice, direct.advice);
    }
}

/* Only with a service provider there is a number that bills can be refused for. */
static void test_sub_merchant(void **state)
{
    const char *text = "trade ALL bill of 2026-05-31: GET /v3/bill/tradebill: status 400 "
                       "INVALID_REQUEST \"该商户没有此特约商户\" (Request-Id 1-2)";
    struct merchant_diagnosis direct = diagnose(ERR_DATA, text, false);
    struct merchant_diagnosis partner = diagnose(ERR_DATA, text, true);

    (void)state;
    assert_string_equal(direct.problem, "refused");
    assert_string_equal(partner.problem, "unknown merchant number");
    assert_int_equal(partner.mender, MENDER_OPERATOR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each),
        cmocka_unit_test(test_partner),
        cmocka_unit_test(test_sub_merchant),
    };

    return cmocka_run_group_tests_name("run/merchant_diagnosis", tests, NULL, NULL);
}
