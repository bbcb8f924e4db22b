/* Fields of events by path, by the same rules as in filters and requirements. */

#include "internal.h"

static const char *const SEVERITIES[] = {"debug", "info", "notice", "warning", "error", "critical"};
static const char *const EFFECTS[] = {"positive", "negative"};
static const char *const ORIGINS[] = {"internal", "external"};

const char *tf_severity_word(int severity) { return SEVERITIES[severity]; }

int tf_severity_of(const char *word) {
    for (int i = TF_DEBUG; i <= TF_CRITICAL; i++)
        if (!strcmp(SEVERITIES[i], word)) return i;
    return TF_UNSAID;
}

const char *tf_state_word(tf_alert_state state) {
    static const char *const STATES[] = {"firing", "resolved", "note"};
    return STATES[state];
}

/* `path` is what is still to go; NULL: we are there. */
static void values_at(const tf_json *value, const char *path, tf_json *found) {
    if (value->kind == TF_ARRAY) {
        TF_EACH(element, value) values_at(element, path, found);
        return;
    }
    if (!path) {
        tf_push(found, value);
        return;
    }
    const char *dot = strchr(path, '.');
    /* A key may itself hold dots ("disk.percent": 93): what stands there is found first. */
    const tf_json *whole = dot ? tf_get(value, path) : NULL;
    if (whole) values_at(whole, NULL, found);
    const tf_json *step = tf_get(value, dot ? tf_copy(path, (size_t)(dot - path)) : path);
    if (step) values_at(step, dot ? dot + 1 : NULL, found);
}

/* The text of an envelope's field, `*is_one` when it is one; NULL: it is not there. */
static const char *envelope(const tf_event *event, const char *path, bool *is_one) {
    const struct {
        const char *name, *text;
    } texts[] = {
        {"type", event->type},
        {"source", event->source},
        {"subject", event->subject},
        {"id", event->id},
        {"text", event->text && *event->text ? event->text : NULL},
        {"severity", event->severity < 0 ? NULL : SEVERITIES[event->severity]},
        {"effect", event->effect < 0 ? NULL : EFFECTS[event->effect]},
        {"origin", event->origin < 0 ? NULL : ORIGINS[event->origin]},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(texts[i].name, path)) continue;
        *is_one = true;
        return texts[i].text;
    }
    *is_one = false;
    return NULL;
}

const tf_json *tf_values(const tf_event *event, const char *path) {
    tf_json *found = tf_array();
    bool is_envelope;
    const char *text = envelope(event, path, &is_envelope);
    if (is_envelope) return text ? tf_push(found, tf_string(text)) : found;
    if (!strcmp(path, "time")) return tf_push(found, tf_number((double)event->time));
    if (!strcmp(path, "tag")) {
        for (size_t i = 0; i < event->tags.count; i++) tf_push(found, tf_string(event->tags.at[i]));
        return found;
    }
    if (event->data) values_at(event->data, strncmp(path, "data.", 5) ? path : path + 5, found);
    return found;
}

const tf_json *tf_value(const tf_event *event, const char *path) { return tf_values(event, path)->first; }

const char *tf_event_text(const tf_event *event, const char *path) {
    if (!strcmp(path, "time")) return tf_rfc3339(event->time);
    const tf_json *value = tf_value(event, path);
    return value ? tf_word(value) : NULL;
}

bool tf_event_number(const tf_event *event, const char *path, double *number) {
    TF_EACH(value, tf_values(event, path)) if (tf_spelled_number(value, number)) return true;
    return false;
}

void tf_add_event(tf_new_events *events, tf_new_event event) {
    events->at = tf_grown(events->at, events->count, &events->room, sizeof *events->at);
    events->at[events->count++] = event;
}
