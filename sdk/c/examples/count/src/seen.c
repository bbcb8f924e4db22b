/* What was seen within the window, in little space. */

#include <stdlib.h>
#include <string.h>

#include "count.h"

count_seen count_read_seen(const tf_json *row) {
    count_seen seen = {.event_count = 0};
    TF_EACH(moment, tf_get(row, "events")) {
        if (seen.event_count == MOMENTS_MAX) break;
        seen.events[seen.event_count++] =
            (count_moment){(tf_moment)moment->first->number, (int64_t)moment->first->next->number};
    }
    TF_EACH(value, tf_get(row, "values")) {
        if (seen.value_count == VALUES_MAX) break;
        seen.values[seen.value_count++] = (count_value){value->key, (tf_moment)value->number};
    }
    return seen;
}

const tf_json *count_write_seen(const count_seen *seen) {
    tf_json *row = tf_object(), *events = tf_array(), *values = tf_object();
    for (size_t i = 0; i < seen->event_count; i++) {
        tf_json *moment = tf_push(tf_array(), tf_number((double)seen->events[i].at));
        tf_push(events, tf_push(moment, tf_number((double)seen->events[i].count)));
    }
    for (size_t i = 0; i < seen->value_count; i++)
        tf_put(values, seen->values[i].name, tf_number((double)seen->values[i].at));
    if (seen->event_count) tf_put(row, "events", events);
    return seen->value_count ? tf_put(row, "values", values) : row;
}

/* Moments of one slot become its last, so that nothing is forgotten too early. */
static void put_together(count_seen *seen, int64_t slot) {
    size_t kept = 0;
    for (size_t i = 0; i < seen->event_count; i++) {
        count_moment moment = seen->events[i];
        bool is_same = kept && seen->events[kept - 1].at / slot == moment.at / slot;
        if (is_same) moment.count += seen->events[--kept].count;
        seen->events[kept++] = moment;
    }
    seen->event_count = kept;
}

void count_add_event(count_seen *seen, tf_moment now, int64_t within) {
    size_t count = seen->event_count;
    if (count && seen->events[count - 1].at == now) {
        seen->events[count - 1].count++;
        return;
    }
    seen->events[seen->event_count++] = (count_moment){now, 1};
    int64_t slot = within / SLOTS;
    if (seen->event_count > MOMENTS_MAX) put_together(seen, slot > 0 ? slot : 1);
    /* Slots overlap the window's ends by one at most, so this never happens with a window that stays. */
    if (seen->event_count > MOMENTS_MAX) seen->event_count = MOMENTS_MAX;
}

static void remove_value(count_seen *seen, size_t i) {
    seen->value_count--;
    memmove(&seen->values[i], &seen->values[i + 1], (seen->value_count - i) * sizeof *seen->values);
}

void count_add_value(count_seen *seen, const char *name, tf_moment now) {
    size_t at = 0;
    while (at < seen->value_count && strcmp(seen->values[at].name, name) < 0) at++;
    bool is_known = at < seen->value_count && !strcmp(seen->values[at].name, name);
    if (!is_known) {
        memmove(&seen->values[at + 1], &seen->values[at], (seen->value_count - at) * sizeof *seen->values);
        seen->value_count++;
    }
    seen->values[at] = (count_value){name, now};
    if (seen->value_count <= VALUES_MAX) return;
    size_t oldest = 0;
    for (size_t i = 1; i < seen->value_count; i++)
        if (seen->values[i].at < seen->values[oldest].at) oldest = i;
    remove_value(seen, oldest);
}

void count_forget(count_seen *seen, tf_moment now, int64_t within) {
    size_t kept = 0;
    for (size_t i = 0; i < seen->event_count; i++)
        if (seen->events[i].at + within > now) seen->events[kept++] = seen->events[i];
    seen->event_count = kept;
    kept = 0;
    for (size_t i = 0; i < seen->value_count; i++)
        if (seen->values[i].at + within > now) seen->values[kept++] = seen->values[i];
    seen->value_count = kept;
}

int64_t count_of(const count_seen *seen) {
    int64_t count = (int64_t)seen->value_count;
    for (size_t i = 0; i < seen->event_count; i++) count += seen->events[i].count;
    return count;
}

static int earlier(const void *left, const void *right) {
    const count_moment *a = left, *b = right;
    return a->at < b->at ? -1 : a->at > b->at;
}

const count_moment *count_falling(const count_seen *seen, size_t *count) {
    *count = seen->event_count + seen->value_count;
    count_moment *moments = tf_alloc(*count * sizeof *moments + 1);
    for (size_t i = 0; i < seen->event_count; i++) moments[i] = seen->events[i];
    for (size_t i = 0; i < seen->value_count; i++)
        moments[seen->event_count + i] = (count_moment){seen->values[i].at, 1};
    qsort(moments, *count, sizeof *moments, earlier);
    int64_t left = count_of(seen);
    for (size_t i = 0; i < *count; i++) {
        left -= moments[i].count;
        moments[i].count = left;
    }
    return moments;
}
