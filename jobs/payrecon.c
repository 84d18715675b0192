/* payrecon: what people do. `payrecon <noun> <verb>`. */
#include "run/command_bill.h"
#include "run/command_finding.h"
#include "run/command_merchant.h"
#include "run/command_report.h"
#include "run/command_system.h"

#include <stdio.h>
#include <string.h>

struct command {
    const char *noun;
    const char *verb; /* NULL: the noun is a command */
    enum exit_code (*run)(int argc, char *const argv[]);
    const char *help;
};

static const struct command commands[] = {
    {"migrate", NULL, command_migrate, "bring the schema recon up to date"},
    {"doctor", NULL, command_doctor, "look at everything a night needs, say what to mend"},
    {"config", "sample", command_config_sample, "print a configuration file"},
    {"merchant", "add", command_merchant_add, "add a rental company"},
    {"merchant", "list", command_merchant_list, "list the merchants"},
    {"merchant", "show", command_merchant_show, "show all about one merchant"},
    {"merchant", "check", command_merchant_check, "ask WeChat Pay whether it takes the keys"},
    {"merchant", "suspend", command_merchant_suspend, "do nothing for a merchant for a while"},
    {"merchant", "resume", command_merchant_resume, "go on with a merchant"},
    {"merchant", "edit", command_merchant_edit, "change name, rate, contact or mini programs"},
    {"merchant", "rotate-key", command_merchant_rotate_key,
     "put other keys of a merchant into use"},
    {"bill", "inspect", command_bill_inspect, "read bill files and check their totals"},
    {"bill", "import", command_bill_import, "put a bill file into evidence"},
    {"bill", "list", command_bill_list, "list the bills in evidence"},
    {"bill", "export", command_bill_export, "write a bill as it was received into a file"},
    {"day", "list", command_day_list, "list bill days with their verdicts"},
    {"day", "show", command_day_show, "show all about one bill day"},
    {"finding", "list", command_finding_list, "list the findings"},
    {"finding", "accept", command_finding_accept, "let a difference stay, as two people"},
};

static const size_t command_count = sizeof(commands) / sizeof(commands[0]);

static void print_help(FILE *out)
{
    (void)fprintf(out, "Usage: payrecon NOUN VERB [OPTION]...\n"
                       "Reconciles WeChat Pay with the books of a battery-rental platform.\n\n");
    for (size_t i = 0; i < command_count; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "%s%s%s", commands[i].noun,
                       commands[i].verb != NULL ? " " : "",
                       commands[i].verb != NULL ? commands[i].verb : "");
        (void)fprintf(out, "  %-20s %s\n", name, commands[i].help);
    }
    (void)fprintf(out, "\npayrecon NOUN VERB --help lists the options of a command.\n");
}

/* How many words the command takes; 0: this is not it. */
static int fits(const struct command *command, int argc, char *const argv[])
{
    if (argc < 2 || strcmp(argv[1], command->noun) != 0)
        return 0;
    if (command->verb == NULL)
        return 1;
    return argc >= 3 && strcmp(argv[2], command->verb) == 0 ? 2 : 0;
}

int main(int argc, char *argv[])
{
    for (size_t i = 0; i < command_count; i++) {
        int words = fits(&commands[i], argc, argv);

        if (words > 0)
            return (int)commands[i].run(argc - words, argv + words);
    }
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_help(stdout);
        return fflush(stdout) == 0 ? EXIT_CLEAN : EXIT_IO_ERROR;
    }
    if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        (void)printf("payrecon %s\n", PAYRECON_VERSION);
        return fflush(stdout) == 0 ? EXIT_CLEAN : EXIT_IO_ERROR;
    }
    if (argc >= 2)
        (void)fprintf(stderr, "payrecon: unknown command \"%s%s%s\"\n", argv[1],
                      argc >= 3 ? " " : "", argc >= 3 ? argv[2] : "");
    print_help(stderr);
    return EXIT_USAGE_ERROR;
}
