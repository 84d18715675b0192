/* The lines of the journal, written and read: one JSON object each (wxpay-sim(1), STATE FOLDER). */
#ifndef SIM_LEDGER_LINE_H
#define SIM_LEDGER_LINE_H

#include "ledger.h"

#include <jansson.h>

enum ledger_line_kind { LEDGER_LINE_REFUND, LEDGER_LINE_RESCUE, LEDGER_LINE_MOVEMENT };

/* A line that was read; its texts belong to it. */
struct ledger_line {
    json_t *root;
    enum ledger_line_kind kind;
    size_t merchant; /* of a rescue: the applicant */
    int64_t time;
    struct refund refund;  /* linked to its payment */
    char *parameters;      /* of a refund */
    const char *refund_id; /* of a rescue */
    const char *account;   /* of a rescue */
    struct movement movement;
};

/* `fail` gets the reason alone. Nothing is to be released after a failure. */
bool ledger_line_decode(const char *line, size_t size, const struct world *world,
                        struct ledger_line *ret_line, struct fail *fail);
void ledger_line_release(struct ledger_line *line);

/* Without the line's end. */
void ledger_line_put_refund(struct text *out, const struct world *world,
                            const struct refund *refund, const char *parameters);
void ledger_line_put_rescue(struct text *out, const struct merchant *applicant,
                            const struct accepted *accepted, const char *account, int64_t time);
void ledger_line_put_movement(struct text *out, const struct merchant *merchant,
                              const struct movement *movement);

/* The words that a movement of the run has in the fund flow. */
void ledger_line_complete_movement(struct movement *movement);

#endif
