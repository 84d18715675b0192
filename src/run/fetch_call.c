/* One merchant's requests in their two halves, whichever way its bills are asked for. */
#include "base/memory.h"
#include "fetch_state.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct fetch_unit *fetch_unit_of(const struct fetch_merchant *merchant)
{
    return &merchant->units[merchant->unit];
}

struct fetch_bill *fetch_bill_of(const struct fetch_merchant *merchant)
{
    return &fetch_unit_of(merchant)->bills[merchant->bill];
}

static enum wxpay_bill_kind wxpay_kind(const char *kind)
{
    static const struct {
        const char *kind;
        enum wxpay_bill_kind wxpay;
    } kinds[] = {
        {EVIDENCE_TRADE_ALL, WXPAY_TRADE_ALL},
        {EVIDENCE_TRADE_SUCCESS, WXPAY_TRADE_SUCCESS},
        {EVIDENCE_TRADE_REFUND, WXPAY_TRADE_REFUND},
        {EVIDENCE_TRADE_RECHARGE_REFUND, WXPAY_TRADE_RECHARGE_REFUND},
        {EVIDENCE_FUND_BASIC, WXPAY_FUND_BASIC},
        {EVIDENCE_FUND_OPERATION, WXPAY_FUND_OPERATION},
        {EVIDENCE_FUND_FEES, WXPAY_FUND_FEES},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].kind, kind) == 0)
            return kinds[i].wxpay;
    }
    assert(false && "kind of bill");
    return WXPAY_TRADE_ALL;
}

/* A service provider asks for a sub-merchant's fund flow in another way: it comes sealed, in parts.
 */
static bool is_sealed(const struct fetch_merchant *merchant)
{
    return merchant->merchant->mode == MERCHANT_PARTNER &&
           view_starts_with(view_of(fetch_bill_of(merchant)->kind), VIEW("FUND_"));
}

static enum wxpay_sub_account sub_account(const char *kind)
{
    if (strcmp(kind, EVIDENCE_FUND_OPERATION) == 0)
        return WXPAY_SUB_OPERATION;
    return strcmp(kind, EVIDENCE_FUND_FEES) == 0 ? WXPAY_SUB_FEES : WXPAY_SUB_BASIC;
}

/* ---- applying ----------------------------------------------------------------------------------
 */

void fetch_start_offer(struct fetch_merchant *merchant)
{
    const char *kind = fetch_bill_of(merchant)->kind;
    struct date day = fetch_unit_of(merchant)->day;

    merchant->call = is_sealed(merchant)
                         ? wxpay_sub_bill_apply_start(merchant->wxpay, sub_account(kind), day)
                         : wxpay_bill_apply_start(merchant->wxpay, wxpay_kind(kind), day);
    wxpay_call_set_owner(merchant->call, merchant);
}

/* The digest of a part is compared when it is opened. That of the only part is the bill's; of
 * several there is none for the whole. */
static bool finish_sealed_offer(struct fetch_merchant *merchant, struct wxpay_call *call,
                                struct err *err)
{
    struct wxpay_bill_offer *offer = merchant->offer;

    merchant->parts = memory_alloc(sizeof(*merchant->parts));
    *merchant->parts = WXPAY_SUB_BILL_INIT;
    if (!wxpay_sub_bill_apply_finish(call, merchant->parts, err))
        return false;
    offer->state = merchant->parts->state;
    (void)snprintf(offer->request_id, sizeof(offer->request_id), "%s",
                   merchant->parts->request_id.s);
    if (merchant->parts->count == 1)
        (void)snprintf(offer->sha1, sizeof(offer->sha1), "%s", merchant->parts->parts[0].sha1);
    return true;
}

bool fetch_finish_offer(struct fetch_merchant *merchant, struct err *err)
{
    struct wxpay_call *call = merchant->call;

    merchant->call = NULL;
    merchant->download_id = (struct wxpay_request_id){.s = ""};
    merchant->offer = memory_alloc(sizeof(*merchant->offer));
    return is_sealed(merchant) ? finish_sealed_offer(merchant, call, err)
                               : wxpay_bill_apply_finish(call, merchant->offer, err);
}

/* ---- downloading -------------------------------------------------------------------------------
 */

/* Called in the asking thread. A long download is left when the program is asked to stop. */
static bool receive(void *context, struct view bytes, struct err *err)
{
    struct fetch_merchant *merchant = context;

    if (job_stopping())
        return err_set(err, ERR_LATER, "asked to stop");
    merchant->received += (int64_t)bytes.length;
    return incoming_push(merchant->incoming, bytes, err);
}

void fetch_start_download(struct fetch_merchant *merchant)
{
    merchant->call =
        merchant->parts != NULL
            ? wxpay_sub_bill_part_start(merchant->wxpay, &merchant->parts->parts[merchant->part],
                                        receive, merchant)
            : wxpay_bill_download_start(merchant->wxpay, merchant->offer, receive, merchant);
    wxpay_call_set_owner(merchant->call, merchant);
}

bool fetch_finish_download(struct fetch_merchant *merchant, struct err *err)
{
    struct wxpay_call *call = merchant->call;
    uint64_t bytes;

    merchant->call = NULL;
    merchant->download_id = wxpay_call_request_id(call);
    merchant->expired = wxpay_bill_is_expired(call);
    return merchant->parts != NULL ? wxpay_sub_bill_part_finish(call, &bytes, err)
                                   : wxpay_bill_download_finish(call, &bytes, err);
}
