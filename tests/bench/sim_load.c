/* bench-sim_load: refunds at a steady rate against wxpay-sim, each answer checked.
 *
 *     bench-sim_load URL STATE_DIR MCHID COUNT RATE
 *
 * sends refund LOAD<n> of 1 fen of transaction 42<n> for n from 0, RATE a second, over as many
 * connections as are waiting. Right is: 200, a signature of the platform certificate over these
 * bytes, the number and the amount that were asked for, and a refund_id that no other one has.
 * Prints sent, right, wrong, seconds, and the median, 99 % and longest time to an answer in
 * milliseconds; ends with 1 when anything is wrong. */
#include "base/clock.h"
#include "base/memory.h"
#include "base/view.h"
#include "crypto/certificate.h"
#include "text/json.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COUNT_MAX = 100000, REPLY_MAX = 16 * 1024, TEXT_MAX = 4096, TIMEOUT_MS = 60000 };

#define PATH "/v3/refund/domestic/refunds"

/* One refund and what came back. */
struct call {
    CURL *curl;
    struct curl_slist *headers;
    char number[32];
    struct buf body;
    struct buf reply;
    struct buf timestamp; /* of the reply, likewise the others */
    struct buf nonce;
    struct buf serial;
    struct buf signature;
    int64_t sent_us;
    int64_t took_us;
    char refund_id[64];
};

struct load {
    const char *url;
    const char *mchid;
    struct buf ca_file;
    struct private_key *key;
    struct certificate *merchant;
    struct certificate *platform;
    CURLM *multi;
    struct call *calls;
    int64_t count;
    int64_t rate;
    int64_t sent;
    int64_t done;
    int64_t wrong;
};

static void die(const char *what)
{
    fprintf(stderr, "bench-sim_load: %s\n", what);
    exit(EXIT_INTERNAL);
}

static void must(bool good, const struct err *err)
{
    if (!good)
        die(err->text);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    buf_add(context, bytes, size * count);
    return size * count;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct call *call = context;
    struct view rest = view_from(bytes, size * count);
    struct view name;
    const struct {
        const char *name;
        struct buf *value;
    } wanted[] = {
        {"Wechatpay-Timestamp", &call->timestamp},
        {"Wechatpay-Nonce", &call->nonce},
        {"Wechatpay-Serial", &call->serial},
        {"Wechatpay-Signature", &call->signature},
    };

    if (!view_take(&rest, ':', &name))
        return size * count;
    for (size_t at = 0; at < sizeof(wanted) / sizeof(wanted[0]); at++) {
        if (view_equal_ignore_case(name, view_of(wanted[at].name)))
            buf_add_view(wanted[at].value, view_trim(rest));
    }
    return size * count;
}

static void add_header(struct call *call, const char *name, const char *value)
{
    struct buf line = BUF_INIT(TEXT_MAX);

    buf_add_format(&line, "%s: %s", name, value);
    call->headers = curl_slist_append(call->headers, buf_text(&line));
    buf_release(&line);
}

static void sign(const struct load *load, struct call *call)
{
    struct buf text = BUF_INIT(TEXT_MAX);
    struct buf signature = BUF_INIT(TEXT_MAX);
    struct buf value = BUF_INIT(TEXT_MAX);
    struct err err = ERR_INIT;
    long long now = (long long)time(NULL);

    buf_add_format(&text, "POST\n%s\n%lld\n%s\n%s\n", PATH, now, call->number,
                   buf_text(&call->body));
    must(private_key_sign(load->key, buf_view(&text), &signature, &err), &err);
    buf_add_format(&value,
                   "WECHATPAY2-SHA256-RSA2048 mchid=\"%s\",nonce_str=\"%s\",signature=\"%s\","
                   "timestamp=\"%lld\",serial_no=\"%s\"",
                   load->mchid, call->number, buf_text(&signature), now,
                   certificate_serial(load->merchant));
    add_header(call, "Authorization", buf_text(&value));
    buf_release(&text);
    buf_release(&signature);
    buf_release(&value);
}

