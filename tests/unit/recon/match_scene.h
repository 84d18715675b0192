/* Scenes: a world and what the match says of it. */
#ifndef TEST_RECON_MATCH_SCENE_H
#define TEST_RECON_MATCH_SCENE_H

#include "world_text.h"

struct match_scene {
    const char *what;    /* for people */
    const char *world;   /* see world_text.h */
    const char *outcome; /* entries and findings */
    const char *totals;  /* NULL: not looked at */
};

static inline void match_scenes_check(const struct match_scene *scenes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP(outcome_release) struct outcome outcome;
        CLEANUP(buf_release) struct buf seen = BUF_INIT(1 << 16);
        CLEANUP(buf_release) struct buf totals = BUF_INIT(1 << 12);
        struct world world;

        text_world(scenes[i].world, &world);
        world_run(&world, &outcome);
        if (!outcome.good)
            fail_msg("%s: %s", scenes[i].what, outcome.err.text);
        text_outcome(&outcome, &seen);
        text_totals(&outcome.totals, &totals);
        if (strcmp(buf_text(&seen), scenes[i].outcome) != 0)
            fail_msg("%s: expected\n%sbut got\n%s", scenes[i].what, scenes[i].outcome,
                     buf_text(&seen));
        if (scenes[i].totals != NULL && strcmp(buf_text(&totals), scenes[i].totals) != 0)
            fail_msg("%s: expected\n%sbut got\n%s", scenes[i].what, scenes[i].totals,
                     buf_text(&totals));
    }
}

#endif
