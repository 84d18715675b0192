#include "journal.h"

#include "alloc.h"
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sysexits.h>
#include <unistd.h>

static bool cannot(struct fail *fail, const char *what, const struct journal *journal)
{
    return fail_set(fail, EX_IOERR, "could not %s \"%s\": %s", what, journal->path,
                    strerror(errno));
}

/* What stands behind the last line end was cut short by the end of an earlier process. */
static bool cut_torn_line(struct journal *journal, struct fail *fail)
{
    struct text bytes = {0};
    bool good = file_read_large(journal->path, &bytes, fail);

    journal->size = bytes.size;
    while (journal->size > 0 && bytes.bytes[journal->size - 1] != '\n')
        journal->size--;
    if (good && journal->size < bytes.size && ftruncate(journal->file, (off_t)journal->size) != 0)
        good = cannot(fail, "cut the last line of", journal);
    text_release(&bytes);
    return good;
}

bool journal_open(struct journal *journal, const char *folder, struct fail *fail)
{
    struct text path = {0};

    *journal = (struct journal){.file = -1};
    if (folder == NULL)
        return true;
    text_printf(&path, "%s/journal.jsonl", folder);
    journal->path = path.bytes;
    journal->file = open(journal->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (journal->file < 0)
        return cannot(fail, "open", journal);
    if (flock(journal->file, LOCK_EX | LOCK_NB) != 0)
        return fail_set(fail, EX_TEMPFAIL, "\"%s\" is in use by another simulator", journal->path);
    return cut_torn_line(journal, fail);
}

void journal_close(struct journal *journal)
{
    if (journal->file >= 0)
        (void)close(journal->file);
    free(journal->path);
    *journal = (struct journal){.file = -1};
}

bool journal_read(const struct journal *journal, const struct journal_reader *reader,
                  struct fail *fail)
{
    struct text bytes = {0};
    bool good = journal->file < 0 || file_read_large(journal->path, &bytes, fail);
    size_t number = 1;

    for (size_t at = 0; good && at < bytes.size; number++) {
        size_t size =
            (size_t)((char *)memchr(bytes.bytes + at, '\n', bytes.size - at) - (bytes.bytes + at));
        struct fail reason;

        good = reader->line(reader->context, bytes.bytes + at, size, &reason) ||
               fail_set(fail, EX_DATAERR, "%s:%zu: %s", journal->path, number, reason.text);
        at += size + 1;
    }
    text_release(&bytes);
    return good;
}

bool journal_append(struct journal *journal, const char *line)
{
    struct text bytes = {0};
    bool written;

    if (journal->file < 0)
        return true;
    text_printf(&bytes, "%s\n", line);
    written = write(journal->file, bytes.bytes, bytes.size) == (ssize_t)bytes.size;
    if (written)
        journal->size += bytes.size;
    else if (ftruncate(journal->file, (off_t)journal->size) != 0)
        abort(); /* the next line would hang on to a torn one */
    text_release(&bytes);
    return written;
}
