# Floating point in code, and the ways to reach it without naming the type.
FNR == 1 {
    code_start()
}

{
    text = code($0)
    if (match(text, /(^|[^A-Za-z0-9_])(double|float|_Float[0-9]+x?|__float128|double_t|float_t)([^A-Za-z0-9_]|$)/) ||
        match(text, /(^|[^A-Za-z0-9_.])[0-9]+\.[0-9]*|(^|[^A-Za-z0-9_.])[0-9]+[eE][-+]?[0-9]+/))
        printf "%s:%d: floating point: %s\n", FILENAME, FNR, $0
}
