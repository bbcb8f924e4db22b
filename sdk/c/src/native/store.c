/* The stand-in of the host: a store, within the host's own default limits, and a log. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "store.h"

enum { VALUE_BYTES_MAX = 64 << 10, KEY_BYTES_MAX = 512, STATE_BYTES_MAX = 1 << 20 };

tf_store *tf_the_store;

void tf_host_log(tf_level level, const char *message) {
    static const char *const LEVELS[] = {"trace", "debug", "info", "warn", "error"};
    fprintf(stderr, "%s: %s\n", LEVELS[level], message);
}

/* Where a key is, or would be. */
static size_t place(const tf_store *store, const char *key) {
    size_t at = 0;
    while (at < store->count && strcmp(store->rows[at].key, key) < 0) at++;
    return at;
}

static bool is_at(const tf_store *store, size_t at, const char *key) {
    return at < store->count && !strcmp(store->rows[at].key, key);
}

static void take_out(tf_store *store, size_t at) {
    free(store->rows[at].key);
    free(store->rows[at].value);
    store->count--;
    memmove(&store->rows[at], &store->rows[at + 1], (store->count - at) * sizeof *store->rows);
}

void tf_store_expire(tf_store *store) {
    for (size_t at = store->count; at-- > 0;)
        if (store->rows[at].until <= store->now) take_out(store, at);
}

void tf_store_free(tf_store *store) {
    while (store->count) take_out(store, store->count - 1);
    free(store->rows);
    *store = (tf_store){.now = store->now};
}

tf_store tf_store_copy(const tf_store *store) {
    tf_store copy = *store;
    copy.rows = calloc(store->count + 1, sizeof *copy.rows);
    for (size_t i = 0; i < store->count; i++)
        copy.rows[i] = (tf_row_kept){strdup(store->rows[i].key), strdup(store->rows[i].value), store->rows[i].until};
    return copy;
}

const char *tf_host_get(const char *key) {
    size_t at = place(tf_the_store, key);
    return is_at(tf_the_store, at, key) ? tf_format("%s", tf_the_store->rows[at].value) : NULL;
}

tf_refusal tf_host_set(const char *key, const char *value, int64_t ttl_s) {
    tf_store *store = tf_the_store;
    if (strlen(value) > VALUE_BYTES_MAX || strlen(key) > KEY_BYTES_MAX) return TF_TOO_BIG;
    size_t bytes = strlen(key) + strlen(value);
    for (size_t i = 0; i < store->count; i++)
        if (strcmp(store->rows[i].key, key)) bytes += strlen(store->rows[i].key) + strlen(store->rows[i].value);
    if (bytes > STATE_BYTES_MAX) return TF_QUOTA;
    tf_row_kept row = {strdup(key), strdup(value), ttl_s < 0 ? INT64_MAX : store->now + ttl_s * 1000};
    tf_host_delete(key);
    size_t at = place(store, key);
    store->rows = realloc(store->rows, (store->count + 1) * sizeof *store->rows);
    memmove(&store->rows[at + 1], &store->rows[at], (store->count - at) * sizeof *store->rows);
    store->rows[at] = row;
    store->count++;
    return TF_DONE;
}

void tf_host_delete(const char *key) {
    size_t at = place(tf_the_store, key);
    if (is_at(tf_the_store, at, key)) take_out(tf_the_store, at);
}

tf_refusal tf_host_increment(const char *key, double by, int64_t ttl_s, double *sum) {
    const char *stored = tf_host_get(key);
    const tf_json *before = stored ? tf_json_read(stored, NULL) : tf_number(0);
    bool is_number = before && before->kind == TF_NUMBER_VALUE && isfinite(before->number + by);
    if (!is_number) return TF_NOT_A_NUMBER;
    *sum = before->number + by;
    return tf_host_set(key, tf_json_write(tf_number(*sum)), ttl_s);
}

tf_texts tf_host_keys(const char *prefix, const char *after, uint32_t limit) {
    tf_texts keys = {0};
    for (size_t i = 0; i < tf_the_store->count && keys.count < limit; i++) {
        const char *key = tf_the_store->rows[i].key;
        bool is_wanted = !strncmp(key, prefix, strlen(prefix)) && (!after || strcmp(key, after) > 0);
        if (is_wanted) tf_add_text(&keys, tf_format("%s", key));
    }
    return keys;
}
