#include "text/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 4096 };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void writes_nested_values(void **state)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(ROOM);
    struct json_writer writer;

    (void)state;
    json_writer_init(&writer, &out);
    json_writer_begin_object(&writer);
    json_writer_pair_text(&writer, "a", VIEW("x"));
    json_writer_key(&writer, "list");
    json_writer_begin_array(&writer);
    json_writer_integer(&writer, 1);
    json_writer_begin_object(&writer);
    json_writer_end_object(&writer);
    json_writer_begin_array(&writer);
    json_writer_end_array(&writer);
    json_writer_text(&writer, VIEW(""));
    json_writer_null(&writer);
    json_writer_end_array(&writer);
    json_writer_pair_integer(&writer, "n", -5);
    json_writer_pair_bool(&writer, "yes", true);
    json_writer_key(&writer, "no");
    json_writer_bool(&writer, false);
    json_writer_end_object(&writer);
    assert_string_equal(buf_text(&out),
                        "{\"a\":\"x\",\"list\":[1,{},[],\"\",null],\"n\":-5,\"yes\":true,\"no\":"
                        "false}");
    assert_int_equal(writer.depth, 0);
}

static void escapes(void **state)
{
    static const struct {
        struct view text;
        const char *json;
    } cases[] = {
        {{"plain", 5}, "[\"plain\"]"},
        {{"门店", 6}, "[\"门店\"]"},
        {{"a\"b\\c", 5}, "[\"a\\\"b\\\\c\"]"},
        {{"\n\r\t", 3}, "[\"\\n\\r\\t\"]"},
        {{"\0\x01\x1F\x7F", 4}, "[\"\\u0000\\u0001\\u001f\x7F\"]"},
        {{"门\n店", 7}, "[\"门\\n店\"]"},
        {{"\xFF", 1}, "[\"\uFFFD\"]"},
        {{"a\xE4\xBD\"", 4}, "[\"a\uFFFD\uFFFD\\\"\"]"},
        {{NULL, 0}, "[\"\"]"},
        {{"</script>", 9}, "[\"</script>\"]"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        CLEANUP(buf_release) struct buf out = BUF_INIT(ROOM);
        struct json_writer writer;

        json_writer_init(&writer, &out);
        json_writer_begin_array(&writer);
        json_writer_text(&writer, cases[i].text);
        json_writer_end_array(&writer);
        assert_string_equal(buf_text(&out), cases[i].json);
    }
}

static void writes_integers(void **state)
{
    static const struct {
        int64_t value;
        const char *json;
    } cases[] = {
        {0, "[0]"},
        {9, "[9]"},
        {10, "[10]"},
        {-1, "[-1]"},
        {INT64_MAX, "[9223372036854775807]"},
        {INT64_MIN, "[-9223372036854775808]"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        CLEANUP(buf_release) struct buf out = BUF_INIT(ROOM);
        struct json_writer writer;

        json_writer_init(&writer, &out);
        json_writer_begin_array(&writer);
        json_writer_integer(&writer, cases[i].value);
        json_writer_end_array(&writer);
        assert_string_equal(buf_text(&out), cases[i].json);
    }
}

/* Every byte and every pair of bytes comes back as text that the reader accepts. */
static void the_reader_reads_what_was_written(void **state)
{
    (void)state;
    for (int first = 1; first < 256; first++) {
        for (int second = 1; second < 256; second += 7) {
            CLEANUP(buf_release) struct buf out = BUF_INIT(ROOM);
            CLEANUP(json_doc_release) struct json_doc doc = JSON_DOC_INIT;
            CLEANUP(arena_release) struct arena arena = ARENA_INIT;
            const char bytes[] = {(char)first, (char)second};
            struct view text = view_from(bytes, sizeof(bytes)), again;
            struct json_writer writer;
            struct err err = ERR_INIT;

            json_writer_init(&writer, &out);
            json_writer_begin_array(&writer);
            json_writer_text(&writer, text);
            json_writer_end_array(&writer);
            assert_true(json_doc_parse(buf_view(&out), ROOM, &doc, &err));
            assert_true(json_node_text(json_node_at(json_doc_root(&doc), 0), &arena, &again, &err));
            if (view_is_utf8(text))
                assert_true(view_equal(again, text));
        }
    }
}

static void takes_json_as_a_value(void **state)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(ROOM);
    struct json_writer writer;

    (void)state;
    json_writer_init(&writer, &out);
    json_writer_begin_object(&writer);
    json_writer_key(&writer, "a");
    json_writer_json(&writer, VIEW("[1,{\"b\":2}]"));
    json_writer_pair_integer(&writer, "c", 3);
    json_writer_end_object(&writer);
    assert_string_equal(buf_text(&out), "{\"a\":[1,{\"b\":2}],\"c\":3}");
}

static void a_full_buffer_is_seen_once(void **state)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(10);
    struct json_writer writer;

    (void)state;
    json_writer_init(&writer, &out);
    json_writer_begin_array(&writer);
    json_writer_text(&writer, VIEW("12345"));
    json_writer_text(&writer, VIEW("12345"));
    json_writer_end_array(&writer);
    assert_true(out.overflowed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_nested_values),
        cmocka_unit_test(escapes),
        cmocka_unit_test(writes_integers),
        cmocka_unit_test(the_reader_reads_what_was_written),
        cmocka_unit_test(takes_json_as_a_value),
        cmocka_unit_test(a_full_buffer_is_seen_once),
    };
    return cmocka_run_group_tests_name("text/json_writer", tests, NULL, NULL);
}
