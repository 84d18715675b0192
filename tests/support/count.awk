# Counts the TAP of one test: `awk -v code=<exit code> -f count.awk FILE` prints "<passed> <failed>".
# Tests that the plan promised and nobody saw have failed; so has a program that ends badly or has no test, though every line was ok.
/^ok / { passed++ }
/^ok$/ { passed++ }
/^not ok/ { failed++ }
/^1\.\.[0-9]+/ {
    plan += substr($1, 4)
    planned = 1
}
/^Bail out!/ { bailed = 1 }
END {
    missing = plan - passed - failed
    if (missing > 0)
        failed += missing
    if (failed == 0 && (code != 0 || bailed || !planned || missing < 0))
        failed = 1
    printf "%d %d\n", passed, failed
}
