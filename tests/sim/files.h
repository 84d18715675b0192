/* Whole files: read with a limit, written as temp file, fsync, rename. Messages name the file. */
#ifndef SIM_FILES_H
#define SIM_FILES_H

#include "fail.h"
#include "text.h"

#include <stdbool.h>
#include <sys/types.h>

bool file_exists(const char *path);

/* Adds the file's bytes to `text`; the large ones have no limit but memory. */
bool file_read_large(const char *path, struct text *text, struct fail *fail);
bool file_read(const char *path, struct text *text, struct fail *fail);

bool file_write(const char *path, const char *bytes, size_t size, mode_t mode, struct fail *fail);

/* Makes the folder (mode 0700) unless it is there. */
bool folder_make(const char *path, struct fail *fail);

#endif
