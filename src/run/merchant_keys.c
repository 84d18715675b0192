#include "run/merchant_keys.h"

#include "base/file.h"
#include "crypto/pkcs12.h"
#include "text/archive.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_P12 "apiclient_cert.p12"

void merchant_key_options(struct merchant_key_files *files,
                          struct option_row ret_rows[MERCHANT_KEY_OPTIONS])
{
    const struct option_row rows[MERCHANT_KEY_OPTIONS] = {
        {"archive", 0, OPTION_TEXT, &files->archive, NULL, "FILE",
         "ZIP archive with certificate and key, as downloaded from the merchant platform"},
        {"p12", 0, OPTION_TEXT, &files->p12, NULL, "FILE", "instead: apiclient_cert.p12"},
        {"p12-password", 0, OPTION_TEXT, &files->p12_password, NULL, "FILE",
         "its password, in a file (default: the merchant number)"},
        {"certificate", 0, OPTION_TEXT, &files->certificate, NULL, "FILE",
         "instead: apiclient_cert.pem, with --private-key"},
        {"private-key", 0, OPTION_TEXT, &files->private_key, NULL, "FILE", "apiclient_key.pem"},
        {"apiv3-key", 0, OPTION_TEXT, &files->apiv3_key, NULL, "FILE",
         "a file with the APIv3 key of 32 characters"},
        {"public-key", 0, OPTION_TEXT, &files->public_key, NULL, "FILE",
         "WeChat Pay's public key, in public-key mode"},
        {"public-key-id", 0, OPTION_TEXT, &files->public_key_id, NULL, "ID",
         "its id, PUB_KEY_ID_ and digits"},
    };

    memcpy(ret_rows, rows, sizeof(rows));
}

bool merchant_key_files_have_pair(const struct merchant_key_files *files)
{
    return files->certificate != NULL || files->private_key != NULL || files->p12 != NULL ||
           files->archive != NULL;
}

bool merchant_key_files_given(const struct merchant_key_files *files)
{
    return merchant_key_files_have_pair(files) || files->p12_password != NULL ||
           files->apiv3_key != NULL || files->public_key != NULL || files->public_key_id != NULL;
}

void merchant_keys_release(struct merchant_keys *keys)
{
    buf_release(&keys->certificate);
    buf_release(&keys->public_key);
    secret_release(&keys->private_key);
    secret_release(&keys->apiv3_key);
    *keys = MERCHANT_KEYS_INIT;
}

/* ---- gathering ------------------------------------------------------------------------------- */

static bool check_combination(const struct merchant_key_files *files, struct err *err)
{
    bool pem = files->certificate != NULL || files->private_key != NULL;

    if ((files->certificate == NULL) != (files->private_key == NULL))
        return err_set(err, ERR_USAGE, "options --certificate and --private-key belong together");
    if ((int)pem + (files->p12 != NULL) + (files->archive != NULL) > 1)
        return err_set(err, ERR_USAGE,
                       "options --archive, --p12 and --certificate exclude each other");
    if (files->p12_password != NULL && files->p12 == NULL && files->archive == NULL)
        return err_set(err, ERR_USAGE, "option --p12-password goes with --p12 or --archive");
    if ((files->public_key == NULL) != (files->public_key_id == NULL))
        return err_set(err, ERR_USAGE, "options --public-key and --public-key-id belong together");
    return true;
}

/* A file without secrets. */
static bool read_public(const char *path, struct buf *content, struct err *err)
{
    if (file_read(path, content, err))
        return true;
    err->kind = ERR_ACCESS;
    return false;
}

/* The password of a PKCS#12 file: what stands in a file, else the merchant's number. */
static bool read_password(const struct merchant_key_files *files, struct view signer,
                          struct secret *ret_password, struct err *err)
{
    CLEANUP(secret_release) struct secret file = SECRET_INIT;

    if (files->p12_password == NULL) {
        secret_set(ret_password, signer);
        return true;
    }
    if (!secret_read(files->p12_password, PKCS12_PASSWORD_MAX + 2, &file, err))
        return false;

    struct view password = secret_view(&file);
    while (view_ends_with(password, VIEW("\n")) || view_ends_with(password, VIEW("\r")))
        password.length--;
    secret_set(ret_password, password);
    return true;
}

static bool open_p12(const struct merchant_key_files *files, struct view signer, struct view bytes,
                     struct merchant_keys *keys, struct err *err)
{
    CLEANUP(secret_release) struct secret password = SECRET_INIT;

    return read_password(files, signer, &password, err) &&
           pkcs12_open(bytes, secret_view(&password), &keys->private_key, &keys->certificate, err);
}

static bool gather_p12(const struct merchant_key_files *files, struct view signer,
                       struct merchant_keys *keys, struct err *err)
{
    CLEANUP(secret_release) struct secret bytes = SECRET_INIT;

