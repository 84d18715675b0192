#include "run/merchant_check.h"

#include "run/attempt_log.h"
#include "run/merchant_certificate.h"
#include "wxpay/bill.h"

#include <stdio.h>

/* A person waits: three attempts within two seconds. A probed signature (FACTS §2.3) is passed
 * over. */
static const struct wxpay_retry patience = {
    .outcomes = WXPAY_OUTCOME_CONNECTION | WXPAY_OUTCOME_SERVER | WXPAY_OUTCOME_RATE |
                WXPAY_OUTCOME_SIGNATURE,
    .attempts_max = 3,
    .base_ms = 300,
    .cap_ms = 1000,
    .wait_total_max_ms = 2000,
};

/* The newest bill day whose bills are published. */
static struct date last_published(const struct job *job)
{
    struct instant now = clock_now(&job->clock);
    struct date day = date_add(beijing_day(now), -1);

    return now.us < job_published_at(job, day).us ? date_add(day, -1) : day;
}

static void log_attempt(void *context, const struct wxpay_attempt *attempt)
{
    const struct job *job = context;

    attempt_log(&job->log, attempt);
}

static bool open_client(struct job *job, const struct merchant *merchant, const char *keys_folder,
                        struct wxpay **ret_client, struct err *err)
{
    const struct job_settings *settings = &job->settings;
    bool partner = merchant->mode == MERCHANT_PARTNER;
    const struct wxpay_settings wxpay = {
        .base_url = settings->wxpay_url,
        .backup_url = job_backup_url(settings),
        .ca_file = settings->wxpay_ca_file[0] != '\0' ? settings->wxpay_ca_file : NULL,
        .keys_dir = keys_folder,
        .mchid = merchant_signer(merchant).at,
        .sub_mchid = partner ? merchant->mchid.at : NULL,
        .clock = &job->clock,
        .retry = &patience,
        .wait = job_wait,
        .told = log_attempt,
        .told_context = job,
    };

    return wxpay_open(&wxpay, ret_client, err);
}

bool merchant_prove(struct job *job, const struct merchant *merchant, const char *keys_folder,
                    bool *ret_verified, struct err *err)
{
    CLEANUP(wxpay_done) struct wxpay *client = NULL;
    struct date day = last_published(job);
    struct wxpay_bill_offer offer = {.state = WXPAY_BILL_NONE};

    if (!open_client(job, merchant, keys_folder, &client, err))
        return false;
    for (int i = 0; i < MERCHANT_PROOF_DAYS && offer.state != WXPAY_BILL_OFFERED; i++) {
        if (!wxpay_bill_apply(client, WXPAY_TRADE_ALL, date_add(day, -i), &offer, err))
            return false;
    }
    *ret_verified = offer.state == WXPAY_BILL_OFFERED;
    return true;
}

struct merchant_diagnosis merchant_explain(const struct merchant *merchant,
                                           const struct err *failure)
{
    const struct merchant_known known = {.partner = merchant->mode == MERCHANT_PARTNER};

    return merchant_diagnose(failure, &known);
}

/* ---- the command ----------------------------------------------------------------------------- */

struct checking {
    struct job *job;
    struct table *table;
    struct buf hints; /* lines, for people */
    bool text;
    enum exit_code code;
};

/* One line. `diagnosis` may be NULL. */
static void add(struct checking *checking, const struct merchant *merchant, const char *result,
                const struct merchant_diagnosis *diagnosis, const char *detail)
{
    struct table_cell none = table_none();
    const struct table_cell cells[] = {
        table_id(merchant->mchid),
        table_text(merchant->name),
        table_text(view_of(result)),
        diagnosis != NULL ? table_text(view_of(diagnosis->problem)) : none,
        diagnosis != NULL ? table_text(view_of(merchant_mender_name(diagnosis->mender))) : none,
        detail[0] != '\0' ? table_text(view_of(detail)) : none,
        diagnosis != NULL ? table_text(view_of(diagnosis->advice)) : none,
    };

    /* For people the advice stands in lines of its own. */
    table_add(checking->table, cells, sizeof(cells) / sizeof(cells[0]) - (checking->text ? 1 : 0));
    if (diagnosis != NULL)
        buf_add_format(&checking->hints, "hint: %.*s: %s: %s\n", VIEW_ARG(merchant->mchid),
                       merchant_mender_name(diagnosis->mender), diagnosis->advice);
}

