/*
 * `count`: how many events, or how many distinct values of a field, within a window of time, for each
 * value of a key.
 *
 * Time is the moment at which an event came in. A group's alert fires at the event that brings its
 * count past a limit, and is resolved by a wake-up when the window has emptied again.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"

/* A group takes ten kilobytes at most and mostly far less, of the mebibyte that there is. */
static const tf_rows GROUPS = {"g:", 1000};

/* Longer windows would say little, and their events stay for long. */
static const int64_t WITHIN_MAX_MS = INT64_C(31) * 86400000;
/* Some fewer than are kept, so that such a limit can be reached and left. */
enum { DISTINCT_MAX = VALUES_MAX - 6, BOUNDS_MAX = 16 };

static const tf_field FIELDS[] = {
    TF_FIELD(count_config, distinct, TF_TEXT, "Count the distinct values of this field. None: count events."),
    TF_FIELD(count_config, key, TF_FIELDS, "The field, or fields, whose values are counted apart. None: all together."),
    TF_FIELD(count_config, within, TF_SPAN, "The window: what came in longer ago does not count.", .is_required = true),
    TF_FIELD(count_config, limits, TF_LIMITS, "The limits; of those that hold, the worst gives the severity.",
             .is_required = true, .maximum = TF_BOUND(BOUNDS_MAX)),
    TF_FIELD(count_config, hysteresis, TF_NUMBER,
             "How far under a limit the count must fall, before the limit holds no longer.", .minimum = TF_BOUND(0),
             .otherwise = "0"),
    TF_FIELD(count_config, where, TF_CONDITIONS,
             "What else must hold of an event to be counted: field by field, any one of these values."),
    TF_FIELD(count_config, title, TF_TEMPLATE,
             "A title with {field} placeholders; {key}, {count}, {limit}, {within} and {values} are our own."),
    TF_FIELD(count_config, alert, TF_TRUTH, "Whether people are told.", .otherwise = "true"),
    TF_FIELD(count_config, emit, TF_EMIT, "An event to emit when a count goes past a limit, or is back."),
    TF_FIELDS_END,
};

/* What is remembered of a group. */
typedef struct group {
    count_seen seen;
    bool is_past;
    /* The limits that hold; by their numbers, since a configuration may be edited. */
    tf_bound bounds[BOUNDS_MAX];
    size_t bound_count;
    tf_severity severity;
    /* A moment lies ahead at which it is looked at again. */
    bool is_timed;
} group;

static tf_telling telling(const count_config *config) { return (tf_telling){config->alert, config->emit}; }

/* Why a limit cannot be one of a count, or NULL. */
static const char *misfit(const count_config *config, tf_bound bound) {
    if (!tf_is_upper(bound)) return "a count has limits upwards, `above` or `at_least`; for too few, use `absence`";
    if (tf_bound_holds(bound, 0, 0)) return "this limit would hold without any event";
    if (tf_bound_holds(bound, 0, config->hysteresis)) return "with this hysteresis the limit would hold for ever";
    if (config->distinct && bound.number > DISTINCT_MAX)
        return tf_format("at most %d distinct values can be told apart", DISTINCT_MAX);
    return NULL;
}

static void validate(const char *username, const void *given, tf_problems *problems) {
    (void)username;
    const count_config *config = given;
    tf_limit_problems(config->limits, problems);
    for (size_t i = 0; i < config->limits.count; i++) {
        const char *what = config->limits.at[i].sides == 1 ? misfit(config, config->limits.at[i].bound) : NULL;
        if (what) tf_problem(problems, tf_format("/limits/%d", (int)i), "%s", what);
    }
    if (!(config->hysteresis >= 0 && isfinite(config->hysteresis)))
        tf_problem(problems, "/hysteresis", "must be nought or more");
    if (config->within < 1000 || config->within > WITHIN_MAX_MS)
        tf_problem(problems, "/within", "a window lasts from one second to 31 days");
    if (config->distinct && !*config->distinct)
        tf_problem(problems, "/distinct", "must name the field whose values are counted");
    tf_telling_problems(telling(config), problems);
}

