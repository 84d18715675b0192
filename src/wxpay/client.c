#include "wxpay/client.h"

#include "base/memory.h"
#include "wxpay/call.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Below a kilobyte a second for half a minute a transfer is dead. */
enum {
    CONNECT_TIMEOUT_MS = 10 * 1000,
    TOTAL_TIMEOUT_MS = 30 * 1000,
    SLOWEST_BYTES_PER_S = 1024,
    SLOW_MAX_S = 30,
    MCHID_MAX = 32,
};

#define BILL_BYTES_MAX (UINT64_C(1) << 30)

static struct wxpay_settings with_defaults(const struct wxpay_settings *given)
{
    struct wxpay_settings settings = *given;
    if (settings.base_url == NULL)
        settings.base_url = WXPAY_BASE_URL;
    if (settings.backup_url == NULL && strcmp(settings.base_url, WXPAY_BASE_URL) == 0)
        settings.backup_url = WXPAY_BACKUP_URL;
    if (settings.sub_mchid == NULL)
        settings.sub_mchid = "";
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

static bool open_host(struct wxpay *client, int host, const char *url, struct err *err)
{
    const struct http_settings settings = {
        .base_url = url,
        .ca_file = client->settings.ca_file,
        .user_agent = "payrecon/" PAYRECON_VERSION,
        .connect_timeout_ms = client->settings.connect_timeout_ms,
        .total_timeout_ms = client->settings.total_timeout_ms,
        .slowest_bytes_per_s = SLOWEST_BYTES_PER_S,
        .slow_max_s = SLOW_MAX_S,
        .pool = wxpay_pool_http(client->pool),
    };
    return http_open(&settings, &client->hosts[host], err);
}

static bool open_hosts(struct wxpay *client, struct err *err)
{
    const struct wxpay_settings *settings = &client->settings;

    return open_host(client, 0, settings->base_url, err) &&
           (settings->backup_url == NULL || settings->backup_url[0] == '\0' ||
            open_host(client, 1, settings->backup_url, err));
}

static void join_pool(struct wxpay *client)
{
    const struct wxpay_pool_settings own = {
        .connections_max = 1,
        .wait = client->settings.wait,
        .wait_context = client->settings.wait_context,
    };
    client->owns_pool = client->settings.pool == NULL;
    client->pool = client->owns_pool ? wxpay_pool_new(&own) : client->settings.pool;
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

    join_pool(client);
    if (!open_hosts(client, err) ||
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
    if (client->certificates_call != NULL)
        wxpay_call_free(client->certificates_call);
    assert(client->calls == 0);
    for (int host = 0; host < WXPAY_HOSTS_MAX; host++)
        http_close(client->hosts[host]);
    if (client->owns_pool)
        wxpay_pool_free(client->pool);
    wxpay_keyring_release(&client->ring);
    wxpay_keys_release(&client->keys);
    free(client);
}
