#include "../crypto/make_certificate.h"
#include "vectors.h"

#include "base/memory.h"
#include "wxpay/signing.h"

#include <dlfcn.h>
#include <errno.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdatomic.h>

enum { JOBS = 60 };

static struct private_key *key;
static struct public_key *half;

static int make_keys(void **state)
{
    (void)state;
    CLEANUP(buf_release) struct buf pem = BUF_INIT(VECTOR_TEXT_MAX);
    CLEANUP(buf_release) struct buf public_pem = BUF_INIT(VECTOR_TEXT_MAX);
    struct err err = ERR_INIT;
    EVP_PKEY *pkey = EVP_RSA_gen(2048);
    make_private_pem(pkey, NULL, &pem);
    make_public_pem(pkey, &public_pem);
    EVP_PKEY_free(pkey);
    return private_key_parse(buf_view(&pem), &key, &err) &&
                   public_key_parse(buf_view(&public_pem), &half, &err)
               ? 0
               : 1;
}

static int free_keys(void **state)
{
    (void)state;
    private_key_free(key);
    public_key_free(half);
    return 0;
}

/* The C library's, unless there are to be no more threads. */
static bool no_threads;

int pthread_create(pthread_t *newthread, const pthread_attr_t *attr, void *(*start_routine)(void *),
                   void *arg)
{
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

    if (no_threads)
        return EAGAIN;
    *(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
    return create(newthread, attr, start_routine, arg);
}

struct work {
    atomic_int woken;
    struct wxpay_signing *signing;
    struct wxpay_signing_job jobs[JOBS];
    struct buf values[JOBS];
};

static void note_woken(void *context)
{
    struct work *work = context;
    work->woken++;
}

static struct work *begin_work(void)
{
    struct work *work = memory_alloc(sizeof(*work));

    work->signing = wxpay_signing_new(note_woken, work);
    for (size_t i = 0; i < JOBS; i++) {
        struct wxpay_signing_job *job = &work->jobs[i];

        work->values[i] = BUF_INIT(WXPAY_AUTHORIZATION_MAX);
        *job = (struct wxpay_signing_job){
            .signer = {.mchid = "1900000001", .serial = "ABC", .key = key},
            .input = {.method = "GET",
                      .target = VIEW("/v3/certificates"),
                      .timestamp_s = (int64_t)i,
                      .nonce = job->nonce.s},
            .nonce = random_nonce(),
            .value = &work->values[i],
            .owner = work,
        };
    }
    return work;
}

static void end_work(struct work *work)
{
    wxpay_signing_free(work->signing);
    for (size_t i = 0; i < JOBS; i++)
        buf_release(&work->values[i]);
    free(work);
}

/* The header's signature is of this job's text, and of no other's. */
static void check_signed(const struct wxpay_signing_job *job)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(VECTOR_TEXT_MAX);
    struct view rest = buf_view(job->value), signature;

    assert_int_equal(job->err.kind, ERR_NONE);
    wxpay_sign_text(&job->input, &text);
    for (int quotes = 0; quotes < 5; quotes++)
        assert_true(view_take(&rest, '"', &signature));
    assert_true(view_take(&rest, '"', &signature));
    assert_true(public_key_verify(half, buf_view(&text), signature));
}

static void signs_all_in_turn(void **state)
{
    struct work *work = begin_work();
    (void)state;

    assert_null(wxpay_signing_next(work->signing));
    for (size_t i = 0; i < JOBS; i++)
        wxpay_signing_add(work->signing, &work->jobs[i]);
    for (size_t i = 0; i < JOBS; i++) {
        assert_int_equal(wxpay_signing_count(work->signing), JOBS - i);
        wxpay_signing_wait(work->signing);
        assert_ptr_equal(wxpay_signing_next(work->signing), &work->jobs[i]);
        check_signed(&work->jobs[i]);
    }
    assert_int_equal(work->woken, JOBS);
    end_work(work);
}

/* Waiting, being signed or signed: what was given up does not come back, the others do. */
static void gives_up_wherever_a_job_is(void **state)
{
    struct work *work = begin_work();
    (void)state;

    for (size_t i = 0; i < JOBS; i++)
        wxpay_signing_add(work->signing, &work->jobs[i]);
    wxpay_signing_wait(work->signing); /* the first is signed, the next under way, others wait */
    for (size_t i = 0; i < JOBS; i += 2)
        wxpay_signing_remove(work->signing, &work->jobs[i]);
    assert_int_equal(wxpay_signing_count(work->signing), JOBS / 2);
    for (size_t i = 1; i < JOBS; i += 2) {
        wxpay_signing_wait(work->signing);
        assert_ptr_equal(wxpay_signing_next(work->signing), &work->jobs[i]);
        check_signed(&work->jobs[i]);
    }
    assert_int_equal(wxpay_signing_count(work->signing), 0);
    end_work(work);
}

/* It signs at once, and whoever waits for replies meanwhile is woken all the same. */
static void signs_without_a_thread(void **state)
{
    struct work *work = begin_work();
    (void)state;

    no_threads = true;
    for (size_t i = 0; i < JOBS; i++) {
        wxpay_signing_add(work->signing, &work->jobs[i]);
        assert_int_equal(work->woken, i + 1);
    }
    wxpay_signing_remove(work->signing, &work->jobs[0]);
    for (size_t i = 1; i < JOBS; i++) {
        wxpay_signing_wait(work->signing);
        assert_ptr_equal(wxpay_signing_next(work->signing), &work->jobs[i]);
        check_signed(&work->jobs[i]);
    }
    assert_null(wxpay_signing_next(work->signing));
    no_threads = false;
    end_work(work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_all_in_turn),
        cmocka_unit_test(gives_up_wherever_a_job_is),
        cmocka_unit_test(signs_without_a_thread),
    };
    return cmocka_run_group_tests_name("wxpay/signing", tests, make_keys, free_keys);
}
