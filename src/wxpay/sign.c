#include "wxpay/sign.h"

#include "base/cleanup.h"

#include <assert.h>
#include <stdint.h>

/* No limit of its own: text and body are made by us, and http limits what is sent. */
enum { SIGN_TEXT_MAX = 1 << 20 };

void wxpay_sign_text(const struct wxpay_sign_input *input, struct buf *text)
{
    buf_add_format(text, "%s\n", input->method);
    buf_add_view(text, input->target);
    buf_add_format(text, "\n%lld\n%s\n", (long long)input->timestamp_s, input->nonce);
    buf_add_view(text, input->body);
    buf_add_byte(text, '\n');
}

bool wxpay_authorization(const struct wxpay_signer *signer, const struct wxpay_sign_input *input,
                         struct buf *value, struct err *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(SIGN_TEXT_MAX);
    CLEANUP(buf_release) struct buf signature = BUF_INIT(WXPAY_AUTHORIZATION_MAX);

    wxpay_sign_text(input, &text);
    assert(!text.overflowed);

    if (!private_key_sign(signer->key, buf_view(&text), &signature, err))
        return false;

    buf_add_format(value,
                   "WECHATPAY2-SHA256-RSA2048 mchid=\"%s\",nonce_str=\"%s\",signature=\"%s\","
                   "timestamp=\"%lld\",serial_no=\"%s\"",
                   signer->mchid, input->nonce, buf_text(&signature), (long long)input->timestamp_s,
                   signer->serial);
    return true;
}
