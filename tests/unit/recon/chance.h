/* Chance that can be repeated, and worlds made of it: few numbers, so that they collide. What a
 * transaction or a refund of WeChat Pay says is the same wherever its number stands. */
#ifndef TEST_RECON_CHANCE_H
#define TEST_RECON_CHANCE_H

#include "base/buf.h"

#include <stdint.h>

enum { NUMBERS = 4, TRANSACTIONS = 5, REFUND_NUMBERS = 3, REFUND_IDS = 4 };

struct chance {
    uint64_t state;
};

static inline uint64_t chance_next(struct chance *chance)
{
    uint64_t value = chance->state += UINT64_C(0x9E3779B97F4A7C15);

    value = (value ^ value >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ value >> 27) * UINT64_C(0x94D049BB133111EB);
    return value ^ value >> 31;
}

/* 0 … below − 1 */
static inline int chance_below(struct chance *chance, int below)
{
    return (int)(chance_next(chance) % (uint64_t)below);
}

/* Once in `n` times. */
static inline bool chance_once_in(struct chance *chance, int n)
{
    return chance_below(chance, n) == 0;
}

static inline const char *chance_word(struct chance *chance, const char *const *words, int count)
{
    return words[chance_below(chance, count)];
}

static const char *const CHANCE_TIMES[] = {"",
                                           "",
                                           "",
                                           "",
                                           " at=23:59:59",
                                           " at=00:00:00",
                                           " day=+1 at=00:00:05",
                                           " day=-1 at=23:59:59",
                                           " day=-1 at=12:00:00",
                                           " day=-3",
                                           " day=+1"};

enum { CHANCE_TIME_COUNT = sizeof(CHANCE_TIMES) / sizeof(CHANCE_TIMES[0]) };

/* What a number of WeChat Pay stands for in this world. */
struct chance_facts {
    const char *payments[TRANSACTIONS + 1]; /* amount and keys */
    const char *foreign[TRANSACTIONS + 1];  /* keys of a row that is not ours */
    const char *refunds[REFUND_IDS + 1];    /* order, amount and keys */
};

static inline struct chance_facts chance_facts(struct chance *chance)
{
    static const char *const payments[] = {"1.00",
                                           "2.00",
                                           "2.00",
                                           "3.00",
                                           "2.00 app=wxB",
                                           "3.00 settle=2.00 coupon=1.00",
                                           "3.00 settle=2.00 coupon=2.00",
                                           "3.00 coupon=1.00",
                                           "2.00 at=23:59:59",
                                           "2.00 at=00:00:00 fee=0.01000"};
    static const char *const refunds[] = {"P1 1.00",
                                          "P1 2.00",
                                          "P2 1.00",
                                          "P2 1.00 status=PROCESSING",
                                          "P3 2.00 status=CHANGE",
                                          "P1 1.00 status=FAIL",
                                          "P2 2.00 status=WAITING",
                                          "P1 2.00 settle=1.00 fee=-0.01000",
                                          "W1 1.00 type=AUTH attach=wxzff|7|P1",
                                          "P2 1.00 day=-1"};
    static const char *const foreign[] = {" app=wxC", " mch=1900000110", " sub=7", " cur=USD",
                                          " day=+1"};
    struct chance_facts facts;

    for (int i = 0; i <= TRANSACTIONS; i++)
        facts.payments[i] = chance_word(chance, payments, sizeof(payments) / sizeof(payments[0]));
    for (int i = 0; i <= TRANSACTIONS; i++)
        facts.foreign[i] = chance_word(chance, foreign, sizeof(foreign) / sizeof(foreign[0]));
    for (int i = 0; i <= REFUND_IDS; i++)
        facts.refunds[i] = chance_word(chance, refunds, sizeof(refunds) / sizeof(refunds[0]));
    return facts;
}

static inline void chance_payment_row(struct chance *chance, const struct chance_facts *facts,
                                      struct buf *out)
{
    int number = 1 + chance_below(chance, NUMBERS);
    int transaction = 1 + chance_below(chance, TRANSACTIONS);
    bool score = chance_once_in(chance, 10);

    buf_add_format(out, "bill pay %s%d X%d %s", score ? "W" : "P", number, transaction,
                   facts->payments[transaction]);
    if (score)
        buf_add_format(out, " type=AUTH attach=wxzff|7|P%d", number);
    if (chance_once_in(chance, 10))
        buf_add_text(out, facts->foreign[transaction]);
    else if (chance_once_in(chance, 10))
        buf_add_text(out, chance_once_in(chance, 2) ? " state=REVOKED" : " state=HOLDING");
    buf_add_byte(out, '\n');
}

