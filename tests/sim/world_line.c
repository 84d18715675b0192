#include "world_line.h"

#include "civil.h"
#include "fee.h"

#include <jansson.h>
#include <string.h>
#include <sysexits.h>

enum field_kind {
    FIELD_PLAIN, /* printed as it is: no comma, back-tick or control character */
    FIELD_FREE,  /* printed escaped */
    FIELD_FEN,
    FIELD_SIGNED_FEN,
    FIELD_REPEAT,
    FIELD_TIME,
    FIELD_FLAG,
    FIELD_RATE,
    FIELD_APPIDS,
    FIELD_MODE,
    FIELD_LAYOUT,
    FIELD_FUND_STYLE,
};

struct field {
    const char *key;
    enum field_kind kind;
    bool required;
    size_t offset; /* in struct world_line */
};

#define AT(member) offsetof(struct world_line, member)

static const struct field merchant_fields[] = {
    {"mchid", FIELD_PLAIN, true, AT(merchant.mchid)},
    {"name", FIELD_FREE, true, AT(merchant.name)},
    {"appids", FIELD_APPIDS, true, AT(merchant.appids)},
    {"rate", FIELD_RATE, true, AT(merchant.rate)},
    {"mode", FIELD_MODE, false, AT(merchant.mode)},
    {"layout", FIELD_LAYOUT, false, AT(merchant.layout)},
    {"fund_style", FIELD_FUND_STYLE, false, AT(merchant.fund_style)},
    {"opening_balance_fen", FIELD_SIGNED_FEN, false, AT(merchant.opening_balance_fen)},
    {"sub_mchid", FIELD_PLAIN, false, AT(merchant.sub_mchid)},
    {NULL, FIELD_PLAIN, false, 0},
};

static const struct field payment_fields[] = {
    {"mchid", FIELD_PLAIN, true, AT(mchid)},
    {"appid", FIELD_PLAIN, true, AT(payment.appid)},
    {"out_trade_no", FIELD_PLAIN, true, AT(payment.out_trade_no)},
    {"transaction_id", FIELD_PLAIN, true, AT(payment.transaction_id)},
    {"openid", FIELD_PLAIN, false, AT(payment.openid)},
    {"time", FIELD_TIME, true, AT(payment.time)},
    {"total_fen", FIELD_FEN, true, AT(payment.total_fen)},
    {"coupon_fen", FIELD_FEN, false, AT(payment.coupon_fen)},
    {"discount_fen", FIELD_FEN, false, AT(payment.discount_fen)},
    {"trade_type", FIELD_PLAIN, false, AT(payment.trade_type)},
    {"bank", FIELD_PLAIN, false, AT(payment.bank)},
    {"body", FIELD_FREE, false, AT(payment.body)},
    {"attach", FIELD_FREE, false, AT(payment.attach)},
    {"state", FIELD_PLAIN, false, AT(payment.state)},
    {"row_mchid", FIELD_PLAIN, false, AT(payment.row.mchid)},
    {"row_appid", FIELD_PLAIN, false, AT(payment.row.appid)},
    {"row_currency", FIELD_PLAIN, false, AT(payment.row.currency)},
    {"row_state", FIELD_PLAIN, false, AT(payment.row.state)},
    {"row_status", FIELD_PLAIN, false, AT(payment.row.status)},
    {"repeat", FIELD_REPEAT, false, AT(payment.row.repeat)},
    {"trade_bill", FIELD_FLAG, false, AT(payment.row.trade_bill)},
    {"fund_flow", FIELD_FLAG, false, AT(payment.row.fund_flow)},
    {NULL, FIELD_PLAIN, false, 0},
};

static const struct field refund_fields[] = {
    {"mchid", FIELD_PLAIN, true, AT(mchid)},
    {"transaction_id", FIELD_PLAIN, true, AT(refund.transaction_id)},
    {"out_refund_no", FIELD_PLAIN, true, AT(refund.out_refund_no)},
    {"refund_id", FIELD_PLAIN, true, AT(refund.refund_id)},
    {"time", FIELD_TIME, true, AT(refund.time)},
    {"refund_fen", FIELD_FEN, true, AT(refund.refund_fen)},
    {"status", FIELD_PLAIN, false, AT(refund.status)},
    {"type", FIELD_PLAIN, false, AT(refund.type)},
    {"row_mchid", FIELD_PLAIN, false, AT(refund.row.mchid)},
    {"row_appid", FIELD_PLAIN, false, AT(refund.row.appid)},
    {"row_currency", FIELD_PLAIN, false, AT(refund.row.currency)},
    {"row_state", FIELD_PLAIN, false, AT(refund.row.state)},
    {"row_status", FIELD_PLAIN, false, AT(refund.row.status)},
    {"repeat", FIELD_REPEAT, false, AT(refund.row.repeat)},
    {"trade_bill", FIELD_FLAG, false, AT(refund.row.trade_bill)},
    {"fund_flow", FIELD_FLAG, false, AT(refund.row.fund_flow)},
    {NULL, FIELD_PLAIN, false, 0},
};

