#include "fail.h"

#include <stdarg.h>
#include <stdio.h>

bool fail_set(struct fail *fail, int exit_code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(fail->text, sizeof(fail->text), format, arguments);
    va_end(arguments);
    fail->exit_code = exit_code;
    return false;
}
