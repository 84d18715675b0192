#include "wxpay/client.h"

#include "base/memory.h"
#include "wxpay/call.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

/* Below a kilobyte a second for half a minute a transfer is dead. */
enum {
    CONNECT_TIMEOUT_MS = 10 * 1000,
    TOTAL_TIMEOUT_MS = 30 * 1000,
    SLOWEST_BYTES_PER_S = 1024,
    SLOW_MAX_S = 30,
    MCHID_MAX = 32,
};

#define BILL_BYTES_MAX (UINT64_C(1) << 30)

static bool sleep_through(void *context, int64_t wait_ms)
{
    struct timespec wait = {.tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000};
    (void)context;
    return nanosleep(&wait, NULL) == 0;
}

static struct wxpay_settings with_defaults(const struct wxpay_settings *given)
{
    struct wxpay_settings settings = *given;
    if (settings.base_url == NULL)
        settings.base_url = WXPAY_BASE_URL;
    if (settings.sub_mchid == NULL)
        settings.sub_mchid = "";
    if (settings.wait == NULL)
        settings.wait = sleep_through;
    if (settings.connect_timeout_ms == 0)
        settings.connect_timeout_ms = CONNECT_TIMEOUT_MS;
    if (settings.total_timeout_ms == 0)
        settings.total_timeout_ms = TOTAL_TIMEOUT_MS;
    if (settings.bill_bytes_max == 0)
        settings.bill_bytes_max = BILL_BYTES_MAX;
    return settings;
}

/* They go into headers and queries as they are. */
static bool check_number(const char *name, const char *value, struct err *err)
{
    struct view view = view_of(value);
    bool digits = view.length > 0 && view.length <= MCHID_MAX;
    for (size_t i = 0; i < view.length; i++)
        digits = digits && value[i] >= '0' && value[i] <= '9';
    if (!digits)
        return err_set(err, ERR_CONFIG, "%s \"%s\" is not a merchant number", name, value);
    return true;
}

static bool open_http(struct wxpay *client, struct err *err)
{
    const struct http_settings settings = {
        .base_url = client->settings.base_url,
        .ca_file = client->settings.ca_file,
        .user_agent = "payrecon/" PAYRECON_VERSION,
        .connect_timeout_ms = client->settings.connect_timeout_ms,
        .total_timeout_ms = client->settings.total_timeout_ms,
        .slowest_bytes_per_s = SLOWEST_BYTES_PER_S,
        .slow_max_s = SLOW_MAX_S,
    };
    return http_open(&settings, &client->http, err);
}

/* The keyring takes the public key over. */
static bool fill_ring(struct wxpay *client, struct err *err)
{
    struct wxpay_keys *keys = &client->keys;
    if (keys->public_key == NULL)
        return true;

    if (!wxpay_keyring_add_public_key(&client->ring, view_of(keys->public_key_id), keys->public_key,
                                      err))
        return false;

    keys->public_key = NULL;
    return true;
}

bool wxpay_open(const struct wxpay_settings *settings, struct wxpay **ret_client, struct err *err)
{
    CLEANUP(wxpay_done) struct wxpay *client = NULL;
    assert(settings->clock != NULL && settings->keys_dir != NULL && settings->mchid != NULL);
    client = memory_alloc(sizeof(*client));
    client->settings = with_defaults(settings);
    client->retry = settings->retry == NULL ? WXPAY_RETRY_DEFAULT : *settings->retry;

    if (!check_number("mchid", client->settings.mchid, err) ||
        (client->settings.sub_mchid[0] != '\0' &&
         !check_number("sub_mchid", client->settings.sub_mchid, err)))
        return false;

    if (!open_http(client, err) ||
        !wxpay_keys_read(client->settings.keys_dir, &client->keys, err) || !fill_ring(client, err))
        return false;

    *ret_client = client;
    client = NULL;
    return true;
}

void wxpay_close(struct wxpay *client)
{
    if (client == NULL)
        return;
    http_close(client->http);
    wxpay_keyring_release(&client->ring);
    wxpay_keys_release(&client->keys);
    free(client);
}
