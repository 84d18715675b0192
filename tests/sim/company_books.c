/* books.sql: the company's tables of the reference platform (sql/rental, DOMAIN §4) as COPY blocks
 * for psql. */
#include "company_write.h"

#include <stdio.h>
#include <string.h>

/* What a deposit would have been. */
enum { WAIVED_FEN = 19900 };

enum { WATERMARK_AFTER_S = 6 * 3600, UPDATED_AFTER_S = 1, REFUND_ASKED_BEFORE_S = 1 };

static void begin_table(struct text *out, const char *table, const char *columns)
{
    text_printf(out, "\nCOPY rental.%s (%s) FROM stdin;\n", table, columns);
}

static void end_table(struct text *out)
{
    text_put(out, "\\.\n");
}

/* One field of COPY's text format, with the tab or line end behind it. */
static void put_field(struct text *out, const char *value, char end)
{
    if (value == NULL) {
        text_put(out, "\\N");
    } else {
        for (; *value != '\0'; value++) {
            if (*value == '\\' || *value == '\t' || *value == '\n')
                text_putc(out, '\\');
            text_putc(out, (char)(*value == '\t' ? 't' : *value == '\n' ? 'n' : *value));
        }
    }
    text_putc(out, end);
}

static void put_number(struct text *out, int64_t value, char end)
{
    text_printf(out, "%lld%c", (long long)value, end);
}

static void put_time(struct text *out, bool known, int64_t instant, char end)
{
    char time[INSTANT_TEXT_SIZE];

    instant_text(instant, time);
    time[10] = ' ';
    put_field(out, known ? time : NULL, end);
}

static void put_stores(const struct company *company, struct text *out)
{
    (void)company;
    begin_table(out, "store", "mchid, store_id, name, contact, opened_on, closed_on");
    for (size_t at = 0; at < COMPANY_STORES; at++) {
        const struct store *store = &company_stores[at];

        put_field(out, COMPANY_MCHID, '\t');
        put_field(out, store->store_id, '\t');
        put_field(out, store->name, '\t');
        put_field(out, store->contact, '\t');
        put_field(out, store->opened_on, '\t');
        put_field(out, NULL, '\n');
    }
    end_table(out);
}

static void put_term(struct text *out, const struct store *store, enum item_kind kind,
                     int32_t valid_to)
{
    char day[DAY_TEXT_SIZE];
    bool ends = valid_to != DAY_NONE;

    if (ends)
        day_text(valid_to, day);
    put_field(out, COMPANY_MCHID, '\t');
    put_field(out, store->store_id, '\t');
    put_field(out, item_kind_name(kind), '\t');
    put_field(out, store->opened_on, '\t');
    put_field(out, ends ? day : NULL, '\t');
    put_number(out, store->share_ppm[kind], '\t');
    put_number(out, kind == ITEM_RENT ? store->fixed_fen : 0, '\t');
    put_field(out, store->fee_bearer, '\t');
    put_field(out, store->cycle, '\t');
    put_number(out, store->hold_days, '\t');
    put_number(out, store->min_payout_fen, '\n');
}

static void put_terms(const struct company *company, struct text *out)
{
    begin_table(out, "store_terms",
                "mchid, store_id, kind, valid_from, valid_to, share_ppm, fixed_fen, fee_bearer, "
                "cycle, hold_days, min_payout_fen");
    for (size_t at = 0; at < COMPANY_STORES; at++) {
        int32_t valid_to =
            at == COMPANY_STORE_WITHOUT_TERMS ? company_terms_end(company) : DAY_NONE;

        for (enum item_kind kind = ITEM_RENT; kind <= ITEM_OTHER; kind++) {
            if (company_stores[at].share_ppm[kind] >= 0)
                put_term(out, &company_stores[at], kind, valid_to);
        }
    }
    end_table(out);
}

static const char *book_status_name(enum book_status status)
{
    switch (status) {
    case BOOK_PAID:
        return "PAID";
    case BOOK_CREATED:
        return "CREATED";
    case BOOK_CLOSED:
        return "CLOSED";
    }
    return "UNKNOWN";
}

static void put_payments(const struct company *company, struct text *out)
{
    begin_table(out, "payment",
                "mchid, out_trade_no, sub_mchid, appid, transaction_id, amount_fen, status, "
                "paid_at, created_at, updated_at");
    for (size_t at = 0; at < company->sale_count; at++) {
        const struct sale *sale = &company->sales[at];
        bool paid = sale->book_status == BOOK_PAID;

        put_field(out, COMPANY_MCHID, '\t');
        put_field(out, sale->out_trade_no, '\t');
        put_field(out, NULL, '\t');
        put_field(out, company->appids[sale->appid], '\t');
        put_field(out, paid ? sale->transaction_id : NULL, '\t');
        put_number(out, sale->total_fen - sale->book_less_fen, '\t');
        put_field(out, book_status_name(sale->book_status), '\t');
        put_time(out, paid, sale->book_time, '\t');
        put_time(out, true, sale->created, '\t');
        put_time(out, true, (paid ? sale->book_time : sale->created) + UPDATED_AFTER_S, '\n');
    }
    end_table(out);
}