static inline void chance_refund_row(struct chance *chance, const struct chance_facts *facts,
                                     struct buf *out)
{
    int id = 1 + chance_below(chance, REFUND_IDS);

    if (chance_once_in(chance, 8))
        buf_add_format(out, "bill refund - R%d %s", id, facts->refunds[id]);
    else
        buf_add_format(out, "bill refund F%d R%d %s", 1 + chance_below(chance, REFUND_NUMBERS), id,
                       facts->refunds[id]);
    buf_add_text(out, chance_once_in(chance, 12) ? " app=wxC\n" : "\n");
}

/* `sure`: paid in the middle of the day, for a record that comes twice. */
static inline void chance_payment(struct chance *chance, int number, bool sure, struct buf *out)
{
    static const char *const amounts[] = {"1.00", "2.00", "2.00", "2.00", "3.00"};
    static const char *const items[] = {"",
                                        "",
                                        "",
                                        " items=none",
                                        " items=RENT:R1:2.00",
                                        " items=RENT:R1:2.00",
                                        " items=RENT:R1:1.00,DEPOSIT:R2:1.00",
                                        " items=RENT:-:2.00",
                                        " items=RENT:R1:1.00,INSURANCE:-:1.00"};
    static const char *const unpaid[] = {"CREATED", "CLOSED", "UNKNOWN", "SETTLED"};
    const char *amount = chance_word(chance, amounts, 5);
    bool paid = sure || !chance_once_in(chance, 4);

    buf_add_format(out, "books pay P%d ", number);
    if (paid && !chance_once_in(chance, 4))
        buf_add_format(out, "X%d ", 1 + chance_below(chance, TRANSACTIONS));
    else
        buf_add_text(out, "- ");
    buf_add_format(out, "%s %s", amount, paid ? "PAID" : chance_word(chance, unpaid, 4));
    if (paid && !sure)
        buf_add_text(out, chance_word(chance, CHANCE_TIMES, CHANCE_TIME_COUNT));
    if (chance_once_in(chance, 6))
        buf_add_text(out, chance_once_in(chance, 2) ? " app=wxB" : " app=-");
    buf_add_text(out, chance_word(chance, items, sizeof(items) / sizeof(items[0])));
    buf_add_byte(out, '\n');
}

static inline void chance_refund(struct chance *chance, int number, bool sure, struct buf *out)
{
    static const char *const orders[] = {"P1", "P1", "P2", "P3", "-"};
    static const char *const amounts[] = {"1.00", "1.00", "2.00"};
    static const char *const states[] = {"SUCCESS",  "SUCCESS", "SUCCESS", "PROCESSING",
                                         "ABNORMAL", "CLOSED",  "UNKNOWN"};

    buf_add_format(out, "books refund F%d %s ", number, chance_word(chance, orders, 5));
    buf_add_format(out, "%s ", chance_word(chance, amounts, 3));
    buf_add_text(out, chance_word(chance, states, 7));
    if (!sure)
        buf_add_text(out, chance_word(chance, CHANCE_TIMES, CHANCE_TIME_COUNT));
    buf_add_byte(out, '\n');
}

/* Records of one number: none, one, seldom two that contradict one another. */
static inline void chance_records(struct chance *chance, bool refunds, int number, struct buf *out)
{
    int count = chance_once_in(chance, 25) ? 2 : chance_below(chance, 4) > 0;

    for (int i = 0; i < count; i++) {
        if (refunds)
            chance_refund(chance, number, count == 2, out);
        else
            chance_payment(chance, number, count == 2, out);
    }
}

/* The world of a seed, in the words of world_text.h. */
static inline void chance_world(uint64_t seed, struct buf *out)
{
    struct chance chance = {seed};
    struct chance_facts facts = chance_facts(&chance);
    int payments = chance_below(&chance, 8);
    int refunds = chance_below(&chance, 5);

    for (int i = 0; i < payments; i++)
        chance_payment_row(&chance, &facts, out);
    for (int i = 0; i < refunds; i++)
        chance_refund_row(&chance, &facts, out);
    for (int number = 1; number <= NUMBERS + 2; number++)
        chance_records(&chance, /* refunds= */ false, number, out);
    for (int number = 1; number <= REFUND_NUMBERS; number++)
        chance_records(&chance, /* refunds= */ true, number, out);
    if (chance_once_in(&chance, 4))
        buf_add_format(out, "elsewhere pay P%d\n", 1 + chance_below(&chance, NUMBERS + 2));
    if (chance_once_in(&chance, 4))
        buf_add_format(out, "elsewhere refund F%d\n", 1 + chance_below(&chance, REFUND_NUMBERS));
}

#endif
