/* A small company for tests: three stores, their terms, and a way to push entries in few words. */
#ifndef TESTS_SETTLE_STORY_H
#define TESTS_SETTLE_STORY_H

#include "settle/settlement.h"

#include <stdlib.h>

enum { STORY_STORES = 4, STORY_TERMS = 7 };

/* 2026-05-31, a Sunday and a month's end. */
static inline struct date story_day(void)
{
    struct date day = {0};

    assert_true(date_from_civil(2026, 5, 31, &day));
    return day;
}

struct story {
    struct settle_store stores[STORY_STORES];
    struct store_terms terms[STORY_TERMS];
    size_t terms_count;
};

static inline struct store_terms story_terms(const char *store, enum books_kind kind, int64_t ppm,
                                             enum fee_bearer bearer)
{
    return (struct store_terms){
        .store_id = view_of(store),
        .kind = kind,
        .valid_from = date_add(story_day(), -100),
        .open_ended = true,
        .share = {ppm},
        .fee_bearer = bearer,
        .cycle = SETTLE_CYCLE_DAY,
    };
}

/* S1: rent 70 %, store bears fees; swap 50 %. S2: rent 60 %, operator bears them, 10.00 a month.
 * S3: rent 80 %, pro rata; closed since yesterday. S4: open without any terms. */
static inline void story_init(struct story *story)
{
    struct date open = date_add(story_day(), -100);

    *story = (struct story){
        .stores =
            {
                {.store_id = VIEW("S1"), .name = VIEW("东门店"), .opened_on = open},
                {.store_id = VIEW("S2"), .name = VIEW("=cmd|' /C calc'!A0"), .opened_on = open},
                {.store_id = VIEW("S3"),
                 .name = VIEW("西门店"),
                 .opened_on = open,
                 .has_closed_on = true,
                 .closed_on = date_add(story_day(), -1)},
                {.store_id = VIEW("S4"), .name = VIEW("北门店"), .opened_on = open},
            },
        .terms =
            {
                story_terms("S1", BOOKS_RENT, 700000, FEE_BEARER_STORE),
                story_terms("S1", BOOKS_SWAP, 500000, FEE_BEARER_STORE),
                story_terms("S2", BOOKS_RENT, 600000, FEE_BEARER_OPERATOR),
                story_terms("S3", BOOKS_RENT, 800000, FEE_BEARER_PRO_RATA),
            },
        .terms_count = 4,
    };
    story->terms[2].cycle = SETTLE_CYCLE_MONTH;
    story->terms[2].fixed.fen = 1000;
}

static inline struct settlement *story_open(struct story *story)
{
    struct settlement *settlement = NULL;
    struct err err = ERR_INIT;

    const struct settle_books books = {story_day(), story->stores, STORY_STORES, story->terms,
                                       story->terms_count};

    qsort(story->terms, story->terms_count, sizeof(story->terms[0]), terms_compare);
    if (!settlement_open(&books, &settlement, &err))
        fail_msg("%s", err.text);
    return settlement;
}

/* An entry of the day at a minute; items follow from the caller. */
static inline struct settle_entry story_entry(enum settle_kind kind, const char *code,
                                              int64_t amount_fen, int64_t fee_millifen,
                                              int64_t line_no)
{
    return (struct settle_entry){
        .line_no = line_no,
        .kind = kind,
        .code = view_of(code),
        .trade_at = {beijing_start(story_day()).us + line_no * INSTANT_MINUTE},
        .out_trade_no = VIEW("R202605310001"),
        .transaction_id = VIEW("4200001234202605311234567890"),
        .out_refund_no = kind == SETTLE_REFUND ? VIEW("B1") : (struct view){0},
        .amount = {amount_fen},
        .fee = {fee_millifen},
    };
}

static inline struct books_item story_item(int64_t item_no, enum books_kind kind, const char *store,
                                           int64_t amount_fen)
{
    return (struct books_item){
        .item_no = item_no,
        .kind = kind,
        .store_id = view_of(store),
        .rental_no = VIEW("R00017"),
        .amount = {amount_fen},
    };
}

#endif
