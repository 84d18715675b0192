# Reads "case round wall_us cpu_us server_us peak_kib" and prints medians as a table and, with -v TSV=path, as a file of tabs.
# The wall ratio of a case is the median over the rounds of its time by that of its base in the same round.

function median(list, count,    i, j, held) {
    for (i = 2; i <= count; i++) {
        held = list[i]
        for (j = i - 1; j >= 1 && list[j] > held; j--)
            list[j + 1] = list[j]
        list[j + 1] = held
    }
    return count % 2 ? list[(count + 1) / 2] : (list[count / 2] + list[count / 2 + 1]) / 2
}

function median_of(name, field,    list, round) {
    for (round = 1; round <= rounds; round++)
        list[round] = value[name, round, field]
    return median(list, rounds)
}

function median_ratio(name, other,    list, round) {
    for (round = 1; round <= rounds; round++)
        list[round] = value[name, round, 3] / value[other, round, 3]
    return median(list, rounds)
}

BEGIN {
    FS = "\t"
    base["copy plain27"] = base["reconcile"] = "copy plain27"
    base["zlib and sha1"] = base["read bill"] = "zlib and sha1"
    base["fetch 1"] = base["fetch 200"] = "fetch 1"
    # Their rows are merchants.
    rows_of["fetch 1"] = 1
    rows_of["fetch 200"] = 200
    # Theirs are refunds; the base of "refund N" is the time in which the channel takes N, 150 a second.
    base["refund 1 merchant"] = base["refund 10 merchants"] = "refund 1 merchant"
    rows_of["refund 1 merchant"] = REFUNDS_EACH
    rows_of["refund 10 merchants"] = 10 * REFUNDS_EACH
    base["refund 1 far"] = base["refund 10 far"] = "refund 1 far"
    rows_of["refund 1 far"] = FAR_EACH
    rows_of["refund 10 far"] = 10 * FAR_EACH
    REFUNDS_A_SECOND = 150
}

{
    if (!(($1, 1, 3) in value))
        order[++cases] = $1
    rounds = $2 > rounds ? $2 : rounds
    for (field = 3; field <= 6; field++)
        value[$1, $2, field] = $field
}

END {
    format = "%-19s %9d %10.2f %8.2f %8.2f %12.2f %8.0f\n"
    printf "%-19s %9s %10s %8s %8s %12s %8s\n", "case", "rows", "wall_ratio", "wall_s", "cpu_s", "server_cpu_s", "peak_mb"
    print "case\trows\twall_ratio\twall_s\tcpu_s\tserver_cpu_s\tpeak_mb" >TSV
    for (i = 1; i <= cases; i++) {
        name = order[i]
        if (name ~ /^refund [0-9]+$/)
            rows_of[name] = substr(name, 8)
        ratio = name in base ? median_ratio(name, base[name]) : median_of(name, 3) / 1e6 / (rows_of[name] / REFUNDS_A_SECOND)
        wall = median_of(name, 3) / 1e6
        cpu = median_of(name, 4) / 1e6
        server = median_of(name, 5) / 1e6
        peak = median_of(name, 6) / 1024
        rows = name in rows_of ? rows_of[name] : ROWS
        printf format, name, rows, ratio, wall, cpu, server, peak
        printf "%s\t%d\t%.3f\t%.3f\t%.3f\t%.3f\t%.1f\n", name, rows, ratio, wall, cpu, server, peak >TSV
        if (name == "reconcile") {
            peak_most = 64 + ROWS * 128 / 1048576
            limits = sprintf("reconcile: %.2f of the copy's time, at most %.2f; %.0f MiB, at most %.0f", ratio, RATIO_MOST, peak, peak_most)
            above = ratio > RATIO_MOST || peak > peak_most
        }
    }
    if (limits != "")
        print limits
    # Below a million rows what every run costs once decides, so only larger ones are judged.
    exit above && ROWS >= 1000000
}
