/* Several alerts of one handler in one part of a message: worst first, those that are over last. */

#include <stdlib.h>

#include "internal.h"

/* Names of a line together; with the words around them it stays one text message. */
enum { LINE_CHARS_MAX = 120 };
/* Longer keys stand out of their column rather than push all others away. */
enum { KEY_WIDTH_MAX = 40 };

static bool is_over(const tf_alert_item *item) { return item->alert.state == TF_RESOLVED; }

static int compare(const void *left, const void *right) {
    const tf_alert_item *a = left, *b = right;
    if (is_over(a) != is_over(b)) return is_over(a) ? 1 : -1;
    if (!is_over(a) && a->alert.severity != b->alert.severity) return (int)b->alert.severity - (int)a->alert.severity;
    if (a->latest != b->latest) return a->latest < b->latest ? 1 : -1;
    return strcmp(a->alert.key, b->alert.key);
}

static const tf_alert_item *sorted(const tf_alert_item *items, size_t count) {
    tf_alert_item *copy = tf_alloc(count * sizeof *copy + 1);
    if (count) memcpy(copy, items, count * sizeof *copy);
    qsort(copy, count, sizeof *copy, compare);
    return copy;
}

static size_t width_of(const char *text) {
    size_t count = 0;
    for (; *text; text++) count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

/* As many of the names as fit, and how many more there are. */
static const char *shortened(const tf_texts *names, size_t chars_max) {
    const char *line = "";
    for (size_t i = 0; i < names->count; i++) {
        if (i && width_of(line) + width_of(names->at[i]) > chars_max)
            return tf_format("%s, +%d more", line, (int)(names->count - i));
        line = tf_format("%s%s%s", line, i ? ", " : "", names->at[i]);
    }
    return line;
}

const char *tf_gang_line(const tf_gang *gang, const tf_alert_item *items, size_t count) {
    if (count == 1) return items[0].alert.title;
    const tf_alert_item *all = sorted(items, count);
    tf_texts holding = {0}, over = {0}, parts = {0};
    for (size_t i = 0; i < count; i++) {
        const char *brief = is_over(&all[i]) ? NULL : gang->brief(&all[i]), *key = all[i].alert.key;
        tf_add_text(is_over(&all[i]) ? &over : &holding, brief ? tf_format("%s %s", key, brief) : key);
    }
    if (holding.count)
        tf_add_text(&parts, tf_format("%d %s: %s", (int)holding.count, gang->holding, shortened(&holding, LINE_CHARS_MAX * 2 / 3)));
    if (over.count)
        tf_add_text(&parts, tf_format("%d %s: %s", (int)over.count, gang->over, shortened(&over, LINE_CHARS_MAX / 3)));
    return tf_join(&parts, "; ");
}

static const char *standing(const tf_alert_item *item) {
    return is_over(item) ? "resolved" : tf_severity_word(item->alert.severity);
}

/* The particulars, with how often it was when that was more than once. */
static const char *told(const tf_gang *gang, const tf_alert_item *item) {
    const char *text = gang->particulars(item);
    return item->count > 1 ? tf_format("%s, %u times", text, item->count) : text;
}

const char *tf_gang_lines(const tf_gang *gang, const tf_alert_item *items, size_t count) {
    const tf_alert_item *all = sorted(items, count);
    size_t width = 0;
    for (size_t i = 0; i < count; i++)
        if (width_of(all[i].alert.key) > width) width = width_of(all[i].alert.key);
    if (width > KEY_WIDTH_MAX) width = KEY_WIDTH_MAX;
    tf_texts lines = {0};
    for (size_t i = 0; i < count; i++) {
        const char *key = all[i].alert.key;
        size_t own = width_of(key);
        int padding = own < width ? (int)(width - own) : 0;
        tf_add_text(&lines, tf_format("%-8s  %s%*s  %s", standing(&all[i]), key, padding, "", told(gang, &all[i])));
    }
    return tf_join(&lines, "\n");
}

const char *tf_gang_list(const tf_gang *gang, const tf_alert_item *items, size_t count) {
    const tf_alert_item *all = sorted(items, count);
    tf_texts entries = {0};
    for (size_t i = 0; i < count; i++) {
        const char *key = tf_escape_html(all[i].alert.key), *what = tf_escape_html(told(gang, &all[i]));
        tf_add_text(&entries, tf_format("<li>%s: <b>%s</b> %s</li>", standing(&all[i]), key, what));
    }
    return tf_format("<ul>%s</ul>", tf_join(&entries, ""));
}
