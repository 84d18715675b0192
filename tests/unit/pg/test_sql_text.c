#include "pg/sql_text.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Pieces as letters: code, Quoted, -comment, $n, ; each with its text in braces. */
static void pieces_of(struct view text, struct buf *pieces)
{
    static const char letters[] = {'c', 'Q', '-', '$', ';'};
    struct sql_piece piece;
    struct view rest = text;

    while (sql_take_piece(&rest, &piece)) {
        buf_add_byte(pieces, letters[piece.kind]);
        if (piece.kind == SQL_PARAM)
            buf_add_format(pieces, "%lld", (long long)piece.param);
        buf_add_byte(pieces, '{');
        buf_add_view(pieces, piece.text);
        buf_add_byte(pieces, '}');
    }
}

static void test_pieces(void **state)
{
    static const struct {
        const char *text;
        const char *pieces;
    } cases[] = {
        {"", ""},
        {"a = $1", "c{a = }$1{$1}"},
        {"$12+$3", "$12{$12}c{+}$3{$3}"},
        {"a$1", "c{a$1}"}, /* part of a name */
        {"$0", "c{$}c{0}"},
        {"$99999999999999999999", "c{$}c{99999999999999999999}"},
        {"x $ y", "c{x }c{$}c{ y}"},
        {"'it''s $1;' b", "Q{'it''s $1;'}c{ b}"},
        {"'\\' $1", "Q{'\\'}c{ }$1{$1}"}, /* no escape without E */
        {"E'\\' $1' $2", "Q{E'\\' $1'}c{ }$2{$2}"},
        {"e'a\\\\' $2", "Q{e'a\\\\'}c{ }$2{$2}"},
        {"te'$1'", "c{te}Q{'$1'}"}, /* the e belongs to the name */
        {"\"a\"\"$1\" ;", "Q{\"a\"\"$1\"}c{ };{;}"},
        {"a -- $1 ; '\nb", "c{a }-{-- $1 ; '\n}c{b}"},
        {"a - -1", "c{a - -1}"},
        {"a / b /* $1 /* ' */ ; */ c", "c{a / b }-{/* $1 /* ' */ ; */}c{ c}"},
        {"$$a;$1$$ b", "Q{$$a;$1$$}c{ b}"},
        {"$f$ $$ $g$ ; $f$;", "Q{$f$ $$ $g$ ; $f$};{;}"},
        {"$电池$;$电池$", "Q{$电池$;$电池$}"},
        {"'open ; $1", "Q{'open ; $1}"},
        {"E'open\\", "Q{E'open\\}"},
        {"$a$ open ;", "Q{$a$ open ;}"},
        {"/* open ;", "-{/* open ;}"},
        {"-- open ;", "-{-- open ;}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(buf_release) struct buf pieces = BUF_INIT(1000);

        pieces_of(view_of(cases[i].text), &pieces);
        assert_string_equal(buf_text(&pieces), cases[i].pieces);
    }
}

/* Whatever the text, its pieces put together are the text, and none is empty. */
static void test_nothing_is_lost(void **state)
{
    static const char alphabet[] = "'\"$;-/*eE\\1a \n";
    uint32_t random = 12345;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        char text[16];
        struct view rest = view_from(text, (size_t)(round % 17));
        const char *at = text;
        struct sql_piece piece;

        for (size_t i = 0; i < sizeof(text); i++) {
            random = random * 1664525 + 1013904223;
            text[i] = alphabet[(random >> 16) % (sizeof(alphabet) - 1)];
        }
        while (sql_take_piece(&rest, &piece)) {
            assert_ptr_equal(piece.text.at, at);
            assert_true(piece.text.length > 0);
            at += piece.text.length;
        }
        assert_ptr_equal(at, text + round % 17);
    }
}

static void test_statements(void **state)
{
    static const struct {
        const char *text;
        const char *statements;
    } cases[] = {
        {"", ""},
        {" ; ;\n-- only a comment;\n", ""},
        {"SELECT 1", "[SELECT 1]"},
        {"-- head\nSELECT 1 ;\n", "[SELECT 1]"},
        {"a; b ;c", "[a][b][c]"},
        {"a /* ; */ b; ';' ;", "[a /* ; */ b][';']"},
        {"CREATE FUNCTION f() AS $x$ BEGIN; END; $x$; SELECT 2",
         "[CREATE FUNCTION f() AS $x$ BEGIN; END; $x$][SELECT 2]"},
        {"INSERT INTO t VALUES ('a;b');\n-- next\nUPDATE t SET a = 1;\n-- end\n",
         "[INSERT INTO t VALUES ('a;b')][UPDATE t SET a = 1]"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(buf_release) struct buf statements = BUF_INIT(1000);
        struct view rest = view_of(cases[i].text);
        struct view statement;

        while (sql_take_statement(&rest, &statement)) {
            buf_add_byte(&statements, '[');
            buf_add_view(&statements, statement);
            buf_add_byte(&statements, ']');
        }
        assert_string_equal(buf_text(&statements), cases[i].statements);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_nothing_is_lost),
        cmocka_unit_test(test_statements),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
