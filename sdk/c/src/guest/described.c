/* What every plugin exports, and its log. */

#include "guest.h"

void exports_tellify_plugin_descriptor_describe(exports_tellify_plugin_descriptor_description_t *ret) {
    tf_begin();
    const tf_about *about = tf_this();
    ret->name = tf_text_to(about->name);
    ret->version = tf_text_to(about->version);
    ret->title = tf_text_to(about->title);
    ret->description = tf_text_to(about->description);
    ret->config_schema = tf_text_to(tf_json_write(tf_schema(about)));
    ret->ui_hints = tf_text_to(about->ui_hints ? about->ui_hints : "{}");
}

void exports_tellify_plugin_descriptor_validate(plugin_string_t *username, plugin_string_t *parameters,
                                                exports_tellify_plugin_descriptor_list_problem_t *ret) {
    tf_begin();
    tf_problems problems = {0};
    tf_validate(tf_this(), tf_text_from(*username), tf_text_from(*parameters), &problems);
    ret->len = problems.count;
    ret->ptr = tf_lasting(problems.count * sizeof *ret->ptr);
    for (size_t i = 0; i < problems.count; i++) {
        ret->ptr[i].pointer = tf_text_to(problems.at[i].pointer);
        ret->ptr[i].message = tf_text_to(problems.at[i].message);
    }
    plugin_string_free(username);
    plugin_string_free(parameters);
}

void exports_tellify_plugin_descriptor_title(tellify_plugin_types_config_t *c, plugin_string_t *ret) {
    tf_begin();
    *ret = tf_text_to(tf_title(tf_this(), tf_text_from(c->data)));
    tellify_plugin_types_config_free(c);
}

void exports_tellify_plugin_descriptor_summary(tellify_plugin_types_config_t *c, plugin_string_t *ret) {
    tf_begin();
    *ret = tf_text_to(tf_summary(tf_this(), tf_text_from(c->data)));
    tellify_plugin_types_config_free(c);
}

void tf_host_log(tf_level level, const char *message) {
    plugin_string_t text = {(uint8_t *)message, strlen(message)};
    tellify_plugin_log_log((uint8_t)level, &text);
}
