#include "text/archive.h"

#include "base/cleanup.h"

#include <zip.h>

#include <assert.h>
#include <string.h>

DEFINE_CLEANUP(archive_done, zip_t, zip_discard)

static void entry_close(zip_file_t **entry)
{
    if (*entry != NULL)
        (void)zip_fclose(*entry);
}

static bool refuse(zip_error_t *reason, struct err *err)
{
    (void)err_set(err, ERR_DATA, "not a readable ZIP archive: %s", zip_error_strerror(reason));
    zip_error_fini(reason);
    return false;
}

/* The archive reads from the view, which must stay. */
static bool open_archive(struct view zip, zip_t **ret_archive, struct err *err)
{
    zip_error_t reason;
    zip_source_t *source;
    zip_t *archive;

    zip_error_init(&reason);
    source = zip_source_buffer_create(zip.at, zip.length, /* freep= */ 0, &reason);
    if (source == NULL)
        return refuse(&reason, err);

    archive = zip_open_from_source(source, ZIP_RDONLY, &reason);
    if (archive == NULL) {
        zip_source_free(source);
        return refuse(&reason, err);
    }
    zip_error_fini(&reason);
    *ret_archive = archive;
    return true;
}

/* "name" or "folder/name"; the folder is no "..", "." or "". */
static bool is_named(const char *entry, const char *name)
{
    const char *slash = strchr(entry, '/');

    if (slash != NULL && strncmp(entry, "..", (size_t)(slash - entry)) == 0)
        return false;
    return strcmp(slash == NULL ? entry : slash + 1, name) == 0;
}

static struct archive_file *find(struct archive_file *files, size_t count, const char *entry)
{
    for (size_t i = 0; i < count; i++) {
        if (is_named(entry, files[i].name))
            return &files[i];
    }
    return NULL;
}

/* The size that the archive states is its own word: no more is read than that, and no less. */
static bool read_bytes(zip_file_t *entry, size_t size, struct archive_file *file, struct err *err)
{
    char *room = buf_reserve(file->content, size + 1);
    size_t length = 0;

    assert(room != NULL);
    for (;;) {
        zip_int64_t got = zip_fread(entry, room + length, size + 1 - length);

        if (got < 0)
            return err_set(err, ERR_DATA, "%s in it is damaged", file->name);
        length += (size_t)got;
        if (got == 0 || length > size)
            break;
    }
    if (length != size)
        return err_set(err, ERR_DATA, "%s in it has another size than stated", file->name);
    buf_grown(file->content, length);
    return true;
}

static bool read_entry(zip_t *archive, zip_uint64_t at, struct archive_file *file, struct err *err)
{
    CLEANUP(entry_close) zip_file_t *entry = NULL;
    zip_stat_t info;

    if (file->found)
        return err_set(err, ERR_DATA, "%s is in it twice", file->name);
    if (zip_stat_index(archive, at, /* flags= */ 0, &info) != 0 ||
        (info.valid & (ZIP_STAT_SIZE | ZIP_STAT_ENCRYPTION_METHOD)) !=
            (ZIP_STAT_SIZE | ZIP_STAT_ENCRYPTION_METHOD))
        return err_set(err, ERR_DATA, "%s in it is damaged", file->name);
    if (info.encryption_method != ZIP_EM_NONE)
        return err_set(err, ERR_DATA, "%s in it is encrypted", file->name);
    if (info.size >= file->content->max)
        return err_set(err, ERR_LIMIT, "%s in it is larger than %zu bytes", file->name,
                       file->content->max - 1);

    entry = zip_fopen_index(archive, at, /* flags= */ 0);
    if (entry == NULL)
        return err_set(err, ERR_DATA, "%s in it cannot be unpacked", file->name);
    file->found = read_bytes(entry, (size_t)info.size, file, err);
    return file->found;
}

bool archive_read(struct view zip, struct archive_file *files, size_t count, struct err *err)
{
    CLEANUP(archive_done) zip_t *archive = NULL;

    if (zip.length > ARCHIVE_SIZE_MAX)
        return err_set(err, ERR_LIMIT, "larger than %d bytes", ARCHIVE_SIZE_MAX);
    /* To libzip no bytes are an archive without files. */
    if (zip.length == 0)
        return err_set(err, ERR_DATA, "not a readable ZIP archive: empty");
    if (!open_archive(zip, &archive, err))
        return false;

    zip_int64_t entries = zip_get_num_entries(archive, /* flags= */ 0);
    if (entries > ARCHIVE_ENTRIES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d files", ARCHIVE_ENTRIES_MAX);
    for (zip_int64_t i = 0; i < entries; i++) {
        const char *name = zip_get_name(archive, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
        struct archive_file *file = name == NULL ? NULL : find(files, count, name);

        if (file != NULL && !read_entry(archive, (zip_uint64_t)i, file, err))
            return false;
    }
    return true;
}
