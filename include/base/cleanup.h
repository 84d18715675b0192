/* Ties a handle to its destructor, so that an early return is safe.
 *
 *     CLEANUP(buf_release) struct buf line = BUF_INIT(LINE_MAX);
 *
 * The destructor receives the variable's address and accepts what the initial value stands for. For
 * a pointer that we own, see DEFINE_CLEANUP. */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#define CLEANUP(function) __attribute__((cleanup(function)))

/* Defines `static inline void name(type **)` that calls `destroy` on a pointer that is not NULL,
 * for use in CLEANUP(name). */
#define DEFINE_CLEANUP(name, type, destroy)                                                        \
    static inline void name(type **handle)                                                         \
    {                                                                                              \
        if (*handle != NULL)                                                                       \
            destroy(*handle);                                                                      \
    }

#endif
