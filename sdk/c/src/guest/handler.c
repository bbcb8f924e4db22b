/* The exports of the world `handler`. */

#include "guest.h"

#define ITS(name) exports_tellify_plugin_handling_##name

extern const tf_handler *const tf_the_handler;

const tf_about *tf_this(void) { return &tf_the_handler->about; }

static void *config_from(const tellify_plugin_types_config_t *theirs) {
    return tf_config_of_call(&tf_the_handler->about, tf_text_from(theirs->data));
}

static ITS(requirement_t) requirement_to(const tf_requirement *ours) {
    ITS(requirement_t) theirs = {.field = tf_text_to(ours->field)};
    theirs.condition.tag = (uint8_t[]){0, 1, 3, 4}[ours->condition];
    if (ours->condition == TF_NUMBER_AT_LEAST) theirs.condition.val.at_least = ours->bound;
    if (ours->condition == TF_NUMBER_AT_MOST) theirs.condition.val.at_most = ours->bound;
    if (ours->condition != TF_EQUALS) return theirs;
    size_t count = 0;
    TF_EACH(scalar, ours->scalars) count++;
    theirs.condition.val.equals.ptr = tf_lasting(count * sizeof(plugin_string_t));
    TF_EACH(scalar, ours->scalars) {
        theirs.condition.val.equals.ptr[theirs.condition.val.equals.len++] = tf_text_to(tf_json_write(scalar));
    }
    return theirs;
}

bool ITS(required_fields)(ITS(config_t) *c, ITS(list_requirement_t) *ret, ITS(error_t) *err) {
    tf_begin();
    tf_requirements required = {0};
    const void *config = config_from(c);
    if (config && tf_the_handler->required_fields) tf_the_handler->required_fields(config, &required);
    tellify_plugin_types_config_free(c);
    if (tf_has_failed()) return tf_error_to(err), false;
    *ret = (ITS(list_requirement_t)){tf_lasting(required.count * sizeof *ret->ptr), required.count};
    for (size_t i = 0; i < required.count; i++) ret->ptr[i] = requirement_to(&required.at[i]);
    return true;
}

static const tf_event *event_from(const tellify_plugin_types_event_t *theirs) {
    tf_event *event = tf_alloc(sizeof *event);
    *event = (tf_event){
        .id = tf_text_from(theirs->id),
        .source = tf_text_from(theirs->source),
        .type = tf_text_from(theirs->kind),
        .subject = tf_option_from(theirs->subject),
        .time = (tf_moment)theirs->time,
        .received = (tf_moment)theirs->received,
        .severity = theirs->severity.is_some ? theirs->severity.val : TF_UNSAID,
        .effect = theirs->effect.is_some ? theirs->effect.val : TF_UNSAID,
        .origin = theirs->origin.is_some ? theirs->origin.val : TF_UNSAID,
        .text = tf_text_from(theirs->text),
        .data = tf_data_from(theirs->data),
    };
    for (size_t i = 0; i < theirs->tags.len; i++) tf_add_text(&event->tags, tf_text_from(theirs->tags.ptr[i]));
    return event;
}

static tf_trigger trigger_from(const ITS(trigger_t) *theirs) {
    switch (theirs->tag) {
    case EXPORTS_TELLIFY_PLUGIN_HANDLING_TRIGGER_EVENT:
        return (tf_trigger){.kind = TF_EVENT, .event = event_from(&theirs->val.event)};
    case EXPORTS_TELLIFY_PLUGIN_HANDLING_TRIGGER_WAKE:
        return (tf_trigger){.kind = TF_WAKE, .wake = (tf_moment)theirs->val.wake};
    default: return (tf_trigger){.kind = TF_CLEARED, .cleared = tf_text_from(theirs->val.cleared)};
    }
}

static void outcome_to(const tf_outcome *ours, ITS(outcome_t) *theirs) {
    tf_events_list events = tf_events_to(&ours->events);
    *theirs = (ITS(outcome_t)){.events = {events.ptr, events.len}, .wake = {.tag = (uint8_t)ours->wake}};
    if (ours->wake == TF_WAKE_AT) theirs->wake.val.at = (double)ours->wake_at;
    theirs->alerts.len = ours->alert_count;
    theirs->alerts.ptr = tf_lasting(ours->alert_count * sizeof *theirs->alerts.ptr);
    for (size_t i = 0; i < ours->alert_count; i++) {
        const tf_alert *alert = &ours->alerts[i];
        theirs->alerts.ptr[i] = (ITS(alert_t)){tf_text_to(alert->key), (uint8_t)alert->state, (uint8_t)alert->severity,
                                               tf_text_to(alert->title), tf_text_to(tf_json_write(alert->data))};
    }
}

bool ITS(handle)(ITS(config_t) *c, double now, ITS(trigger_t) *t, ITS(outcome_t) *ret, ITS(error_t) *err) {
    tf_begin();
    const void *config = config_from(c);
    tf_trigger trigger = trigger_from(t);
    tf_outcome out = {0};
    if (config) tf_the_handler->handle(config, (tf_moment)now, &trigger, &out);
    tellify_plugin_types_config_free(c);
    ITS(trigger_free)(t);
    if (tf_has_failed()) return tf_error_to(err), false;
    outcome_to(&out, ret);
    return true;
}

typedef const char *rendering(const tf_gang *gang, const tf_alert_item *items, size_t count);

static bool render(rendering *render, ITS(list_alert_item_t) *items, plugin_string_t *ret) {
    tf_begin();
    tf_alert_item *all = tf_alloc(items->len * sizeof *all + 1);
    for (size_t i = 0; i < items->len; i++) {
        const ITS(alert_item_t) *theirs = &items->ptr[i];
        all[i] = (tf_alert_item){
            .config = config_from(&theirs->config),
            .alert = {tf_text_from(theirs->alert.key), (tf_alert_state)theirs->alert.state,
                      (tf_severity)theirs->alert.severity, tf_text_from(theirs->alert.title),
                      tf_data_from(theirs->alert.data)},
            .count = theirs->count,
            .since = (tf_moment)theirs->since,
            .latest = (tf_moment)theirs->latest,
        };
    }
    /* When any cannot be read any more, the host's own rendering can show them all. */
    bool is_ours = tf_the_handler->gang && !tf_has_failed();
    if (is_ours) *ret = tf_text_to(render(tf_the_handler->gang, all, items->len));
    ITS(list_alert_item_free)(items);
    return is_ours;
}

bool ITS(alert_text)(ITS(list_alert_item_t) *items, plugin_string_t *ret) { return render(tf_gang_line, items, ret); }
bool ITS(alert_ascii)(ITS(list_alert_item_t) *items, plugin_string_t *ret) { return render(tf_gang_lines, items, ret); }
bool ITS(alert_html)(ITS(list_alert_item_t) *items, plugin_string_t *ret) { return render(tf_gang_list, items, ret); }
