/* Decodes one line of a world file into a merchant, a payment, a refund, an order or a
 * movement. Knows keys and their types, not how lines belong together (world.c). */
#ifndef SIM_WORLD_LINE_H
#define SIM_WORLD_LINE_H

#include "world.h"

enum world_line_kind {
    WORLD_LINE_MERCHANT,
    WORLD_LINE_PAYMENT,
    WORLD_LINE_REFUND,
    WORLD_LINE_ORDER,
    WORLD_LINE_MOVEMENT,
};

struct world_line {
    enum world_line_kind kind;
    const char *mchid; /* of all but a merchant: to be resolved by the caller */
    struct merchant merchant;
    struct payment payment;
    struct refund refund;
    struct order order;
    struct movement movement;
};

/* `line` keeps its values between calls: a text equal to the one before it is not stored again.
 * `fail` gets only the reason; the caller knows file and line. */
bool world_line_decode(const char *json, size_t size, struct arena *arena, struct world_line *line,
                       struct fail *fail);

#endif
