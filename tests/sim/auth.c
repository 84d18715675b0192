#include "auth.h"

#include "alloc.h"
#include "crypt.h"

#include <stdlib.h>
#include <string.h>

/* FACTS §1.2. */
enum { CLOCK_SKEW_MAX_S = 300, TIMESTAMP_DIGITS_MAX = 12 };

#define SCHEME "WECHATPAY2-SHA256-RSA2048"

enum auth_key {
    AUTH_MCHID,
    AUTH_NONCE,
    AUTH_SIGNATURE,
    AUTH_TIMESTAMP,
    AUTH_SERIAL,
    AUTH_KEY_COUNT
};

static const char *const auth_keys[AUTH_KEY_COUNT] = {
    [AUTH_MCHID] = "mchid",         [AUTH_NONCE] = "nonce_str",  [AUTH_SIGNATURE] = "signature",
    [AUTH_TIMESTAMP] = "timestamp", [AUTH_SERIAL] = "serial_no",
};

struct authorization {
    char *bytes;
    const char *values[AUTH_KEY_COUNT];
};

static bool take_pair(char **rest, struct authorization *auth)
{
    char *name = *rest + strspn(*rest, " ");
    char *value = strstr(name, "=\"");
    char *end;
    int known = 0;

    if (value == NULL)
        return false;
    *value = '\0';
    value += 2;
    end = strchr(value, '"');
    while (known < AUTH_KEY_COUNT && strcmp(auth_keys[known], name) != 0)
        known++;
    if (end == NULL || end == value || known == AUTH_KEY_COUNT || auth->values[known] != NULL)
        return false;
    *end++ = '\0';
    auth->values[known] = value;
    end += strspn(end, " ");
    if (*end == ',')
        *rest = end + 1;
    else if (*end == '\0')
        *rest = NULL;
    else
        return false;
    return true;
}

/* The pairs behind the scheme: five, each once, in any order. */
static bool parse_pairs(const char *pairs, struct authorization *auth)
{
    char *rest;
    const char *timestamp;

    auth->bytes = alloc_copy(pairs, strlen(pairs));
    rest = auth->bytes;
    while (rest != NULL) {
        if (!take_pair(&rest, auth))
            return false;
    }
    for (int known = 0; known < AUTH_KEY_COUNT; known++) {
        if (auth->values[known] == NULL)
            return false;
    }
    timestamp = auth->values[AUTH_TIMESTAMP];
    return strspn(timestamp, "0123456789") == strlen(timestamp) &&
           strlen(timestamp) <= TIMESTAMP_DIGITS_MAX;
}

static bool signature_valid(const struct request *request, const struct authorization *auth)
{
    struct text message = {0};
    bool valid;

    text_printf(&message, "%s\n%s\n%s\n%s\n", request->method, request->uri,
                auth->values[AUTH_TIMESTAMP], auth->values[AUTH_NONCE]);
    text_add(&message, request->body.bytes, request->body.size);
    text_putc(&message, '\n');
    valid = rsa_verify(request->keys->pubkey, &message, auth->values[AUTH_SIGNATURE]);
    text_release(&message);
    return valid;
}

static bool refuse(struct reply *reply, enum reply_error error, const char *field,
                   const char *issue)
{
    struct reply_detail detail = {.field = field, .issue = issue, .location = "header"};

    reply_error(reply, error, &detail);
    return false;
}

static bool check_sender(struct request *request, const struct authorization *auth,
                         const struct world *world, const struct keys *keys, struct reply *reply)
{
    const char *mchid = auth->values[AUTH_MCHID];
    int64_t skew = request->time - strtoll(auth->values[AUTH_TIMESTAMP], NULL, 10);

    if (strlen(mchid) < sizeof(request->mchid))
        memcpy(request->mchid, mchid, strlen(mchid) + 1);
    request->merchant = world_merchant(world, mchid);
    if (request->merchant != NULL && request->merchant->provider != NULL)
        request->merchant = NULL; /* its provider asks for it */
    request->keys = keys_of(keys, mchid);
    /* What the real server says to an unknown mchid is not known: no certificate of it can match.
     */
    if (request->merchant == NULL || request->keys == NULL)
        return refuse(reply, ERROR_AUTH_SERIAL, "mchid", "unknown mchid");
    if (skew > CLOCK_SKEW_MAX_S || skew < -CLOCK_SKEW_MAX_S)
        return refuse(reply, ERROR_AUTH_SKEW, "timestamp", "timestamp expired");
    if (strcmp(request->keys->certificate.serial, auth->values[AUTH_SERIAL]) != 0)
        return refuse(reply, ERROR_AUTH_SERIAL, "serial_no", "serial_no not match");
    if (!signature_valid(request, auth))
        return refuse(reply, ERROR_AUTH_SIGNATURE, "signature", "sign not match");
    return true;
}

static bool check_headers(const struct request *request)
{
    return request->user_agent != NULL && *request->user_agent != '\0' && request->accept != NULL &&
           (strstr(request->accept, "application/json") != NULL ||
            strstr(request->accept, "*/*") != NULL);
}

bool auth_check(struct request *request, const struct world *world, const struct keys *keys,
                struct reply *reply)
{
    struct authorization auth = {0};
    const char *header = request->authorization;
    const char *space = header != NULL ? strchr(header, ' ') : NULL;
    bool transactions = route_is_transactions(request->route);
    bool passed;

    if (!transactions && !check_headers(request)) {
        reply_error(reply, ERROR_HEADERS, NULL);
        return false;
    }
    if (space == NULL) {
        reply_error(reply, transactions ? ERROR_AUTH_TRANSACTIONS : ERROR_AUTH_FORMAT, NULL);
        return false;
    }
    if ((size_t)(space - header) != strlen(SCHEME) || memcmp(header, SCHEME, strlen(SCHEME)) != 0) {
        reply_error(reply, ERROR_AUTH_SCHEME, NULL);
        return false;
    }
    passed = parse_pairs(space + 1, &auth);
    if (passed)
        passed = check_sender(request, &auth, world, keys, reply);
    else
        reply_error(reply, transactions ? ERROR_AUTH_TRANSACTIONS : ERROR_AUTH_FORMAT, NULL);
    free(auth.bytes);
    return passed;
}
