#include "run/merchant_client.h"

#include "run/attempt_log.h"

static void log_attempt(void *context, const struct wxpay_attempt *attempt)
{
    const struct log *log = context;

    attempt_log(log, attempt);
}

bool merchant_open_client(struct job *job, const struct merchant *merchant, struct wxpay_pool *pool,
                          struct arena *arena, struct wxpay **ret_client, struct err *err)
{
    const struct job_settings *settings = &job->settings;
    const struct wxpay_settings wxpay = {
        .base_url = settings->wxpay_url,
        .backup_url = job_backup_url(settings),
        .ca_file = settings->wxpay_ca_file[0] != '\0' ? settings->wxpay_ca_file : NULL,
        .keys_dir = merchant_keys_dir(merchant, settings->keys_dir, arena),
        .mchid = merchant_signer(merchant).at,
        .sub_mchid = merchant->mode == MERCHANT_PARTNER ? merchant->mchid.at : NULL,
        .clock = &job->clock,
        .pool = pool,
        .told = log_attempt,
        .told_context = &job->log,
    };

    return wxpay_open(&wxpay, ret_client, err);
}