    if (!secret_read(files->p12, KEY_FILE_MAX, &bytes, err))
        return false;

    if (!open_p12(files, signer, secret_view(&bytes), keys, err))
        return err_wrap(err, "\"%s\"", files->p12);

    return true;
}

/* What is looked for in an archive. */
struct unpacking {
    struct buf private_key, certificate, p12;
};

static void unpacking_release(struct unpacking *unpacking)
{
    secret_wipe_buf(&unpacking->private_key);
    secret_wipe_buf(&unpacking->p12);
    buf_release(&unpacking->private_key);
    buf_release(&unpacking->certificate);
    buf_release(&unpacking->p12);
}

static bool unpack(const struct merchant_key_files *files, struct view signer, struct view zip,
                   struct merchant_keys *keys, struct err *err)
{
    CLEANUP(unpacking_release)
    struct unpacking room = {.private_key = BUF_INIT(KEY_FILE_MAX + 1),
                             .certificate = BUF_INIT(KEY_FILE_MAX + 1),
                             .p12 = BUF_INIT(KEY_FILE_MAX + 1)};
    struct archive_file wanted[] = {
        {WXPAY_FILE_PRIVATE_KEY, &room.private_key, false},
        {WXPAY_FILE_CERTIFICATE, &room.certificate, false},
        {FILE_P12, &room.p12, false},
    };

    if (!archive_read(zip, wanted, sizeof(wanted) / sizeof(wanted[0]), err))
        return false;
    if (wanted[0].found && wanted[1].found) {
        secret_set(&keys->private_key, buf_view(&room.private_key));
        buf_add_view(&keys->certificate, buf_view(&room.certificate));
        return true;
    }
    if (!wanted[2].found)
        return err_set(err, ERR_DATA, "neither %s with %s nor %s is in it", WXPAY_FILE_PRIVATE_KEY,
                       WXPAY_FILE_CERTIFICATE, FILE_P12);
    if (!open_p12(files, signer, buf_view(&room.p12), keys, err))
        return err_wrap(err, "%s", FILE_P12);
    return true;
}

static bool gather_archive(const struct merchant_key_files *files, struct view signer,
                           struct merchant_keys *keys, struct err *err)
{
    CLEANUP(secret_release) struct secret zip = SECRET_INIT;

    if (!secret_read(files->archive, ARCHIVE_SIZE_MAX, &zip, err))
        return false;

    if (!unpack(files, signer, secret_view(&zip), keys, err))
        return err_wrap(err, "\"%s\"", files->archive);

    return true;
}

static bool gather_pair(const struct merchant_key_files *files, struct view signer,
                        struct merchant_keys *keys, struct err *err)
{
    if (files->archive != NULL)
        return gather_archive(files, signer, keys, err);
    if (files->p12 != NULL)
        return gather_p12(files, signer, keys, err);
    return files->private_key == NULL ||
           (secret_read(files->private_key, KEY_FILE_MAX, &keys->private_key, err) &&
            read_public(files->certificate, &keys->certificate, err));
}

static bool gather_public_key(const struct merchant_key_files *files, struct merchant_keys *keys,
                              struct err *err)
{
    if (files->public_key == NULL)
        return true;
    if (!wxpay_is_public_key_id(view_of(files->public_key_id)))
        return err_set(err, ERR_USAGE, "option --public-key-id: not PUB_KEY_ID_ and digits");
    (void)snprintf(keys->public_key_id, sizeof(keys->public_key_id), "%s", files->public_key_id);
    return read_public(files->public_key, &keys->public_key, err);
}

bool merchant_keys_gather(const struct merchant_key_files *files, struct view signer,
                          struct merchant_keys *keys, struct err *err)
{
    return check_combination(files, err) && gather_pair(files, signer, keys, err) &&
           (files->apiv3_key == NULL ||
            wxpay_apiv3_key_read(files->apiv3_key, &keys->apiv3_key, err)) &&
           gather_public_key(files, keys, err);
}

/* ---- completing ------------------------------------------------------------------------------ */

static bool complete_pair(struct merchant_keys *keys, const char *folder, struct err *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(WXPAY_KEY_PATH_MAX);

    return keys->private_key.length > 0 ||
           (secret_read(wxpay_key_path(&path, folder, WXPAY_FILE_PRIVATE_KEY), KEY_FILE_MAX,
                        &keys->private_key, err) &&
            read_public(wxpay_key_path(&path, folder, WXPAY_FILE_CERTIFICATE), &keys->certificate,
                        err));
}

