#include "text/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { SIZE_LIMIT = 4096 };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void refuses_what_is_not_json(void **state)
{
    static const struct {
        const char *text;
        enum err_kind kind;
    } cases[] = {
        {"", ERR_DATA},
        {" ", ERR_DATA},
        {"{", ERR_DATA},
        {"{}x", ERR_DATA},
        {"{} {}", ERR_DATA},
        {"1", ERR_DATA},
        {"\"a\"", ERR_DATA},
        {"null", ERR_DATA},
        {"{\"a\":1,\"a\":1}", ERR_DATA},
        {"{\"a\":{\"b\":1,\"b\":2}}", ERR_DATA},
        {"{\"a\":\"\xFF\"}", ERR_DATA},
        {"{\"a\":\"\\u0000\"}", ERR_DATA},
        {"{'a':1}", ERR_DATA},
        {"{\"a\":01}", ERR_DATA},
        {"{\"a\":1,}", ERR_DATA},
        {"{\"a\":99999999999999999999}", ERR_DATA},
        {"{\"a\":NaN}", ERR_DATA},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", ERR_LIMIT},
        {"[{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}]", ERR_LIMIT},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct json_doc doc = JSON_DOC_INIT;
        struct err err = ERR_INIT;

        if (json_doc_parse(view_of(cases[i].text), SIZE_LIMIT, &doc, &err))
            fail_msg("accepted: %s", cases[i].text);
        assert_int_equal(err.kind, cases[i].kind);
        assert_null(doc.root);
    }
}

static void says_where_it_stopped(void **state)
{
    struct json_doc doc = JSON_DOC_INIT;
    struct err err = ERR_INIT;

    (void)state;
    assert_false(json_doc_parse(VIEW("{\n  \"a\": tru\n}"), SIZE_LIMIT, &doc, &err));
    assert_string_equal(err.text, "not valid JSON: line 2, column 10: invalid token near 'tru'");
    assert_false(json_doc_parse(VIEW("{\"a\":1}"), 6, &doc, &err));
    assert_string_equal(err.text, "JSON has more than 6 bytes");
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_false(json_doc_parse((struct view){NULL, 0}, 6, &doc, &err));
    assert_int_equal(err.kind, ERR_DATA);
}

static const char REFUND[] =
    "{\"refund_id\":\"5000\",\"amount\":{\"total\":150,\"refund\":-1,\"currency\":\"CNY\","
    "\"from\":[{\"account\":\"AVAILABLE\",\"amount\":444},{\"account\":\"X\",\"amount\":1}]},"
    "\"note\":null,\"real\":1.5,\"done\":true,\"text\":\"门\\n\\\"店\",\"list\":[\"a\",\"\"]}";

static void takes_fields(void **state)
{
    CLEANUP(json_doc_release) struct json_doc doc = JSON_DOC_INIT;
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct view id, text, note = VIEW("unset"), element;
    int64_t total, refund, missing = 7;
    bool done;
    struct json_node amount, from, list;
    struct err err = ERR_INIT;
    const struct json_field fields[] = {
        {"refund_id", JSON_FIELD_TEXT, &id, JSON_REQUIRED},
        {"amount.total", JSON_FIELD_INTEGER, &total, JSON_REQUIRED},
        {"amount.refund", JSON_FIELD_INTEGER, &refund, JSON_REQUIRED},
        {"amount", JSON_FIELD_OBJECT, &amount, JSON_REQUIRED},
        {"amount.from", JSON_FIELD_ARRAY, &from, JSON_REQUIRED},
        {"done", JSON_FIELD_BOOL, &done, JSON_REQUIRED},
        {"text", JSON_FIELD_TEXT, &text, JSON_REQUIRED},
        {"note", JSON_FIELD_TEXT, &note, JSON_OPTIONAL},
        {"amount.nothing.deeper", JSON_FIELD_INTEGER, &missing, JSON_OPTIONAL},
        {"list", JSON_FIELD_ARRAY, &list, JSON_REQUIRED},
    };

    (void)state;
    assert_true(json_doc_parse(view_of(REFUND), SIZE_LIMIT, &doc, &err));
    assert_true(json_node_unpack(json_doc_root(&doc), JSON_FIELDS(fields), &arena, &err));
    assert_string_equal(id.at, "5000");
    assert_int_equal(total, 150);
    assert_int_equal(refund, -1);
    assert_true(done);
    assert_string_equal(text.at, "门\n\"店");
    assert_true(view_equal_text(note, "unset"));
    assert_int_equal(missing, 7);
    assert_int_equal(json_node_count(from), 2);
    assert_int_equal(json_node_count(amount), 0);

    for (size_t i = 0; i < json_node_count(from); i++) {
        struct view account;
        const struct json_field inner[] = {
            {"account", JSON_FIELD_TEXT, &account, JSON_REQUIRED},
            {"amount", JSON_FIELD_INTEGER, &total, JSON_REQUIRED},
        };

        assert_true(json_node_unpack(json_node_at(from, i), JSON_FIELDS(inner), &arena, &err));
        assert_string_equal(account.at, i == 0 ? "AVAILABLE" : "X");
        assert_int_equal(total, i == 0 ? 444 : 1);
    }
    assert_true(json_node_text(json_node_at(list, 1), &arena, &element, &err));
    assert_int_equal(element.length, 0);
    assert_string_equal(element.at, "");
    assert_false(json_node_text(json_node_at(from, 0), &arena, &element, &err));
    assert_string_equal(err.text, "an element is not a text");
}