static const struct overrides no_overrides = {
    .repeat = 1,
    .trade_bill = true,
    .fund_flow = true,
};

static const struct merchant merchant_defaults = {.sub_mchid = "0"};

static const struct payment payment_defaults = {
    .openid = "",
    .trade_type = "JSAPI",
    .bank = "OTHERS",
    .body = "",
    .attach = "",
    .state = "SUCCESS",
};

static const struct refund refund_defaults = {.status = "SUCCESS", .type = "ORIGINAL"};

struct decoder {
    struct arena *arena;
    struct world_line *previous;
    struct world_line *line;
    struct fail *fail;
};

static bool refuse(const struct decoder *decoder, const struct field *field, const char *expected)
{
    return fail_set(decoder->fail, EX_DATAERR, "key \"%s\": expected %s", field->key, expected);
}

/* The tables say the type of each member, the compiler its place. */
static void *member_of(struct world_line *line, const struct field *field)
{
    return (char *)line + field->offset;
}

static bool is_plain(const char *text)
{
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == ',' || *text == '`')
            return false;
    }
    return true;
}

static bool text_field(const struct decoder *decoder, const struct field *field,
                       const json_t *value)
{
    const char *text = json_string_value(value);
    const char **target = member_of(decoder->line, field);
    const char **previous = member_of(decoder->previous, field);
    const char *before = *previous;

    if (text == NULL)
        return refuse(decoder, field, "a text");
    if (field->kind == FIELD_PLAIN && !is_plain(text))
        return refuse(decoder, field, "a text without comma, back-tick and control characters");
    if (before != NULL && strcmp(before, text) == 0)
        *target = before;
    else
        *target = arena_copy(decoder->arena, text, strlen(text));
    return true;
}

static bool number_field(const struct decoder *decoder, const struct field *field,
                         const json_t *value)
{
    int64_t *target = member_of(decoder->line, field);
    int64_t lowest = 0;
    int64_t highest = WORLD_AMOUNT_MAX_FEN;

    if (field->kind == FIELD_SIGNED_FEN)
        lowest = -WORLD_AMOUNT_MAX_FEN;
    if (field->kind == FIELD_REPEAT) {
        lowest = 1;
        highest = WORLD_REPEAT_MAX;
    }
    if (!json_is_integer(value) || json_integer_value(value) < lowest ||
        json_integer_value(value) > highest)
        return fail_set(decoder->fail, EX_DATAERR,
                        "key \"%s\": expected a whole number from %lld to %lld", field->key,
                        (long long)lowest, (long long)highest);
    *target = json_integer_value(value);
    return true;
}

static bool choice_field(const struct decoder *decoder, const struct field *field,
                         const json_t *value)
{
    const char *text = json_string_value(value);
    struct merchant *merchant = &decoder->line->merchant;

    if (text == NULL)
        return refuse(decoder, field, "a text");
    if (strcmp(text, "public_key") == 0 && field->kind == FIELD_MODE)
        merchant->mode = KEY_MODE_PUBLIC_KEY;
    else if (strcmp(text, "legacy") == 0 && field->kind == FIELD_LAYOUT)
        merchant->layout = BILL_LAYOUT_LEGACY;
    else if (strcmp(text, "net") == 0 && field->kind == FIELD_FUND_STYLE)
        merchant->fund_style = FUND_STYLE_NET;
    else if (field->kind == FIELD_MODE && strcmp(text, "certificate") != 0)
        return refuse(decoder, field, "certificate or public_key");
    else if (field->kind == FIELD_LAYOUT && strcmp(text, "current") != 0)
        return refuse(decoder, field, "current or legacy");
    else if (field->kind == FIELD_FUND_STYLE && strcmp(text, "fee_rows") != 0)
        return refuse(decoder, field, "fee_rows or net");
    return true;
}

static bool appids_field(const struct decoder *decoder, const struct field *field,
                         const json_t *value)
{
    struct merchant *merchant = &decoder->line->merchant;
    size_t count = json_array_size(value);

    if (count < 1 || count > WORLD_APPIDS_MAX)
        return refuse(decoder, field, "a list of 1 to 16 AppIDs");
    for (size_t at = 0; at < count; at++) {
        const char *appid = json_string_value(json_array_get(value, at));

        if (appid == NULL || !is_plain(appid))
            return refuse(decoder, field, "a list of 1 to 16 AppIDs");
        merchant->appids[at] = arena_copy(decoder->arena, appid, strlen(appid));
    }
    merchant->appid_count = count;
    return true;
}