static const char *title_of(const void *given) {
    const count_config *config = given;
    return tf_format("%s %s within %s", count_counted(config), count_limits(config), tf_span_text(config->within));
}

static const char *summary_of(const void *given) {
    const count_config *config = given;
    const char *each = config->key.count ? tf_format(" for each %s", tf_join(&config->key, " and ")) : "";
    bool has_conditions = config->where && config->where->first;
    const char *only = has_conditions ? tf_format(" where %s", tf_conditions_text(config->where)) : "";
    return tf_format("Fires%s when the %s%s are %s within %s%s.", each, count_counted(config), only, count_limits(config),
                     tf_span_text(config->within), tf_telling_words(telling(config)));
}

static void required_fields(const void *given, tf_requirements *out) {
    const count_config *config = given;
    tf_require_conditions(out, config->where);
    tf_require_fields(out, &config->key);
    if (config->distinct) tf_require_present(out, config->distinct);
}

static group read_group(const tf_json *row) {
    group read = {.seen = count_read_seen(tf_get(row, "seen"))};
    const tf_json *past = tf_get(row, "past");
    if (!past) return read;
    read.is_past = true;
    read.is_timed = tf_get(past, "is_timed")->kind == TF_TRUE;
    for (int severity = TF_DEBUG; severity <= TF_CRITICAL; severity++)
        if (!strcmp(tf_severity_word(severity), tf_text_of(tf_get(past, "severity")))) read.severity = (tf_severity)severity;
    TF_EACH(bound, tf_get(past, "bounds")) {
        bool is_one = read.bound_count < BOUNDS_MAX && tf_read_bound(bound, &read.bounds[read.bound_count]);
        read.bound_count += is_one;
    }
    return read;
}

static const tf_json *write_group(const group *group) {
    tf_json *row = tf_put(tf_object(), "seen", count_write_seen(&group->seen));
    if (!group->is_past) return row;
    tf_json *bounds = tf_array(), *past = tf_object();
    for (size_t i = 0; i < group->bound_count; i++) tf_push(bounds, tf_bound_json(group->bounds[i]));
    tf_put(past, "bounds", bounds);
    tf_put(past, "severity", tf_string(tf_severity_word(group->severity)));
    tf_put(past, "is_timed", tf_truth(group->is_timed));
    return tf_put(row, "past", past);
}

/* Only while a limit holds is there a moment at which the group must not be gone. */
static int64_t lifetime_s(const count_config *config, const group *group) {
    return group->is_past ? TF_UNSAID : (config->within + 999) / 1000;
}

/*
 * Asks to look again when enough will have left the window for other limits to hold. What is seen until
 * then only makes that moment too early.
 */
static bool set_timer(const count_config *config, tf_moment now, const char *key, const group *group) {
    size_t count;
    const count_moment *falling = count_falling(&group->seen, &count);
    tf_moment leaving = now;
    for (size_t i = 0; i < count; i++) {
        size_t bounds = group->bound_count;
        double left = (double)falling[i].count;
        if (tf_holding(config->limits, config->hysteresis, group->bounds, bounds, left).count == bounds) continue;
        leaving = falling[i].at;
        break;
    }
    return tf_timer_set_if_room(key, leaving + config->within);
}

