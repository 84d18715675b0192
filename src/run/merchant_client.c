#include "run/merchant_client.h"

bool merchant_open_client(const struct job *job, const struct merchant *merchant,
                          struct wxpay_pool *pool, struct arena *arena, struct wxpay **ret_client,
                          struct err *err)
{
    const struct job_settings *settings = &job->settings;
    const struct wxpay_settings wxpay = {
        .base_url = settings->wxpay_url,
        .ca_file = settings->wxpay_ca_file[0] != '\0' ? settings->wxpay_ca_file : NULL,
        .keys_dir = merchant_keys_dir(merchant, settings->keys_dir, arena),
        .mchid = merchant_signer(merchant).at,
        .sub_mchid = merchant->mode == MERCHANT_PARTNER ? merchant->mchid.at : NULL,
        .clock = &job->clock,
        .pool = pool,
    };

    return wxpay_open(&wxpay, ret_client, err);
}
