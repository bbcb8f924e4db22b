/* Values of configurations that compare and name an event's fields, and templates. */

#include "internal.h"

static tf_json *described(tf_json *schema, const char *description) {
    return tf_put(schema, "description", tf_string(description));
}

static tf_json *words(const char *first, ...) {
    va_list more;
    va_start(more, first);
    tf_json *list = tf_array();
    for (const char *word = first; word; word = va_arg(more, const char *)) tf_push(list, tf_string(word));
    va_end(more);
    return list;
}

/* ---- Spans */

static tf_json *span_schema(const tf_field *field) {
    (void)field;
    /* The pattern says less than the parser, but names the field that is wrong. */
    tf_json *schema = tf_put(tf_object(), "type", tf_string("string"));
    tf_put(schema, "pattern", tf_string("^([0-9]+(d|h|m|s|ms))+$"));
    return described(schema, "A length of time, such as 90s, 5m, 1h30m or 14d.");
}

static const char *read_span(const tf_field *field, const tf_json *value, void *into, const char **pointer) {
    (void)field, (void)pointer;
    const char *text = tf_text_of(value);
    if (text && tf_read_span(text, into)) return NULL;
    return tf_format("`%s` is no length of time up to ten years: write whole numbers with d, h, m, s or ms, the larger "
                     "first, such as 90s or 1h30m",
                     tf_word(value));
}
const tf_type tf_span_type = {span_schema, read_span};

/* ---- Any of several */

static tf_json *any_of_schema(const tf_field *field) {
    (void)field;
    tf_json *items = tf_put(tf_object(), "type", words("string", "number", "boolean", (char *)NULL));
    tf_json *schema = tf_put(tf_object(), "type", words("string", "number", "boolean", "array", (char *)NULL));
    tf_put(tf_put(schema, "items", items), "minItems", tf_number(1));
    return described(schema, "A comma list, one value, or an array: any one of these.");
}

/* A word that spells a number or a truth value means that as well; it is marked as a word of its own. */
static void add_words(tf_json *scalars, const char *list) {
    for (const char *at = list; *at; at += *at == ',') {
        at += strspn(at, " \t");
        size_t length = strcspn(at, ",");
        const char *next = at + length;
        while (length && strchr(" \t", at[length - 1])) length--;
        if (length) {
            const char *word = tf_copy(at, length);
            tf_push(scalars, tf_string(word));
            const tf_json *meant = tf_json_read(word, NULL);
            bool is_scalar = meant && meant->kind >= TF_FALSE && meant->kind <= TF_NUMBER_VALUE;
            if (is_scalar) tf_push(scalars, meant);
        }
        at = next;
    }
}

static const char *read_any_of(const tf_field *field, const tf_json *value, void *into, const char **pointer) {
    (void)field, (void)pointer;
    tf_json *scalars = tf_array(), *one = tf_push(tf_array(), value);
    TF_EACH(element, value->kind == TF_ARRAY ? value : one) {
        if (element->kind >= TF_ARRAY) return "only text, numbers and truth values can stand here";
        if (element->kind == TF_STRING) add_words(scalars, element->string);
        else tf_push(scalars, element);
    }
    if (!scalars->first) return "at least one value must stand here";
    *(const tf_json **)into = scalars;
    return NULL;
}
const tf_type tf_any_of_type = {any_of_schema, read_any_of};

bool tf_is_any_of(const tf_json *any_of, const tf_event *event, const char *path) {
    TF_EACH(value, tf_values(event, path)) {
        TF_EACH(scalar, any_of) if (tf_same(scalar, value)) return true;
    }
    return false;
}

const char *tf_any_of_text(const tf_json *any_of) {
    tf_texts texts = {0};
    TF_EACH(scalar, any_of) {
        const char *word = tf_word(scalar);
        /* What a word means besides stands behind it. */
        bool is_meaning = texts.count && scalar->kind != TF_STRING && !strcmp(texts.at[texts.count - 1], word);
        if (!is_meaning) tf_add_text(&texts, word);
    }
    return tf_join(&texts, " or ");
}

static tf_json *conditions_schema(const tf_field *field) {
    tf_json *schema = tf_put(tf_object(), "type", tf_string("object"));
    return tf_put(schema, "additionalProperties", any_of_schema(field));
}

static const char *read_conditions(const tf_field *field, const tf_json *value, void *into, const char **pointer) {
    if (value->kind != TF_OBJECT) return "fields with their values must stand here";
    tf_json *conditions = tf_object();
    TF_EACH(element, value) {
        const tf_json *scalars;
        const char *why = read_any_of(field, element, &scalars, pointer);
        if (why) {
            *pointer = tf_format("/%s", element->key);
            return why;
        }
        tf_put(conditions, element->key, scalars);
    }
    *(const tf_json **)into = conditions;
    return NULL;
}
const tf_type tf_conditions_type = {conditions_schema, read_conditions};

