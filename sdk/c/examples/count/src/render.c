/* Words: titles, data, and several alerts in one part of a message. */

#include <string.h>

#include "count.h"

enum {
    /* Values that a title names; the others are counted. */
    NAMED_MAX = 10,
    /* Values that an alert carries. */
    CARRIED_MAX = 50,
};

const char *count_counted(const count_config *config) {
    return config->distinct ? tf_format("values of %s", config->distinct) : "events";
}

const char *count_limits(const count_config *config) {
    tf_texts texts = {0};
    for (size_t i = 0; i < config->limits.count; i++) {
        const tf_limit *limit = &config->limits.at[i];
        if (limit->sides != 1) continue;
        tf_add_text(&texts, tf_format("%s (%s)", tf_bound_text(limit->bound), tf_severity_word(limit->severity)));
    }
    return tf_join(&texts, " or ");
}

const char *count_full(const count_config *config) {
    const char *key = config->key.count ? tf_join(&config->key, " and ") : COUNT_ALL;
    return tf_format("There are too many values of %s at once: new ones are not counted until others have been quiet "
                     "for %s. Narrow the filter, or count by another field.",
                     key, tf_span_text(config->within));
}

/* `5 events within 1h` */
static const char *standing(const count_config *config, int64_t count) {
    const char *one = config->distinct ? tf_format("value of %s", config->distinct) : "event";
    const char *counted = count == 1 ? one : count_counted(config);
    return tf_format("%lld %s within %s", (long long)count, counted, tf_span_text(config->within));
}

/* `: a, b, c, +2 more`; nothing when events are counted. */
static const char *names(const count_seen *seen) {
    tf_texts named = {0};
    for (size_t i = 0; i < seen->value_count && i < NAMED_MAX; i++) tf_add_text(&named, seen->values[i].name);
    int more = (int)(seen->value_count - named.count);
    const char *list = named.count ? tf_format(": %s", tf_join(&named, ", ")) : "";
    return more ? tf_format("%s, +%d more", list, more) : list;
}

/* The limit is an object in the data, and a number to people. */
static const char *word(const void *context, const char *name) {
    const tf_finding *finding = context;
    const tf_json *limit = tf_get(finding->data, "limit");
    bool is_number = !strcmp(name, "limit") && limit && limit->first;
    return is_number ? tf_word(limit->first) : tf_finding_word(finding, name);
}

tf_finding count_finding(const count_config *config, const char *key, tf_turn turn, tf_severity severity,
                         const tf_bound *bound, const count_seen *seen, const tf_event *event) {
    tf_json *data = tf_object();
    tf_put(data, "count", tf_number((double)count_of(seen)));
    tf_put(data, "within", tf_string(tf_span_text(config->within)));
    tf_put(data, "limit", bound ? tf_bound_json(*bound) : NULL);
    if (config->distinct) {
        tf_json *values = tf_array();
        for (size_t i = 0; i < seen->value_count && i < CARRIED_MAX; i++) tf_push(values, tf_string(seen->values[i].name));
        tf_put(tf_put(data, "distinct", tf_string(config->distinct)), "values", values);
    }
    const char *title = standing(config, count_of(seen));
    if (strcmp(key, COUNT_ALL)) title = tf_format("%s: %s", key, title);
    if (turn != TF_ENDS && bound) title = tf_format("%s (%s)", title, tf_bound_text(*bound));
    if (turn != TF_ENDS) title = tf_format("%s%s", title, names(seen));
    tf_finding finding = {key, turn, severity, title, data, event, &config->key};
    if (config->title) finding.title = tf_fill(config->title, word, &finding);
    return finding;
}

/* `5 events within 1h (above 4)` */
static const char *particulars(const tf_alert_item *item) {
    const tf_json *count = tf_get(item->alert.data, "count");
    if (!count) return item->alert.title;
    const char *text = standing(item->config, (int64_t)count->number);
    tf_bound bound;
    bool shows = item->alert.state != TF_RESOLVED && tf_read_bound(tf_get(item->alert.data, "limit"), &bound);
    return shows ? tf_format("%s (%s)", text, tf_bound_text(bound)) : text;
}

static const char *brief(const tf_alert_item *item) {
    const tf_json *count = tf_get(item->alert.data, "count");
    return count ? tf_word(count) : NULL;
}

const tf_gang COUNT_GANG = {.holding = "too many", .over = "back", .brief = brief, .particulars = particulars};
