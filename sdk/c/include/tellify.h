/*
 * Write Tellify handlers in C.
 *
 * A plugin is a handler: a struct of functions, tf_handler, and one line that makes it a component,
 * TF_HANDLER(it). Its configuration is a struct of its own, described
 * by a table of fields: the schema that people fill in is derived from the table, and calls get the
 * struct read.
 *
 * Memory: whatever these functions return lives until the call ends and is never freed by hand.
 * Texts are UTF-8 and end with a nought. Whoever runs out of memory ends the call.
 *
 * Errors: tf_fail and its like note down why a call failed, and so do the functions below that can
 * fail. The first one noted down is what the call returns, whatever it does afterwards: its state
 * writes, alerts and events are then discarded.
 *
 * Deliberately absent: clocks, randomness, files and sockets. `now` is an argument, and what a
 * plugin knows it was told.
 */
#ifndef TELLIFY_H
#define TELLIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whole milliseconds since the Unix epoch, UTC. */
typedef int64_t tf_moment;

/* ---- Memory and texts */

/* So many bytes, all nought, until the call ends. */
void *tf_alloc(size_t bytes);
/* A text as printf would print it. */
const char *tf_format(const char *form, ...) __attribute__((format(printf, 1, 2)));
/* The text on one line: each run of blanks and control characters becomes one blank. */
const char *tf_one_line(const char *text);
/* The text as it stands in HTML, in content and in quoted attributes alike. */
const char *tf_escape_html(const char *text);
/* A text of any length as a key of at most 200 bytes: itself, or its beginning with a hash of the whole. */
const char *tf_bounded(const char *text);
/* The moment as RFC 3339 in UTC with milliseconds. */
const char *tf_rfc3339(tf_moment at);
/* Reads RFC 3339 with `Z` or an offset; false: the text is none. */
bool tf_read_moment(const char *text, tf_moment *at);

/* Texts in a row. */
typedef struct tf_texts {
    const char **at;
    size_t count, room;
} tf_texts;
void tf_add_text(tf_texts *texts, const char *text);
/* All of them as one text, with this between two. */
const char *tf_join(const tf_texts *texts, const char *between);

/* ---- JSON */

typedef enum { TF_NULL, TF_FALSE, TF_TRUE, TF_NUMBER_VALUE, TF_STRING, TF_ARRAY, TF_OBJECT } tf_kind;
/* A value; of an array or object, the first element, with its key in an object. */
typedef struct tf_json tf_json;
struct tf_json {
    tf_kind kind;
    double number;
    const char *string;
    const char *key;
    tf_json *first, *next;
};

/* NULL: it does not read, and `why` says where. `why` may be NULL. */
tf_json *tf_json_read(const char *text, const char **why);
/* Compact, with the keys of objects in the order in which they were put there. */
const char *tf_json_write(const tf_json *value);
tf_json *tf_null(void);
tf_json *tf_truth(bool value);
tf_json *tf_number(double value);
tf_json *tf_string(const char *text);
tf_json *tf_array(void);
tf_json *tf_object(void);
/* Puts a value under a key, instead of the one that stands there; returns the object. */
tf_json *tf_put(tf_json *object, const char *key, const tf_json *value);
/* Adds an element; returns the array. */
tf_json *tf_push(tf_json *array, const tf_json *value);
/* NULL: there is none, or `object` is no object. */
const tf_json *tf_get(const tf_json *object, const char *key);
/* The text of a string, else NULL. */
const char *tf_text_of(const tf_json *value);
/* Whether two scalars are the same; numbers are compared as doubles. */
bool tf_same(const tf_json *a, const tf_json *b);
/* A value as people write it: a text as it is, anything else as JSON. */
const char *tf_word(const tf_json *value);
#define TF_EACH(element, list) \
    for (const tf_json *element = (list) ? (list)->first : NULL; element; element = element->next)

/* ---- Events */

typedef enum { TF_DEBUG, TF_INFO, TF_NOTICE, TF_WARNING, TF_ERROR, TF_CRITICAL } tf_severity;
typedef enum { TF_POSITIVE, TF_NEGATIVE } tf_effect;
typedef enum { TF_INTERNAL, TF_EXTERNAL } tf_origin;
typedef enum { TF_FIRING, TF_RESOLVED, TF_NOTE } tf_alert_state;
/* What is not said. */
#define TF_UNSAID (-1)

