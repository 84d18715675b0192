#include "options.h"

#include "civil.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

enum option_kind { OPTION_TEXT, OPTION_TIME, OPTION_SEED, OPTION_LATENCY, OPTION_FLAG };

struct option_row {
    const char *name;
    const char *argument; /* NULL: a flag */
    const char *help;
    enum option_kind kind;
    size_t offset;
};

#define AT(member) offsetof(struct sim_options, member)

static const struct option_row rows[] = {
    {"state", "DIR", "keys, and what was refunded; made at the first start", OPTION_TEXT,
     AT(state)},
    {"world", "FILE", "merchants, payments, refunds … (JSON Lines)", OPTION_TEXT, AT(world)},
    {"faults", "FILE", "what goes wrong", OPTION_TEXT, AT(faults)},
    {"now", "TIME", "freeze the clock, e.g. 2026-06-01T10:30:00+08:00", OPTION_TIME, AT(now)},
    {"seed", "N", "order of rows, nonces (default 1)", OPTION_SEED, AT(seed)},
    {"ready", "FILE", "gets the address once connections are accepted", OPTION_TEXT, AT(ready)},
    {"url", "URL", "how it is reached, if not at that address", OPTION_TEXT, AT(url)},
    {"log", "FILE", "request log, one JSON object a line", OPTION_TEXT, AT(log)},
    {"latency", "MS", "hold every reply back so long", OPTION_LATENCY, AT(latency_ms)},
    {"no-limits", NULL, "as many requests a second as you like", OPTION_FLAG, AT(no_limits)},
    {"admin", "SOCKET", "Unix socket for commands: now, advance, reload …", OPTION_TEXT, AT(admin)},
    {"tell", "COMMAND", "send COMMAND to the simulator at --admin and end", OPTION_TEXT, AT(tell)},
    {"help", NULL, "print this", OPTION_FLAG, AT(help)},
    {"version", NULL, "print the version", OPTION_FLAG, AT(version)},
};

/* Ten minutes: longer than anybody waits. */
enum { LATENCY_MAX_MS = 600000 };

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

bool option_number(const char *name, const char *text, uint64_t lowest, uint64_t highest,
                   uint64_t *ret_number, struct fail *fail)
{
    uint64_t number = 0;
    bool good = *text != '\0';

    for (const char *at = text; good && *at != '\0'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');

        good = *at >= '0' && *at <= '9' && number <= (highest - digit) / 10;
        number = number * 10 + digit;
    }
    if (!good || number < lowest || number > highest)
        return fail_set(fail, EX_USAGE, "--%s: expected a whole number from %llu to %llu", name,
                        (unsigned long long)lowest, (unsigned long long)highest);
    *ret_number = number;
    return true;
}

static bool take_option(const struct option_row *row, const char *value,
                        struct sim_options *options, struct fail *fail)
{
    void *target = (char *)options + row->offset;

    switch (row->kind) {
    case OPTION_TEXT:
        if (*value == '\0')
            return fail_set(fail, EX_USAGE, "--%s: is empty", row->name);
        *(const char **)target = value;
        return true;
    case OPTION_TIME:
        options->has_now = true;
        return instant_parse(value, target) ||
               fail_set(fail, EX_USAGE, "--%s: expected a time like 2026-06-01T10:30:00+08:00",
                        row->name);
    case OPTION_SEED:
        return option_number(row->name, value, 0, UINT64_MAX, target, fail);
    case OPTION_LATENCY:
        return option_number(row->name, value, 0, LATENCY_MAX_MS, target, fail);
    case OPTION_FLAG:
        *(bool *)target = true;
        return true;
    }
    return false;
}

static bool check(const struct sim_options *options, struct fail *fail)
{
    if (options->help || options->version)
        return true;
    if (options->tell != NULL)
        return options->admin != NULL || fail_set(fail, EX_USAGE, "--tell needs --admin");
    if (options->state == NULL || options->world == NULL || options->ready == NULL)
        return fail_set(fail, EX_USAGE, "--state, --world and --ready are required");
    return true;
}

bool sim_options_read(int argc, char *argv[], struct sim_options *options, struct fail *fail)
{
    struct option long_options[ROW_COUNT + 1] = {{0}};
    int chosen;
    int row;

    *options = (struct sim_options){.seed = 1};
    for (int at = 0; at < ROW_COUNT; at++)
        long_options[at] = (struct option){
            rows[at].name, rows[at].argument != NULL ? required_argument : no_argument, NULL, 0};
    opterr = 0;
    while ((chosen = getopt_long(argc, argv, ":", long_options, &row)) != -1) {
        if (chosen == ':')
            return fail_set(fail, EX_USAGE, "option \"%.64s\" needs an argument", argv[optind - 1]);
        if (chosen != 0)
            return fail_set(fail, EX_USAGE, "unknown option \"%.64s\"", argv[optind - 1]);
        if (!take_option(&rows[row], optarg, options, fail))
            return false;
    }
    if (optind < argc)
        return fail_set(fail, EX_USAGE, "unexpected argument \"%.64s\"", argv[optind]);
    return check(options, fail);
}

void sim_options_print_help(void)
{
    puts("usage: wxpay-sim --state DIR --world FILE --ready FILE [options]\n"
         "       wxpay-sim --admin SOCKET --tell COMMAND\n\n"
         "Plays WeChat Pay's APIv3 for tests, demos and rehearsals.\n");
    for (int at = 0; at < ROW_COUNT; at++) {
        const char *argument = rows[at].argument != NULL ? rows[at].argument : "";

        printf("  --%s %-*s %s\n", rows[at].name, 16 - (int)strlen(rows[at].name), argument,
               rows[at].help);
    }
}
