#include "command.h"

#include "civil.h"
#include "platform.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { ADVANCE_MAX_S = 10 * 366 * DAY_S };

static bool set_now(struct sim *sim, const char *argument, struct fail *fail)
{
    int64_t now;

    if (!instant_parse(argument, &now))
        return fail_set(fail, EX_USAGE, "now: expected a time like 2026-06-01T10:30:00+08:00");
    sim_set_clock(sim, now);
    return true;
}

static int64_t unit_seconds(char unit)
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return DAY_S;
    default:
        return 0;
    }
}

static bool advance(struct sim *sim, const char *argument, struct fail *fail)
{
    size_t digits = strspn(argument, "0123456789");
    int64_t unit = digits > 0 && digits < 10 ? unit_seconds(argument[digits]) : 0;
    int64_t seconds = unit * strtoll(argument, NULL, 10);

    if (unit == 0 || argument[digits + 1] != '\0' || seconds > ADVANCE_MAX_S)
        return fail_set(fail, EX_USAGE, "advance: expected a time like 90s, 5m, 2h or 3d");
    sim_clock_advance(&sim->clock, seconds);
    return true;
}

/* The difference is put on the account or taken off it, as somebody would at a bank. */
static bool set_balance(struct sim *sim, const char *argument, struct fail *fail)
{
    int64_t now = sim_clock_now(&sim->clock);
    const char *space = strchr(argument, ' ');
    const struct merchant *merchant = NULL;
    char *end = NULL;
    int64_t wanted_fen = 0;
    char mchid[33] = "";

    if (space != NULL && (size_t)(space - argument) < sizeof(mchid)) {
        memcpy(mchid, argument, (size_t)(space - argument));
        merchant = world_merchant(sim->world, mchid);
        wanted_fen = strtoll(space + 1, &end, 10);
    }
    if (space == NULL || end == NULL || end == space + 1 || *end != '\0' ||
        llabs(wanted_fen) > WORLD_AMOUNT_MAX_FEN)
        return fail_set(fail, EX_USAGE, "balance: expected a merchant and an amount in fen");
    if (merchant == NULL)
        return fail_set(fail, EX_USAGE, "balance: no merchant \"%.64s\" in the world", mchid);
    bill_store_clear(&sim->bills);
    return ledger_move(sim->ledger, merchant,
                       wanted_fen - ledger_account(sim->ledger, merchant, now)->balance_fen, now) ||
           fail_set(fail, EX_IOERR, "balance: could not be written down");
}

static bool reload(struct sim *sim, const char *argument, struct fail *fail)
{
    (void)argument;
    return sim_reload(sim, fail);
}

static bool announce(struct sim *sim, const char *argument, struct fail *fail)
{
    (void)argument;
    return platform_announce(sim->keys, sim_clock_now(&sim->clock), fail);
}

static bool rotate(struct sim *sim, const char *argument, struct fail *fail)
{
    (void)argument;
    return platform_rotate(sim->keys, sim_clock_now(&sim->clock), fail);
}

static bool expire(struct sim *sim, const char *argument, struct fail *fail)
{
    (void)argument;
    return platform_expire(sim->keys, fail);
}

static bool quit(struct sim *sim, const char *argument, struct fail *fail)
{
    (void)argument;
    (void)fail;
    sim->quitting = true;
    return true;
}

static const struct {
    const char *word;
    bool argument;
    bool (*act)(struct sim *sim, const char *argument, struct fail *fail);
} commands[] = {
    {"now", true, set_now},        {"advance", true, advance}, {"balance", true, set_balance},
    {"announce", false, announce}, {"rotate", false, rotate},  {"expire", false, expire},
    {"reload", false, reload},     {"quit", false, quit},
};

bool command_do(struct sim *sim, const char *command, struct fail *fail)
{
    for (size_t at = 0; at < sizeof(commands) / sizeof(commands[0]); at++) {
        size_t size = strlen(commands[at].word);

        if (strncmp(commands[at].word, command, size) == 0 &&
            command[size] == (commands[at].argument ? ' ' : '\0'))
            return commands[at].act(sim, command + size + (commands[at].argument ? 1 : 0), fail);
    }
    return fail_set(fail, EX_USAGE, "unknown command \"%.64s\"", command);
}
