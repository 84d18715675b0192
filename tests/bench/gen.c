/* bench-gen: a bill day of any size and the books that fit it; the same seed gives the same bytes.
 *
 *     bench-gen --rows 1000000 --seed 1 --day 2026-05-31 --out FOLDER
 *
 * writes into FOLDER, which exists:
 * - bill.csv: a trade bill ALL of the current layout, with BOM, CRLF and summary
 * - <table>.copy: the reference platform's tables in COPY's text format, for books.sql
 * - expected.tsv: what the day holds, and the findings that reconciling must give
 *
 * Nine rows in ten are payments, the rest refunds: two in five of payments of the day, the others
 * of earlier days. Eight payments in a hundred have a deposit, rent and insurance, the others one
 * item. Everything of a record is a function of seed and index, so that bill and books are written
 * independently and agree. Rows stand in no order of time, as in real bills. */
#include "base/buf.h"
#include "base/file.h"
#include "base/money.h"
#include "base/options.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#define MCHID "1900000109"

enum { WRITE_SIZE = 1 << 20, OLD_DAYS = 20, ITEMS_MAX = 3, RATE_PPM = 6000, TEXT_SIZE = 64 };

/* What differs between bill and books: one of each, at the lowest indices. */
enum { PAYMENT_UNPAID, PAYMENT_AMOUNT, PAYMENT_UNKNOWN, PAYMENT_FAULTS };
enum { REFUND_UNKNOWN, REFUND_FAULTS };

struct world {
    uint64_t seed;
    struct date day;
    int64_t rows, payments, refunds, refunds_of_day, stores;
};

struct payment {
    int64_t index; /* of the day; earlier days' count from 0 too */
    bool old;
    uint64_t draw;
    struct instant at;
    int64_t items[ITEMS_MAX]; /* fen: rent, or deposit, rent, insurance */
    int item_count;
    int64_t total, coupon;
    char out_trade_no[TEXT_SIZE], transaction_id[TEXT_SIZE];
};

struct refund {
    int64_t index;
    struct payment payment;
    struct instant at;
    int item_no;
    int64_t amount;
    char out_refund_no[TEXT_SIZE], refund_id[TEXT_SIZE];
};

struct out {
    FILE *file;
    struct buf text;
};

struct sums {
    int64_t settlement, refund, order, fee_millifen;
};

static const char *const appids[] = {"wxa1b2c3d4e5f60718", "wx0918273645afbecd"};
static const char *const banks[] = {"OTHERS", "CFT", "ICBC_DEBIT", "CMB_CREDIT", "ABC_DEBIT"};
static const char *const goods[] = {
    "电动车日租套餐", "电动车周租套餐",
    "电动车月租套餐", "骑手换电月卡",
    "续租费用",       "门店租车-押金\\ 租金\\ 保险",
    "逾期租金",       "电池租赁（48V20Ah）",
};

static void fail(const struct err *err)
{
    fprintf(stderr, "bench-gen: %s\n", err->text);
    exit((int)err_exit_code(err->kind));
}

