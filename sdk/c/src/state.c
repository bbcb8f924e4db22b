/* The store of one subscription, and what handlers commonly keep in it. */

#include <stdlib.h>

#include "internal.h"

/* Keys asked for at a time: one page is far below what a call may take from the host. */
enum { PAGE_KEYS = 1000 };
/* Timers are taken so many at a time: one call must stay far within its limits. */
enum { TAKEN_MAX = 250 };
enum { MINUTE_S = 60, DAY_S = 86400 };

static bool explain(tf_refusal refusal, const char *key) {
    switch (refusal) {
    case TF_DONE: return true;
    case TF_TOO_BIG: return tf_fail("the value for `%s` is too big to be kept", key);
    case TF_QUOTA: return tf_fail("this subscription's state is full");
    default: return tf_fail("what is kept under `%s`, or would be, is no finite number", key);
    }
}

const tf_json *tf_state_get(const char *key) {
    const char *stored = tf_host_get(key), *why = NULL;
    const tf_json *value = stored ? tf_json_read(stored, &why) : NULL;
    if (why) tf_fail("the state under `%s` does not read as expected: %s", key, why);
    return value;
}

void tf_state_set(const char *key, const tf_json *value, int64_t ttl_s) {
    explain(tf_host_set(key, tf_json_write(value), ttl_s), key);
}

bool tf_state_set_if_room(const char *key, const tf_json *value, int64_t ttl_s) {
    tf_refusal refusal = tf_host_set(key, tf_json_write(value), ttl_s);
    return refusal != TF_QUOTA && explain(refusal, key);
}

void tf_state_delete(const char *key) { tf_host_delete(key); }

double tf_state_increment(const char *key, double by, int64_t ttl_s) {
    double sum = 0;
    explain(tf_host_increment(key, by, ttl_s, &sum), key);
    return sum;
}

tf_texts tf_state_keys(const char *prefix, size_t count) {
    tf_texts found = {0};
    for (;;) {
        size_t left = count - found.count;
        uint32_t wanted = left < PAGE_KEYS ? (uint32_t)left : PAGE_KEYS;
        tf_texts page = tf_host_keys(prefix, found.count ? found.at[found.count - 1] : NULL, wanted);
        for (size_t i = 0; i < page.count; i++) tf_add_text(&found, page.at[i]);
        if (page.count < wanted || found.count == count) return found;
    }
}

/* ---- Timers: sixteen hexadecimal digits sort like the moments themselves. */

bool tf_timer_set_if_room(const char *name, tf_moment at) {
    const char *key = tf_format("@%016llx:%s", (unsigned long long)(at < 0 ? 0 : at), name);
    return tf_state_set_if_room(key, tf_number(0), TF_UNSAID);
}

static bool read_timer(const char *key, tf_moment *at, const char **name) {
    char *end;
    *at = (tf_moment)strtoull(key + 1, &end, 16);
    *name = end + 1;
    return end == key + 17 && *end == ':';
}

tf_texts tf_timers_take_due(tf_moment now) {
    tf_texts due = {0}, keys = tf_state_keys("@", TAKEN_MAX);
    for (size_t i = 0; i < keys.count; i++) {
        tf_moment at;
        const char *name;
        /* What does not read is not ours, and in our place. */
        bool is_timer = read_timer(keys.at[i], &at, &name);
        if (is_timer && at > now) break;
        if (is_timer) tf_add_text(&due, name);
        tf_state_delete(keys.at[i]);
    }
    return due;
}

void tf_timers_arm(tf_outcome *out) {
    tf_texts first = tf_state_keys("@", 1);
    tf_moment at;
    const char *name;
    if (first.count && read_timer(first.at[0], &at, &name)) tf_wake_at(out, at);
    else tf_clear_wake(out);
}

/* ---- Rows */

/* How many rows have been stored since they were last counted. */
static const char STORED[] = "!stored";
/* Stands for a minute after a count found them to be too many. */
static const char FULL[] = "!full";
/* Stands for a day after the owner was told. */
static const char TOLD[] = "!told";

static const char *place(tf_rows rows, const char *key) { return tf_format("%s%s", rows.prefix, key); }

const tf_json *tf_row(tf_rows rows, const char *key) { return tf_state_get(place(rows, key)); }

bool tf_row_update(tf_rows rows, const char *key, const tf_json *row, int64_t ttl_s) {
    return tf_state_set_if_room(place(rows, key), row, ttl_s);
}

bool tf_row_insert(tf_rows rows, const char *key, const tf_json *row, int64_t ttl_s) {
    const tf_json *known = tf_state_get(STORED);
    double stored = known ? known->number : 0;
    if (stored >= (double)rows.most) {
        if (tf_state_get(FULL)) return false;
        /* Rows go away in many ways, so only a count tells how many there are. */
        size_t count = tf_state_keys(rows.prefix, rows.most).count;
        if (count == rows.most) {
            tf_state_set_if_room(FULL, tf_number(1), MINUTE_S);
            return false;
        }
        stored = (double)count;
    }
    return tf_state_set_if_room(STORED, tf_number(stored + 1), TF_UNSAID) && tf_row_update(rows, key, row, ttl_s);
}

void tf_row_remove(tf_rows rows, const char *key) { tf_state_delete(place(rows, key)); }

void tf_rows_turn_away(const char *title, tf_outcome *out) {
    tf_log_warn("%s", title);
    bool is_told = tf_state_get(TOLD) || !tf_state_set_if_room(TOLD, tf_number(1), DAY_S);
    if (!is_told) tf_note(out, "full", TF_WARNING, title, NULL);
}
