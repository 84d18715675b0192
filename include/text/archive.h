/* ZIP archives, reading only: a few files of known names out of a small archive in memory. The only
 * user of libzip.
 *
 * No name out of the archive is ever used as a path and nothing is written: so names that climb out
 * of a folder are only names that nobody asked for. What an archive may make us do is limited
 * before it is done: entries, and bytes of each wanted file. */
#ifndef TEXT_ARCHIVE_H
#define TEXT_ARCHIVE_H

#include "base/buf.h"
#include "base/err.h"

enum { ARCHIVE_SIZE_MAX = 1 << 20, ARCHIVE_ENTRIES_MAX = 256 };

/* A file that is looked for: by its whole name, at the top of the archive or in one folder there.
 * The content is taken into `content`, which must be empty and is allocated once, so that wiping it
 * wipes all. The file may have one byte less than that buffer's maximum. */
struct archive_file {
    const char *name;
    struct buf *content;
    bool found;
};

/* Fills in all files that are there. ERR_DATA: no ZIP archive, damaged, a wanted file in it twice,
 * encrypted, or packed in a way that is not known; ERR_LIMIT: larger than the limits above, or a
 * wanted file larger than its buffer. On failure some contents may have been filled. */
bool archive_read(struct view zip, struct archive_file *files, size_t count, struct err *err);

#endif
