/* payrecon: what people do. `payrecon <noun> <verb>`. */
#include "base/view.h"
#include "run/command_bill.h"
#include "run/command_deposit.h"
#include "run/command_finding.h"
#include "run/command_merchant.h"
#include "run/command_refund.h"
#include "run/command_report.h"
#include "run/command_system.h"

#include <stdio.h>
#include <string.h>

struct command {
    const char *noun;
    const char *verb; /* one word or two; NULL: the noun is a command */
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
    {"deposit", "prove", command_deposit_prove, "prove that every deposit could be refunded"},
    {"finding", "list", command_finding_list, "list the findings"},
    {"finding", "accept", command_finding_accept, "let a difference stay, as two people"},
    {"status", NULL, command_status, "show the money at risk now, and what is not done"},
    {"refund", "due", command_refund_due, "list deposits that are to be given back"},
    {"refund", "request", command_refund_request, "ask for a deposit to be given back"},
    {"refund", "import", command_refund_import, "ask for the deposits of a list"},
    {"refund", "withdraw", command_refund_withdraw, "take a request back"},
    {"refund", "batch", command_refund_batch, "put requests before the checker"},
    {"refund", "batch list", command_refund_batch_list, "list the batches"},
    {"refund", "batch show", command_refund_batch_show, "show a batch as the checker sees it"},
    {"refund", "approve", command_refund_approve, "approve a batch that was made by others"},
    {"refund", "reject", command_refund_reject, "reject a batch"},
    {"refund", "list", command_refund_list, "list the requests"},
    {"refund", "show", command_refund_show, "show the whole story of a request"},
    {"refund", "query", command_refund_query, "let WeChat Pay be asked about a refund"},
    {"refund", "resolve", command_refund_resolve, "say what became of one in doubt, as two people"},
    {"refund", "breaker show", command_refund_breaker_show, "show whether refunds may be sent"},
    {"refund", "breaker reset", command_refund_breaker_reset, "let refunds be sent again"},
    {"refund", "acts", command_refund_acts, "verify and list what people did about refunds"},
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
        (void)fprintf(out, "  %-22s %s\n", name, commands[i].help);
    }
    (void)fprintf(out, "\npayrecon NOUN VERB --help lists the options of a command.\n");
}

/* How many words the command takes; 0: this is not it. */
static int fits(const struct command *command, int argc, char *const argv[])
{
    struct view rest = view_of(command->verb);
    struct view word;
    int words = 1;

    if (argc < 2 || strcmp(argv[1], command->noun) != 0)
        return 0;
    while (view_take(&rest, ' ', &word)) {
        if (++words >= argc || !view_equal_text(word, argv[words]))
            return 0;
    }
    return words;
}

/* The command of most words: "refund batch list" rather than "refund batch". */
static const struct command *find(int argc, char *const argv[], int *ret_words)
{
    const struct command *found = NULL;

    *ret_words = 0;
    for (size_t i = 0; i < command_count; i++) {
        int words = fits(&commands[i], argc, argv);

        if (words > *ret_words) {
            found = &commands[i];
            *ret_words = words;
        }
    }
    return found;
}

int main(int argc, char *argv[])
{
    int words;
    const struct command *command = find(argc, argv, &words);

    if (command != NULL)
        return (int)command->run(argc - words, argv + words);
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
