/* Limits on a number, each with its severity, and which of them hold. */

#include "internal.h"

static const char *const SIDES[] = {"above", "at_least", "below", "at_most"};
enum { SIDE_COUNT = 4 };

bool tf_is_upper(tf_bound bound) { return bound.side == TF_ABOVE || bound.side == TF_AT_LEAST; }

bool tf_bound_holds(tf_bound bound, double value, double slack) {
    switch (bound.side) {
    case TF_ABOVE: return value > bound.number - slack;
    case TF_AT_LEAST: return value >= bound.number - slack;
    case TF_BELOW: return value < bound.number + slack;
    default: return value <= bound.number + slack;
    }
}

bool tf_same_bound(tf_bound a, tf_bound b) { return a.side == b.side && a.number == b.number; }

const char *tf_bound_text(tf_bound bound) {
    static const char *const WORDS[] = {"above", "at least", "below", "at most"};
    return tf_format("%s %s", WORDS[bound.side], tf_json_write(tf_number(bound.number)));
}

tf_json *tf_bound_json(tf_bound bound) { return tf_put(tf_object(), SIDES[bound.side], tf_number(bound.number)); }

bool tf_read_bound(const tf_json *value, tf_bound *bound) {
    const tf_json *only = value && value->kind == TF_OBJECT ? value->first : NULL;
    if (!only || only->next || only->kind != TF_NUMBER_VALUE) return false;
    for (int side = 0; side < SIDE_COUNT; side++) {
        if (strcmp(SIDES[side], only->key)) continue;
        *bound = (tf_bound){(tf_side)side, only->number};
        return true;
    }
    return false;
}

static tf_json *limits_schema(const tf_field *field) {
    tf_json *properties = tf_object(), *severities = tf_array();
    const char *numbers = "[\"number\",\"null\"]";
    for (int side = 0; side < SIDE_COUNT; side++)
        tf_put(properties, SIDES[side], tf_put(tf_object(), "type", tf_json_read(numbers, NULL)));
    for (int severity = TF_DEBUG; severity <= TF_CRITICAL; severity++)
        tf_push(severities, tf_string(tf_severity_word(severity)));
    tf_put(properties, "severity", tf_put(tf_object(), "enum", severities));
    tf_json *limit = tf_put(tf_object(), "type", tf_string("object"));
    tf_put(limit, "properties", properties);
    tf_put(limit, "required", tf_json_read("[\"severity\"]", NULL));
    tf_put(limit, "additionalProperties", tf_truth(false));
    tf_json *schema = tf_put(tf_object(), "type", tf_string("array"));
    tf_put(tf_put(schema, "items", limit), "minItems", tf_number(1));
    return field->maximum ? tf_put(schema, "maxItems", tf_number(*field->maximum)) : schema;
}

static const char *read_limit(const tf_json *value, tf_limit *limit) {
    if (value->kind != TF_OBJECT) return "a limit is an object, such as {\"above\": 90, \"severity\": \"error\"}";
    const char *severity = tf_text_of(tf_get(value, "severity"));
    if (!severity || tf_severity_of(severity) < 0) return "a limit has a `severity`, such as \"error\"";
    *limit = (tf_limit){.severity = (tf_severity)tf_severity_of(severity)};
    TF_EACH(element, value) {
        int side = 0;
        while (side < SIDE_COUNT && strcmp(SIDES[side], element->key)) side++;
        if (side == SIDE_COUNT && strcmp("severity", element->key)) return tf_format("there is no key `%s`", element->key);
        if (side == SIDE_COUNT || element->kind == TF_NULL) continue;
        if (element->kind != TF_NUMBER_VALUE) return tf_format("`%s` is a number", element->key);
        limit->sides++;
        limit->bound = (tf_bound){(tf_side)side, element->number};
    }
    return NULL;
}

static const char *read_limits(const tf_field *field, const tf_json *value, void *into, const char **pointer) {
    (void)field;
    if (value->kind != TF_ARRAY) return "limits stand in an array";
    tf_limits *limits = into;
    size_t count = 0, room = 0;
    TF_EACH(element, value) {
        limits->at = tf_grown(limits->at, count, &room, sizeof *limits->at);
        const char *why = read_limit(element, &limits->at[count]);
        if (why) {
            *pointer = tf_format("/%d", (int)count);
            return why;
        }
        limits->count = ++count;
    }
    return NULL;
}
const tf_type tf_limits_type = {limits_schema, read_limits};

tf_limits tf_holding(tf_limits limits, double hysteresis, const tf_bound *before, size_t count, double value) {
    tf_limits holding = {tf_alloc(limits.count * sizeof *limits.at), 0};
    for (size_t i = 0; i < limits.count; i++) {
        double slack = 0;
        for (size_t j = 0; j < count; j++)
            if (tf_same_bound(before[j], limits.at[i].bound)) slack = hysteresis;
        bool holds = limits.at[i].sides == 1 && tf_bound_holds(limits.at[i].bound, value, slack);
        if (holds) holding.at[holding.count++] = limits.at[i];
    }
    return holding;
}

const tf_limit *tf_worst(tf_limits limits) {
    const tf_limit *worst = NULL;
    for (size_t i = 0; i < limits.count; i++)
        if (!worst || limits.at[i].severity >= worst->severity) worst = &limits.at[i];
    return worst;
}

/* Whether no number is inside both of them. */
static bool leave_nothing(tf_bound upper, tf_bound lower) {
    /* Where they meet, that one number is inside if neither includes it. */
    bool is_included = tf_bound_holds(upper, upper.number, 0) || tf_bound_holds(lower, lower.number, 0);
    return lower.number > upper.number || (lower.number == upper.number && is_included);
}

void tf_limit_problems(tf_limits limits, tf_problems *problems) {
    const tf_bound *upper = NULL, *lower = NULL;
    if (!limits.count) tf_problem(problems, "/limits", "at least one limit is needed");
    for (size_t i = 0; i < limits.count; i++) {
        const char *pointer = tf_format("/limits/%d", (int)i);
        const tf_bound *bound = &limits.at[i].bound;
        if (limits.at[i].sides != 1) {
            tf_problem(problems, pointer, "give one of `above`, `at_least`, `below` and `at_most`");
            continue;
        }
        for (size_t j = 0; j < i; j++) {
            if (limits.at[j].sides != 1 || !tf_same_bound(limits.at[j].bound, *bound)) continue;
            tf_problem(problems, pointer, "this limit stands there twice");
            break;
        }
        if (tf_is_upper(*bound) && (!upper || bound->number < upper->number)) upper = bound;
        if (!tf_is_upper(*bound) && (!lower || bound->number > lower->number)) lower = bound;
    }
    if (upper && lower && leave_nothing(*upper, *lower))
        tf_problem(problems, "/limits", "every number is %s or %s: nothing would ever be inside", tf_bound_text(*upper),
                   tf_bound_text(*lower));
}