static bool time_field(const struct decoder *decoder, const struct field *field,
                       const json_t *value)
{
    const char *text = json_string_value(value);

    return (text != NULL && instant_parse(text, member_of(decoder->line, field))) ||
           refuse(decoder, field, "a time like 2026-05-31T23:59:59+08:00");
}

static bool flag_field(const struct decoder *decoder, const struct field *field,
                       const json_t *value)
{
    bool *target = member_of(decoder->line, field);

    if (!json_is_boolean(value))
        return refuse(decoder, field, "true or false");
    *target = json_is_true(value);
    return true;
}

static bool rate_field(const struct decoder *decoder, const struct field *field,
                       const json_t *value)
{
    const char *text = json_string_value(value);

    if (text == NULL || !rate_parse(text, &decoder->line->merchant.rate_ppm))
        return refuse(decoder, field, "a rate like 0.60%");
    return text_field(decoder, field, value);
}

static bool field_decode(const struct decoder *decoder, const struct field *field,
                         const json_t *value)
{
    switch (field->kind) {
    case FIELD_PLAIN:
    case FIELD_FREE:
        return text_field(decoder, field, value);
    case FIELD_FEN:
    case FIELD_SIGNED_FEN:
    case FIELD_REPEAT:
        return number_field(decoder, field, value);
    case FIELD_TIME:
        return time_field(decoder, field, value);
    case FIELD_FLAG:
        return flag_field(decoder, field, value);
    case FIELD_RATE:
        return rate_field(decoder, field, value);
    case FIELD_APPIDS:
        return appids_field(decoder, field, value);
    case FIELD_MODE:
    case FIELD_LAYOUT:
    case FIELD_FUND_STYLE:
        return choice_field(decoder, field, value);
    }
    return refuse(decoder, field, "a known type");
}

static bool fields_decode(const struct decoder *decoder, const struct field *fields, json_t *object)
{
    const char *key;
    json_t *value;

    for (const struct field *field = fields; field->key != NULL; field++) {
        if (field->required && json_object_get(object, field->key) == NULL)
            return fail_set(decoder->fail, EX_DATAERR, "key \"%s\" is missing", field->key);
    }
    json_object_foreach(object, key, value)
    {
        const struct field *field = fields;

        while (field->key != NULL && strcmp(field->key, key) != 0)
            field++;
        if (field->key == NULL)
            return fail_set(decoder->fail, EX_DATAERR, "unknown key \"%.64s\"", key);
        if (!field_decode(decoder, field, value))
            return false;
    }
    return true;
}

static bool object_decode(const struct decoder *decoder, const char *kind, json_t *object)
{
    struct world_line *line = decoder->line;

    if (!json_is_object(object))
        return fail_set(decoder->fail, EX_DATAERR, "\"%.64s\" is not an object", kind);
    if (strcmp(kind, "payment") == 0) {
        line->kind = WORLD_LINE_PAYMENT;
        line->payment = payment_defaults;
        line->payment.row = no_overrides;
        return fields_decode(decoder, payment_fields, object);
    }
    if (strcmp(kind, "refund") == 0) {
        line->kind = WORLD_LINE_REFUND;
        line->refund = refund_defaults;
        line->refund.row = no_overrides;
        return fields_decode(decoder, refund_fields, object);
    }
    if (strcmp(kind, "merchant") == 0) {
        line->kind = WORLD_LINE_MERCHANT;
        line->merchant = merchant_defaults;
        return fields_decode(decoder, merchant_fields, object);
    }
    return fail_set(decoder->fail, EX_DATAERR,
                    "unknown kind \"%.64s\", expected merchant, payment or refund", kind);
}

bool world_line_decode(const char *json, size_t size, struct arena *arena, struct world_line *line,
                       struct fail *fail)
{
    struct world_line previous = *line;
    struct decoder decoder = {arena, &previous, line, fail};
    json_error_t error;
    json_t *root = json_loadb(json, size, JSON_REJECT_DUPLICATES, &error);
    void *only;
    bool decoded;

    if (root == NULL)
        return fail_set(fail, EX_DATAERR, "not JSON: %s (column %d)", error.text, error.column);

    only = json_object_iter(root);
    if (json_object_size(root) != 1)
        decoded = fail_set(fail, EX_DATAERR, "expected an object with one key");
    else
        decoded = object_decode(&decoder, json_object_iter_key(only), json_object_iter_value(only));
    json_decref(root);
    return decoded;
}
