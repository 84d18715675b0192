/* wxpay-world: see wxpay-world(1). */
#include "company_write.h"
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

struct world_options {
    struct company_options company;
    const char *out;
    bool help;
    bool version;
};

/* Limits that keep numbers of orders within their digits and files within a disk. */
enum { DAYS_MAX = 366, PAYMENTS_MIN = 32, PAYMENTS_MAX = 2000000 };

static const struct option long_options[] = {
    {"seed", required_argument, NULL, 's'},
    {"from", required_argument, NULL, 'f'},
    {"days", required_argument, NULL, 'd'},
    {"payments", required_argument, NULL, 'p'},
    {"out", required_argument, NULL, 'o'},
    {"clean", no_argument, NULL, 'c'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

static void print_help(void)
{
    puts(
        "usage: wxpay-world --out DIR [options]\n\n"
        "Invents a battery-rental company: a world for wxpay-sim and the books of its platform.\n\n"
        "  --out DIR      gets world.jsonl, books.sql and README.txt\n"
        "  --seed N       the same seed gives the same bytes (default 1)\n"
        "  --from DAY     first bill day (default 2026-05-25)\n"
        "  --days N       bill days (default 7)\n"
        "  --payments N   payments a day, about (default 2000)\n"
        "  --clean        put no faults in\n"
        "  --help         print this\n"
        "  --version      print the version");
}

static bool take_option(int chosen, struct world_options *options, struct fail *fail)
{
    uint64_t days;

    switch (chosen) {
    case 's':
        return option_number("seed", optarg, 0, UINT64_MAX, &options->company.seed, fail);
    case 'f':
        return day_parse(optarg, &options->company.from) ||
               fail_set(fail, EX_USAGE, "--from: expected a day like 2026-05-25");
    case 'd':
        if (!option_number("days", optarg, 1, DAYS_MAX, &days, fail))
            return false;
        options->company.days = (int32_t)days;
        return true;
    case 'p':
        return option_number("payments", optarg, PAYMENTS_MIN, PAYMENTS_MAX,
                             &options->company.payments, fail);
    case 'o':
        options->out = optarg;
        return true;
    case 'c':
        options->company.clean = true;
        return true;
    case 'h':
        options->help = true;
        return true;
    case 'v':
        options->version = true;
        return true;
    case ':':
        return fail_set(fail, EX_USAGE, "an option needs an argument, see --help");
    default:
        return fail_set(fail, EX_USAGE, "unknown option, see --help");
    }
}

static bool read_options(int argc, char *argv[], struct world_options *options, struct fail *fail)
{
    int chosen;

    *options = (struct world_options){.company = {.seed = 1, .days = 7, .payments = 2000}};
    (void)day_parse("2026-05-25", &options->company.from);
    opterr = 0;
    while ((chosen = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        if (!take_option(chosen, options, fail))
            return false;
    }
    if (optind < argc)
        return fail_set(fail, EX_USAGE, "unexpected argument \"%.64s\"", argv[optind]);
    if (options->help || options->version)
        return true;
    if (options->out == NULL || *options->out == '\0')
        return fail_set(fail, EX_USAGE, "--out is required");
    if (!options->company.clean && options->company.days < COMPANY_FAULT_DAYS_MIN)
        return fail_set(fail, EX_USAGE, "faults need --days %d or more, else say --clean",
                        COMPANY_FAULT_DAYS_MIN);
    return true;
}

int main(int argc, char *argv[])
{
    struct world_options options;
    struct company *company;
    struct fail fail;
    bool good = read_options(argc, argv, &options, &fail);

    if (good && options.help) {
        print_help();
    } else if (good && options.version) {
        puts("wxpay-world " SIM_VERSION);
    } else if (good) {
        company = company_new(&options.company);
        good = company_write(company, options.out, &fail);
        company_free(company);
    }
    if (good)
        return 0;
    (void)fprintf(stderr, "wxpay-world: %s\n", fail.text);
    return fail.exit_code;
}
