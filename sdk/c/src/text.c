/* Texts: lists of them, lines, keys, HTML, bytes. */

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

tf_bytes tf_bytes_of(const char *text) { return (tf_bytes){(const uint8_t *)text, strlen(text)}; }

/* How long the character is that begins here; nought: it is none. */
static size_t character(const uint8_t *at, size_t left) {
    static const struct {
        uint8_t mask, lead;
        uint32_t least;
    } FORMS[] = {{0x80, 0x00, 1}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t form = 0; form < 4; form++) {
        if ((at[0] & FORMS[form].mask) != FORMS[form].lead) continue;
        uint32_t code = at[0] & (uint8_t)~FORMS[form].mask;
        for (size_t i = 1; i <= form; i++) {
            if (i >= left || (at[i] & 0xc0) != 0x80) return 0;
            code = code << 6 | (at[i] & 0x3f);
        }
        bool is_one = code >= FORMS[form].least && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000);
        return is_one ? form + 1 : 0;
    }
    return 0;
}

const char *tf_bytes_text(tf_bytes bytes) {
    for (size_t at = 0; at < bytes.count;) {
        size_t length = character(bytes.at + at, bytes.count - at);
        if (!length) return NULL;
        at += length;
    }
    return tf_copy((const char *)bytes.at, bytes.count);
}

void tf_add_header(tf_headers *headers, const char *name, const char *value) {
    headers->at = tf_grown(headers->at, headers->count, &headers->room, sizeof *headers->at);
    headers->at[headers->count++] = (tf_header){name, value};
}

const char *tf_header_of(const tf_headers *headers, const char *name) {
    for (size_t i = 0; i < headers->count; i++)
        if (!strcmp(headers->at[i].name, name)) return headers->at[i].value;
    return NULL;
}
