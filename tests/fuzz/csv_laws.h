/* What holds for any bytes as CSV.
 *
 * Pieces make no difference; what was read, written in the machine profile, reads the same; the
 * store profile has no bare formula, no control character but its own, and reads again. */
#ifndef FUZZ_CSV_LAWS_H
#define FUZZ_CSV_LAWS_H

#include "text/csv.h"

#include <assert.h>
#include <string.h>

enum { FUZZ_ROOM = 8 << 20 };

/* What a reading gave: all cells again in both profiles. */
struct fuzz_seen {
    struct buf machine, store;
    struct csv_writer machine_writer, store_writer;
};

static inline void seen_init(struct fuzz_seen *seen)
{
    *seen = (struct fuzz_seen){.machine = BUF_INIT(FUZZ_ROOM), .store = BUF_INIT(FUZZ_ROOM)};
    csv_writer_init(&seen->machine_writer, CSV_PROFILE_MACHINE, &seen->machine);
    csv_writer_init(&seen->store_writer, CSV_PROFILE_STORE, &seen->store);
}

static inline void seen_release(struct fuzz_seen *seen)
{
    buf_release(&seen->machine);
    buf_release(&seen->store);
}

static inline bool take_row(void *context, const struct csv_row *row, struct err *err)
{
    struct fuzz_seen *seen = context;

    (void)err;
    assert(row->count > 0 && row->line > 0);
    for (size_t i = 0; i < row->count; i++) {
        csv_writer_cell(&seen->machine_writer, CSV_CELL_TEXT, row->cells[i]);
        csv_writer_cell(&seen->store_writer, i % 2 == 0 ? CSV_CELL_TEXT : CSV_CELL_ID,
                        row->cells[i]);
    }
    csv_writer_end_row(&seen->machine_writer);
    csv_writer_end_row(&seen->store_writer);
    return true;
}

static inline bool fuzz_read(struct view bytes, size_t piece, struct csv_handler handler,
                             struct err *err)
{
    struct csv_reader *reader = csv_reader_new(handler);
    bool good = true;

    while (good && bytes.length > 0) {
        size_t length = bytes.length < piece ? bytes.length : piece;

        good = csv_reader_push(reader, view_from(bytes.at, length), err);
        bytes = view_from(bytes.at + length, bytes.length - length);
    }
    good = good && csv_reader_finish(reader, err);
    csv_reader_free(reader);
    return good;
}

/* A cell of the store profile as a spreadsheet sees it. */
static inline bool check_store_row(void *context, const struct csv_row *row, struct err *err)
{
    (void)context;
    (void)err;
    for (size_t i = 0; i < row->count; i++) {
        struct view cell = row->cells[i];

        if (i % 2 == 1)
            assert(view_skip(&cell, VIEW("\t")));
        assert(cell.length == 0 || memchr("=+-@\t\r", cell.at[0], 6) == NULL);
        for (size_t c = 0; c < cell.length; c++)
            assert((unsigned char)cell.at[c] >= 0x20 && cell.at[c] != 0x7F);
    }
    return true;
}

static inline void fuzz_again(const struct fuzz_seen *seen)
{
    struct fuzz_seen again;
    struct err err = ERR_INIT;
    bool good;

    seen_init(&again);
    good =
        fuzz_read(buf_view(&seen->machine), SIZE_MAX, (struct csv_handler){take_row, &again}, &err);
    assert(good && view_equal(buf_view(&seen->machine), buf_view(&again.machine)));
    good = fuzz_read(buf_view(&seen->store), SIZE_MAX, (struct csv_handler){check_store_row, NULL},
                     &err);
    assert(good);
    seen_release(&again);
}

static inline void csv_laws(struct view bytes)
{
    struct fuzz_seen whole, pieces;
    struct err err_whole = ERR_INIT, err_pieces = ERR_INIT;
    bool good;

    seen_init(&whole);
    seen_init(&pieces);
    good = fuzz_read(bytes, SIZE_MAX, (struct csv_handler){take_row, &whole}, &err_whole);
    assert(good == fuzz_read(bytes, 1 + bytes.length % 29, (struct csv_handler){take_row, &pieces},
                             &err_pieces));
    assert(view_equal(buf_view(&whole.machine), buf_view(&pieces.machine)));
    assert(strcmp(err_whole.text, err_pieces.text) == 0);
    if (!good)
        assert(strncmp(err_whole.text, "line ", 5) == 0);

    /* A row near the limit can grow beyond it when it is written. */
    if (bytes.length < CSV_FIELD_MAX / 4)
        fuzz_again(&whole);
    seen_release(&whole);
    seen_release(&pieces);
}

#endif
