/* Cutting SQL text where the server would: quotes '…', E'…', "…", $tag$…$tag$, comments -- and
 * nested slash-star, parameters $1, statement ends. Function bodies must be dollar-quoted; the form
 * BEGIN ATOMIC is not known. Pure. */
#ifndef PG_SQL_TEXT_H
#define PG_SQL_TEXT_H

#include "base/view.h"

enum sql_piece_kind {
    SQL_CODE,    /* words, operators, white space */
    SQL_QUOTED,  /* with its quotes; an unclosed one goes to the end of the text */
    SQL_COMMENT, /* with its marks */
    SQL_PARAM,   /* $n */
    SQL_END,     /* a semicolon */
};

struct sql_piece {
    enum sql_piece_kind kind;
    struct view text;
    int64_t param; /* SQL_PARAM: n */
};

/* Takes the next piece off `rest`; false at the end. The pieces put together are the text. */
bool sql_take_piece(struct view *rest, struct sql_piece *ret_piece);

/* Takes the next statement off `rest`, without semicolon and without comments and blanks in front;
 * statements of nothing else are passed over. False at the end. */
bool sql_take_statement(struct view *rest, struct view *ret_statement);

#endif
