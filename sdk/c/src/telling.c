/* What a handler found, and how its subscription tells it: as an alert, as an event, or as both. */

#include "internal.h"

tf_turn tf_turn_between(int before, int now) {
    if (now < 0) return before < 0 ? TF_NO_TURN : TF_ENDS;
    if (before < 0) return TF_BEGINS;
    return now > before ? TF_WORSENS : TF_CONTINUES;
}

static tf_alert_state state_of(tf_turn turn) {
    return turn == TF_ENDS ? TF_RESOLVED : turn == TF_ONCE ? TF_NOTE : TF_FIRING;
}

/* `key`, `title`, `severity`, `state`, or one of the data's fields. */
static const tf_json *own(const tf_finding *finding, const char *name) {
    const struct {
        const char *name, *text;
    } words[] = {
        {"key", finding->key},
        {"title", finding->title},
        {"severity", tf_severity_word(finding->severity)},
        {"state", tf_state_word(state_of(finding->turn))},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(words[i].name, name)) return tf_string(words[i].text);
    return tf_get(finding->data, name);
}

static const char *in_key(const tf_finding *finding, const char *name) {
    return finding->by && finding->by->count ? tf_key_part(finding->by, name, finding->key) : NULL;
}

const char *tf_finding_word(const void *context, const char *name) {
    const tf_finding *finding = context;
    const tf_json *value = own(finding, name);
    if (value && value->kind == TF_ARRAY) {
        tf_texts words = {0};
        TF_EACH(element, value) tf_add_text(&words, tf_word(element));
        return tf_join(&words, ", ");
    }
    if (value) return tf_word(value);
    const char *said = finding->event ? tf_event_text(finding->event, name) : NULL;
    return said ? said : in_key(finding, name);
}

static const tf_json *finding_value(const tf_finding *finding, const char *name) {
    const tf_json *value = own(finding, name);
    if (!value && finding->event) value = tf_value(finding->event, name);
    const char *said = value ? NULL : in_key(finding, name);
    return said ? tf_string(said) : value;
}

/* ---- Events to emit: what is no key of the envelope goes into the data. */

static const char *const ENVELOPE[] = {"type", "on", "subject", "severity", "effect", "tags", "text", "data"};

static bool is_envelope(const char *key) {
    for (size_t i = 0; i < sizeof ENVELOPE / sizeof *ENVELOPE; i++)
        if (!strcmp(ENVELOPE[i], key)) return true;
    return false;
}

static const char SCHEMA[] =
    "{\"type\":\"object\",\"required\":[\"type\"],\"properties\":{"
    "\"type\":{\"description\":\"The event's type.\",\"type\":\"string\",\"minLength\":1},"
    "\"on\":{\"description\":\"When it is emitted.\",\"enum\":[\"begin\",\"end\",\"both\"]},"
    "\"subject\":{\"type\":\"string\"},"
    "\"severity\":{\"enum\":[\"debug\",\"info\",\"notice\",\"warning\",\"error\",\"critical\"]},"
    "\"effect\":{\"enum\":[\"positive\",\"negative\"]},"
    "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"text\":{\"type\":\"string\"},\"data\":{\"type\":\"object\"}}}";

static tf_json *emit_schema(const tf_field *field) { return (void)field, tf_json_read(SCHEMA, NULL); }

static const char *mistake_below(const tf_json *data, const char *prefix, const char **pointer) {
    TF_EACH(value, data) {
        const char *text = tf_text_of(value), *why = text ? tf_template_mistake(text) : NULL;
        if (!why) continue;
        *pointer = tf_format("%s/%s", prefix, value->key);
        return why;
    }
    return NULL;
}

static const char *read_emit(const tf_field *field, const tf_json *value, void *into, const char **pointer) {
    (void)field;
    if (!tf_text_of(tf_get(value, "type"))) return "an event must stand here, with its `type`";
    *(const tf_json **)into = value;
    const char *why = mistake_below(value, "", pointer);
    return why ? why : mistake_below(tf_get(value, "data"), "/data", pointer);
}
const tf_type tf_emit_type = {emit_schema, read_emit};

