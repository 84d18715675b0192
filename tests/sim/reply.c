#include "reply.h"

#include <jansson.h>
#include <stdlib.h>

/* Numbers at the end of Request-Id (FACTS §1.4). */
enum {
    TAG_DONE = 268435456,
    TAG_PARAMETER = 268435461,
    TAG_RANGE = 268435464,
    TAG_SIGNATURE = 268443699,
    TAG_FREQUENCY = 268447840,
    TAG_OWNER = 268447843,
    TAG_SUB_OWNER = 268447845,
    TAG_CHANGED = 268498688,
    TAG_MISSING = 268512771,
};

static const struct {
    unsigned int status;
    const char *code;
    const char *message;
    unsigned int tag;
} errors[] = {
    [ERROR_HEADERS] = {400, "INVALID_REQUEST", "Http头缺少Accept或User-Agent", TAG_PARAMETER},
    [ERROR_AUTH_FORMAT] = {401, "SIGN_ERROR",
                           "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》",
                           TAG_SIGNATURE},
    [ERROR_AUTH_SCHEME] = {401, "SIGN_ERROR", "HTTP头Authorization认证类型不正确", TAG_SIGNATURE},
    [ERROR_AUTH_SKEW] = {401, "SIGN_ERROR",
                         "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟",
                         TAG_SIGNATURE},
    [ERROR_AUTH_SERIAL] = {401, "SIGN_ERROR", "商户证书序列号有误。请使用签名私钥匹配的证书序列号",
                           TAG_SIGNATURE},
    [ERROR_AUTH_SIGNATURE] = {401, "SIGN_ERROR", "签名错误", TAG_SIGNATURE},
    [ERROR_PARAMETER] = {400, "PARAM_ERROR", "参数错误", TAG_PARAMETER},
    [ERROR_BILL_DATE] = {400, "INVALID_REQUEST", "账单日期不在可下载的范围内", TAG_RANGE},
    [ERROR_SUB_MCHID] = {400, "INVALID_REQUEST", "该商户没有此特约商户", TAG_PARAMETER},
    [ERROR_TOKEN] = {400, "INVALID_REQUEST", "下载凭证无效或已过期，请重新申请账单", TAG_PARAMETER},
    [ERROR_NO_STATEMENT] = {400, "NO_STATEMENT_EXIST", "请求的账单文件不存在", TAG_MISSING},
    [ERROR_STATEMENT_CREATING] = {400, "STATEMENT_CREATING", "请求的账单正在生成中", TAG_MISSING},
    [ERROR_NO_AUTH] = {403, "NO_AUTH", "商户无权下载该账单", TAG_OWNER},
    [ERROR_IP] = {403, "NO_AUTH", "此IP地址不允许调用该接口", TAG_OWNER},
    [ERROR_NO_CERTIFICATE] = {404, "RESOURCE_NOT_EXISTS",
                              "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。",
                              TAG_MISSING},
    [ERROR_FREQUENCY] = {429, "FREQUENCY_LIMITED", "频率超限，请降低请求频率后重试", TAG_FREQUENCY},
    [ERROR_AUTH_TRANSACTIONS] = {401, "SIGN_ERROR", "签名信息错误，验签失败", TAG_SIGNATURE},
    [ERROR_BODY] = {400, "PARAM_ERROR", "请求体格式错误", TAG_PARAMETER},
    [ERROR_MCHID] = {400, "PARAM_ERROR", "mchid与请求签名的商户号不一致", TAG_PARAMETER},
    [ERROR_MERCHANT] = {404, "MCH_NOT_EXISTS", "商户号不存在", TAG_MISSING},
    [ERROR_NOT_OWN_MERCHANT] = {403, "NO_AUTH", "商户无权访问此特约商户", TAG_SUB_OWNER},
    [ERROR_ORDER] = {404, "ORDER_NOT_EXIST", "订单不存在", TAG_MISSING},
    [ERROR_REFUND] = {404, "RESOURCE_NOT_EXISTS", "退款单不存在", TAG_MISSING},
    [ERROR_REFUND_ORDER] = {404, "RESOURCE_NOT_EXISTS", "订单不存在或未支付", TAG_MISSING},
    [ERROR_REFUND_STATE] = {400, "INVALID_REQUEST", "订单状态或金额与退款请求不符", TAG_RANGE},
    [ERROR_REFUND_CHANGED] = {400, "INVALID_REQUEST", "商户退款单号已存在，参数与原请求不一致",
                              TAG_CHANGED},
    [ERROR_REFUND_MISMATCH] = {400, "REFUND_FEE_MISMATCH", "退款金额不一致或超过可退金额",
                               TAG_CHANGED},
    [ERROR_REFUND_OVERDUE] = {403, "TRADE_OVERDUE", "订单已超过可退款的最大期限", TAG_RANGE},
    [ERROR_REFUND_COUNT] = {403, "RULE_LIMIT", "订单的退款次数已达上限", TAG_RANGE},
    [ERROR_USER_ACCOUNT] = {403, "USER_ACCOUNT_ABNORMAL", "用户账户异常或已注销", TAG_RANGE},
    [ERROR_NOT_ENOUGH] = {403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起", TAG_RANGE},
    [ERROR_OLD_ORDERS] = {429, "FREQUENCY_LIMITED", "频率限制，1个月之前的订单请降低申请频率再重试",
                          TAG_FREQUENCY},
    [ERROR_SYSTEM] = {500, "SYSTEM_ERROR", "系统异常，请稍后重试", TAG_DONE},
};

/* What was answered before gives way. */
static void clear_body(struct reply *reply)
{
    made_bill_drop(reply->bill);
    reply->bill = NULL;
    text_clear(&reply->body);
}

static void set_json(struct reply *reply, json_t *body)
{
    char *printed = json_dumps(body, JSON_COMPACT);

    if (printed == NULL)
        abort();
    reply->kind = REPLY_JSON;
    clear_body(reply);
    text_put(&reply->body, printed);
    free(printed);
    json_decref(body);
}

static void set_error(struct reply *reply, const char *code, const char *message,
                      const struct reply_detail *detail)
{
    json_t *body = json_pack("{s:s, s:s}", "code", code, "message", message);

    if (detail != NULL)
        (void)json_object_set_new(body, "detail",
                                  json_pack("{s:s*, s:s*, s:s*, s:s*}", "field", detail->field,
                                            "value", detail->value, "issue", detail->issue,
                                            "location", detail->location));
    reply->code = code;
    set_json(reply, body);
}

void reply_error(struct reply *reply, enum reply_error error, const struct reply_detail *detail)
{
    reply->status = errors[error].status;
    reply->request_tag = errors[error].tag;
    set_error(reply, errors[error].code, errors[error].message, detail);
}

void reply_status(struct reply *reply, unsigned int status)
{
    const char *code = "SYSTEM_ERROR";
    const char *message = "系统异常，请稍后重试";

    if (status == 502 || status == 503 || status == 504) {
        code = "SERVICE_UNAVAILABLE";
        message = "服务暂不可用，请稍后重试";
    } else if (status == 429) {
        code = "FREQUENCY_LIMITED";
        message = errors[ERROR_FREQUENCY].message;
    } else if (status == 404) {
        code = "RESOURCE_NOT_EXISTS";
        message = "请求的资源不存在";
    } else if (status == 403) {
        code = "NO_AUTH";
        message = errors[ERROR_NO_AUTH].message;
    } else if (status == 401) {
        code = "SIGN_ERROR";
        message = errors[ERROR_AUTH_SIGNATURE].message;
    } else if (status >= 400 && status < 500) {
        code = "PARAM_ERROR";
        message = errors[ERROR_PARAMETER].message;
    }
    reply->status = status;
    reply->request_tag = TAG_DONE;
    if (status >= 400)
        set_error(reply, code, message, NULL);
    else
        reply_nothing(reply, status);
}

void reply_nothing(struct reply *reply, unsigned int status)
{
    reply->kind = REPLY_NOTHING;
    reply->status = status;
    reply->code = "";
    reply->request_tag = TAG_DONE;
    clear_body(reply);
}

void reply_json(struct reply *reply, json_t *body)
{
    reply->status = 200;
    reply->code = "";
    reply->request_tag = TAG_DONE;
    set_json(reply, body);
}

void reply_bytes(const struct reply *reply, const char **ret_bytes, size_t *ret_size)
{
    const struct text *bytes = &reply->body;

    if (reply->bill != NULL)
        bytes = reply->gzip ? &reply->bill->gzip : &reply->bill->plain;
    *ret_bytes = bytes->bytes;
    *ret_size = bytes->size;
}

void reply_release(struct reply *reply)
{
    made_bill_drop(reply->bill);
    text_release(&reply->body);
    text_release(&reply->timestamp);
    text_release(&reply->nonce);
    text_release(&reply->signature);
    text_release(&reply->serial);
}