static void add_failure(struct checking *checking, const struct merchant *merchant,
                        const struct err *failure)
{
    struct merchant_diagnosis diagnosis = merchant_explain(merchant, failure);

    add(checking, merchant, "failed", &diagnosis, failure->text);
    checking->code = exit_code_worse(checking->code, err_exit_code(failure->kind));
}

static void add_certificate(struct checking *checking, const struct merchant *merchant,
                            const struct merchant_certificate *certificate)
{
    struct merchant_diagnosis diagnosis = {certificate->state == MERCHANT_CERTIFICATE_EXPIRED
                                               ? "certificate expired"
                                               : "certificate ends soon",
                                           MENDER_ADMINISTRATOR, ""};
    bool expired = certificate->state == MERCHANT_CERTIFICATE_EXPIRED;
    struct err err = ERR_INIT;

    (void)merchant_certificate_complain(certificate, &err);
    diagnosis.advice = err.hint;
    add(checking, merchant, expired ? "failed" : "warning", &diagnosis, err.text);
    if (expired)
        checking->code = exit_code_worse(checking->code, EXIT_NO_ACCESS);
}

/* In public-key mode the APIv3 key is used for nothing that we ask. */
static void add_good(struct checking *checking, const struct merchant *merchant,
                     const struct merchant_certificate *certificate, bool verified)
{
    const char *mode = ", platform certificates";
    char detail[160];

    if (certificate->public_key_mode)
        mode = verified ? ", public-key mode"
                        : ", public-key mode; the public key was not proved: no bill these days";
    (void)snprintf(detail, sizeof(detail), "the API certificate ends on %s%s",
                   date_text(beijing_day(certificate->not_after)).s, mode);
    add(checking, merchant, "ok", NULL, detail);
}

static void check_one(struct checking *checking, const struct merchant *merchant)
{
    struct job *job = checking->job;
    const char *keys_dir = job->settings.keys_dir;
    struct merchant_certificate certificate;
    struct err failure = ERR_INIT;
    bool there = false;
    bool verified = false;

    if (merchant->mode == MERCHANT_NONE) {
        add(checking, merchant, "skipped", NULL, "no WeChat Pay");
        return;
    }
    if (!merchant_certificate_read(merchant, keys_dir, clock_now(&job->clock), &there, &certificate,
                                   &failure)) {
        add_failure(checking, merchant, &failure);
        return;
    }
    /* WeChat Pay would refuse it with the same words as a wrong one. */
    if (there && certificate.state == MERCHANT_CERTIFICATE_EXPIRED) {
        add_certificate(checking, merchant, &certificate);
        return;
    }
    if (!merchant_prove(job, merchant, merchant_keys_dir(merchant, keys_dir, &job->arena),
                        &verified, &failure)) {
        add_failure(checking, merchant, &failure);
        return;
    }
    if (certificate.state == MERCHANT_CERTIFICATE_ENDING)
        add_certificate(checking, merchant, &certificate);
    else
        add_good(checking, merchant, &certificate, verified);
}

static bool check_all(struct checking *checking, struct err *err)
{
    struct job *job = checking->job;
    struct merchant_list list;
    struct pg *pg;

    if (!job_database(job, &pg, err) ||
        !merchant_load(pg, &job->merchants, &job->arena, &list, err))
        return false;
    for (size_t i = 0; i < list.count; i++)
        check_one(checking, &list.at[i]);
    return true;
}

bool merchant_check(struct job *job, FILE *out, enum exit_code *ret_code, struct err *err)
{
    static const struct table_column columns[] = {
        {"mchid", "MERCHANT", TABLE_ID},     {"name", "NAME", TABLE_TEXT},
        {"result", "RESULT", TABLE_TEXT},    {"problem", "PROBLEM", TABLE_TEXT},
        {"who", "WHO CAN MEND", TABLE_TEXT}, {"detail", "DETAIL", TABLE_TEXT},
        {"advice", "ADVICE", TABLE_TEXT},
    };
    bool text = job->format == TABLE_TEXT_FORMAT;
    CLEANUP(table_done)
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]) - (text ? 1 : 0));
    struct checking checking = {
        .job = job, .table = table, .hints = BUF_INIT(1 << 20), .text = text, .code = EXIT_CLEAN};
    bool done = check_all(&checking, err) && table_print(table, job->format, out, err);

    if (done && text)
        (void)fputs(buf_text(&checking.hints), out);
    buf_release(&checking.hints);
    *ret_code = checking.code;
    return done;
}
