/* The room wxpay against wxpay-sim, for tests/e2e/wxpay.t:
 *
 *     sim_driver URL CA_FILE KEYS_DIR MCHID SUB_MCHID NOW apply KIND DAY
 *     sim_driver …                                        download URL FILE
 *     sim_driver …                                        fetch KIND DAY FILE
 *
 * Prints what came of it, one line each; the exit code is that of the error's kind. SUB_MCHID may
 * be empty. Waits between attempts are printed instead of waited. TOTAL_TIMEOUT_MS and
 * BILL_BYTES_MAX of the environment are limits of the client. */
#include "base/cleanup.h"
#include "wxpay/bill.h"

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

static bool run(const struct wxpay_settings *settings, int count, char **words, struct err *err)
{
    CLEANUP(wxpay_done) struct wxpay *client = NULL;
    struct wxpay_bill_offer offer = {.state = WXPAY_BILL_OFFERED};
    if (!wxpay_open(settings, &client, err))
        return false;
    if (count == 3 && strcmp(words[0], "apply") == 0)
        return apply(client, words + 1, &offer, err);
    if (count == 3 && strcmp(words[0], "download") == 0) {
        snprintf(offer.url, sizeof(offer.url), "%s", words[1]);
        return download(client, &offer, words[2], err);
    }
    if (count == 4 && strcmp(words[0], "fetch") == 0)
        return apply(client, words + 1, &offer, err) &&
               (offer.state != WXPAY_BILL_OFFERED || download(client, &offer, words[3], err));
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
