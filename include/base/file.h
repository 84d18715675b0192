/* Whole files: read with a limit, written so that a reader sees the old or the new one, never half
 * of one.
 *
 * file_write: temporary file in the same folder, write, fsync, rename, fsync of the folder. An
 * existing file is replaced. On failure the temporary file is gone. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

/* Appends the file's bytes to `content`. ERR_IO when it cannot be read, ERR_LIMIT when it does not
 * fit into the buffer's maximum. */
bool file_read(const char *path, struct buf *content, struct err *err);

bool file_write(const char *path, struct view content, mode_t mode, struct err *err);

/* As file_write, but ERR_DATA when the file exists with other bytes; true and nothing written when
 * it exists with the same. */
bool file_write_once(const char *path, struct view content, mode_t mode, struct err *err);

/* The folder and its parents, mode 0755 less umask; existing ones are left alone. */
bool folder_make(const char *path, struct err *err);

/* ERR_ACCESS when group or others may read or write the file, or it belongs to somebody else than
 * this process's user or root. */
bool file_check_private(const char *path, struct err *err);

#endif
