#include "refund_request.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { OUT_REFUND_NO_MAX = 64 };

enum member_kind { MEMBER_TEXT, MEMBER_FEN, MEMBER_OBJECT, MEMBER_LIST };

struct member {
    const char *name;
    enum member_kind kind;
    bool required;
    size_t size_min; /* of texts, in bytes */
    size_t size_max;
    size_t offset; /* in struct refund_request; of texts and fen that are kept */
};

#define AT(name) offsetof(struct refund_request, name)
#define NOT_KEPT SIZE_MAX

static const struct member body_members[] = {
    {"sub_mchid", MEMBER_TEXT, false, 1, 32, AT(sub_mchid)},
    {"transaction_id", MEMBER_TEXT, false, 1, 32, AT(transaction_id)},
    {"out_trade_no", MEMBER_TEXT, false, 6, 32, AT(out_trade_no)},
    {"out_refund_no", MEMBER_TEXT, true, 1, OUT_REFUND_NO_MAX, AT(out_refund_no)},
    {"reason", MEMBER_TEXT, false, 1, 80, AT(reason)},
    {"notify_url", MEMBER_TEXT, false, 8, 256, AT(notify_url)},
    {"funds_account", MEMBER_TEXT, false, 1, 32, AT(funds_account)},
    {"amount", MEMBER_OBJECT, true, 0, 0, NOT_KEPT},
    {"goods_detail", MEMBER_LIST, false, 0, 0, NOT_KEPT},
    {NULL, MEMBER_TEXT, false, 0, 0, 0},
};

static const struct member amount_members[] = {
    {"refund", MEMBER_FEN, true, 0, 0, AT(refund_fen)},
    {"total", MEMBER_FEN, true, 0, 0, AT(total_fen)},
    {"currency", MEMBER_TEXT, true, 1, 16, AT(currency)},
    {"from", MEMBER_LIST, false, 0, 0, NOT_KEPT},
    {NULL, MEMBER_TEXT, false, 0, 0, 0},
};

static const struct member from_members[] = {
    {"account", MEMBER_TEXT, true, 1, 32, NOT_KEPT},
    {"amount", MEMBER_FEN, true, 0, 0, NOT_KEPT},
    {NULL, MEMBER_TEXT, false, 0, 0, 0},
};

static const struct member goods_members[] = {
    {"merchant_goods_id", MEMBER_TEXT, true, 1, 32, NOT_KEPT},
    {"wechatpay_goods_id", MEMBER_TEXT, false, 1, 32, NOT_KEPT},
    {"goods_name", MEMBER_TEXT, false, 1, 256, NOT_KEPT},
    {"unit_price", MEMBER_FEN, true, 0, 0, NOT_KEPT},
    {"refund_amount", MEMBER_FEN, true, 0, 0, NOT_KEPT},
    {"refund_quantity", MEMBER_FEN, true, 0, 0, NOT_KEPT},
    {NULL, MEMBER_TEXT, false, 0, 0, 0},
};

static bool wrong(struct reply_detail *ret_wrong, const char *field, const char *issue)
{
    *ret_wrong = (struct reply_detail){.field = field, .issue = issue, .location = "body"};
    return false;
}

static const char *issue_of(const struct member *member, const json_t *value)
{
    size_t size = json_string_length(value);

    switch (member->kind) {
    case MEMBER_TEXT:
        if (!json_is_string(value) || strlen(json_string_value(value)) != size)
            return "expected a text";
        return size < member->size_min || size > member->size_max ? "is too short or too long"
                                                                  : NULL;
    case MEMBER_FEN:
        if (!json_is_integer(value))
            return "expected a whole number";
        return json_integer_value(value) < 1 ? "is below 1" : NULL;
    case MEMBER_OBJECT:
        return json_is_object(value) ? NULL : "expected an object";
    case MEMBER_LIST:
        return json_is_array(value) && json_array_size(value) > 0 ? NULL : "expected a list";
    }
    return NULL;
}

static void keep(const struct member *member, const json_t *value, struct refund_request *request)
{
    void *target = (char *)request + member->offset;

    if (member->kind == MEMBER_TEXT)
        *(const char **)target = json_string_value(value);
    else
        *(int64_t *)target = json_integer_value(value);
}

/* Every member there that has to be, none that is not known, each of its kind and size. `request`
 * NULL: nothing is kept. */
static bool members_check(const struct member *members, json_t *object,
                          struct refund_request *request, struct reply_detail *ret_wrong)
{
    size_t known = 0;

