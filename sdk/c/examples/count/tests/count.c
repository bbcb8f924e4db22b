/* Windows filling and emptying, on a clock. */

#include "tellify_testing.h"

static const char BLOCKS[] = "{\"distinct\": \"block\", \"key\": \"project,runtag\", \"within\": \"1h\","
                             "\"where\": {\"status\": \"fail\"}, \"limits\": [{\"above\": 4, \"severity\": \"error\"},"
                             "{\"at_least\": 7, \"severity\": \"critical\"}]}";

#define FIVE "error firing vr0 / r1: vr0 / r1: 5 values of block within 1h (above 4): a, b, c, d, e\n"

static void fails(tf_stage *stage, const char *blocks) {
    for (; *blocks; blocks++) {
        char event[200] = "{\"project\": \"vr0\", \"runtag\": \"r1\", \"status\": \"fail\", \"block\": \"?\"}";
        for (char *at = event; *at; at++)
            if (*at == '?') *at = *blocks;
        tf_stage_event(stage, event);
        tf_stage_pass(stage, "1m");
    }
}

static void more_than_four_values_are_one_alert_that_ends_when_the_window_empties(void) {
    tf_stage *stage = tf_stage_new(BLOCKS);
    fails(stage, "abacad");
    tf_expect(stage, "");
    fails(stage, "eb");
    tf_expect(stage, FIVE FIVE);
    /* The block seen longest ago is c, in the fourth minute. */
    tf_stage_pass(stage, "54m");
    tf_expect(stage, "");
    tf_stage_pass(stage, "1m");
    tf_expect(stage, "error resolved vr0 / r1: vr0 / r1: 4 values of block within 1h\n");
    tf_stage_pass(stage, "2h");
    tf_expect(stage, "");
    if (tf_stage_state_count(stage) != 1) tf_expect(stage, "only the number of rows is left\n");
    tf_stage_free(stage);
}

static void events_are_counted_with_hysteresis_and_emitted(void) {
    tf_stage *stage = tf_stage_new("{\"within\": \"10m\", \"hysteresis\": 2, \"limits\": [{\"at_least\": 5, \"severity\":"
                                   "\"warning\"}], \"title\": \"{count} of {limit} in {within}\","
                                   "\"emit\": {\"type\": \"many\", \"on\": \"both\", \"count\": \"{count}\"}}");
    for (int i = 0; i < 5; i++) {
        tf_stage_event(stage, "{}");
        tf_stage_pass(stage, "1m");
    }
    tf_expect(stage, "warning firing all: 5 of 5 in 10m\nemitted many all: 5 of 5 in 10m\n");
    /* Four and three are within the hysteresis; two are not. */
    tf_stage_pass(stage, "6m59s");
    tf_expect(stage, "");
    tf_stage_pass(stage, "1s");
    tf_expect(stage, "warning resolved all: 2 of 5 in 10m\nemitted many all: 2 of 5 in 10m\n");
    tf_stage_free(stage);
}

static void a_cleared_group_counts_from_nought(void) {
    tf_stage *stage = tf_stage_new(BLOCKS);
    fails(stage, "abcde");
    tf_stage_clear(stage, "vr0 / r1");
    tf_expect(stage, FIVE);
    fails(stage, "abcd");
    tf_expect(stage, "");
    fails(stage, "e");
    tf_expect(stage, FIVE);
    tf_stage_free(stage);
}

int main(void) {
    more_than_four_values_are_one_alert_that_ends_when_the_window_empties();
    events_are_counted_with_hysteresis_and_emitted();
    a_cleared_group_counts_from_nought();
    tf_expect_problems("{\"within\": \"1x\", \"limits\": [], \"other\": 1}",
                       ": there is no key `other`\n"
                       "/within: `1x` is no length of time up to ten years: write whole numbers with d, h, m, s or ms, "
                       "the larger first, such as 90s or 1h30m\n");
    return 0;
}
