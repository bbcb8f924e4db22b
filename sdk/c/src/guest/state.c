/* The store, as the worlds `handler` and `monitor` import it. */

#include <stdlib.h>

#include "guest.h"

static plugin_string_t lent(const char *text) { return (plugin_string_t){(uint8_t *)text, strlen(text)}; }

static tf_refusal refusal(bool is_done, tellify_plugin_state_state_error_t error) {
    static const tf_refusal REFUSALS[] = {TF_TOO_BIG, TF_QUOTA, TF_NOT_A_NUMBER};
    return is_done ? TF_DONE : REFUSALS[error.tag];
}

const char *tf_host_get(const char *key) {
    plugin_string_t name = lent(key);
    plugin_option_list_u8_t found = {0};
    tellify_plugin_state_state_error_t error;
    if (!tellify_plugin_state_get(&name, &found, &error) || !found.is_some) return NULL;
    const char *value = tf_copy((const char *)found.val.ptr, found.val.len);
    plugin_option_list_u8_free(&found);
    return value;
}

tf_refusal tf_host_set(const char *key, const char *value, int64_t ttl_s) {
    plugin_string_t name = lent(key);
    plugin_list_u8_t bytes = {(uint8_t *)value, strlen(value)};
    uint32_t seconds = (uint32_t)ttl_s;
    tellify_plugin_state_state_error_t error = {0};
    bool is_done = tellify_plugin_state_set(&name, &bytes, ttl_s < 0 ? NULL : &seconds, &error);
    return refusal(is_done, error);
}

void tf_host_delete(const char *key) {
    plugin_string_t name = lent(key);
    tellify_plugin_state_state_error_t error;
    tellify_plugin_state_delete(&name, &error);
}

tf_refusal tf_host_increment(const char *key, double by, int64_t ttl_s, double *sum) {
    plugin_string_t name = lent(key);
    uint32_t seconds = (uint32_t)ttl_s;
    tellify_plugin_state_state_error_t error = {0};
    bool is_done = tellify_plugin_state_increment(&name, by, ttl_s < 0 ? NULL : &seconds, sum, &error);
    return refusal(is_done, error);
}

tf_texts tf_host_keys(const char *prefix, const char *after, uint32_t limit) {
    plugin_string_t begin = lent(prefix), behind = lent(after ? after : "");
    plugin_list_string_t found = {0};
    tellify_plugin_state_state_error_t error;
    tf_texts keys = {0};
    if (!tellify_plugin_state_keys(&begin, after ? &behind : NULL, limit, &found, &error)) return keys;
    for (size_t i = 0; i < found.len; i++) tf_add_text(&keys, tf_text_from(found.ptr[i]));
    plugin_list_string_free(&found);
    return keys;
}