    if (!json_is_object(object))
        return wrong(ret_wrong, NULL, "expected an object");
    for (const struct member *member = members; member->name != NULL; member++) {
        const json_t *value = json_object_get(object, member->name);
        const char *issue;

        if (value == NULL && member->required)
            return wrong(ret_wrong, member->name, "is required");
        if (value == NULL)
            continue;
        known++;
        issue = issue_of(member, value);
        if (issue != NULL)
            return wrong(ret_wrong, member->name, issue);
        if (request != NULL && member->offset != NOT_KEPT)
            keep(member, value, request);
    }
    return known == json_object_size(object) || wrong(ret_wrong, NULL, "unknown member");
}

bool out_refund_no_valid(const char *number)
{
    size_t size = strlen(number);

    return size >= 1 && size <= OUT_REFUND_NO_MAX &&
           strspn(number, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-|*@") ==
               size;
}

static bool from_check(const struct refund_request *request, json_t *list,
                       struct reply_detail *ret_wrong)
{
    int64_t sum = 0;
    size_t at;
    json_t *part;

    json_array_foreach(list, at, part)
    {
        const char *account = json_string_value(json_object_get(part, "account"));

        if (!members_check(from_members, part, NULL, ret_wrong))
            return false;
        if (strcmp(account, "AVAILABLE") != 0 && strcmp(account, "UNAVAILABLE") != 0)
            return wrong(ret_wrong, "account", "expected AVAILABLE or UNAVAILABLE");
        sum += json_integer_value(json_object_get(part, "amount"));
    }
    return sum == request->refund_fen || wrong(ret_wrong, "from", "does not sum to refund");
}

static bool goods_check(json_t *list, struct reply_detail *ret_wrong)
{
    size_t at;
    json_t *goods;

    json_array_foreach(list, at, goods)
    {
        if (!members_check(goods_members, goods, NULL, ret_wrong))
            return false;
    }
    return true;
}

static bool values_check(const struct refund_request *request, struct reply_detail *ret_wrong)
{
    const char *url = request->notify_url;
    const char *funds = request->funds_account;

    if ((request->transaction_id == NULL) == (request->out_trade_no == NULL))
        return wrong(ret_wrong, "transaction_id", "exactly one of transaction_id, out_trade_no");
    if (!out_refund_no_valid(request->out_refund_no))
        return wrong(ret_wrong, "out_refund_no", "has characters that are not allowed");
    if (url != NULL && ((strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) ||
                        strchr(url, '?') != NULL))
        return wrong(ret_wrong, "notify_url", "expected a URL without parameters");
    if (funds != NULL && strcmp(funds, "AVAILABLE") != 0 && strcmp(funds, "UNSETTLED") != 0)
        return wrong(ret_wrong, "funds_account", "expected AVAILABLE or UNSETTLED");
    if (strcmp(request->currency, "CNY") != 0)
        return wrong(ret_wrong, "currency", "expected CNY");
    return true;
}

json_t *body_object(const struct text *body)
{
    json_t *root =
        body->size == 0 ? NULL : json_loadb(body->bytes, body->size, JSON_REJECT_DUPLICATES, NULL);

    if (json_is_object(root))
        return root;
    json_decref(root);
    return NULL;
}

bool refund_request_decode(const struct text *body, struct refund_request *ret_request,
                           struct reply_detail *ret_wrong)
{
    struct refund_request request = {.root = body_object(body)};
    json_t *amount = json_object_get(request.root, "amount");
    json_t *from = json_object_get(amount, "from");
    bool good;

    if (request.root == NULL)
        return wrong(ret_wrong, NULL, "the body is not a JSON object");

    good = members_check(body_members, request.root, &request, ret_wrong) &&
           members_check(amount_members, amount, &request, ret_wrong) &&
           values_check(&request, ret_wrong) &&
           (from == NULL || from_check(&request, from, ret_wrong)) &&
           goods_check(json_object_get(request.root, "goods_detail"), ret_wrong);
    if (good)
        *ret_request = request;
    else
        json_decref(request.root);
    return good;
}

void refund_request_release(struct refund_request *request)
{
    json_decref(request->root);
    *request = (struct refund_request){0};
}

char *refund_request_parameters(const struct refund_request *request)
{
    char *printed = json_dumps(request->root, JSON_COMPACT | JSON_SORT_KEYS);

    if (printed == NULL)
        abort();
    return printed;
}