/* What has become of a group, whose next moment is set; false: nothing. */
static bool judge(const count_config *config, tf_moment now, const char *key, group *group, tf_finding *finding) {
    double count = (double)count_of(&group->seen);
    tf_limits holding = tf_holding(config->limits, config->hysteresis, group->bounds, group->bound_count, count);
    const tf_limit *worst = tf_worst(holding);
    tf_turn turn = tf_turn_between(group->is_past ? (int)group->severity : TF_UNSAID, worst ? (int)worst->severity : TF_UNSAID);
    if (turn == TF_NO_TURN) return false;
    tf_bound left = group->bound_count ? group->bounds[group->bound_count - 1] : (tf_bound){0};
    const tf_bound *bound = worst ? &worst->bound : group->bound_count ? &left : NULL;
    tf_severity severity = worst ? worst->severity : group->severity;
    bool was_timed = group->is_past && group->is_timed;
    group->is_past = worst != NULL;
    group->severity = severity;
    group->bound_count = 0;
    for (size_t i = 0; i < holding.count && i < BOUNDS_MAX; i++) group->bounds[group->bound_count++] = holding.at[i].bound;
    group->is_timed = worst && (was_timed || set_timer(config, now, key, group));
    *finding = count_finding(config, key, turn, severity, bound, &group->seen, finding->event);
    return true;
}

/* Counts an event in its group. */
static void count_event(const count_config *config, tf_moment now, const tf_event *event, tf_outcome *out) {
    const char *key = config->key.count ? tf_key(&config->key, event) : COUNT_ALL;
    if (!key || !tf_hold(config->where, event)) return;
    const tf_json *known = tf_row(GROUPS, key);
    group group = read_group(known);
    count_forget(&group.seen, now, config->within);
    const char *value = config->distinct ? tf_event_text(event, config->distinct) : NULL;
    if (config->distinct && !value) return;
    if (value) count_add_value(&group.seen, tf_bounded(value), now);
    else count_add_event(&group.seen, now, config->within);
    tf_finding finding = {.event = event};
    bool is_found = judge(config, now, key, &group, &finding);
    bool (*store)(tf_rows, const char *, const tf_json *, int64_t) = known ? tf_row_update : tf_row_insert;
    if (!store(GROUPS, key, write_group(&group), lifetime_s(config, &group))) {
        tf_rows_turn_away(count_full(config), out);
    } else if (is_found) {
        tf_tell(telling(config), &finding, out);
    }
}

/* A moment has come at which a group may have emptied. */
static void look_again(const count_config *config, tf_moment now, const char *key, tf_outcome *out) {
    const tf_json *known = tf_row(GROUPS, key);
    if (!known) return;
    group group = read_group(known);
    int severity = group.is_past ? (int)group.severity : TF_UNSAID;
    group.is_timed = false;
    count_forget(&group.seen, now, config->within);
    tf_finding finding = {.event = NULL};
    bool is_found = judge(config, now, key, &group, &finding);
    /* It has not grown, so there is room for it. */
    if (count_of(&group.seen)) tf_row_update(GROUPS, key, write_group(&group), lifetime_s(config, &group));
    else tf_row_remove(GROUPS, key);
    /* That its window is emptier is news only when that eases or ends it. */
    bool is_news = is_found && (finding.turn == TF_ENDS || (int)finding.severity != severity);
    if (is_news) tf_tell(telling(config), &finding, out);
}

static void handle(const void *config, tf_moment now, const tf_trigger *trigger, tf_outcome *out) {
    switch (trigger->kind) {
    case TF_EVENT: count_event(config, now, trigger->event, out); break;
    case TF_CLEARED: tf_row_remove(GROUPS, trigger->cleared); break;
    case TF_WAKE: {
        tf_texts due = tf_timers_take_due(now);
        for (size_t i = 0; i < due.count; i++) look_again(config, now, due.at[i], out);
    }
    }
    tf_timers_arm(out);
}

static const tf_handler COUNT = {
    .about = {
        .name = "count",
        .version = "0.1.0",
        .title = "How many within a while",
        .description = "Fires when so many events, or distinct values of a field, have come within a window of time, "
                       "for each value of another field, and resolves when the window has emptied.",
        .config = FIELDS,
        .config_bytes = sizeof(count_config),
        .validate = validate,
        .title_of = title_of,
        .summary_of = summary_of,
    },
    .gang = &COUNT_GANG,
    .required_fields = required_fields,
    .handle = handle,
};

TF_HANDLER(COUNT);