bool tf_hold(const tf_json *conditions, const tf_event *event) {
    TF_EACH(any_of, conditions) if (!tf_is_any_of(any_of, event, any_of->key)) return false;
    return true;
}

const char *tf_conditions_text(const tf_json *conditions) {
    tf_texts texts = {0};
    TF_EACH(any_of, conditions) tf_add_text(&texts, tf_format("%s is %s", any_of->key, tf_any_of_text(any_of)));
    return tf_join(&texts, " and ");
}

/* ---- Fields */

static tf_json *fields_schema(const tf_field *field) {
    (void)field;
    tf_json *items = tf_put(tf_object(), "type", tf_string("string"));
    tf_json *schema = tf_put(tf_object(), "type", words("string", "array", (char *)NULL));
    tf_put(tf_put(schema, "items", items), "minItems", tf_number(1));
    return described(schema, "A field, or a comma list or array of fields.");
}

static const char *read_fields(const tf_field *field, const tf_json *value, void *into, const char **pointer) {
    (void)field, (void)pointer;
    tf_texts names = {0};
    const char *list = tf_text_of(value);
    if (!list && value->kind != TF_ARRAY) return "a field's name, a comma list or an array of names must stand here";
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        tf_add_text(&names, tf_one_line(tf_copy(at, strcspn(at, ","))));
    TF_EACH(element, list ? NULL : value) {
        if (element->kind != TF_STRING) return "the name of a field is a text";
        tf_add_text(&names, element->string);
    }
    for (size_t i = 0; i < names.count; i++)
        if (!*names.at[i]) return "the name of a field is missing";
    if (!names.count) return "the name of a field is missing";
    *(tf_texts *)into = names;
    return NULL;
}
const tf_type tf_fields_type = {fields_schema, read_fields};

static const char BETWEEN[] = " / ";

const char *tf_key(const tf_texts *fields, const tf_event *event) {
    tf_texts values = {0};
    for (size_t i = 0; i < fields->count; i++) {
        const char *value = tf_event_text(event, fields->at[i]);
        if (!value) return NULL;
        tf_add_text(&values, value);
    }
    return tf_bounded(tf_join(&values, BETWEEN));
}

const char *tf_key_part(const tf_texts *fields, const char *field, const char *key) {
    tf_texts parts = {0};
    for (const char *at = key; at;) {
        const char *next = strstr(at, BETWEEN);
        tf_add_text(&parts, next ? tf_copy(at, (size_t)(next - at)) : at);
        at = next ? next + strlen(BETWEEN) : NULL;
    }
    if (parts.count != fields->count) return NULL;
    for (size_t i = 0; i < fields->count; i++)
        if (!strcmp(fields->at[i], field)) return parts.at[i];
    return NULL;
}

/* ---- Templates */

/* The next part of a template: a literal text, or a field. What is wrong, or NULL. */
static const char *next_part(const char **at, const char **literal, const char **field) {
    *literal = *field = NULL;
    size_t plain = strcspn(*at, "{}");
    if (plain) {
        *literal = tf_copy(*at, plain);
        *at += plain;
    } else if ((*at)[1] == **at) {
        *literal = tf_copy(*at, 1);
        *at += 2;
    } else if (**at == '}') {
        return "this `}` has no `{` (write `}}` for a brace)";
    } else {
        size_t length = strcspn(*at + 1, "{}");
        if ((*at)[1 + length] != '}') return "this `{` has no `}` (write `{{` for a brace)";
        *field = tf_one_line(tf_copy(*at + 1, length));
        if (!**field) return "no field is named between these braces";
        *at += length + 2;
    }
    return NULL;
}

const char *tf_template_mistake(const char *text) {
    const char *literal, *field;
    for (const char *at = text; *at;) {
        int place = (int)(at - text);
        const char *why = next_part(&at, &literal, &field);
        if (why) return tf_format("byte %d of the template: %s", place, why);
    }
    return NULL;
}

const char *tf_fill(const char *template, const char *(*word)(const void *, const char *), const void *context) {
    tf_texts filled = {0};
    const char *literal, *field;
    for (const char *at = template; *at && !next_part(&at, &literal, &field);) {
        const char *said = field ? word(context, field) : literal;
        tf_add_text(&filled, said ? said : "?");
    }
    return tf_one_line(tf_join(&filled, ""));
}

const char *tf_only_field(const char *template) {
    const char *literal, *field = NULL, *at = template;
    bool is_one = *at && !next_part(&at, &literal, &field) && !*at;
    return is_one ? field : NULL;
}

static tf_json *template_schema(const tf_field *field) {
    (void)field;
    return described(tf_put(tf_object(), "type", tf_string("string")), "A line with {field} placeholders.");
}

static const char *read_template(const tf_field *field, const tf_json *value, void *into, const char **pointer) {
    (void)field, (void)pointer;
    const char *text = tf_text_of(value);
    if (!text) return "a line with {field} placeholders must stand here";
    *(const char **)into = text;
    return tf_template_mistake(text);
}
const tf_type tf_template_type = {template_schema, read_template};