const char *tf_severity_word(int severity);
const char *tf_state_word(tf_alert_state state);

/* An event as the journal holds it: a CloudEvents 1.0 envelope, with severity, tags and text for people. */
typedef struct tf_event {
    const char *id, *source, *type;
    const char *subject; /* or NULL */
    tf_moment time;      /* when it happened, as the sender says */
    tf_moment received;
    int severity, effect, origin; /* or TF_UNSAID */
    tf_texts tags;
    const char *text;
    const tf_json *data;
} tf_event;

/*
 * All values that a path leads to, in order, as an array. A path is an envelope name (`type source
 * subject severity effect origin tag text time id`), else dotted into `data` (`disk.percent`; `data.` in
 * front forces the latter). An array stands for its elements; `time` is in milliseconds.
 */
const tf_json *tf_values(const tf_event *event, const char *path);
/* The first value there, or NULL. */
const tf_json *tf_value(const tf_event *event, const char *path);
/* The first value there as people write it, or NULL: a text as it is, a time as RFC 3339. */
const char *tf_event_text(const tf_event *event, const char *path);
/* The first value there that is a number, or a text that spells one; false: there is none. */
bool tf_event_number(const tf_event *event, const char *path, double *number);

/* An event that a plugin wants stored and routed. Begin with TF_NEW_EVENT. */
typedef struct tf_new_event {
    const char *type;            /* `tellify.*` is the daemon's own and is refused */
    const char *source, *subject; /* or NULL: the plugin's configuration or door; nothing */
    tf_moment time;              /* TF_UNSAID: now */
    int severity, effect, origin; /* or TF_UNSAID */
    tf_texts tags;
    const char *text;
    const tf_json *data;
    const char *dedupe_key; /* or NULL; a second event with the same key is not stored */
} tf_new_event;
#define TF_NEW_EVENT(kind) \
    (tf_new_event) { .type = (kind), .time = TF_UNSAID, .severity = TF_UNSAID, .effect = TF_UNSAID, .origin = TF_UNSAID }
typedef struct tf_new_events {
    tf_new_event *at;
    size_t count, room;
} tf_new_events;
void tf_add_event(tf_new_events *events, tf_new_event event);

/* ---- Errors */

/* Give up on this call only. All of these return false. */
bool tf_fail(const char *form, ...) __attribute__((format(printf, 1, 2)));
/* The configuration can never work: the host disables it and tells its owner. */
bool tf_bad_config(const char *form, ...) __attribute__((format(printf, 1, 2)));
/* Worth another try, `after_ms` milliseconds from now; TF_UNSAID: after the host's own back-off. */
bool tf_retry(int64_t after_ms, const char *form, ...) __attribute__((format(printf, 2, 3)));
/* Whether the call under way has failed. */
bool tf_has_failed(void);

/* Problems with a configuration, each at an RFC 6901 JSON pointer; empty for the whole of it. */
typedef struct tf_problems tf_problems;
void tf_problem(tf_problems *problems, const char *pointer, const char *form, ...) __attribute__((format(printf, 3, 4)));

/* ---- Configurations */