static bool complete_public_key(struct merchant_keys *keys, const char *folder, struct err *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(WXPAY_KEY_PATH_MAX);
    CLEANUP(buf_release) struct buf file = BUF_INIT(WXPAY_KEY_ID_MAX + 2);

    if (keys->public_key.length > 0 ||
        access(wxpay_key_path(&path, folder, WXPAY_FILE_PUBLIC_KEY), F_OK) != 0)
        return true;
    if (!read_public(buf_text(&path), &keys->public_key, err) ||
        !read_public(wxpay_key_path(&path, folder, WXPAY_FILE_PUBLIC_KEY_ID), &file, err))
        return false;

    struct view id = view_trim(buf_view(&file));
    if (!wxpay_is_public_key_id(id))
        return err_set(err, ERR_ACCESS, "\"%s\" does not hold PUB_KEY_ID_ and digits",
                       buf_text(&path));
    (void)snprintf(keys->public_key_id, sizeof(keys->public_key_id), "%.*s", VIEW_ARG(id));
    return true;
}

bool merchant_keys_complete(struct merchant_keys *keys, const char *folder, struct err *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(WXPAY_KEY_PATH_MAX);

    return complete_pair(keys, folder, err) &&
           (keys->apiv3_key.length > 0 ||
            wxpay_apiv3_key_read(wxpay_key_path(&path, folder, WXPAY_FILE_APIV3_KEY),
                                 &keys->apiv3_key, err)) &&
           complete_public_key(keys, folder, err);
}

/* ---- checking -------------------------------------------------------------------------------- */

static bool check_all_there(const struct merchant_keys *keys, struct err *err)
{
    if (keys->private_key.length == 0)
        return err_set(err, ERR_USAGE,
                       "option --archive, or --p12, or --certificate with --private-key, is "
                       "required");
    if (keys->apiv3_key.length == 0)
        return err_set(err, ERR_USAGE, "option --apiv3-key is required");
    return true;
}

static bool check_validity(const struct certificate *certificate, struct instant now,
                           struct err *err)
{
    struct instant from = certificate_not_before(certificate);
    struct instant to = certificate_not_after(certificate);

    if (now.us < from.us) {
        (void)err_set(err, ERR_ACCESS, "the API certificate begins on %s",
                      instant_text_beijing(from).s);
        return err_hint(err, "the operator of this machine: check its clock");
    }
    if (now.us >= to.us) {
        (void)err_set(err, ERR_ACCESS, "the API certificate ended on %s",
                      instant_text_beijing(to).s);
        return err_hint(err, "the company's administrator: apply for a new one on the merchant "
                             "platform, account centre, API security");
    }
    return true;
}

static bool check_certificate(const struct certificate *certificate, struct view signer,
                              struct instant now, struct err *err)
{
    const char *name = certificate_common_name(certificate);

    if (!view_equal_text(signer, name)) {
        (void)err_set(err, ERR_ACCESS, "the API certificate is of merchant \"%s\", not of %.*s",
                      name, VIEW_ARG(signer));
        return err_hint(err, "get the archive of merchant %.*s", VIEW_ARG(signer));
    }
    return check_validity(certificate, now, err);
}

static bool check_pair(const struct merchant_keys *keys, struct view signer, struct instant now,
                       struct merchant_keys_facts *facts, struct err *err)
{
    CLEANUP(private_key_done) struct private_key *key = NULL;
    CLEANUP(certificate_done) struct certificate *certificate = NULL;

    if (!private_key_parse(secret_view(&keys->private_key), &key, err))
        return err_wrap(err, "private key");
    if (!certificate_parse(buf_view(&keys->certificate), &certificate, err))
        return err_wrap(err, "API certificate");
    if (!private_key_fits(key, certificate_key(certificate))) {
        (void)err_set(err, ERR_ACCESS, "the private key is not the one of the API certificate %s",
                      certificate_serial(certificate));
        return err_hint(err, "both must come out of one archive");
    }
    (void)snprintf(facts->serial, sizeof(facts->serial), "%s", certificate_serial(certificate));
    facts->not_after = certificate_not_after(certificate);
    return check_certificate(certificate, signer, now, err);
}

static bool check_public_key(const struct merchant_keys *keys, struct err *err)
{
    CLEANUP(public_key_done) struct public_key *key = NULL;

    if (keys->public_key.length == 0)
        return true;
    if (!public_key_parse(buf_view(&keys->public_key), &key, err))
        return err_wrap(err, "WeChat Pay's public key");
    return true;
}

bool merchant_keys_check(const struct merchant_keys *keys, struct view signer, struct instant now,
                         struct merchant_keys_facts *ret_facts, struct err *err)
{
    struct merchant_keys_facts facts = {.public_key_mode = keys->public_key.length > 0};

    if (!check_all_there(keys, err) || !check_pair(keys, signer, now, &facts, err) ||
        !check_public_key(keys, err))
        return false;
    *ret_facts = facts;
    return true;
}