static const char *line(const tf_json *template, const tf_finding *finding) {
    return tf_fill(tf_text_of(template), tf_finding_word, finding);
}

static void fill_data(tf_json *data, const tf_json *from, bool all, const tf_finding *finding) {
    TF_EACH(value, from) {
        if (!all && is_envelope(value->key)) continue;
        const char *text = tf_text_of(value), *field = text ? tf_only_field(text) : NULL;
        const tf_json *filled = value;
        if (field) filled = finding_value(finding, field);
        else if (text) filled = tf_string(line(value, finding));
        tf_put(data, value->key, filled);
    }
}

static bool is_due(const tf_json *emit, tf_turn turn) {
    const char *on = tf_text_of(tf_get(emit, "on"));
    bool is_both = on && !strcmp(on, "both"), is_end = on && !strcmp(on, "end");
    return turn != TF_CONTINUES && (is_both || is_end == (turn == TF_ENDS));
}

static tf_new_event event_of(const tf_json *emit, const tf_finding *finding) {
    bool is_over = finding->turn == TF_ENDS;
    const tf_json *subject = tf_get(emit, "subject"), *text = tf_get(emit, "text");
    const char *severity = tf_text_of(tf_get(emit, "severity")), *effect = tf_text_of(tf_get(emit, "effect"));
    tf_new_event event = TF_NEW_EVENT(tf_text_of(tf_get(emit, "type")));
    event.subject = tf_text_of(subject) ? line(subject, finding) : finding->key;
    event.severity = severity ? tf_severity_of(severity) : is_over ? TF_NOTICE : (int)finding->severity;
    event.effect = is_over ? TF_POSITIVE : TF_NEGATIVE;
    if (effect) event.effect = strcmp(effect, "positive") ? TF_NEGATIVE : TF_POSITIVE;
    TF_EACH(tag, tf_get(emit, "tags")) tf_add_text(&event.tags, line(tag, finding));
    event.text = tf_text_of(text) ? line(text, finding) : finding->title;
    tf_json *data = tf_object();
    tf_put(data, "key", tf_string(finding->key));
    tf_put(data, "state", tf_string(tf_state_word(state_of(finding->turn))));
    TF_EACH(value, finding->data) tf_put(data, value->key, value);
    fill_data(data, tf_get(emit, "data"), true, finding);
    fill_data(data, emit, false, finding);
    event.data = data;
    return event;
}

void tf_tell(tf_telling telling, const tf_finding *finding, tf_outcome *out) {
    if (telling.emit && is_due(telling.emit, finding->turn)) tf_add_event(&out->events, event_of(telling.emit, finding));
    if (!telling.alert) return;
    void (*const tell[])(tf_outcome *, const char *, tf_severity, const char *, const tf_json *) = {tf_firing, tf_resolved,
                                                                                                tf_note};
    tell[state_of(finding->turn)](out, finding->key, finding->severity, finding->title, finding->data);
}

void tf_telling_problems(tf_telling telling, tf_problems *problems) {
    const char *type = telling.emit ? tf_text_of(tf_get(telling.emit, "type")) : NULL;
    if (!type && !telling.alert)
        tf_problem(problems, "/alert", "nothing would come of it: let it alert, or give an event to `emit`");
    if (type && (!*type || strcspn(type, " \t\r\n") < strlen(type)))
        tf_problem(problems, "/emit/type", "the type of an event is a word without blanks");
    else if (type && !strncmp(type, "tellify.", 8))
        tf_problem(problems, "/emit/type", "types that begin with `tellify.` are the daemon's own: choose another");
}

const char *tf_telling_words(tf_telling telling) {
    if (!telling.emit) return "";
    const char *instead = telling.alert ? "" : " instead of an alert";
    return tf_format(", and emits %s%s", tf_text_of(tf_get(telling.emit, "type")), instead);
}
