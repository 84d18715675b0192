#include "wxpay/reaction.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct reply_case {
    enum wxpay_endpoint endpoint;
    int status;
    const char *code;
    enum wxpay_reaction reaction;
    enum err_kind kind;
};

/* FACTS §1.5 and §3.3, row by row. */
static const struct reply_case cases[] = {
    {WXPAY_BILL_APPLY, 200, "", WXPAY_DONE, ERR_NONE},
    {WXPAY_CERTIFICATES, 200, "", WXPAY_DONE, ERR_NONE},
    {WXPAY_BILL_DOWNLOAD, 200, "", WXPAY_DONE, ERR_NONE},
    {WXPAY_BILL_APPLY, 204, "", WXPAY_DONE, ERR_NONE},
    {WXPAY_BILL_APPLY, 202, "", WXPAY_REPEAT_SERVER, ERR_UNAVAILABLE},
    {WXPAY_BILL_APPLY, 400, "NO_STATEMENT_EXIST", WXPAY_NO_STATEMENT, ERR_NONE},
    {WXPAY_BILL_APPLY, 404, "NO_STATEMENT_EXIST", WXPAY_NO_STATEMENT, ERR_NONE},
    {WXPAY_BILL_APPLY, 400, "STATEMENT_CREATING", WXPAY_STATEMENT_LATER, ERR_NONE},
    {WXPAY_BILL_APPLY, 400, "PARAM_ERROR", WXPAY_REFUSED, ERR_DATA},
    {WXPAY_BILL_APPLY, 400, "INVALID_REQUEST", WXPAY_REFUSED, ERR_DATA},
    {WXPAY_BILL_APPLY, 400, "", WXPAY_REFUSED, ERR_DATA},
    {WXPAY_BILL_APPLY, 401, "SIGN_ERROR", WXPAY_NOT_ALLOWED, ERR_ACCESS},
    {WXPAY_BILL_APPLY, 403, "NO_AUTH", WXPAY_NOT_ALLOWED, ERR_ACCESS},
    {WXPAY_BILL_APPLY, 403, "RULE_LIMIT", WXPAY_NOT_ALLOWED, ERR_ACCESS},
    {WXPAY_BILL_APPLY, 404, "RESOURCE_NOT_EXISTS", WXPAY_REFUSED, ERR_DATA},
    {WXPAY_BILL_APPLY, 404, "MCH_NOT_EXISTS", WXPAY_REFUSED, ERR_DATA},
    {WXPAY_BILL_APPLY, 404, "", WXPAY_WRONG_HOST, ERR_CONFIG},
    {WXPAY_BILL_APPLY, 405, "", WXPAY_WRONG_HOST, ERR_CONFIG},
    {WXPAY_BILL_APPLY, 429, "FREQUENCY_LIMITED", WXPAY_REPEAT_SLOWER, ERR_LATER},
    {WXPAY_BILL_APPLY, 429, "", WXPAY_REPEAT_SLOWER, ERR_LATER},
    {WXPAY_BILL_APPLY, 403, "RATELIMIT_EXCEEDED", WXPAY_REPEAT_SLOWER, ERR_LATER},
    {WXPAY_BILL_APPLY, 500, "SYSTEM_ERROR", WXPAY_REPEAT_SERVER, ERR_UNAVAILABLE},
    {WXPAY_BILL_APPLY, 500, "NO_STATEMENT_EXIST", WXPAY_REPEAT_SERVER, ERR_UNAVAILABLE},
    {WXPAY_BILL_APPLY, 502, "", WXPAY_REPEAT_SERVER, ERR_UNAVAILABLE},
    {WXPAY_BILL_APPLY, 503, "SERVICE_UNAVAILABLE", WXPAY_REPEAT_SERVER, ERR_UNAVAILABLE},
    {WXPAY_BILL_APPLY, 301, "", WXPAY_WRONG_HOST, ERR_CONFIG},
    {WXPAY_BILL_APPLY, 201, "", WXPAY_WRONG_HOST, ERR_CONFIG},
    {WXPAY_BILL_APPLY, 206, "", WXPAY_WRONG_HOST, ERR_CONFIG},
    {WXPAY_BILL_APPLY, 0, "", WXPAY_WRONG_HOST, ERR_CONFIG},
    {WXPAY_BILL_DOWNLOAD, 400, "INVALID_REQUEST", WXPAY_APPLY_AGAIN, ERR_LATER},
    {WXPAY_BILL_DOWNLOAD, 400, "NO_STATEMENT_EXIST", WXPAY_REFUSED, ERR_DATA},
    {WXPAY_BILL_DOWNLOAD, 403, "NO_AUTH", WXPAY_NOT_ALLOWED, ERR_ACCESS},
    {WXPAY_CERTIFICATES, 404, "RESOURCE_NOT_EXISTS", WXPAY_NO_CERTIFICATES, ERR_ACCESS},
    {WXPAY_CERTIFICATES, 400, "NO_STATEMENT_EXIST", WXPAY_REFUSED, ERR_DATA},
};

static void reacts_as_the_facts_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct reply_case *row = &cases[i];
        enum wxpay_reaction reaction = wxpay_react(row->endpoint, row->status, view_of(row->code));
        if (reaction != row->reaction)
            print_error("status %d code \"%s\"\n", row->status, row->code);
        assert_int_equal(reaction, row->reaction);
        assert_int_equal(wxpay_reaction_kind(reaction), row->kind);
    }
}

static void has_a_hint_where_people_can_do_something(void **state)
{
    (void)state;
    assert_string_equal(wxpay_reaction_hint(WXPAY_DONE), "");
    assert_string_equal(wxpay_reaction_hint(WXPAY_REFUSED), "");
    assert_string_equal(wxpay_reaction_hint(WXPAY_APPLY_AGAIN),
                        "the download address has expired: apply for the bill again");
    assert_string_equal(wxpay_reaction_hint(WXPAY_NO_CERTIFICATES),
                        "this merchant needs public-key mode: put wechatpay_public_key.pem and "
                        "wechatpay_public_key.id from the merchant platform (API security) into "
                        "its keys folder");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reacts_as_the_facts_say),
        cmocka_unit_test(has_a_hint_where_people_can_do_something),
    };
    return cmocka_run_group_tests_name("wxpay/reaction", tests, NULL, NULL);
}
