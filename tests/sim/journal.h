/* What the simulator must not forget: lines appended to `journal.jsonl` of the state folder before
 * the reply leaves. A line is written whole or, after kill -9, it has no end and is dropped by the
 * next start. Nothing is ever rewritten. */
#ifndef SIM_JOURNAL_H
#define SIM_JOURNAL_H

#include "fail.h"
#include "text.h"

struct journal {
    char *path;
    int file;    /* -1: nothing is kept, for tests of other things */
    size_t size; /* of the whole lines */
};

struct journal_reader {
    bool (*line)(void *context, const char *line, size_t size, struct fail *fail);
    void *context;
};

/* Opens or makes the file and cuts a line without an end. One process at a time: EX_TEMPFAIL when
 * another one has it. `folder` NULL keeps nothing. */
bool journal_open(struct journal *journal, const char *folder, struct fail *fail);
void journal_close(struct journal *journal);

/* Every line, from the first. A failure names file and line. */
bool journal_read(const struct journal *journal, const struct journal_reader *reader,
                  struct fail *fail);

/* Adds a line, whose end is put here. False leaves the file as it was. */
bool journal_append(struct journal *journal, const char *line);

#endif
