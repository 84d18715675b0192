#include "run/merchant_certificate.h"

#include "wxpay/keys.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum merchant_certificate_state merchant_certificate_judge(struct instant not_after,
                                                           struct instant now)
{
    if (not_after.us <= now.us)
        return MERCHANT_CERTIFICATE_EXPIRED;
    if (not_after.us <= now.us + MERCHANT_CERTIFICATE_DAYS * INSTANT_DAY)
        return MERCHANT_CERTIFICATE_ENDING;
    return MERCHANT_CERTIFICATE_GOOD;
}

bool merchant_certificate_read(const struct merchant *merchant, const char *keys_dir,
                               struct instant now, bool *ret_there,
                               struct merchant_certificate *ret_certificate, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    CLEANUP(buf_release) struct buf path = BUF_INIT(WXPAY_KEY_PATH_MAX);
    CLEANUP(certificate_done) struct certificate *certificate = NULL;
    const char *folder = merchant_keys_dir(merchant, keys_dir, &arena);
    struct instant end;

    if (access(wxpay_key_path(&path, folder, WXPAY_FILE_CERTIFICATE), F_OK) != 0 &&
        errno == ENOENT) {
        *ret_there = false;
        return true;
    }
    if (!certificate_read(buf_text(&path), &certificate, err))
        return false;

    end = certificate_not_after(certificate);
    *ret_there = true;
    ret_certificate->state = merchant_certificate_judge(end, now);
    ret_certificate->not_after = end;
    ret_certificate->public_key_mode =
        access(wxpay_key_path(&path, folder, WXPAY_FILE_PUBLIC_KEY), F_OK) == 0;
    (void)snprintf(ret_certificate->serial, sizeof(ret_certificate->serial), "%s",
                   certificate_serial(certificate));
    return true;
}

bool merchant_certificate_complain(const struct merchant_certificate *certificate, struct err *err)
{
    bool expired = certificate->state == MERCHANT_CERTIFICATE_EXPIRED;

    assert(certificate->state != MERCHANT_CERTIFICATE_GOOD);
    (void)err_set(err, ERR_ACCESS, "the API certificate %s on %s", expired ? "ended" : "ends",
                  date_text(beijing_day(certificate->not_after)).s);
    return err_hint(err,
                    "the company's administrator gets a new one at the merchant platform (account "
                    "centre, API security), the operator of this machine puts it into use with "
                    "payrecon merchant rotate-key");
}
