/* What the parts of `count` share. */
#ifndef COUNT_H
#define COUNT_H

#include "tellify.h"

/* The key of the one group, where events are counted all together. */
#define COUNT_ALL "all"

enum {
    /* So many moments are kept apart; then they are put together in slots. */
    MOMENTS_MAX = 128,
    /* Slots of the window, when there are more moments than that. */
    SLOTS = 64,
    /* More distinct values are not kept: the ones seen longest ago go. */
    VALUES_MAX = 256,
};

/* What a subscription configures. */
typedef struct count_config {
    const char *distinct;
    tf_texts key;
    int64_t within;
    tf_limits limits;
    double hysteresis;
    const tf_json *where;
    const char *title;
    bool alert;
    const tf_json *emit;
} count_config;

/* When something was seen, and how many there were, or are left when it is forgotten. */
typedef struct count_moment {
    tf_moment at;
    int64_t count;
} count_moment;
typedef struct count_value {
    const char *name;
    tf_moment at;
} count_value;
/* Events, or distinct values, each at the moment at which it was seen last: events the oldest first,
 * values by their names. One more than stays fits in. */
typedef struct count_seen {
    count_moment events[MOMENTS_MAX + 1];
    size_t event_count;
    count_value values[VALUES_MAX + 1];
    size_t value_count;
} count_seen;

count_seen count_read_seen(const tf_json *row);
const tf_json *count_write_seen(const count_seen *seen);
void count_add_event(count_seen *seen, tf_moment now, int64_t within);
void count_add_value(count_seen *seen, const char *name, tf_moment now);
/* Forgets what was seen `within` ago or longer. */
void count_forget(count_seen *seen, tf_moment now, int64_t within);
int64_t count_of(const count_seen *seen);
/* The moments at which something was seen, the oldest first, with what the count is once that is forgotten. */
const count_moment *count_falling(const count_seen *seen, size_t *count);

/* Words. */
extern const tf_gang COUNT_GANG;
tf_finding count_finding(const count_config *config, const char *key, tf_turn turn, tf_severity severity,
                         const tf_bound *bound, const count_seen *seen, const tf_event *event);
/* `events`, or `values of block` */
const char *count_counted(const count_config *config);
/* `above 4 (error) or at least 10 (critical)` */
const char *count_limits(const count_config *config);
/* That there is no room for another group. */
const char *count_full(const count_config *config);

#endif
