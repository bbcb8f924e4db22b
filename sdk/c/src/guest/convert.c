/* Field by field, between the interface's types and ours. */

#include <stdlib.h>

#include "guest.h"

const char *tf_text_from(plugin_string_t theirs) { return tf_copy((const char *)theirs.ptr, theirs.len); }

void *tf_lasting(size_t bytes) {
    void *found = calloc(1, bytes ? bytes : 1);
    if (!found) abort();
    return found;
}

plugin_string_t tf_text_to(const char *ours) {
    size_t length = ours ? strlen(ours) : 0;
    plugin_string_t theirs = {tf_lasting(length), length};
    if (length) memcpy(theirs.ptr, ours, length);
    return theirs;
}

plugin_option_string_t tf_option_to(const char *ours) {
    return (plugin_option_string_t){ours != NULL, ours ? tf_text_to(ours) : (plugin_string_t){0}};
}

const char *tf_option_from(plugin_option_string_t theirs) { return theirs.is_some ? tf_text_from(theirs.val) : NULL; }

tf_json *tf_data_from(plugin_string_t theirs) {
    tf_json *value = tf_json_read(tf_text_from(theirs), NULL);
    return value ? value : tf_null();
}

void tf_error_to(tellify_plugin_types_error_t *theirs) {
    tf_failure failure = tf_failure_of_call();
    *theirs = (tellify_plugin_types_error_t){.tag = TELLIFY_PLUGIN_TYPES_ERROR_FAILED};
    if (failure.kind == TF_RETRY) {
        theirs->tag = TELLIFY_PLUGIN_TYPES_ERROR_RETRY;
        theirs->val.retry.after_ms = (plugin_option_u32_t){failure.after_ms >= 0, (uint32_t)failure.after_ms};
        theirs->val.retry.reason = tf_text_to(failure.why);
        return;
    }
    if (failure.kind == TF_BAD_CONFIG) theirs->tag = TELLIFY_PLUGIN_TYPES_ERROR_BAD_CONFIG;
    theirs->val.failed = tf_text_to(failure.why);
}

static tellify_plugin_types_new_event_t event_to(const tf_new_event *ours) {
    tellify_plugin_types_new_event_t theirs = {
        .kind = tf_text_to(ours->type),
        .source = tf_option_to(ours->source),
        .subject = tf_option_to(ours->subject),
        .time = {ours->time != TF_UNSAID, (double)ours->time},
        .severity = {ours->severity >= 0, (uint8_t)ours->severity},
        .effect = {ours->effect >= 0, (uint8_t)ours->effect},
        .origin = {ours->origin >= 0, (uint8_t)ours->origin},
        .text = tf_text_to(ours->text),
        .data = tf_text_to(tf_json_write(ours->data)),
        .dedupe_key = tf_option_to(ours->dedupe_key),
    };
    theirs.tags.len = ours->tags.count;
    theirs.tags.ptr = tf_lasting(ours->tags.count * sizeof *theirs.tags.ptr);
    for (size_t i = 0; i < ours->tags.count; i++) theirs.tags.ptr[i] = tf_text_to(ours->tags.at[i]);
    return theirs;
}

tf_events_list tf_events_to(const tf_new_events *ours) {
    tf_events_list theirs = {tf_lasting(ours->count * sizeof *theirs.ptr), ours->count};
    for (size_t i = 0; i < ours->count; i++) theirs.ptr[i] = event_to(&ours->at[i]);
    return theirs;
}
