/* Tells of what has failed several times in a row, and when it works again. */

#include <string.h>

#include "tellify.h"

/* What a subscription configures: people fill it in as a form. */
typedef struct config {
    const char *key;
    int64_t limit;
} config;

static const tf_field FIELDS[] = {
    TF_FIELD(config, key, TF_TEXT, "The field whose values are counted apart, such as `job`.", .is_required = true),
    TF_FIELD(config, limit, TF_INTEGER, "So many failures in a row are told of.", .minimum = TF_BOUND(1), .otherwise = "3"),
    TF_FIELDS_END,
};

static const char *title_of(const void *given) {
    const config *config = given;
    return tf_format("%d failures of a %s in a row", (int)config->limit, config->key);
}

/* It is called for no other events, which costs nothing. */
static void required_fields(const void *given, tf_requirements *out) {
    const config *config = given;
    tf_require_present(out, config->key);
    tf_require_present(out, "status");
}

/* Where a count is kept in this subscription's own store. */
static const char *place(const char *key) { return tf_format("n:%s", key); }

static void count(const config *config, const tf_event *event, tf_outcome *out) {
    const char *key = tf_event_text(event, config->key), *status = tf_event_text(event, "status");
    const tf_json *stored = tf_state_get(place(key));
    int64_t before = stored ? (int64_t)stored->number : 0;
    if (!strcmp(status, "fail")) {
        const tf_json *now = tf_number((double)(before + 1));
        tf_state_set(place(key), now, TF_UNSAID);
        const char *title = tf_format("%s failed %d times in a row", key, (int)before + 1);
        if (before + 1 >= config->limit) tf_firing(out, key, TF_ERROR, title, tf_put(tf_object(), "count", now));
    } else if (before > 0) {
        tf_state_delete(place(key));
        const char *title = tf_format("%s works again after %d failures", key, (int)before);
        if (before >= config->limit) tf_resolved(out, key, TF_ERROR, title, tf_put(tf_object(), "count", stored));
    }
}

static void handle(const void *config, tf_moment now, const tf_trigger *trigger, tf_outcome *out) {
    (void)now;
    if (trigger->kind == TF_EVENT) count(config, trigger->event, out);
    /* Somebody has seen to it: count anew. */
    if (trigger->kind == TF_CLEARED) tf_state_delete(place(trigger->cleared));
}

static const tf_handler PLUGIN = {
    .about = {
        .name = "{{name}}",
        .version = "0.1.0",
        .title = "Failures in a row",
        .description = "Fires when something has failed several times in a row, and resolves when it works again.",
        .config = FIELDS,
        .config_bytes = sizeof(config),
        .title_of = title_of,
    },
    .required_fields = required_fields,
    .handle = handle,
};

TF_HANDLER(PLUGIN);
