/* Configurations: the schema of a table of fields, and the struct that it describes. */

#include <math.h>

#include "internal.h"

static tf_json *typed(const char *type) { return tf_put(tf_object(), "type", tf_string(type)); }

static tf_json *bounded(const tf_field *field, tf_json *schema) {
    if (field->minimum) tf_put(schema, "minimum", tf_number(*field->minimum));
    if (field->maximum) tf_put(schema, "maximum", tf_number(*field->maximum));
    return schema;
}

static const char *not_of_type(const tf_json *value, const char *type) {
    return tf_format("%s is not of type %s", tf_json_write(value), type);
}

static tf_json *text_schema(const tf_field *field) { return (void)field, typed("string"); }
static const char *read_text(const tf_field *field, const tf_json *value, void *into, const char **pointer) {
    (void)field, (void)pointer;
    const char *text = tf_text_of(value);
    if (!text) return not_of_type(value, "string");
    *(const char **)into = text;
    return NULL;
}
const tf_type tf_text_type = {text_schema, read_text};

static tf_json *number_schema(const tf_field *field) { return bounded(field, typed("number")); }
static const char *read_number(const tf_field *field, const tf_json *value, void *into, const char **pointer) {
    (void)field, (void)pointer;
    if (value->kind != TF_NUMBER_VALUE) return not_of_type(value, "number");
    *(double *)into = value->number;
    return NULL;
}
const tf_type tf_number_type = {number_schema, read_number};

static tf_json *integer_schema(const tf_field *field) { return bounded(field, typed("integer")); }
static const char *read_integer(const tf_field *field, const tf_json *value, void *into, const char **pointer) {
    (void)field, (void)pointer;
    bool is_one = value->kind == TF_NUMBER_VALUE && value->number == trunc(value->number);
    if (!is_one || fabs(value->number) > 9e15) return not_of_type(value, "integer");
    *(int64_t *)into = (int64_t)value->number;
    return NULL;
}
const tf_type tf_integer_type = {integer_schema, read_integer};

static tf_json *truth_schema(const tf_field *field) { return (void)field, typed("boolean"); }
static const char *read_truth(const tf_field *field, const tf_json *value, void *into, const char **pointer) {
    (void)field, (void)pointer;
    if (value->kind != TF_TRUE && value->kind != TF_FALSE) return not_of_type(value, "boolean");
    *(bool *)into = value->kind == TF_TRUE;
    return NULL;
}
const tf_type tf_truth_type = {truth_schema, read_truth};

static tf_json *anything_schema(const tf_field *field) { return (void)field, tf_object(); }
static const char *read_anything(const tf_field *field, const tf_json *value, void *into, const char **pointer) {
    (void)field, (void)pointer;
    *(const tf_json **)into = value;
    return NULL;
}
const tf_type tf_anything_type = {anything_schema, read_anything};

static tf_json *choice_schema(const tf_field *field) {
    tf_json *words = tf_array();
    for (const char *at = field->choices; *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        tf_push(words, tf_string(tf_copy(at, length)));
        at += length;
    }
    return tf_put(tf_object(), "enum", words);
}
static const char *read_choice(const tf_field *field, const tf_json *value, void *into, const char **pointer) {
    (void)pointer;
    TF_EACH(word, tf_get(choice_schema(field), "enum")) {
        if (!tf_same(word, value)) continue;
        *(const char **)into = word->string;
        return NULL;
    }
    return tf_format("%s is not one of: %s", tf_json_write(value), field->choices);
}
const tf_type tf_choice_type = {choice_schema, read_choice};

tf_json *tf_schema(const tf_about *about) {
    tf_json *properties = tf_object(), *required = tf_array();
    for (const tf_field *field = about->config; field->key; field++) {
        tf_json *schema = field->type->schema(field);
        if (field->about) tf_put(schema, "description", tf_string(field->about));
        if (field->otherwise) tf_put(schema, "default", tf_json_read(field->otherwise, NULL));
        tf_put(properties, field->key, schema);
        if (field->is_required) tf_push(required, tf_string(field->key));
    }
    tf_json *schema = tf_put(typed("object"), "properties", properties);
    if (required->first) tf_put(schema, "required", required);
    return tf_put(schema, "additionalProperties", tf_truth(false));
}

static const tf_field *field_of(const tf_about *about, const char *key) {
    for (const tf_field *field = about->config; field->key; field++)
        if (!strcmp(field->key, key)) return field;
    return NULL;
}

/* A key as RFC 6901 writes it in a pointer. */
static const char *escaped(const char *key) {
    tf_texts parts = {0};
    for (; *key; key++) tf_add_text(&parts, *key == '~' ? "~0" : *key == '/' ? "~1" : tf_copy(key, 1));
    return tf_join(&parts, "");
}

static void read_field(const tf_field *field, const tf_json *value, char *config, tf_problems *problems) {
    const char *below = "";
    const char *why = field->type->read(field, value, config + field->offset, &below);
    if (why) tf_problem(problems, tf_format("/%s%s", escaped(field->key), below), "%s", why);
}

void *tf_read_config(const tf_about *about, const char *json, tf_problems *problems) {
    size_t before = problems->count;
    const char *why;
    const tf_json *value = tf_json_read(json, &why);
    char *config = tf_alloc(about->config_bytes);
    if (!value || value->kind != TF_OBJECT) {
        tf_problem(problems, "", "%s", value ? not_of_type(value, "object") : why);
        return NULL;
    }
    TF_EACH(element, value) {
        if (!field_of(about, element->key)) tf_problem(problems, "", "there is no key `%s`", element->key);
    }
    for (const tf_field *field = about->config; field->key; field++) {
        const tf_json *given = tf_get(value, field->key);
        if (!given && field->otherwise) given = tf_json_read(field->otherwise, NULL);
        /* What may be left out may be null as well. */
        bool is_left_out = !given || (given->kind == TF_NULL && !field->is_required);
        if (!is_left_out) {
            read_field(field, given, config, problems);
        } else if (field->is_required) {
            tf_problem(problems, "", "`%s` is missing", field->key);
        }
    }
    return problems->count == before ? config : NULL;
}

void tf_validate(const tf_about *about, const char *username, const char *json, tf_problems *problems) {
    const void *config = tf_read_config(about, json, problems);
    if (config && about->validate) about->validate(username, config, problems);
}

const char *tf_title(const tf_about *about, const char *json) {
    tf_problems problems = {0};
    const void *config = tf_read_config(about, json, &problems);
    return config && about->title_of ? about->title_of(config) : about->title;
}

const char *tf_summary(const tf_about *about, const char *json) {
    tf_problems problems = {0};
    const void *config = tf_read_config(about, json, &problems);
    if (!config) return tf_format("%s: %s", problems.at[0].pointer, problems.at[0].message);
    return about->summary_of ? about->summary_of(config) : about->description;
}

void *tf_config_of_call(const tf_about *about, const char *json) {
    tf_problems problems = {0};
    void *config = tf_read_config(about, json, &problems);
    if (!config) tf_bad_config("%s: %s", problems.at[0].pointer, problems.at[0].message);
    return config;
}