/* What the books have lower they have lower in the first item. */
static void put_items(const struct company *company, struct text *out)
{
    begin_table(out, "payment_item",
                "mchid, out_trade_no, item_no, kind, rental_no, store_id, amount_fen");
    for (size_t at = 0; at < company->sale_count; at++) {
        const struct sale *sale = &company->sales[at];
        const struct rental *rental = &company->rentals[sale->rental];

        for (size_t item = 0; item < sale->item_count; item++) {
            put_field(out, COMPANY_MCHID, '\t');
            put_field(out, sale->out_trade_no, '\t');
            put_number(out, (int64_t)item + 1, '\t');
            put_field(out, item_kind_name(sale->items[item].kind), '\t');
            put_field(out, rental->rental_no, '\t');
            put_field(out, company_stores[rental->store].store_id, '\t');
            put_number(out, sale->items[item].amount_fen - (item == 0 ? sale->book_less_fen : 0),
                       '\n');
        }
    }
    end_table(out);
}

/* D and the number of the rental: a rental has one deposit. */
static void deposit_id(const struct rental *rental, char out[static 17])
{
    (void)snprintf(out, 17, "D%s", rental->rental_no);
}

static void put_deposit(const struct company *company, const struct sale *sale, struct text *out)
{
    static const char *const states[] = {"HELD", "HELD", "REFUND_DUE", "REFUNDED"};
    const struct rental *rental = &company->rentals[sale->rental];
    char id[17];

    deposit_id(rental, id);
    put_field(out, COMPANY_MCHID, '\t');
    put_field(out, id, '\t');
    put_field(out, sale->waived ? NULL : sale->out_trade_no, '\t');
    if (sale->waived)
        put_field(out, NULL, '\t');
    else
        put_number(out, (int64_t)sale->deposit_item + 1, '\t');
    put_field(out, rental->rental_no, '\t');
    put_field(out, company_stores[rental->store].store_id, '\t');
    put_number(out, sale->waived ? WAIVED_FEN : sale->items[sale->deposit_item].amount_fen, '\t');
    put_field(out, sale->waived ? "t" : "f", '\t');
    put_field(out, states[sale->deposit], '\t');
    put_time(out, sale->deposit == DEPOSIT_DUE || sale->deposit == DEPOSIT_REFUNDED,
             sale->deposit_due, '\n');
}

static void put_deposits(const struct company *company, struct text *out)
{
    begin_table(out, "deposit",
                "mchid, deposit_id, out_trade_no, item_no, rental_no, store_id, amount_fen, "
                "waived, status, due_at");
    for (size_t at = 0; at < company->sale_count; at++) {
        const struct sale *sale = &company->sales[at];

        if (sale->waived || sale->deposit != DEPOSIT_NONE)
            put_deposit(company, sale, out);
    }
    end_table(out);
}

static void put_deductions(const struct company *company, struct text *out)
{
    begin_table(out, "deposit_deduction",
                "mchid, deduction_id, deposit_id, amount_fen, reason, made_by, approved_by, "
                "approved_at, voided_at");
    for (size_t at = 0; at < company->sale_count; at++) {
        const struct sale *sale = &company->sales[at];
        char id[17];

        if (sale->deduction_fen == 0)
            continue;
        deposit_id(&company->rentals[sale->rental], id);
        text_printf(out, "%s\tK%s\t%s\t%lld\tDAMAGE\tstore_keeper\tops_checker\t", COMPANY_MCHID,
                    id + 1, id, (long long)sale->deduction_fen);
        put_time(out, true, sale->deposit_due, '\t');
        put_field(out, NULL, '\n');
    }
    end_table(out);
}

static void put_refunds(const struct company *company, struct text *out)
{
    begin_table(
        out, "refund",
        "mchid, out_refund_no, out_trade_no, item_no, kind, amount_fen, status, created_at");
    for (size_t at = 0; at < company->giveback_count; at++) {
        const struct giveback *giveback = &company->givebacks[at];
        const struct sale *sale = &company->sales[giveback->sale];

        if (!giveback->in_books)
            continue;
        put_field(out, COMPANY_MCHID, '\t');
        put_field(out, giveback->out_refund_no, '\t');
        put_field(out, sale->out_trade_no, '\t');
        put_number(out, (int64_t)giveback->item + 1, '\t');
        put_field(out, item_kind_name(sale->items[giveback->item].kind), '\t');
        put_number(out, giveback->amount_fen, '\t');
        put_field(out, "SUCCESS", '\t');
        put_time(out, true, giveback->time - REFUND_ASKED_BEFORE_S, '\n');
    }
    end_table(out);
}

static void put_meta(const struct company *company, struct text *out)
{
    int32_t end = company->options.from + company->options.days;

    begin_table(out, "contract_meta", "mchid, contract_version, watermark_at");
    put_field(out, COMPANY_MCHID, '\t');
    put_number(out, 1, '\t');
    put_time(out, true, day_start(end) + WATERMARK_AFTER_S, '\n');
    end_table(out);
}

void company_put_books(const struct company *company, struct text *out)
{
    text_put(out, "-- An invented company, made by wxpay-world: run with psql after sql/rental.\n"
                  "\\set ON_ERROR_STOP on\n"
                  "SET client_encoding = 'UTF8';\n"
                  "BEGIN;\n");
    put_stores(company, out);
    put_terms(company, out);
    put_payments(company, out);
    put_items(company, out);
    put_deposits(company, out);
    put_deductions(company, out);
    put_refunds(company, out);
    put_meta(company, out);
    text_put(out, "\nCOMMIT;\nANALYZE rental.payment, rental.payment_item, rental.refund;\n");
}