static void set_up(const struct load *load, struct call *call)
{
    struct buf url = BUF_INIT(TEXT_MAX);

    buf_add_format(&url, "%s" PATH, load->url);
    call->curl = curl_easy_init();
    if (call->curl == NULL || curl_easy_setopt(call->curl, CURLOPT_URL, buf_text(&url)) ||
        curl_easy_setopt(call->curl, CURLOPT_CAINFO, buf_text(&load->ca_file)) ||
        curl_easy_setopt(call->curl, CURLOPT_USERAGENT, "bench-sim_load") ||
        curl_easy_setopt(call->curl, CURLOPT_HTTPHEADER, call->headers) ||
        curl_easy_setopt(call->curl, CURLOPT_POSTFIELDS, buf_text(&call->body)) ||
        curl_easy_setopt(call->curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS) ||
        curl_easy_setopt(call->curl, CURLOPT_WRITEFUNCTION, take_body) ||
        curl_easy_setopt(call->curl, CURLOPT_WRITEDATA, &call->reply) ||
        curl_easy_setopt(call->curl, CURLOPT_HEADERFUNCTION, take_header) ||
        curl_easy_setopt(call->curl, CURLOPT_HEADERDATA, call) ||
        curl_easy_setopt(call->curl, CURLOPT_PRIVATE, call) ||
        curl_multi_add_handle(load->multi, call->curl))
        die("libcurl does not take an option");
    buf_release(&url);
}

static void send_one(struct load *load)
{
    struct call *call = &load->calls[load->sent];

    call->body = BUF_INIT(TEXT_MAX);
    call->reply = BUF_INIT(REPLY_MAX);
    call->timestamp = call->nonce = call->serial = call->signature = BUF_INIT(TEXT_MAX);
    (void)snprintf(call->number, sizeof(call->number), "LOAD%lld", (long long)load->sent);
    buf_add_format(&call->body,
                   "{\"transaction_id\":\"42%lld\",\"out_refund_no\":\"%s\",\"amount\":{\"refund\":"
                   "1,\"total\":100,\"currency\":\"CNY\"}}",
                   (long long)load->sent, call->number);
    add_header(call, "Content-Type", "application/json");
    add_header(call, "Accept", "application/json");
    sign(load, call);
    call->sent_us = clock_elapsed_us();
    set_up(load, call);
    load->sent++;
}

static bool signature_right(const struct load *load, const struct call *call)
{
    struct buf text = BUF_INIT(REPLY_MAX + TEXT_MAX);
    bool right;

    buf_add_format(&text, "%s\n%s\n", buf_text(&call->timestamp), buf_text(&call->nonce));
    buf_add_view(&text, buf_view(&call->reply));
    buf_add_byte(&text, '\n');
    right = strcmp(buf_text(&call->serial), certificate_serial(load->platform)) == 0 &&
            public_key_verify(certificate_key(load->platform), buf_view(&text),
                              buf_view(&call->signature));
    buf_release(&text);
    return right;
}

/* The refund that was asked for, and no other. */
static bool body_right(struct call *call)
{
    struct arena arena = ARENA_INIT;
    struct json_doc doc = JSON_DOC_INIT;
    struct view number = {0}, refund_id = {0}, status = {0};
    int64_t refund_fen = 0;
    struct err err = ERR_INIT;
    const struct json_field fields[] = {
        {"out_refund_no", JSON_FIELD_TEXT, &number, JSON_REQUIRED},
        {"refund_id", JSON_FIELD_TEXT, &refund_id, JSON_REQUIRED},
        {"status", JSON_FIELD_TEXT, &status, JSON_REQUIRED},
        {"amount.refund", JSON_FIELD_INTEGER, &refund_fen, JSON_REQUIRED},
    };
    bool right = json_doc_parse(buf_view(&call->reply), REPLY_MAX, &doc, &err) &&
                 json_node_unpack(json_doc_root(&doc), JSON_FIELDS(fields), &arena, &err) &&
                 view_equal_text(number, call->number) && refund_fen == 1 &&
                 (view_equal_text(status, "PROCESSING") || view_equal_text(status, "SUCCESS")) &&
                 refund_id.length < sizeof(call->refund_id);

    if (right)
        (void)snprintf(call->refund_id, sizeof(call->refund_id), "%.*s", VIEW_ARG(refund_id));
    json_doc_release(&doc);
    arena_release(&arena);
    return right;
}

static void finish_call(struct load *load, struct call *call, CURLcode result)
{
    long status = 0;

    call->took_us = clock_elapsed_us() - call->sent_us;
    (void)curl_easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, &status);
    load->done++;
    if (result != CURLE_OK || status != 200 || !signature_right(load, call) || !body_right(call)) {
        load->wrong++;
        fprintf(stderr, "bench-sim_load: %s: %s, status %ld: %s\n", call->number,
                curl_easy_strerror(result), status, buf_text(&call->reply));
    }
    (void)curl_multi_remove_handle(load->multi, call->curl);
    curl_easy_cleanup(call->curl);
    curl_slist_free_all(call->headers);
    buf_release(&call->body);
    buf_release(&call->reply);
    buf_release(&call->timestamp);
    buf_release(&call->nonce);
    buf_release(&call->serial);
    buf_release(&call->signature);
}

