/* Tables of what a world's lines may hold: world_line.c reads by them. */
#ifndef SIM_WORLD_FIELDS_H
#define SIM_WORLD_FIELDS_H

#include "world_line.h"

enum field_kind {
    FIELD_PLAIN, /* printed as it is: no comma, back-tick or control character */
    FIELD_FREE,  /* printed escaped */
    FIELD_FEN,
    FIELD_SIGNED_FEN,
    FIELD_REPEAT,
    FIELD_PARTS,
    FIELD_SECONDS,
    FIELD_TIME,
    FIELD_FLAG,
    FIELD_RATE,
    FIELD_APPIDS,
    FIELD_CHOICE,
};

struct field {
    const char *key;
    enum field_kind kind;
    bool required;
    size_t offset;            /* in struct world_line */
    const char *const *words; /* of FIELD_CHOICE, up to NULL: the enum's values */
    unsigned int first;       /* … from this one on */
};

struct world_line_words {
    const char *name;
    const struct field *fields; /* up to a key of NULL */
};

/* By kind; ends with a name of NULL. */
extern const struct world_line_words world_line_kinds[];

/* The defaults of its kind; `line->mchid` and the other kinds stay. */
void world_line_reset(struct world_line *line);

#endif
