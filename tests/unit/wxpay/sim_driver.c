/* The room wxpay against wxpay-sim, for tests/e2e/wxpay.t:
 *
 *     sim_driver URL CA_FILE KEYS_DIR MCHID SUB_MCHID NOW apply KIND DAY
 *     sim_driver …                                        download URL FILE
 *     sim_driver …                                        fetch KIND DAY FILE
 *     sim_driver …                                        sub-fetch ACCOUNT DAY FILE
 *     sim_driver …                                        order number|transaction NUMBER
 *     sim_driver …                                        refund NUMBER TRANSACTION FEN TOTAL_FEN
 * SUB_MCHID sim_driver …                                        refund-query NUMBER
 *
 * Prints what came of it, one line each; the exit code is that of the error's kind. SUB_MCHID may
 * be empty. Waits between attempts are printed instead of waited. TOTAL_TIMEOUT_MS and
 * BILL_BYTES_MAX of the environment are limits of the client. */
#include "base/cleanup.h"
#include "wxpay/bill.h"
#include "wxpay/order.h"
#include "wxpay/refund.h"
#include "wxpay/sub_bill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool note_wait(void *context, int64_t wait_ms)
{
    (void)wait_ms;
    fputs("wait\n", context);
    return true;
}

static bool write_piece(void *context, struct view bytes, struct err *err)
{
    if (fwrite(bytes.at, 1, bytes.length, context) != bytes.length)
        return err_set(err, ERR_IO, "could not write");
    return true;
}

static void close_file(FILE **file)
{
    if (*file != NULL)
        fclose(*file);
}

static enum wxpay_bill_kind kind_named(const char *name)
{
    for (int kind = WXPAY_TRADE_ALL; kind <= WXPAY_FUND_FEES; kind++) {
        if (strcmp(wxpay_bill_kind_name((enum wxpay_bill_kind)kind), name) == 0)
            return (enum wxpay_bill_kind)kind;
    }
    fprintf(stderr, "sim_driver: no kind \"%s\"\n", name);
    exit(EXIT_USAGE_ERROR);
}

static bool apply(struct wxpay *client, char **words, struct wxpay_bill_offer *offer,
                  struct err *err)
{
    static const char *const states[] = {"offered", "none", "not ready"};
    struct date day;
    if (!date_parse(view_of(words[1]), &day))
        return err_set(err, ERR_USAGE, "\"%s\" is no day", words[1]);
    if (!wxpay_bill_apply(client, kind_named(words[0]), day, offer, err))
        return false;
    printf("%s %s\n", states[offer->state], offer->sha1);
    printf("request id %s\n", offer->request_id[0] == '\0' ? "missing" : "there");
    printf("url %s\n", offer->url);
    return true;
}

static bool download(struct wxpay *client, const struct wxpay_bill_offer *offer, const char *path,
                     struct err *err)
{
    CLEANUP(close_file) FILE *file = fopen(path, "wb");
    uint64_t bytes = 0;
    if (file == NULL)
        return err_set(err, ERR_IO, "could not open \"%s\"", path);
    if (!wxpay_bill_download(client, offer, write_piece, file, &bytes, err))
        return false;
    printf("bytes %llu\n", (unsigned long long)bytes);
    return true;
}

static bool sub_fetch(struct wxpay *client, char **words, struct err *err)
{
    static const char *const accounts[] = {"BASIC", "OPERATION", "FEES", "DEPOSIT"};
    CLEANUP(wxpay_sub_bill_release) struct wxpay_sub_bill bill = WXPAY_SUB_BILL_INIT;
    CLEANUP(close_file) FILE *file = fopen(words[2], "wb");
    uint64_t bytes = 0;
    struct date day;
    int account = 0;
    while (account < 3 && strcmp(accounts[account], words[0]) != 0)
        account++;
    if (file == NULL || !date_parse(view_of(words[1]), &day))
        return err_set(err, ERR_USAGE, "no day, or no file");
    if (!wxpay_sub_bill_apply(client, (enum wxpay_sub_account)account, day, &bill, err))
        return false;
    printf("state %d, %zu parts\n", (int)bill.state, bill.count);
    if (bill.state != WXPAY_BILL_OFFERED)
        return true;
    if (!wxpay_sub_bill_download(client, &bill, write_piece, file, &bytes, err))
        return false;
    printf("bytes %llu\n", (unsigned long long)bytes);
    return true;
}

static bool order(struct wxpay *client, char **words, struct err *err)
{
    struct wxpay_order_answer answer;
    bool by_number = strcmp(words[0], "number") == 0;
    if (!wxpay_order_query(client, by_number ? WXPAY_BY_OUT_TRADE_NO : WXPAY_BY_TRANSACTION_ID,
                           view_of(words[1]), &answer, err))
        return false;
    if (answer.found)
        printf("order %s %s state %d, %lld fen\n", answer.order.out_trade_no,
               answer.order.transaction_id, (int)answer.order.state,
               (long long)answer.order.total.fen);
    else
        puts("no such order");
    return true;
}