typedef struct tf_type tf_type;
typedef struct tf_field tf_field;
/* What may stand somewhere in a configuration, and what becomes of it. */
struct tf_type {
    tf_json *(*schema)(const tf_field *field);
    /* Reads a value to `into`. NULL: all is well; else what is wrong, and `pointer` may be made longer. */
    const char *(*read)(const tf_field *field, const tf_json *value, void *into, const char **pointer);
};
/* One field of a configuration. What is left out of it is nought: no bound, no default. */
struct tf_field {
    const char *key;
    size_t offset;
    const tf_type *type;
    const char *about; /* a sentence for the form */
    bool is_required;
    const char *otherwise; /* JSON that stands for it when it is left out; NULL: it stays nought */
    const double *minimum, *maximum;
    const char *choices; /* of TF_CHOICE, separated by blanks */
};
/* A field of `struct config`: TF_FIELD(struct config, within, TF_SPAN, "How long.", .is_required = true) */
#define TF_FIELD(config, member, kind, sentence, ...) \
    { .key = #member, .offset = offsetof(config, member), .type = kind, .about = sentence, __VA_ARGS__ }
#define TF_FIELDS_END \
    { .key = NULL }
#define TF_BOUND(number) (&(const double){number})

extern const tf_type tf_text_type;       /* const char *   */
extern const tf_type tf_choice_type;     /* const char *   */
extern const tf_type tf_number_type;     /* double         */
extern const tf_type tf_integer_type;    /* int64_t        */
extern const tf_type tf_truth_type;      /* bool           */
extern const tf_type tf_anything_type;   /* const tf_json * */
extern const tf_type tf_span_type;       /* int64_t, milliseconds: "90s", "1h30m" */
extern const tf_type tf_template_type;   /* const char *, checked: "{block} failed" */
extern const tf_type tf_any_of_type;     /* const tf_json *, an array of the scalars; see tf_is_any_of */
extern const tf_type tf_conditions_type; /* const tf_json *, an object of such arrays; see tf_hold */
extern const tf_type tf_fields_type;     /* tf_texts, names of fields; see tf_key */
extern const tf_type tf_limits_type;     /* tf_limits      */
extern const tf_type tf_emit_type;       /* const tf_json *; see tf_telling */

#define TF_TEXT (&tf_text_type)
#define TF_CHOICE (&tf_choice_type)
#define TF_NUMBER (&tf_number_type)
#define TF_INTEGER (&tf_integer_type)
#define TF_TRUTH (&tf_truth_type)
#define TF_ANYTHING (&tf_anything_type)
#define TF_SPAN (&tf_span_type)
#define TF_TEMPLATE (&tf_template_type)
#define TF_ANY_OF (&tf_any_of_type)
#define TF_CONDITIONS (&tf_conditions_type)
#define TF_FIELDS (&tf_fields_type)
#define TF_LIMITS (&tf_limits_type)
#define TF_EMIT (&tf_emit_type)

/* Milliseconds as people write them: `1h30m`, `0s`. */
const char *tf_span_text(int64_t ms);
bool tf_read_span(const char *text, int64_t *ms);

/* Whether the field at `path` is any one of these scalars. */
bool tf_is_any_of(const tf_json *any_of, const tf_event *event, const char *path);
/* `gc_t or route_opt` */
const char *tf_any_of_text(const tf_json *any_of);
/* Whether all conditions hold; none always do. */
bool tf_hold(const tf_json *conditions, const tf_event *event);
/* `project is vr0 or vr1 and status is fail` */
const char *tf_conditions_text(const tf_json *conditions);
/* The values of an event in these fields as one text, such as `vr0 / run7`; NULL when one is not there. */
const char *tf_key(const tf_texts *fields, const tf_event *event);
/* What a key says of one of these fields, or NULL. */
const char *tf_key_part(const tf_texts *fields, const char *field, const char *key);
/* The line in which each placeholder is what `word` says of its name, or `?`. */
const char *tf_fill(const char *template, const char *(*word)(const void *context, const char *name), const void *context);
/* The name of the placeholder that is all of the template, or NULL. */
const char *tf_only_field(const char *template);

/* ---- Limits */

typedef enum { TF_ABOVE, TF_AT_LEAST, TF_BELOW, TF_AT_MOST } tf_side;
typedef struct tf_bound {
    tf_side side;
    double number;
} tf_bound;
/* Sides that it names; other than one is a mistake, of which tf_limit_problems tells. */
typedef struct tf_limit {
    int sides;
    tf_bound bound;
    tf_severity severity;
} tf_limit;
typedef struct tf_limits {
    tf_limit *at;
    size_t count;
} tf_limits;
bool tf_is_upper(tf_bound bound);
/* Whether it holds for `value`, moved inwards by `slack`. */
bool tf_bound_holds(tf_bound bound, double value, double slack);
bool tf_same_bound(tf_bound a, tf_bound b);
/* `above 90` */
const char *tf_bound_text(tf_bound bound);
/* `{"above": 90}` */
tf_json *tf_bound_json(tf_bound bound);
bool tf_read_bound(const tf_json *value, tf_bound *bound);
/*
 * The limits that hold for `value`, given the bounds that held before: these are only left when the
 * number is inside them by the hysteresis.
 */
tf_limits tf_holding(tf_limits limits, double hysteresis, const tf_bound *before, size_t count, double value);
/* The one with the highest severity, or NULL; among equals the last, as limits are written outwards. */
const tf_limit *tf_worst(tf_limits limits);
/* What is wrong with these limits, which stand in the configuration at `/limits`. */
void tf_limit_problems(tf_limits limits, tf_problems *problems);

/* ---- What the host offers */

void tf_log_debug(const char *form, ...) __attribute__((format(printf, 1, 2)));
void tf_log_info(const char *form, ...) __attribute__((format(printf, 1, 2)));
void tf_log_warn(const char *form, ...) __attribute__((format(printf, 1, 2)));
void tf_log_error(const char *form, ...) __attribute__((format(printf, 1, 2)));

/*
 * The store of one subscription: what a handler remembers between calls. Writes are committed together
 * with the call's outcome. A value is at most 64 KiB, a subscription's values together at most 1 MiB.
 * Anything kept in a static variable instead is lost between calls.
 */
const tf_json *tf_state_get(const char *key); /* or NULL */
/* For so many seconds; TF_UNSAID: until it is overwritten or deleted. */
void tf_state_set(const char *key, const tf_json *value, int64_t ttl_s);
/* The same if the subscription's state has room for it; returns whether it had. */
bool tf_state_set_if_room(const char *key, const tf_json *value, int64_t ttl_s);
void tf_state_delete(const char *key);
/* Adds to the number under this key, which begins at nought; returns the new number. */
double tf_state_increment(const char *key, double by, int64_t ttl_s);
/* The first so many keys that begin with `prefix`, in order. */
tf_texts tf_state_keys(const char *prefix, size_t count);

/* ---- What a plugin says of itself */

typedef struct tf_about {
    const char *name, *version;
    const char *title;       /* one line for lists */
    const char *description; /* one paragraph for whoever configures it */
    const tf_field *config;  /* ends with TF_FIELDS_END */
    size_t config_bytes;     /* sizeof its struct */
    const char *ui_hints;    /* JSON, or NULL */
    /* Checks beyond the schema, or NULL. */
    void (*validate)(const char *username, const void *config, tf_problems *problems);
    /* One line, and one paragraph, for a saved configuration; or NULL. */
    const char *(*title_of)(const void *config);
    const char *(*summary_of)(const void *config);
} tf_about;

/* ---- Handlers */

typedef struct tf_requirements tf_requirements;
/* The field is there. */
void tf_require_present(tf_requirements *out, const char *field);
/* The field is any one of these scalars. */
void tf_require_any_of(tf_requirements *out, const char *field, const tf_json *scalars);
/* The field is a number and at least, at most this. */
void tf_require_at_least(tf_requirements *out, const char *field, double bound);
void tf_require_at_most(tf_requirements *out, const char *field, double bound);
/* All of these conditions; that all of these fields are there. */
void tf_require_conditions(tf_requirements *out, const tf_json *conditions);
void tf_require_fields(tf_requirements *out, const tf_texts *fields);

typedef enum { TF_EVENT, TF_WAKE, TF_CLEARED } tf_trigger_kind;
/* Why a handler is called. */
typedef struct tf_trigger {
    tf_trigger_kind kind;
    const tf_event *event; /* that meets requirements and filter */
    tf_moment wake;        /* that was asked for; it is spent now */
    const char *cleared;   /* the key of an alert: forget it, and the next event fires anew */
} tf_trigger;

/* A keyed condition, as the handler sees it now. */
typedef struct tf_alert {
    const char *key;
    tf_alert_state state;
    tf_severity severity;
    const char *title; /* one line for people */
    const tf_json *data;
} tf_alert;
typedef struct tf_outcome {
    tf_alert *alerts;
    size_t alert_count, alert_room;
    tf_new_events events;
    enum { TF_WAKE_KEEP, TF_WAKE_CLEAR, TF_WAKE_AT } wake;
    tf_moment wake_at;
} tf_outcome;
/* The condition with this key holds; holds no longer; something to tell once. `data` may be NULL. */
void tf_firing(tf_outcome *out, const char *key, tf_severity severity, const char *title, const tf_json *data);
void tf_resolved(tf_outcome *out, const char *key, tf_severity severity, const char *title, const tf_json *data);
void tf_note(tf_outcome *out, const char *key, tf_severity severity, const char *title, const tf_json *data);
/* Asks to be called again at this time, instead of any time asked for before. */
void tf_wake_at(tf_outcome *out, tf_moment at);
void tf_clear_wake(tf_outcome *out);

/* Many moments on one wake-up, kept in the state under keys that begin with `@`. */
bool tf_timer_set_if_room(const char *name, tf_moment at);
/* Takes out the names that are due by `now`, the earliest first. */
tf_texts tf_timers_take_due(tf_moment now);
/* Makes the wake-up the earliest of these moments, or none. Belongs at the end of each call. */
void tf_timers_arm(tf_outcome *out);

/* Rows by key in the state, and a bound on how many there are. */
typedef struct tf_rows {
    const char *prefix;
    size_t most;
} tf_rows;
const tf_json *tf_row(tf_rows rows, const char *key); /* or NULL */
/* Stores the row of a key that has one; false: there is no room, and the old one stays. */
bool tf_row_update(tf_rows rows, const char *key, const tf_json *row, int64_t ttl_s);
/* Stores the first row of a key, unless there are too many. Returns whether it did. */
bool tf_row_insert(tf_rows rows, const char *key, const tf_json *row, int64_t ttl_s);
void tf_row_remove(tf_rows rows, const char *key);
/* Tells the owner, once a day, that a key found no room. */
void tf_rows_turn_away(const char *title, tf_outcome *out);

/* What has become of a condition. */
typedef enum { TF_NO_TURN, TF_BEGINS, TF_WORSENS, TF_CONTINUES, TF_ENDS, TF_ONCE } tf_turn;
/* The turn of a condition that held before at one severity, and holds now at another; TF_UNSAID: not at all. */
tf_turn tf_turn_between(int before, int now);
/* What a handler found about one key. */
typedef struct tf_finding {
    const char *key;
    tf_turn turn;
    tf_severity severity;
    const char *title;
    tf_json *data;
    const tf_event *event; /* that brought it to light, or NULL */
    const tf_texts *by;    /* the fields that the key is made of, or NULL */
} tf_finding;
/* What a placeholder of this name stands for, as people write it, or NULL. For tf_fill, `finding` is one. */
const char *tf_finding_word(const void *finding, const char *name);
/* How a subscription tells what is found: its keys `alert` and `emit`. */
typedef struct tf_telling {
    bool alert;
    const tf_json *emit; /* or NULL */
} tf_telling;
void tf_tell(tf_telling telling, const tf_finding *finding, tf_outcome *out);
void tf_telling_problems(tf_telling telling, tf_problems *problems);
/* For the end of a summary: `, and emits blocks.failing`, or nothing. */
const char *tf_telling_words(tf_telling telling);

/* An alert among those that one message tells one person. */
typedef struct tf_alert_item {
    const void *config;
    tf_alert alert;
    uint32_t count;
    tf_moment since, latest;
} tf_alert_item;
/* The words in which several alerts for one person are told together. */
typedef struct tf_gang {
    const char *holding; /* what those that hold have in common, such as `over limit` */
    const char *over;    /* what those have in common that are over, such as `back` */
    /* What to say beside the key on a phone's line, or NULL; and on a line of its own. */
    const char *(*brief)(const tf_alert_item *item);
    const char *(*particulars)(const tf_alert_item *item);
} tf_gang;

/* Looks at events for a subscription and says what people should know. */
typedef struct tf_handler {
    tf_about about;
    bool wakes_first;    /* woken for the first time as soon as a subscription is saved */
    const tf_gang *gang; /* or NULL: the host's own rendering */
    /* What must hold of an event before the handler is called for it; or NULL. */
    void (*required_fields)(const void *config, tf_requirements *out);
    /* Adds to `out` what follows from `trigger`. */
    void (*handle)(const void *config, tf_moment now, const tf_trigger *trigger, tf_outcome *out);
} tf_handler;

/* ---- Which plugin this is */

#define TF_HANDLER(it) const tf_handler *const tf_the_handler = &(it)

#endif
