/* Between the interface's generated types and the kit's own. */
#ifndef TF_GUEST_H
#define TF_GUEST_H

#include "../internal.h"
#include "plugin.h"

const char *tf_text_from(plugin_string_t theirs);
/* A copy that the host frees when it has read it. */
plugin_string_t tf_text_to(const char *ours);
void *tf_lasting(size_t bytes);
tf_json *tf_data_from(plugin_string_t theirs);
plugin_option_string_t tf_option_to(const char *ours);
const char *tf_option_from(plugin_option_string_t theirs);
void tf_error_to(tellify_plugin_types_error_t *theirs);
/* Lists of new events have a name of their own in each world, and the same shape. */
typedef struct tf_events_list {
    tellify_plugin_types_new_event_t *ptr;
    size_t len;
} tf_events_list;
tf_events_list tf_events_to(const tf_new_events *ours);

/* The plugin of this world. */
const tf_about *tf_this(void);

#endif
