/* Only clang-tidy sees this, in front of each file that sees include/. It looks at one file at a
 * time and cannot know that err_set and its kin always return false, nor that allocation ends the
 * process rather than return NULL; without that every `return err_set(…)` seems to return success
 * with nothing done. */
#include "base/err.h"
#include "base/memory.h"

#define err_set(...) ((void)err_set(__VA_ARGS__), false)
#define err_wrap(...) ((void)err_wrap(__VA_ARGS__), false)
#define err_hint(...) ((void)err_hint(__VA_ARGS__), false)
#define err_set_errno(...) ((void)err_set_errno(__VA_ARGS__), false)

/* NOLINTBEGIN(readability-redundant-declaration): an attribute is added to each */
void *memory_alloc(size_t size) __attribute__((returns_nonnull));
void *memory_resize(void *old, size_t count, size_t size) __attribute__((returns_nonnull));
char *memory_copy_text(const char *text) __attribute__((returns_nonnull));
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));
/* NOLINTEND(readability-redundant-declaration) */
