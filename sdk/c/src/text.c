/* Texts: lists of them, lines, keys, HTML. */

#include "internal.h"

enum { KEY_BYTES_MAX = 200, MARK_BYTES = 3 + 16 };

void tf_add_text(tf_texts *texts, const char *text) {
    texts->at = tf_grown(texts->at, texts->count, &texts->room, sizeof *texts->at);
    texts->at[texts->count++] = text;
}

const char *tf_join(const tf_texts *texts, const char *between) {
    size_t length = 0;
    for (size_t i = 0; i < texts->count; i++) length += strlen(texts->at[i]) + strlen(between);
    char *joined = tf_alloc(length + 1), *end = joined;
    for (size_t i = 0; i < texts->count; i++) {
        const char *parts[] = {i ? between : "", texts->at[i]};
        for (size_t part = 0; part < 2; part++) {
            memcpy(end, parts[part], strlen(parts[part]));
            end += strlen(parts[part]);
        }
    }
    return joined;
}

static bool is_blank(const char *at) {
    unsigned char c = (unsigned char)*at;
    /* The C1 controls and the space that breaks no line are two bytes long. */
    bool is_wide = c == 0xc2 && (unsigned char)at[1] >= 0x80 && (unsigned char)at[1] <= 0xa0;
    return c <= ' ' || c == 0x7f || is_wide;
}

const char *tf_one_line(const char *text) {
    char *line = tf_alloc(strlen(text) + 1), *end = line;
    bool is_between = false;
    for (const char *at = text; *at; at++) {
        if (is_blank(at)) {
            is_between = true;
            if ((unsigned char)*at == 0xc2) at++;
            continue;
        }
        if (is_between && end > line) *end++ = ' ';
        is_between = false;
        *end++ = *at;
    }
    return line;
}

const char *tf_escape_html(const char *text) {
    tf_texts parts = {0};
    for (; *text; text++) {
        switch (*text) {
        case '&': tf_add_text(&parts, "&amp;"); break;
        case '<': tf_add_text(&parts, "&lt;"); break;
        case '>': tf_add_text(&parts, "&gt;"); break;
        case '"': tf_add_text(&parts, "&quot;"); break;
        case '\'': tf_add_text(&parts, "&#39;"); break;
        default: {
            size_t plain = strcspn(text, "&<>\"'");
            tf_add_text(&parts, tf_copy(text, plain));
            text += plain - 1;
        }
        }
    }
    return tf_join(&parts, "");
}

const char *tf_bounded(const char *text) {
    if (strlen(text) <= KEY_BYTES_MAX) return text;
    uint64_t mark = 0xcbf29ce484222325u;
    for (const char *at = text; *at; at++) mark = (mark ^ (unsigned char)*at) * 0x100000001b3u;
    int end = KEY_BYTES_MAX - MARK_BYTES;
    /* Not in the midst of a character. */
    while (((unsigned char)text[end] & 0xc0) == 0x80) end--;
    return tf_format("%.*s…%016llx", end, text, (unsigned long long)mark);
}
