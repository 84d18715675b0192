/* A folder of the test's own, gone with everything in it when the variable is. */
#ifndef TEST_BASE_FOLDER_H
#define TEST_BASE_FOLDER_H

#include <dirent.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
    char path[256];
};

struct folder_path {
    char s[512];
};

static inline struct folder folder_new(void)
{
    struct folder folder;
    const char *parent = getenv("TMPDIR");

    (void)snprintf(folder.path, sizeof(folder.path), "%s/payrecon-unit-XXXXXX",
                   parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(folder.path));
    return folder;
}

static inline int folder_remove_one(const char *path, const struct stat *info, int kind,
                                    struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline void folder_done(struct folder *folder)
{
    (void)nftw(folder->path, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline struct folder_path folder_path(const struct folder *folder, const char *name)
{
    struct folder_path path;

    (void)snprintf(path.s, sizeof(path.s), "%s/%s", folder->path, name);
    return path;
}

static inline void folder_put(const char *path, const void *content, size_t length, mode_t mode)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

/* How many entries the folder has. */
static inline size_t folder_count(const struct folder *folder)
{
    DIR *entries = opendir(folder->path);
    size_t count = 0;

    assert_non_null(entries);
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    assert_int_equal(closedir(entries), 0);
    return count;
}

#endif
