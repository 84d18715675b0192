/* Only clang-tidy sees this, in front of each file that sees include/. It looks at one file at a
 * time and cannot know that err_set and its kin always return false; without that every `return
 * err_set(…)` seems to return success with nothing done. */
#include "base/err.h"

#define err_set(...) ((void)err_set(__VA_ARGS__), false)
#define err_wrap(...) ((void)err_wrap(__VA_ARGS__), false)
#define err_hint(...) ((void)err_hint(__VA_ARGS__), false)
#define err_set_errno(...) ((void)err_set_errno(__VA_ARGS__), false)