/* A well mixed number for each pair of stream and index (splitmix64's end). */
static uint64_t draw(const struct world *world, uint64_t stream, int64_t index)
{
    uint64_t x = world->seed * UINT64_C(0x9e3779b97f4a7c15) + (stream << 56) + (uint64_t)index;

    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Records. */

static void compact_time(struct instant at, char ret_text[static 15])
{
    struct instant_text text = instant_text_beijing(at);
    size_t length = 0;

    for (const char *byte = text.s; *byte != '\0'; byte++) {
        if (*byte >= '0' && *byte <= '9')
            ret_text[length++] = *byte;
    }
    assert(length == 14);
    ret_text[length] = '\0';
}

static void payment_amounts(struct payment *payment)
{
    uint64_t draw = payment->draw;

    if (draw % 100 < 8) {
        payment->item_count = 3;
        payment->items[0] = (draw >> 8) % 2 == 0 ? 19900 : 29900;
        payment->items[1] = 3500 + (int64_t)((draw >> 16) % 300) * 100;
        payment->items[2] = 300;
    } else {
        payment->item_count = 1;
        payment->items[0] = 900 + (int64_t)((draw >> 16) % 4000) * 10;
    }
    for (int i = 0; i < payment->item_count; i++)
        payment->total += payment->items[i];
    /* prepaid coupons do not lower the settlement amount (FACTS §3.7) */
    payment->coupon = (draw >> 32) % 50 == 0 ? 100 : 0;
}

static struct payment payment_of(const struct world *world, bool old, int64_t index)
{
    struct payment payment = {.index = index, .old = old, .draw = draw(world, old ? 2 : 1, index)};
    int32_t days_ago = old ? 1 + (int32_t)((payment.draw >> 40) % OLD_DAYS) : 0;
    char time[15];

    /* a minute from midnight, so that nothing is late by chance */
    payment.at = beijing_start(date_add(world->day, -days_ago));
    payment.at.us += (60 + (int64_t)((payment.draw >> 20) % 86280)) * INSTANT_SECOND;
    compact_time(payment.at, time);
    snprintf(payment.out_trade_no, sizeof(payment.out_trade_no), "R%s%09lld%.*s", time,
             (long long)index + (old ? 500000000 : 0), (int)(payment.draw % 5), "wxmp");
    snprintf(payment.transaction_id, sizeof(payment.transaction_id), "42000%05d%.8s%010lld",
             (int)(payment.draw % 100000), time, (long long)index + (old ? 5000000000LL : 0));
    payment_amounts(&payment);
    return payment;
}

/* Each refund has a payment of its own: no two meet at one payment. */
static struct refund refund_of(const struct world *world, int64_t index)
{
    uint64_t number = draw(world, 3, index);
    bool old = index >= world->refunds_of_day;
    struct refund refund = {
        .index = index,
        .payment = payment_of(world, old,
                              old ? index
                                  : PAYMENT_FAULTS + index * ((world->payments - PAYMENT_FAULTS) /
                                                              world->refunds_of_day)),
        .at = beijing_start(world->day),
    };
    int64_t least_us = old ? 0 : refund.payment.at.us - refund.at.us;
    char time[15];

    refund.at.us += least_us + (int64_t)(number % (uint64_t)(INSTANT_DAY - least_us));
    refund.at.us -= refund.at.us % INSTANT_SECOND;
    compact_time(refund.at, time);
    snprintf(refund.out_refund_no, sizeof(refund.out_refund_no), "RF%s%010lld", time,
             (long long)index);
    snprintf(refund.refund_id, sizeof(refund.refund_id), "50300%05d%.8s%011lld",
             (int)(number % 100000), time, (long long)index);
    refund.item_no = 1;
    refund.amount = refund.payment.items[0];
    if (refund.payment.item_count == 1 && number % 3 == 0)
        refund.amount = refund.amount / 2;
    return refund;
}

/* The bill. */

static void out_flush(struct out *out)
{
    struct err err = ERR_INIT;
    struct view text = buf_view(&out->text);

    assert(!out->text.overflowed);
    if (text.length > 0 && fwrite(text.at, 1, text.length, out->file) != text.length) {
        err_set_errno(&err, ERR_IO, errno, "could not write");
        fail(&err);
    }
    buf_clear(&out->text);
}

static void out_add(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void out_add(struct out *out, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    buf_add_format_list(&out->text, format, list);
    va_end(list);
    if (out->text.length > WRITE_SIZE)
        out_flush(out);
}

static struct out out_open(const char *folder, const char *name)
{
    struct err err = ERR_INIT;
    struct buf path = BUF_INIT(4096);
    struct out out = {.text = BUF_INIT(2 * WRITE_SIZE)};

    buf_add_format(&path, "%s/%s", folder, name);
    out.file = fopen(buf_text(&path), "wb");
    if (out.file == NULL) {
        err_set_errno(&err, ERR_IO, errno, "could not open %s", buf_text(&path));
        fail(&err);
    }
    buf_release(&path);
    return out;
}

static void out_close(struct out *out)
{
    struct err err = ERR_INIT;

    out_flush(out);
    if (fclose(out->file) != 0) {
        err_set_errno(&err, ERR_IO, errno, "could not write");
        fail(&err);
    }
    buf_release(&out->text);
}

static const char *yuan(int64_t fen, struct money_text *text)
{
    *text = money_text((struct money){fen});
    return text->s;
}

static int64_t fee_of_amount(int64_t fen)
{
    struct money fee;

    if (!money_share((struct money){fen}, (struct ppm){RATE_PPM}, &fee))
        abort();
    return fee.fen;
}

/* Columns 1 to 12, the same for both kinds of row. */
static void bill_row_begin(struct out *out, const struct payment *payment, struct instant at,
                           const char *state)
{
    uint64_t number = payment->draw;

    out_add(out, "`%s,`%s,`" MCHID ",`0,`,`%s,`%s,`oBench%022llx,`%s,`%s,`%s,`CNY",
            instant_text_beijing(at).s, appids[number % 8 == 0], payment->transaction_id,
            payment->out_trade_no, (unsigned long long)number,
            number % 16 == 0 ? "NATIVE" : "JSAPI", state, banks[(number >> 5) % 5]);
}

static void bill_row_end(struct out *out, const struct payment *payment, int64_t fee, int64_t order,
                         int64_t requested)
{
    struct money_text order_text, requested_text;
    const char *name = goods[(payment->draw >> 9) % 8];

    out_add(out, ",`%s,`st=%04d;rental=L%010lld,`%s,`0.60%%,`%s,`%s,`\r\n", name,
            (int)(payment->draw >> 44) % 10000, (long long)payment->index,
            fee_text(fee_of((struct money){fee})).s, yuan(order, &order_text),
            yuan(requested, &requested_text));
}

static void bill_payment(struct out *out, const struct world *world, int64_t index,
                         struct sums *sums)
{
    struct payment payment = payment_of(world, /* old= */ false, index);
    struct money_text total, coupon;
    int64_t fee = fee_of_amount(payment.total);

    bill_row_begin(out, &payment, payment.at, "SUCCESS");
    out_add(out, ",`%s,`%s,`0,`0,`0.00,`0.00,`,`", yuan(payment.total, &total),
            yuan(payment.coupon, &coupon));
    bill_row_end(out, &payment, fee, payment.total, 0);
    sums->settlement += payment.total;
    sums->order += payment.total;
    sums->fee_millifen += fee * 1000;
}

static void bill_refund(struct out *out, const struct world *world, int64_t index,
                        struct sums *sums)
{
    struct refund refund = refund_of(world, index);
    struct money_text amount;
    int64_t fee = -fee_of_amount(refund.amount);

    bill_row_begin(out, &refund.payment, refund.at, "REFUND");
    out_add(out, ",`0.00,`0.00,`%s,`%s,`%s,`0.00,`ORIGINAL,`SUCCESS", refund.refund_id,
            refund.out_refund_no, yuan(refund.amount, &amount));
    bill_row_end(out, &refund.payment, fee, 0, refund.amount);
    sums->refund += refund.amount;
    sums->fee_millifen += fee * 1000;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* Rows of the bill, payments and refunds mixed: row k is record k × step mod
 * rows. */
static void bill_rows(struct out *out, const struct world *world, struct sums *sums)
{
    int64_t step = world->rows / 2 + world->rows / 8 + 1;

    while (common_divisor(step, world->rows) != 1)
        step++;
    for (int64_t k = 0, at = 0; k < world->rows; k++, at = (at + step) % world->rows) {
        if (at < world->payments)
            bill_payment(out, world, at, sums);
        else
            bill_refund(out, world, at - world->payments, sums);
    }
}

static void bill_summary(struct out *out, const struct world *world, const struct sums *sums)
{
    struct money_text settlement, refund, order, requested;

    out_add(out,
            "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,"
            "订单总金额,"
            "申请退款总金额\r\n`%lld,`%s,`%s,`0.00,`%s,`%s,`%s\r\n",
            (long long)world->rows, yuan(sums->settlement, &settlement),
            yuan(sums->refund, &refund), fee_text((struct fee){sums->fee_millifen}).s,
            yuan(sums->order, &order), yuan(sums->refund, &requested));
}

static void write_bill(const char *folder, const struct world *world)
{
    struct out plain = out_open(folder, "bill.csv");
    struct sums sums = {0};

    buf_add_text(&plain.text, "\xef\xbb\xbf交易时间,公众账号ID,商户号,特约商户号,"
                              "设备号,微信订单号,商户订单号,"
                              "用户标识,交易类型,交易状态,付款银行,货币种类,"
                              "应结订单金额,代金券金额,微信退款单号,"
                              "商户退款单号,退款金额,充值券退款金额,退款类型,"
                              "退款状态,商品名称,商户数据包,手续费,"
                              "费率,订单金额,申请退款金额,费率备注\r\n");
    bill_rows(&plain, world, &sums);
    bill_summary(&plain, world, &sums);
    out_close(&plain);
}

/* The books. */

struct books {
    struct out payment, item, deposit, refund;
};

static void store_name(const struct world *world, uint64_t number, char ret_text[static TEXT_SIZE])
{
    snprintf(ret_text, TEXT_SIZE, "S%05lld", (long long)(number % (uint64_t)world->stores) + 1);
}

static void books_item(struct books *books, const struct world *world,
                       const struct payment *payment, int item)
{
    static const char *const kinds[] = {"DEPOSIT", "RENT", "INSURANCE"};
    const char *kind = payment->item_count == 1 ? "RENT" : kinds[item];
    char store[TEXT_SIZE];
    long long rental = (long long)payment->index + (payment->old ? 500000000 : 0);

    store_name(world, payment->draw >> 44, store);
    out_add(&books->item, MCHID "\t%s\t%d\t%s\tL%010lld\t%s\t%lld\n", payment->out_trade_no,
            item + 1, kind, rental, store, (long long)payment->items[item]);
    if (payment->item_count == 1 || item != 0)
        return;
    out_add(&books->deposit, MCHID "\tD%010lld\t%s\t1\tL%010lld\t%s\t%lld\tf\tHELD\t\\N\n", rental,
            payment->out_trade_no, rental, store, (long long)payment->items[0]);
}

static void books_payment(struct books *books, const struct world *world, struct payment payment)
{
    bool unpaid = !payment.old && payment.index == PAYMENT_UNPAID;
    struct instant made = {payment.at.us - 20 * INSTANT_SECOND};
    struct instant_text at = instant_text(payment.at);

    if (!payment.old && payment.index == PAYMENT_UNKNOWN)
        return;
    if (!payment.old && payment.index == PAYMENT_AMOUNT) {
        payment.items[0] += 100;
        payment.total += 100;
    }
    out_add(&books->payment, MCHID "\t%s\t\\N\t%s\t%s\t%lld\t%s\t%s\t%s\t%s\n",
            payment.out_trade_no, appids[payment.draw % 8 == 0],
            unpaid ? "\\N" : payment.transaction_id, (long long)payment.total,
            unpaid ? "CREATED" : "PAID", unpaid ? "\\N" : at.s, instant_text(made).s, at.s);
    for (int item = 0; item < payment.item_count; item++)
        books_item(books, world, &payment, item);
}

static void books_refund(struct books *books, const struct refund *refund)
{
    const struct payment *payment = &refund->payment;

    if (refund->index == REFUND_UNKNOWN)
        return;
    out_add(&books->refund, MCHID "\t%s\t%s\t%d\t%s\t%lld\tSUCCESS\t%s\n", refund->out_refund_no,
            payment->out_trade_no, refund->item_no, payment->item_count == 3 ? "DEPOSIT" : "RENT",
            (long long)refund->amount, instant_text(refund->at).s);
}

static void write_books(const char *folder, const struct world *world)
{
    struct books books = {
        .payment = out_open(folder, "payment.copy"),
        .item = out_open(folder, "payment_item.copy"),
        .deposit = out_open(folder, "deposit.copy"),
        .refund = out_open(folder, "refund.copy"),
    };

    for (int64_t i = 0; i < world->payments; i++) {
        books_payment(&books, world, payment_of(world, /* old= */ false, i));
    }
    for (int64_t i = 0; i < world->refunds; i++) {
        struct refund refund = refund_of(world, i);

        if (refund.payment.old)
            books_payment(&books, world, refund.payment);
        books_refund(&books, &refund);
    }
    out_close(&books.payment);
    out_close(&books.item);
    out_close(&books.deposit);
    out_close(&books.refund);
}

static void write_expected(const char *folder, const struct world *world)
{
    struct out out = out_open(folder, "expected.tsv");

    out_add(&out, "mchid\t" MCHID "\nday\t%s\nstores\t%lld\n", date_text(world->day).s,
            (long long)world->stores);
    out_add(&out, "rows\t%lld\npayments\t%lld\nrefunds\t%lld\n", (long long)world->rows,
            (long long)world->payments, (long long)world->refunds);
    out_add(&out, "T01\t1\nT02\t1\nT05\t1\nR01\t1\n");
    out_close(&out);
}

int main(int argc, char *argv[])
{
    int64_t rows = 1000000, seed = 1;
    struct date day = {0};
    const char *folder = ".";
    bool has_day = false;
    const struct option_row options[] = {
        {"rows", 'n', OPTION_COUNT, &rows, NULL, "N", "rows of the bill, 20 or more"},
        {"seed", 's', OPTION_COUNT, &seed, NULL, "N", "other numbers with another seed"},
        {"day", 'd', OPTION_DATE, &day, &has_day, "YYYY-MM-DD", "the bill day"},
        {"out", 'o', OPTION_TEXT, &folder, NULL, "FOLDER", "where the files go"},
    };
    struct option_words words;
    struct err err = ERR_INIT;

    if (!options_parse(options, sizeof(options) / sizeof(options[0]), argc, argv, &words, &err))
        fail(&err);
    if (rows < 20 || rows > 100000000 || words.count > 0 || !has_day) {
        err_set(&err, ERR_USAGE,
                "usage: bench-gen --rows N --seed N --day YYYY-MM-DD --out FOLDER");
        fail(&err);
    }

    struct world world = {.seed = (uint64_t)seed, .day = day, .rows = rows};

    world.payments = rows - rows / 10;
    world.refunds = rows / 10;
    world.refunds_of_day = world.refunds * 2 / 5;
    world.stores = rows / 2500 < 6 ? 6 : rows / 2500;
    write_bill(folder, &world);
    write_books(folder, &world);
    write_expected(folder, &world);
    return 0;
}
