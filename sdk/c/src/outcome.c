/* What a handler asks for, and what it returns. */

#include "internal.h"

static void require(tf_requirements *out, tf_requirement requirement) {
    out->at = tf_grown(out->at, out->count, &out->room, sizeof *out->at);
    out->at[out->count++] = requirement;
}

void tf_require_present(tf_requirements *out, const char *field) {
    require(out, (tf_requirement){.field = field, .condition = TF_PRESENT});
}

void tf_require_any_of(tf_requirements *out, const char *field, const tf_json *scalars) {
    require(out, (tf_requirement){.field = field, .condition = TF_EQUALS, .scalars = scalars});
}

void tf_require_at_least(tf_requirements *out, const char *field, double bound) {
    require(out, (tf_requirement){.field = field, .condition = TF_NUMBER_AT_LEAST, .bound = bound});
}

void tf_require_at_most(tf_requirements *out, const char *field, double bound) {
    require(out, (tf_requirement){.field = field, .condition = TF_NUMBER_AT_MOST, .bound = bound});
}

void tf_require_conditions(tf_requirements *out, const tf_json *conditions) {
    TF_EACH(any_of, conditions) tf_require_any_of(out, any_of->key, any_of);
}

void tf_require_fields(tf_requirements *out, const tf_texts *fields) {
    for (size_t i = 0; i < fields->count; i++) tf_require_present(out, fields->at[i]);
}

static void tell(tf_outcome *out, tf_alert alert) {
    out->alerts = tf_grown(out->alerts, out->alert_count, &out->alert_room, sizeof *out->alerts);
    out->alerts[out->alert_count++] = alert;
}

void tf_firing(tf_outcome *out, const char *key, tf_severity severity, const char *title, const tf_json *data) {
    tell(out, (tf_alert){key, TF_FIRING, severity, title, data});
}

void tf_resolved(tf_outcome *out, const char *key, tf_severity severity, const char *title, const tf_json *data) {
    tell(out, (tf_alert){key, TF_RESOLVED, severity, title, data});
}

void tf_note(tf_outcome *out, const char *key, tf_severity severity, const char *title, const tf_json *data) {
    tell(out, (tf_alert){key, TF_NOTE, severity, title, data});
}

void tf_wake_at(tf_outcome *out, tf_moment at) {
    out->wake = TF_WAKE_AT;
    out->wake_at = at;
}

void tf_clear_wake(tf_outcome *out) { out->wake = TF_WAKE_CLEAR; }
