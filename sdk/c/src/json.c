/* JSON, read and written. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

/* The host sends nothing deeper. */
enum { DEPTH_MAX = 128 };

typedef struct reader {
    const char *begin, *at;
    const char *why;
    int depth;
} reader;

static tf_json *read_value(reader *r);

static tf_json *make(tf_kind kind) {
    tf_json *value = tf_alloc(sizeof *value);
    value->kind = kind;
    return value;
}

static void *wrong(reader *r, const char *why) {
    if (!r->why) r->why = tf_format("%s at byte %d", why, (int)(r->at - r->begin));
    return NULL;
}

static void skip(reader *r) { r->at += strspn(r->at, " \t\r\n"); }

static bool take(reader *r, const char *word) {
    size_t length = strlen(word);
    if (strncmp(r->at, word, length)) return false;
    r->at += length;
    return true;
}

static int hex4(reader *r) {
    int code = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        const char *digits = "0123456789abcdef", *digit = *r->at ? strchr(digits, *r->at | 0x20) : NULL;
        if (!digit) return -1;
        code = code * 16 + (int)(digit - digits);
    }
    return code;
}

static char *put_code(char *end, uint32_t code) {
    if (code < 0x80) {
        *end++ = (char)code;
    } else if (code < 0x800) {
        *end++ = (char)(0xc0 | code >> 6);
        *end++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *end++ = (char)(0xe0 | code >> 12);
        *end++ = (char)(0x80 | (code >> 6 & 0x3f));
        *end++ = (char)(0x80 | (code & 0x3f));
    } else {
        *end++ = (char)(0xf0 | code >> 18);
        *end++ = (char)(0x80 | (code >> 12 & 0x3f));
        *end++ = (char)(0x80 | (code >> 6 & 0x3f));
        *end++ = (char)(0x80 | (code & 0x3f));
    }
    return end;
}

/* What follows a backslash. A nought becomes the mark of what is no character, since it would end the text. */
static char *read_escape(reader *r, char *end) {
    static const char SHORT[] = "\"\\/bfnrt", LONG[] = "\"\\/\b\f\n\r\t";
    const char *known = *r->at ? strchr(SHORT, *r->at) : NULL;
    if (known) {
        r->at++;
        *end++ = LONG[known - SHORT];
        return end;
    }
    if (*r->at++ != 'u') return wrong(r, "an escape that is none");
    int code = hex4(r);
    if (code < 0) return wrong(r, "an escape that is none");
    if (code >= 0xd800 && code < 0xdc00 && take(r, "\\u")) {
        int low = hex4(r);
        if (low < 0xdc00 || low > 0xdfff) return wrong(r, "half a character");
        return put_code(end, 0x10000u + ((uint32_t)(code - 0xd800) << 10) + (uint32_t)(low - 0xdc00));
    }
    bool is_half = code >= 0xd800 && code < 0xe000;
    return put_code(end, code == 0 || is_half ? 0xfffd : (uint32_t)code);
}

static const char *read_string(reader *r) {
    if (*r->at++ != '"') return wrong(r, "a text was expected");
    /* What is read is never longer than what is written. */
    size_t most = 0;
    while (r->at[most] && r->at[most] != '"') most += r->at[most] == '\\' && r->at[most + 1] ? 2 : 1;
    char *text = tf_alloc(most + 1), *end = text;
    while (*r->at != '"') {
        if ((unsigned char)*r->at < ' ') return wrong(r, "a text without its end");
        if (*r->at == '\\') {
            r->at++;
            end = read_escape(r, end);
            if (!end) return NULL;
        } else {
            *end++ = *r->at++;
        }
    }
    r->at++;
    return text;
}

static tf_json *read_number(reader *r) {
    const char *at = r->at + (*r->at == '-');
    bool is_one = *at == '0' ? !(at[1] >= '0' && at[1] <= '9') : *at > '0' && *at <= '9';
    char *end = NULL;
    double number = is_one ? strtod(r->at, &end) : 0;
    /* More than JSON knows: hexadecimal digits, names. */
    if (!end || strspn(r->at, "+-.eE0123456789") < (size_t)(end - r->at)) return wrong(r, "no JSON");
    r->at = end;
    return tf_number(number);
}

static tf_json *read_list(reader *r, tf_kind kind, char close) {
    tf_json *list = make(kind), **end = &list->first;
    r->at++;
    skip(r);
    if (*r->at == close) return r->at++, list;
    for (;;) {
        const char *key = NULL;
        skip(r);
        if (kind == TF_OBJECT) {
            key = read_string(r);
            if (!key) return NULL;
            skip(r);
            if (*r->at++ != ':') return wrong(r, "a colon was expected");
        }
        tf_json *element = read_value(r);
        if (!element) return NULL;
        element->key = key;
        *end = element;
        end = &element->next;
        skip(r);
        if (*r->at == close) return r->at++, list;
        if (*r->at++ != ',') return wrong(r, "a comma was expected");
    }
}