static void take_answers(struct load *load)
{
    CURLMsg *message;
    int left;
    int running;

    if (curl_multi_perform(load->multi, &running) != CURLM_OK)
        die("libcurl does not go on");
    while ((message = curl_multi_info_read(load->multi, &left)) != NULL) {
        char *call = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
        finish_call(load, (struct call *)(void *)call, message->data.result);
    }
}

/* Each refund at its time, whatever the answers to the others do. Returns the seconds in µs. */
static int64_t run(struct load *load)
{
    int64_t begun_us = clock_elapsed_us();

    while (load->done < load->count) {
        int64_t passed_us = clock_elapsed_us() - begun_us;
        int64_t due = passed_us * load->rate / 1000000 + 1;
        int64_t wait_ms = 100;

        while (load->sent < load->count && load->sent < due)
            send_one(load);
        if (load->sent < load->count)
            wait_ms = 1;
        take_answers(load);
        (void)curl_multi_poll(load->multi, NULL, 0, (int)wait_ms, NULL);
    }
    return clock_elapsed_us() - begun_us;
}

static int compare_ids(const void *left, const void *right)
{
    return strcmp(((const struct call *)left)->refund_id, ((const struct call *)right)->refund_id);
}

static int compare_times(const void *left, const void *right)
{
    int64_t a = ((const struct call *)left)->took_us;
    int64_t b = ((const struct call *)right)->took_us;

    return (a > b) - (a < b);
}

static int report(struct load *load, int64_t took_us)
{
    qsort(load->calls, (size_t)load->count, sizeof(*load->calls), compare_ids);
    for (int64_t at = 1; at < load->count; at++) {
        if (strcmp(load->calls[at].refund_id, load->calls[at - 1].refund_id) == 0)
            load->wrong++;
    }
    qsort(load->calls, (size_t)load->count, sizeof(*load->calls), compare_times);
    printf("%lld\t%lld\t%lld\t%lld.%03lld\t%lld\t%lld\t%lld\n", (long long)load->sent,
           (long long)(load->sent - load->wrong), (long long)load->wrong,
           (long long)(took_us / 1000000), (long long)(took_us / 1000 % 1000),
           (long long)(load->calls[load->count / 2].took_us / 1000),
           (long long)(load->calls[load->count * 99 / 100].took_us / 1000),
           (long long)(load->calls[load->count - 1].took_us / 1000));
    return load->wrong == 0 ? 0 : 1;
}

static void read_state(struct load *load, const char *state)
{
    struct buf path = BUF_INIT(TEXT_MAX);
    struct err err = ERR_INIT;

    load->ca_file = BUF_INIT(TEXT_MAX);
    buf_add_format(&load->ca_file, "%s/ca.pem", state);
    buf_add_format(&path, "%s/merchants/%s/apiclient_key.pem", state, load->mchid);
    must(private_key_read(buf_text(&path), &load->key, &err), &err);
    buf_clear(&path);
    buf_add_format(&path, "%s/merchants/%s/apiclient_cert.pem", state, load->mchid);
    must(certificate_read(buf_text(&path), &load->merchant, &err), &err);
    buf_clear(&path);
    buf_add_format(&path, "%s/platform_cert.pem", state);
    must(certificate_read(buf_text(&path), &load->platform, &err), &err);
    buf_release(&path);
}

int main(int argc, char *argv[])
{
    struct load load = {0};
    int64_t took_us;
    int code;

    if (argc != 6 || !view_to_int64(view_of(argv[4]), 1, COUNT_MAX, &load.count) ||
        !view_to_int64(view_of(argv[5]), 1, COUNT_MAX, &load.rate)) {
        fprintf(stderr, "usage: bench-sim_load URL STATE_DIR MCHID COUNT RATE\n");
        return EXIT_USAGE_ERROR;
    }
    load.url = argv[1];
    load.mchid = argv[3];
    read_state(&load, argv[2]);
    load.calls = memory_alloc((size_t)load.count * sizeof(*load.calls));
    load.multi = curl_multi_init();
    if (load.multi == NULL)
        die("libcurl does not start");
    took_us = run(&load);
    code = report(&load, took_us);
    curl_multi_cleanup(load.multi);
    free(load.calls);
    buf_release(&load.ca_file);
    private_key_free(load.key);
    certificate_free(load.merchant);
    certificate_free(load.platform);
    return code;
}
