#include "ledger_line.h"

#include "civil.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static void put_json(struct text *out, json_t *json)
{
    char *printed = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;

    if (printed == NULL)
        abort();
    text_put(out, printed);
    free(printed);
    json_decref(json);
}

void ledger_line_put_refund(struct text *out, const struct world *world,
                            const struct refund *refund, const char *parameters)
{
    char time[INSTANT_TEXT_SIZE];
    json_t *body = json_loads(parameters, 0, NULL);

    instant_text(refund->time, time);
    put_json(out, json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:I, s:[I,I,I,I], s:i, s:I, s:b, s:o}}",
                            "refund", "mchid", world->merchants[refund->merchant].mchid, "time",
                            time, "transaction_id", refund->payment->transaction_id,
                            "out_refund_no", refund->out_refund_no, "refund_id", refund->refund_id,
                            "refund_fen", (json_int_t)refund->refund_fen, "shares_fen",
                            (json_int_t)refund->settlement_fen, (json_int_t)refund->discount_fen,
                            (json_int_t)refund->coupon_fen, (json_int_t)refund->fee_fen, "ends",
                            (int)refund->ends, "after_s", (json_int_t)refund->after_s, "available",
                            refund->funds_account == FUNDS_AVAILABLE, "parameters", body));
}

void ledger_line_put_rescue(struct text *out, const struct merchant *applicant,
                            const struct accepted *accepted, const char *account, int64_t time)
{
    char text[INSTANT_TEXT_SIZE];

    instant_text(time, text);
    put_json(out, json_pack("{s:{s:s, s:s, s:s, s:s}}", "rescue", "mchid", applicant->mchid, "time",
                            text, "refund_id", accepted->refund.refund_id, "account", account));
}

void ledger_line_put_movement(struct text *out, const struct merchant *merchant,
                              const struct movement *movement)
{
    char time[INSTANT_TEXT_SIZE];

    instant_text(movement->time, time);
    put_json(out, json_pack("{s:{s:s, s:s, s:I}}", "movement", "mchid", merchant->mchid, "time",
                            time, "amount_fen", (json_int_t)movement->amount_fen));
}

void ledger_line_complete_movement(struct movement *movement)
{
    movement->account = ACCOUNT_BASIC;
    movement->name = "充值/提现";
    movement->type = movement->amount_fen > 0 ? "充值" : "提现";
    movement->business_no = "";
    movement->flow_no = "";
    movement->voucher_no = "";
    movement->remark = "";
}

static bool read_shares(json_t *object, struct refund *refund)
{
    json_int_t fen;
    json_int_t shares[4];

    if (json_unpack(object, "{s:I, s:[I,I,I,I]}", "refund_fen", &fen, "shares_fen", &shares[0],
                    &shares[1], &shares[2], &shares[3]) != 0)
        return false;
    refund->refund_fen = fen;
    refund->settlement_fen = shares[0];
    refund->discount_fen = shares[1];
    refund->coupon_fen = shares[2];
    refund->fee_fen = shares[3];
    return true;
}

static bool read_refund(json_t *object, const struct world *world, struct ledger_line *line,
                        struct fail *fail)
{
    const char *transaction_id;
    json_int_t after_s;
    json_t *parameters;
    int ends;
    int available;

    if (!read_shares(object, &line->refund) ||
        json_unpack(object, "{s:s, s:s, s:s, s:i, s:I, s:b, s:o}", "transaction_id",
                    &transaction_id, "out_refund_no", &line->refund.out_refund_no, "refund_id",
                    &line->refund.refund_id, "ends", &ends, "after_s", &after_s, "available",
                    &available, "parameters", &parameters) != 0)
        return fail_set(fail, EX_DATAERR, "not a refund of the simulator");
    line->refund.payment = world_payment_by_id(world, line->merchant, transaction_id, NEVER);
    if (line->refund.payment == NULL)
        return fail_set(fail, EX_DATAERR, "no payment with transaction_id %.64s", transaction_id);
    line->refund.merchant = line->merchant;
    line->refund.time = line->time;
    line->refund.funded_at = line->time;
    line->refund.abnormal_at = NEVER;
    line->refund.after_s = after_s;
    line->refund.ends = (enum refund_end)ends;
    line->refund.funds_account = available ? FUNDS_AVAILABLE : FUNDS_UNSETTLED;
    line->refund.type = "ORIGINAL";
    line->refund.row = (struct overrides){.repeat = 1, .trade_bill = true, .fund_flow = true};
    line->parameters = json_dumps(parameters, JSON_COMPACT | JSON_SORT_KEYS);
    if (line->parameters == NULL)
        abort();
    return true;
}

static bool read_kind(const char *kind, json_t *object, const struct world *world,
                      struct ledger_line *line, struct fail *fail)
{
    json_int_t amount_fen;

    if (strcmp(kind, "refund") == 0) {
        line->kind = LEDGER_LINE_REFUND;
        return read_refund(object, world, line, fail);
    }
    if (strcmp(kind, "rescue") == 0) {
        line->kind = LEDGER_LINE_RESCUE;
        return json_unpack(object, "{s:s, s:s}", "refund_id", &line->refund_id, "account",
                           &line->account) == 0 ||
               fail_set(fail, EX_DATAERR, "not a rescue of the simulator");
    }
    if (strcmp(kind, "movement") != 0 ||
        json_unpack(object, "{s:I}", "amount_fen", &amount_fen) != 0)
        return fail_set(fail, EX_DATAERR, "not a line of the simulator");
    line->kind = LEDGER_LINE_MOVEMENT;
    line->movement.merchant = line->merchant;
    line->movement.time = line->time;
    line->movement.amount_fen = amount_fen;
    ledger_line_complete_movement(&line->movement);
    return true;
}

/* Merchant and time, which every line has. */
static bool read_common(json_t *object, const struct world *world, struct ledger_line *line,
                        struct fail *fail)
{
    const struct merchant *merchant;
    const char *mchid;
    const char *time;

    if (json_unpack(object, "{s:s, s:s}", "mchid", &mchid, "time", &time) != 0 ||
        !instant_parse(time, &line->time))
        return fail_set(fail, EX_DATAERR, "not a line of the simulator");
    merchant = world_merchant(world, mchid);
    if (merchant == NULL)
        return fail_set(fail, EX_DATAERR, "no merchant \"%.64s\" in the world", mchid);
    line->merchant = world_index(world, merchant);
    return true;
}

bool ledger_line_decode(const char *json, size_t size, const struct world *world,
                        struct ledger_line *ret_line, struct fail *fail)
{
    struct ledger_line line = {.root = json_loadb(json, size, 0, NULL)};
    void *only = json_object_iter(line.root);
    bool good = false;

    if (only == NULL)
        (void)fail_set(fail, EX_DATAERR, "not a line of the simulator");
    else
        good =
            read_common(json_object_iter_value(only), world, &line, fail) &&
            read_kind(json_object_iter_key(only), json_object_iter_value(only), world, &line, fail);
    if (good)
        *ret_line = line;
    else
        ledger_line_release(&line);
    return good;
}

void ledger_line_release(struct ledger_line *line)
{
    free(line->parameters);
    json_decref(line->root);
}