static tf_json *read_value(reader *r) {
    skip(r);
    if (++r->depth > DEPTH_MAX) return wrong(r, "too deep");
    tf_json *value = NULL;
    if (*r->at == '{') {
        value = read_list(r, TF_OBJECT, '}');
    } else if (*r->at == '[') {
        value = read_list(r, TF_ARRAY, ']');
    } else if (*r->at == '"') {
        const char *text = read_string(r);
        value = text ? tf_string(text) : NULL;
    } else if (take(r, "null")) {
        value = tf_null();
    } else if (take(r, "true")) {
        value = tf_truth(true);
    } else if (take(r, "false")) {
        value = tf_truth(false);
    } else {
        value = read_number(r);
    }
    r->depth--;
    return value;
}

tf_json *tf_json_read(const char *text, const char **why) {
    reader r = {text, text, NULL, 0};
    tf_json *value = read_value(&r);
    skip(&r);
    if (value && *r.at) value = wrong(&r, "more than one value");
    if (why) *why = r.why;
    return value;
}

static void write_string(tf_texts *out, const char *text) {
    tf_add_text(out, "\"");
    while (*text) {
        size_t plain = 0;
        while ((unsigned char)text[plain] >= ' ' && text[plain] != '"' && text[plain] != '\\') plain++;
        if (plain) tf_add_text(out, tf_copy(text, plain));
        text += plain;
        if (*text) tf_add_text(out, *text == '"' || *text == '\\' ? tf_format("\\%c", *text) : tf_format("\\u%04x", *text));
        text += *text != 0;
    }
    tf_add_text(out, "\"");
}

/* The shortest that reads back as the same. */
static const char *number_text(double number) {
    if (!isfinite(number)) return "null";
    if (number == trunc(number) && fabs(number) < 1e15) return tf_format("%.0f", number);
    for (int digits = 15; digits < 17; digits++) {
        const char *text = tf_format("%.*g", digits, number);
        if (strtod(text, NULL) == number) return text;
    }
    return tf_format("%.17g", number);
}

static void write_value(tf_texts *out, const tf_json *value) {
    static const char *const WORDS[] = {"null", "false", "true"};
    switch (value->kind) {
    case TF_NUMBER_VALUE: tf_add_text(out, number_text(value->number)); return;
    case TF_STRING: write_string(out, value->string); return;
    case TF_ARRAY:
    case TF_OBJECT: break;
    default: tf_add_text(out, WORDS[value->kind]); return;
    }
    tf_add_text(out, value->kind == TF_ARRAY ? "[" : "{");
    TF_EACH(element, value) {
        if (element != value->first) tf_add_text(out, ",");
        if (value->kind == TF_OBJECT) {
            write_string(out, element->key);
            tf_add_text(out, ":");
        }
        write_value(out, element);
    }
    tf_add_text(out, value->kind == TF_ARRAY ? "]" : "}");
}

const char *tf_json_write(const tf_json *value) {
    tf_texts out = {0};
    write_value(&out, value ? value : tf_null());
    return tf_join(&out, "");
}

tf_json *tf_null(void) { return make(TF_NULL); }
tf_json *tf_truth(bool value) { return make(value ? TF_TRUE : TF_FALSE); }
tf_json *tf_array(void) { return make(TF_ARRAY); }
tf_json *tf_object(void) { return make(TF_OBJECT); }

tf_json *tf_number(double number) {
    tf_json *value = make(TF_NUMBER_VALUE);
    value->number = number;
    return value;
}

tf_json *tf_string(const char *text) {
    tf_json *value = make(TF_STRING);
    value->string = text;
    return value;
}

/* A value in a list has a neighbour, so one that stands in two lists is two. */
static tf_json *element_of(const tf_json *value, const char *key) {
    tf_json *element = tf_alloc(sizeof *element);
    *element = value ? *value : (tf_json){.kind = TF_NULL};
    element->key = key;
    element->next = NULL;
    return element;
}

tf_json *tf_put(tf_json *object, const char *key, const tf_json *value) {
    tf_json *element = element_of(value, key), **end = &object->first;
    while (*end && strcmp((*end)->key, key)) end = &(*end)->next;
    if (*end) element->next = (*end)->next;
    *end = element;
    return object;
}

tf_json *tf_push(tf_json *array, const tf_json *value) {
    tf_json **end = &array->first;
    while (*end) end = &(*end)->next;
    *end = element_of(value, NULL);
    return array;
}

const tf_json *tf_get(const tf_json *object, const char *key) {
    if (!object || object->kind != TF_OBJECT) return NULL;
    TF_EACH(element, object) if (!strcmp(element->key, key)) return element;
    return NULL;
}

const char *tf_text_of(const tf_json *value) {
    return value && value->kind == TF_STRING ? value->string : NULL;
}

bool tf_same(const tf_json *a, const tf_json *b) {
    if (a->kind != b->kind) return false;
    if (a->kind == TF_NUMBER_VALUE) return a->number == b->number;
    return a->kind == TF_STRING ? !strcmp(a->string, b->string) : a->kind <= TF_TRUE;
}

const char *tf_word(const tf_json *value) {
    const char *text = tf_text_of(value);
    return text ? text : tf_json_write(value);
}

bool tf_spelled_number(const tf_json *value, double *number) {
    if (value->kind == TF_NUMBER_VALUE) return *number = value->number, true;
    const char *text = tf_text_of(value);
    if (!text || !*text || strspn(text, "+-.eE0123456789") != strlen(text)) return false;
    char *end;
    *number = strtod(text, &end);
    return !*end && isfinite(*number);
}
