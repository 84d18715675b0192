#include "company_write.h"

#include "files.h"

#include <jansson.h>
#include <stdlib.h>

static void put_line(struct text *out, json_t *line)
{
    char *printed = json_dumps(line, JSON_COMPACT);

    if (printed == NULL)
        abort();
    text_put(out, printed);
    text_putc(out, '\n');
    free(printed);
    json_decref(line);
}

static void put_payment(struct text *out, const struct company *company, const struct sale *sale)
{
    const struct rental *rental = &company->rentals[sale->rental];
    char time[INSTANT_TEXT_SIZE];

    instant_text(sale->time, time);
    put_line(out,
             json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s}}", "payment", "mchid",
                       COMPANY_MCHID, "appid", company->appids[sale->appid], "out_trade_no",
                       sale->out_trade_no, "transaction_id", sale->transaction_id, "openid",
                       rental->openid, "time", time, "total_fen", (json_int_t)sale->total_fen,
                       "bank", sale->bank, "body", sale->body, "attach", rental->rental_no));
}

/* An order that the rider left unpaid. */
static void put_order(struct text *out, const struct company *company, const struct sale *sale)
{
    put_line(out, json_pack("{s:{s:s, s:s, s:s, s:I, s:s}}", "order", "mchid", COMPANY_MCHID,
                            "appid", company->appids[sale->appid], "out_trade_no",
                            sale->out_trade_no, "total_fen", (json_int_t)sale->total_fen, "state",
                            sale->book_status == BOOK_CLOSED ? "CLOSED" : "NOTPAY"));
}

static void put_refund(struct text *out, const struct company *company,
                       const struct giveback *giveback)
{
    char time[INSTANT_TEXT_SIZE];

    instant_text(giveback->time, time);
    put_line(out,
             json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:I}}", "refund", "mchid", COMPANY_MCHID,
                       "transaction_id", company->sales[giveback->sale].transaction_id,
                       "out_refund_no", giveback->out_refund_no, "refund_id", giveback->refund_id,
                       "time", time, "refund_fen", (json_int_t)giveback->amount_fen));
}

void company_put_world(const struct company *company, struct text *out)
{
    text_put(out, "# an invented company, made by wxpay-world\n");
    put_line(out,
             json_pack("{s:{s:s, s:s, s:[s, s], s:s, s:i}}", "merchant", "mchid", COMPANY_MCHID,
                       "name", "电骑士换电（演示）", "appids", company->appids[0],
                       company->appids[1], "rate", "0.60%", "opening_balance_fen", 20000000));
    for (size_t at = 0; at < company->sale_count; at++) {
        if (company->sales[at].in_channel)
            put_payment(out, company, &company->sales[at]);
        else
            put_order(out, company, &company->sales[at]);
    }
    for (size_t at = 0; at < company->giveback_count; at++)
        put_refund(out, company, &company->givebacks[at]);
}

void company_put_readme(const struct company *company, struct text *out)
{
    const struct company_options *options = &company->options;
    char first[DAY_TEXT_SIZE];
    char last[DAY_TEXT_SIZE];

    day_text(options->from, first);
    day_text(options->from + options->days - 1, last);
    text_printf(
        out,
        "An invented battery-rental company, made by wxpay-world (seed %llu).\n\n"
        "Merchant %s, mini programs %s (riders) and %s (stores), bill days %s to %s.\n"
        "Payments of earlier days are there so that their deposits can be given back.\n\n"
        "world.jsonl  what WeChat Pay knows, for wxpay-sim --world\n"
        "books.sql    what the rental platform knows, for psql, into the tables of sql/rental\n\n",
        (unsigned long long)options->seed, COMPANY_MCHID, company->appids[0], company->appids[1],
        first, last);
    if (options->clean) {
        text_put(out, "Both sides agree in everything.\n");
        return;
    }
    text_put(out, "Both sides agree in everything but this:\n\n"
                  "day         class  number                            what\n");
    for (size_t at = 0; at < company->planted_count; at++) {
        const struct planted *planted = &company->planted[at];
        char day[DAY_TEXT_SIZE];

        day_text(planted->day, day);
        text_printf(out, "%s  %-5s  %-32s  %s\n", day, planted->expected, planted->number,
                    planted->what);
    }
}

struct output {
    const char *name;
    void (*put)(const struct company *company, struct text *out);
};

static bool write_output(const struct company *company, const char *folder,
                         const struct output *output, struct fail *fail)
{
    struct text path = {0};
    struct text content = {0};
    bool written;

    text_printf(&path, "%s/%s", folder, output->name);
    output->put(company, &content);
    written = file_write(path.bytes, content.bytes, content.size, 0644, fail);
    text_release(&path);
    text_release(&content);
    return written;
}

bool company_write(const struct company *company, const char *folder, struct fail *fail)
{
    static const struct output outputs[] = {
        {"world.jsonl", company_put_world},
        {"books.sql", company_put_books},
        {"README.txt", company_put_readme},
    };

    if (!folder_make(folder, fail))
        return false;
    for (size_t at = 0; at < sizeof(outputs) / sizeof(outputs[0]); at++) {
        if (!write_output(company, folder, &outputs[at], fail))
            return false;
    }
    return true;
}