static void names_the_field_that_does_not_fit(void **state)
{
    static const struct {
        const char *name;
        enum json_field_type type;
        enum json_presence presence;
        const char *error;
    } cases[] = {
        {"absent", JSON_FIELD_TEXT, JSON_REQUIRED, "\"absent\" is missing"},
        {"note", JSON_FIELD_TEXT, JSON_REQUIRED, "\"note\" is missing"},
        {"refund_id.x", JSON_FIELD_TEXT, JSON_REQUIRED, "\"refund_id.x\" is missing"},
        {"refund_id", JSON_FIELD_INTEGER, JSON_REQUIRED, "\"refund_id\" is not an integer"},
        {"real", JSON_FIELD_INTEGER, JSON_OPTIONAL, "\"real\" is not an integer"},
        {"amount.total", JSON_FIELD_TEXT, JSON_OPTIONAL, "\"amount.total\" is not a text"},
        {"done", JSON_FIELD_INTEGER, JSON_REQUIRED, "\"done\" is not an integer"},
        {"refund_id", JSON_FIELD_BOOL, JSON_REQUIRED, "\"refund_id\" is not true or false"},
        {"list", JSON_FIELD_OBJECT, JSON_REQUIRED, "\"list\" is not an object"},
        {"amount", JSON_FIELD_ARRAY, JSON_REQUIRED, "\"amount\" is not an array"},
    };
    CLEANUP(json_doc_release) struct json_doc doc = JSON_DOC_INIT;
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;

    (void)state;
    assert_true(json_doc_parse(view_of(REFUND), SIZE_LIMIT, &doc, &err));
    for (size_t i = 0; i < LENGTH(cases); i++) {
        union {
            struct view text;
            int64_t integer;
            struct json_node node;
        } target;
        const struct json_field field = {cases[i].name, cases[i].type, &target, cases[i].presence};

        assert_false(json_node_unpack(json_doc_root(&doc), &field, 1, &arena, &err));
        assert_string_equal(err.text, cases[i].error);
        assert_int_equal(err.kind, ERR_DATA);
    }
}

static void only_objects_have_fields(void **state)
{
    CLEANUP(json_doc_release) struct json_doc doc = JSON_DOC_INIT;
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;

    (void)state;
    assert_true(json_doc_parse(VIEW("[1]"), SIZE_LIMIT, &doc, &err));
    assert_false(json_node_unpack(json_doc_root(&doc), NULL, 0, &arena, &err));
    assert_string_equal(err.text, "not a JSON object");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_not_json),
        cmocka_unit_test(says_where_it_stopped),
        cmocka_unit_test(takes_fields),
        cmocka_unit_test(names_the_field_that_does_not_fit),
        cmocka_unit_test(only_objects_have_fields),
    };
    return cmocka_run_group_tests_name("text/json", tests, NULL, NULL);
}
