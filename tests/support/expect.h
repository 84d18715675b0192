/* Assertions on what our functions return, for all tests. Include after cmocka.h. A failed one
 * prints the message behind it. */
#ifndef TESTS_SUPPORT_EXPECT_H
#define TESTS_SUPPORT_EXPECT_H

#include "base/err.h"
#include "base/view.h"

/* The call, which takes `&err`, succeeds. */
#define expect_good(call, err)                                                                     \
    do {                                                                                           \
        if (!(call))                                                                               \
            fail_msg("%s: %s: %s", #call, err_kind_name((err)->kind), (err)->text);                \
    } while (0)

/* The call fails with this kind and exactly this message. */
#define expect_err(call, err, wanted_kind, wanted_text)                                            \
    do {                                                                                           \
        if (call)                                                                                  \
            fail_msg("%s succeeded, expected: %s", #call, wanted_text);                            \
        assert_string_equal((err)->text, wanted_text);                                             \
        assert_string_equal(err_kind_name((err)->kind), err_kind_name(wanted_kind));               \
    } while (0)

#define expect_view(seen, wanted_text)                                                             \
    do {                                                                                           \
        struct view seen_ = (seen);                                                                \
        if (!view_equal_text(seen_, wanted_text))                                                  \
            fail_msg("\"%.*s\" is not \"%s\"", VIEW_ARG(seen_), wanted_text);                      \
    } while (0)

#endif
