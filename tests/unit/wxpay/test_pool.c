/* Many calls at once. */
#include "story.h"

#include "base/memory.h"
#include "wxpay/bill.h"
#include "wxpay/call.h"
#include "wxpay/refund.h"

#include <stdatomic.h>

#define OFFER_BODY                                                                                 \
    "{\"hash_type\":\"SHA1\",\"hash_value\":\"79bb0f45fc4c42234a918000b2668d689e2bde04\","         \
    "\"download_url\":\"$URL/v3/billdownload/file?token=x\"}"

enum { BYTES_MAX = 1 << 16 };

/* A server that answers whatever is asked. */
struct crowd {
    struct story story; /* its keys, clock and noted waits */
    struct wxpay_pool *pool;
    int meet;            /* requests that must be there before the first is answered */
    int refuse;          /* so many of the first requests are hung up on */
    atomic_int requests; /* read while the server counts */
    int fund_requests, refunds;
};

static void crowd_answer(void *context, const struct tls_request *request, struct tls_reply *reply)
{
    struct crowd *crowd = context;
    CLEANUP(buf_release) struct buf body = BUF_INIT(BYTES_MAX);
    struct view rest = request->head, method, target;
    struct step step = {.body = OFFER_BODY};

    view_take(&rest, ' ', &method);
    view_take(&rest, ' ', &target);
    crowd->requests++;
    crowd->fund_requests += view_starts_with(target, VIEW("/v3/bill/fundflowbill"));
    crowd->refunds += view_starts_with(target, VIEW("/v3/refund/"));
    reply->meet = crowd->meet;
    if (crowd->refuse > 0) {
        crowd->refuse--;
        reply->hang_up = true;
        return;
    }
    if (view_starts_with(target, VIEW("/v3/certificates")))
        step.certificates = "old";
    if (view_starts_with(target, VIEW("/v3/billdownload")))
        step.body = "a bill";
    story_body(&crowd->story, &step, &body);
    buf_add_format(&reply->bytes, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n", body.length);
    story_seal(&crowd->story, SEAL_BY_PLATFORM, buf_view(&body), &reply->bytes);
    buf_add_text(&reply->bytes, "\r\n");
    buf_add_view(&reply->bytes, buf_view(&body));
}

static void open_crowd(struct crowd *crowd, struct merchant *merchant)
{
    *crowd = (struct crowd){.story = {.merchant = merchant}};
    merchant_fill_folder(merchant);
    crowd->story.clock = (struct clock){.fixed = true, .at = vectors_instant(STORY_NOW)};
    crowd->story.retry = WXPAY_RETRY_DEFAULT;
    crowd->story.server = tls_server_start(crowd_answer, crowd);
    crowd->pool = wxpay_pool_new(
        &(struct wxpay_pool_settings){.wait = story_wait, .wait_context = &crowd->story});
}

static void close_crowd(struct crowd *crowd)
{
    wxpay_pool_free(crowd->pool);
    tls_server_stop(crowd->story.server);
}

static struct wxpay *open_member(struct crowd *crowd, const char *mchid)
{
    struct wxpay_settings settings = story_settings(&crowd->story);
    struct wxpay *client = NULL;
    struct err err = ERR_INIT;
    settings.mchid = mchid;
    settings.pool = crowd->pool;
    if (!wxpay_open(&settings, &client, &err))
        fail_msg("%s", err.text);
    return client;
}

static struct date day(void)
{
    struct date date = {.days = 0};
    assert_true(date_parse(VIEW("2026-05-31"), &date));
    return date;
}

/* ---- two hundred merchants --------------------------------------------------------------------
 */

/* One merchant's way through the night: apply, then download. */
struct member {
    char mchid[16];
    struct wxpay *client;
    struct buf bill;
    bool applied, done;
};

static bool keep_bytes(void *context, struct view bytes, struct err *err)
{
    (void)err;
    buf_add_view(context, bytes);
    return true;
}

static void go_on(struct member *member, struct wxpay_call *call)
{
    struct wxpay_bill_offer offer;
    uint64_t bytes = 0;
    struct err err = ERR_INIT;

    if (!member->applied) {
        if (!wxpay_bill_apply_finish(call, &offer, &err))
            fail_msg("%s", err.text);
        member->applied = true;
        wxpay_call_set_owner(
            wxpay_bill_download_start(member->client, &offer, keep_bytes, &member->bill), member);
        return;
    }
    if (!wxpay_bill_download_finish(call, &bytes, &err))
        fail_msg("%s", err.text);
    assert_string_equal(buf_text(&member->bill), "a bill");
    member->done = true;
}

static void fetch_for(struct crowd *crowd, struct member *members, int count)
{
    struct wxpay_call *call;
    int done = 0;

    for (int i = 0; i < count; i++)
        wxpay_call_set_owner(wxpay_bill_apply_start(members[i].client, WXPAY_TRADE_ALL, day()),
                             &members[i]);
    while ((call = wxpay_pool_next(crowd->pool, 120000)) != NULL)
        go_on(wxpay_call_owner(call), call);
    for (int i = 0; i < count; i++)
        done += members[i].done;
    assert_int_equal(done, count);
    assert_int_equal(wxpay_pool_in_flight(crowd->pool), 0);
}

static void fetches_for_two_hundred_merchants(void **state)
{
    enum { MEMBERS = 200, REQUESTS = 3, AT_ONCE = 32 };
    struct crowd *crowd = memory_alloc(sizeof(*crowd));
    struct member *members = memory_alloc(MEMBERS * sizeof(*members));
    open_crowd(crowd, *state);
    crowd->meet = AT_ONCE;
    for (int i = 0; i < MEMBERS; i++) {
        snprintf(members[i].mchid, sizeof(members[i].mchid), "%d", 1900000000 + i);
        members[i].client = open_member(crowd, members[i].mchid);
        members[i].bill = BUF_INIT(BYTES_MAX);
    }
    fetch_for(crowd, members, MEMBERS);
    assert_int_equal(crowd->requests, REQUESTS * MEMBERS);
    assert_int_equal(tls_server_open_most(crowd->story.server), AT_ONCE);
    assert_int_equal(tls_server_under_way_most(crowd->story.server), AT_ONCE);
    for (int i = 0; i < MEMBERS; i++) {
        wxpay_close(members[i].client);
        buf_release(&members[i].bill);
    }
    free(members);
    close_crowd(crowd);
    free(crowd);
}

/* ---- rates, waits, hosts ----------------------------------------------------------------------
 */

static void finish_offers(struct crowd *crowd, int count)
{
    struct wxpay_bill_offer offer;
    for (int i = 0; i < count; i++) {
        struct err err = ERR_INIT;
        struct wxpay_call *call = wxpay_pool_next(crowd->pool, 10000);
        assert_non_null(call);
        if (!wxpay_bill_apply_finish(call, &offer, &err))
            fail_msg("%s", err.text);
    }
}

/* Two clients of one number share its three a second; another number has three of its own. */
static void asks_for_fund_flow_three_times_a_second(void **state)
{
    struct crowd *crowd = memory_alloc(sizeof(*crowd));
    open_crowd(crowd, *state);
    struct wxpay *one = open_member(crowd, "1900000001");
    struct wxpay *same = open_member(crowd, "1900000001");
    struct wxpay *other = open_member(crowd, "1900000002");
    for (int i = 0; i < 7; i++)
        wxpay_bill_apply_start(i % 2 == 0 ? one : same, WXPAY_FUND_BASIC, day());
    for (int i = 0; i < 3; i++)
        wxpay_bill_apply_start(other, WXPAY_FUND_FEES, day());
    finish_offers(crowd, 6);
    assert_int_equal(crowd->fund_requests, 6);
    assert_int_equal(crowd->story.waits, 0);
    finish_offers(crowd, 3);
    assert_int_equal(crowd->fund_requests, 9);
    size_t waits = crowd->story.waits;
    assert_true(waits >= 1); /* one for each reply that was not yet a second old */
    finish_offers(crowd, 1);
    assert_true(crowd->story.waits > waits);
    int64_t waited_ms = 0;
    for (size_t i = 0; i < crowd->story.waits; i++)
        waited_ms += crowd->story.waits_ms[i];
    assert_in_range(waited_ms, 1500, 2100);
    wxpay_close(one);
    wxpay_close(same);
    wxpay_close(other);
    close_crowd(crowd);
    free(crowd);
}

static void finish_refunds(struct crowd *crowd, int count)
{
    struct wxpay_refund_answer answer;
    for (int i = 0; i < count; i++) {
        struct err err = ERR_INIT;
        struct wxpay_call *call = wxpay_pool_next(crowd->pool, 10000);
        assert_non_null(call);
        assert_true(wxpay_refund_create_finish(call, &answer, &err));
    }
}

/* Of orders older than a month no more than 5,000 a minute, within what there is for all. */
static void refunds_old_orders_more_slowly(void **state)
{
    enum { OLD = 5000 / 60, OTHERS = 150 - OLD };
    struct crowd *crowd = memory_alloc(sizeof(*crowd));
    open_crowd(crowd, *state);
    struct wxpay *client = open_member(crowd, "1900000001");
    struct instant month_ago = {crowd->story.clock.at.us - WXPAY_OLD_ORDER_DAYS * INSTANT_DAY};
    struct instant younger = {month_ago.us + 1};
    for (int i = 0; i < OLD + 1; i++)
        wxpay_refund_paid_at(wxpay_refund_create_start(client, VIEW("R"), VIEW("{}")), month_ago);
    for (int i = 0; i < OTHERS; i++)
        wxpay_refund_paid_at(wxpay_refund_create_start(client, VIEW("R"), VIEW("{}")), younger);
    finish_refunds(crowd, OLD + OTHERS);
    assert_int_equal(crowd->refunds, OLD + OTHERS); /* the last old one waits for its turn */
    finish_refunds(crowd, 1);
    assert_int_equal(crowd->refunds, OLD + OTHERS + 1);
    assert_true(crowd->story.waits > 0);
    wxpay_close(client);
    close_crowd(crowd);
    free(crowd);
}

static void one_call_can_be_waited_for_among_others(void **state)
{
    struct crowd *crowd = memory_alloc(sizeof(*crowd));
    struct wxpay_bill_offer offer;
    struct err err = ERR_INIT;
    open_crowd(crowd, *state);
    struct wxpay *client = open_member(crowd, "1900000001");
    struct wxpay_call *other = wxpay_bill_apply_start(client, WXPAY_TRADE_ALL, day());
    struct wxpay_call *dropped = wxpay_bill_apply_start(client, WXPAY_TRADE_ALL, day());
    assert_true(wxpay_bill_apply(client, WXPAY_TRADE_SUCCESS, day(), &offer, &err));
    wxpay_call_cancel(dropped);
    assert_ptr_equal(wxpay_pool_next(crowd->pool, 10000), other);
    assert_true(wxpay_bill_apply_finish(other, &offer, &err));
    assert_null(wxpay_pool_next(crowd->pool, 10000));
    wxpay_close(client);
    close_crowd(crowd);
    free(crowd);
}

/* One call of a pool that is stopped: when, and how many requests have come there then. */
enum stop { STOP_AT_ONCE, STOP_WHILE_SIGNING, STOP_UNDER_WAY };

static void stop_one(void **state, enum stop stop, int requests)
{
    struct crowd *crowd = memory_alloc(sizeof(*crowd));
    struct wxpay_bill_offer offer;
    struct err err = ERR_INIT;
    open_crowd(crowd, *state);
    struct wxpay *client = open_member(crowd, "1900000001");
    wxpay_bill_apply_start(client, WXPAY_TRADE_ALL, day());
    if (stop == STOP_WHILE_SIGNING)
        assert_null(wxpay_pool_next(crowd->pool, 0)); /* the request for certificates */
    while (stop == STOP_UNDER_WAY && crowd->requests == 0)
        assert_null(wxpay_pool_next(crowd->pool, 0)); /* until it is on its way */
    wxpay_pool_stop(crowd->pool);
    struct wxpay_call *call = wxpay_pool_next(crowd->pool, 10000);
    assert_non_null(call);
    assert_false(wxpay_bill_apply_finish(call, &offer, &err));
    assert_int_equal(err.kind, ERR_LATER);
    if (stop == STOP_AT_ONCE)
        assert_string_equal(err.text, "trade ALL bill of 2026-05-31: GET /v3/bill/tradebill: "
                                      "interrupted before it was sent");
    assert_int_equal(crowd->requests, requests);
    wxpay_close(client);
    close_crowd(crowd);
    free(crowd);
}

static void nothing_is_sent_any_more_once_it_is_stopped(void **state)
{
    stop_one(state, STOP_AT_ONCE, 0);
}

static void nothing_signed_is_sent_after_the_stop(void **state)
{
    stop_one(state, STOP_WHILE_SIGNING, 0);
}

/* What is under way when it is stopped comes back; the certificates that it would need do not. */
static void what_is_under_way_comes_back(void **state)
{
    stop_one(state, STOP_UNDER_WAY, 1);
}

/* A member whose certificates are there, over so few connections that most calls wait for one. */
static struct wxpay *open_narrow(struct crowd *crowd, void **state, int connections,
                                 struct wxpay_bill_offer *ret_offer)
{
    struct wxpay *client;
    struct err err = ERR_INIT;
    open_crowd(crowd, *state);
    wxpay_pool_free(crowd->pool);
    crowd->pool = wxpay_pool_new(&(struct wxpay_pool_settings){
        .connections_max = connections, .wait = story_wait, .wait_context = &crowd->story});
    client = open_member(crowd, "1900000001");
    assert_true(wxpay_bill_apply(client, WXPAY_TRADE_ALL, day(), ret_offer, &err));
    assert_int_equal(crowd->requests, 2); /* certificates and offer */
    return client;
}

static void close_narrow(struct crowd *crowd, struct wxpay *client)
{
    wxpay_close(client);
    close_crowd(crowd);
    free(crowd);
}

/* Two are under way and are not answered; the others are signed and wait for a connection. */
enum { NARROW = 2, NARROW_CALLS = 4 };

static struct wxpay *fill_narrow(struct crowd *crowd, void **state, struct wxpay_call **calls)
{
    struct wxpay_bill_offer offer;
    struct wxpay *client = open_narrow(crowd, state, NARROW, &offer);
    crowd->meet = NARROW + 1;
    for (int i = 0; i < NARROW_CALLS; i++)
        calls[i] = wxpay_bill_apply_start(client, WXPAY_TRADE_ALL, day());
    while (crowd->requests < 2 + NARROW || calls[NARROW_CALLS - 1]->state != WXPAY_FLYING)
        assert_null(wxpay_pool_next(crowd->pool, 10));
    return client;
}

static void what_waits_for_a_connection_is_not_sent_after_the_stop(void **state)
{
    struct crowd *crowd = memory_alloc(sizeof(*crowd));
    struct wxpay_call *calls[NARROW_CALLS];
    struct wxpay_bill_offer offer;
    struct wxpay *client = fill_narrow(crowd, state, calls);
    wxpay_pool_stop(crowd->pool);
    for (int i = NARROW; i < NARROW_CALLS; i++) {
        struct err err = ERR_INIT;
        assert_ptr_equal(wxpay_pool_next(crowd->pool, 10000), calls[i]);
        assert_false(wxpay_bill_apply_finish(calls[i], &offer, &err));
        assert_int_equal(err.kind, ERR_LATER);
    }
    for (int i = 0; i < NARROW; i++)
        wxpay_call_cancel(calls[i]);
    assert_int_equal(crowd->requests, 2 + NARROW);
    close_narrow(crowd, client);
}

static void what_waits_for_long_is_signed_again(void **state)
{
    struct crowd *crowd = memory_alloc(sizeof(*crowd));
    struct wxpay_call *calls[NARROW_CALLS];
    struct wxpay *client = fill_narrow(crowd, state, calls);
    struct instant before = crowd->story.clock.at;
    crowd->story.clock.at.us += INSTANT_MINUTE;
    assert_null(wxpay_pool_next(crowd->pool, 10));
    assert_int_equal(calls[NARROW_CALLS - 1]->sent_at.us, before.us);
    crowd->story.clock.at.us += 1;
    assert_null(wxpay_pool_next(crowd->pool, 10));
    for (int i = 0; i < NARROW_CALLS; i++) {
        assert_int_equal(calls[i]->sent_at.us - before.us, i < NARROW ? 0 : INSTANT_MINUTE + 1);
        wxpay_call_cancel(calls[i]);
    }
    close_narrow(crowd, client);
}

static void downloads_come_before_everything_else(void **state)
{
    enum { APPLIED = 20 };
    struct crowd *crowd = memory_alloc(sizeof(*crowd));
    struct wxpay_bill_offer offer;
    struct wxpay *client = open_narrow(crowd, state, 1, &offer);
    CLEANUP(buf_release) struct buf bill = BUF_INIT(BYTES_MAX);
    uint64_t bytes = 0;
    struct err err = ERR_INIT;
    for (int i = 0; i < APPLIED; i++)
        wxpay_bill_apply_start(client, WXPAY_TRADE_ALL, day());
    struct wxpay_call *download = wxpay_bill_download_start(client, &offer, keep_bytes, &bill);
    assert_ptr_equal(wxpay_pool_next(crowd->pool, 10000), download);
    assert_true(wxpay_bill_download_finish(download, &bytes, &err));
    finish_offers(crowd, APPLIED);
    close_narrow(crowd, client);
}

static void stops_waiting_when_it_is_woken(void **state)
{
    struct crowd *crowd = memory_alloc(sizeof(*crowd));
    struct wxpay_call *calls[NARROW_CALLS];
    struct wxpay *client = fill_narrow(crowd, state, calls);
    int64_t begun_us = clock_elapsed_us();
    wxpay_pool_wake(crowd->pool);
    assert_null(wxpay_pool_next(crowd->pool, 600 * 1000));
    assert_true(clock_elapsed_us() - begun_us < 300 * INSTANT_SECOND);
    for (int i = 0; i < NARROW_CALLS; i++)
        wxpay_call_cancel(calls[i]);
    close_narrow(crowd, client);
}

static void calls_are_given_up_while_they_are_signed(void **state)
{
    struct crowd *crowd = memory_alloc(sizeof(*crowd));
    struct wxpay_call *calls[20];
    open_crowd(crowd, *state);
    struct wxpay *client = open_member(crowd, "1900000001");
    for (size_t i = 0; i < 20; i++)
        calls[i] = wxpay_bill_apply_start(client, WXPAY_TRADE_ALL, day());
    while (crowd->requests == 0)
        assert_null(wxpay_pool_next(crowd->pool, 0)); /* the certificates, then all of them */
    struct wxpay_call *first = wxpay_pool_next(crowd->pool, 10000);
    assert_non_null(first);
    for (size_t i = 0; i < 20; i++)
        wxpay_call_cancel(calls[i]);
    assert_int_equal(wxpay_pool_in_flight(crowd->pool), 0);
    close_narrow(crowd, client);
}

static void write_bundle(const struct crowd *one, const struct crowd *two, const char *path)
{
    CLEANUP(buf_release) struct buf pem = BUF_INIT(BYTES_MAX);
    struct err err = ERR_INIT;
    assert_true(file_read(one->story.server->ca_file, &pem, &err));
    assert_true(file_read(two->story.server->ca_file, &pem, &err));
    assert_true(file_write(path, buf_view(&pem), 0600, &err));
}

static void goes_to_the_other_host_when_one_breaks_off(void **state)
{
    struct crowd *broken = memory_alloc(sizeof(*broken)), *backup = memory_alloc(sizeof(*backup));
    CLEANUP(buf_release) struct buf bundle = BUF_INIT(200);
    struct wxpay_bill_offer offer;
    struct wxpay *client = NULL;
    struct err err = ERR_INIT;
    open_crowd(broken, *state);
    open_crowd(backup, *state);
    broken->refuse = 1000;
    merchant_path(*state, "bundle.pem", &bundle);
    write_bundle(broken, backup, buf_text(&bundle));

    struct wxpay_settings settings = story_settings(&broken->story);
    settings.ca_file = buf_text(&bundle);
    settings.backup_url = backup->story.server->url;
    settings.pool = broken->pool;
    assert_true(wxpay_open(&settings, &client, &err));
    if (!wxpay_bill_apply(client, WXPAY_TRADE_ALL, day(), &offer, &err))
        fail_msg("%s", err.text);
    assert_int_equal(broken->requests, 2); /* certificates and offer, once each */
    assert_int_equal(backup->requests, 2);
    assert_true(view_starts_with(view_of(offer.url), view_of(backup->story.server->url)));
    wxpay_close(client);
    merchant_remove(*state, "bundle.pem");
    close_crowd(broken);
    close_crowd(backup);
    free(broken);
    free(backup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fetches_for_two_hundred_merchants),
        cmocka_unit_test(asks_for_fund_flow_three_times_a_second),
        cmocka_unit_test(refunds_old_orders_more_slowly),
        cmocka_unit_test(one_call_can_be_waited_for_among_others),
        cmocka_unit_test(nothing_is_sent_any_more_once_it_is_stopped),
        cmocka_unit_test(what_is_under_way_comes_back),
        cmocka_unit_test(nothing_signed_is_sent_after_the_stop),
        cmocka_unit_test(what_waits_for_a_connection_is_not_sent_after_the_stop),
        cmocka_unit_test(what_waits_for_long_is_signed_again),
        cmocka_unit_test(downloads_come_before_everything_else),
        cmocka_unit_test(stops_waiting_when_it_is_woken),
        cmocka_unit_test(calls_are_given_up_while_they_are_signed),
        cmocka_unit_test(goes_to_the_other_host_when_one_breaks_off),
    };
    return cmocka_run_group_tests_name("wxpay/pool", tests, merchant_open, merchant_close);
}