static void print_refund(const struct wxpay_refund_answer *answer)
{
    const struct wxpay_refund *refund = &answer->refund;
    if (answer->reaction == WXPAY_DONE)
        printf("refund %s of %s status %d, %lld of %lld fen\n", refund->out_refund_no,
               refund->transaction_id, (int)refund->status, (long long)refund->refund.fen,
               (long long)refund->total.fen);
    else
        printf("reaction %d: %s\n", (int)answer->reaction, answer->reason.text);
}

static bool refund(struct wxpay *client, char **words, struct err *err)
{
    CLEANUP(buf_release) struct buf body = BUF_INIT(1 << 16);
    struct wxpay_refund_request request = {
        .sub_mchid = view_of(words[4]),
        .transaction_id = view_of(words[1]),
        .out_refund_no = view_of(words[0]),
    };
    struct wxpay_refund_answer answer;
    if (!view_to_int64(view_of(words[2]), 0, INT64_MAX, &request.refund.fen) ||
        !view_to_int64(view_of(words[3]), 0, INT64_MAX, &request.total.fen))
        return err_set(err, ERR_USAGE, "no amount");
    if (!wxpay_refund_body(&request, &body, err) ||
        !wxpay_refund_create(client, request.out_refund_no, buf_view(&body), &answer, err))
        return false;
    print_refund(&answer);
    return true;
}

static bool refund_query(struct wxpay *client, char **words, struct err *err)
{
    struct wxpay_refund_answer answer;
    if (!wxpay_refund_query(client, view_of(words[0]), &answer, err))
        return false;
    print_refund(&answer);
    return true;
}

static bool fetch(struct wxpay *client, char **words, struct err *err)
{
    struct wxpay_bill_offer offer;
    return apply(client, words, &offer, err) &&
           (offer.state != WXPAY_BILL_OFFERED || download(client, &offer, words[2], err));
}

static bool apply_only(struct wxpay *client, char **words, struct err *err)
{
    struct wxpay_bill_offer offer;
    return apply(client, words, &offer, err);
}

static bool download_only(struct wxpay *client, char **words, struct err *err)
{
    struct wxpay_bill_offer offer = {.state = WXPAY_BILL_OFFERED};
    snprintf(offer.url, sizeof(offer.url), "%s", words[0]);
    return download(client, &offer, words[1], err);
}

struct command {
    const char *name;
    int words; /* behind it */
    bool (*run)(struct wxpay *client, char **words, struct err *err);
};

static const struct command commands[] = {
    {"apply", 2, apply_only},
    {"download", 2, download_only},
    {"fetch", 3, fetch},
    {"sub-fetch", 3, sub_fetch},
    {"order", 2, order},
    {"refund", 5, refund},
    {"refund-query", 1, refund_query},
};

static bool run(const struct wxpay_settings *settings, int count, char **words, struct err *err)
{
    CLEANUP(wxpay_done) struct wxpay *client = NULL;
    if (!wxpay_open(settings, &client, err))
        return false;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (count == commands[i].words + 1 && strcmp(words[0], commands[i].name) == 0)
            return commands[i].run(client, words + 1, err);
    }
    return err_set(err, ERR_USAGE, "unknown command");
}

/* 0, the client's default, when it is not there. */
static int64_t limit_named(const char *name)
{
    const char *value = getenv(name);
    int64_t limit = 0;
    if (value != NULL && !view_to_int64(view_of(value), 1, INT64_MAX, &limit)) {
        fprintf(stderr, "sim_driver: %s is no number\n", name);
        exit(EXIT_USAGE_ERROR);
    }
    return limit;
}

int main(int argc, char **argv)
{
    struct clock clock = {.fixed = true};
    struct err err = ERR_INIT;
    if (argc < 8 || !instant_parse_rfc3339(view_of(argv[6]), &clock.at)) {
        fputs("usage: see sim_driver.c\n", stderr);
        return EXIT_USAGE_ERROR;
    }
    const struct wxpay_settings settings = {
        .base_url = argv[1],
        .ca_file = argv[2],
        .keys_dir = argv[3],
        .mchid = argv[4],
        .sub_mchid = argv[5],
        .clock = &clock,
        .wait = note_wait,
        .wait_context = stdout,
        .total_timeout_ms = limit_named("TOTAL_TIMEOUT_MS"),
        .bill_bytes_max = (uint64_t)limit_named("BILL_BYTES_MAX"),
    };
    if (run(&settings, argc - 7, argv + 7, &err))
        return EXIT_SUCCESS;
    printf("%s: %s\n", err_kind_name(err.kind), err.text);
    return (int)err_exit_code(err.kind);
}
