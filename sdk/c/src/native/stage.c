/* A handler over a list of events and a clock. */

#include <stdio.h>
#include <stdlib.h>

#include "../../include/tellify_testing.h"
#include "store.h"

extern const tf_handler *const tf_the_handler;

struct tf_stage {
    char *config, *lines;
    tf_store store;
    tf_moment wake; /* or TF_UNSAID */
    int delivered;
};

static void give_up(const char *file, int line, const char *what, const char *expected, const char *found) {
    fprintf(stderr, "%s:%d: %s\n--- expected\n%s--- found\n%s", file, line, what, expected, found);
    exit(1);
}

static const char *problem_lines(const tf_problems *problems) {
    tf_texts lines = {0};
    for (size_t i = 0; i < problems->count; i++)
        tf_add_text(&lines, tf_format("%s: %s\n", problems->at[i].pointer, problems->at[i].message));
    return tf_join(&lines, "");
}

void tf_expect_problems_at(const char *config, const char *expected, const char *file, int line) {
    tf_begin();
    tf_problems problems = {0};
    tf_validate(&tf_the_handler->about, "tester", config, &problems);
    const char *found = problem_lines(&problems);
    if (strcmp(found, expected)) give_up(file, line, "other problems than expected", expected, found);
}

tf_stage *tf_stage_new(const char *config) {
    tf_expect_problems(config, "");
    tf_stage *stage = calloc(1, sizeof *stage);
    *stage = (tf_stage){strdup(config), strdup(""), {.now = TF_BEGIN}, TF_UNSAID, 0};
    if (tf_the_handler->wakes_first) stage->wake = TF_BEGIN + 1000;
    return stage;
}

void tf_stage_free(tf_stage *stage) {
    tf_store_free(&stage->store);
    free(stage->config);
    free(stage->lines);
    free(stage);
}

static void say(tf_stage *stage, const char *line) {
    char *lines = strdup(tf_format("%s%s\n", stage->lines, line));
    free(stage->lines);
    stage->lines = lines;
}

static void write_down(tf_stage *stage, const tf_outcome *out) {
    for (size_t i = 0; i < out->alert_count; i++) {
        const tf_alert *alert = &out->alerts[i];
        say(stage, tf_format("%s %s %s: %s", tf_severity_word(alert->severity), tf_state_word(alert->state), alert->key,
                             alert->title));
    }
    for (size_t i = 0; i < out->events.count; i++) {
        const tf_new_event *event = &out->events.at[i];
        say(stage, tf_format("emitted %s %s: %s", event->type, event->subject ? event->subject : "-",
                             event->text ? event->text : ""));
    }
    if (out->wake == TF_WAKE_CLEAR) stage->wake = TF_UNSAID;
    if (out->wake == TF_WAKE_AT) stage->wake = out->wake_at > stage->store.now ? out->wake_at : stage->store.now + 1000;
}

/* Makes a call; what it wrote is taken back when it fails. A trigger's texts live until then. */
static void call(tf_stage *stage, const tf_trigger *trigger) {
    tf_outcome out = {0};
    tf_store_expire(&stage->store);
    tf_store before = tf_store_copy(&stage->store);
    tf_the_store = &stage->store;
    const void *config = tf_config_of_call(&tf_the_handler->about, stage->config);
    tf_the_handler->handle(config, stage->store.now, trigger, &out);
    if (tf_has_failed()) {
        tf_store_free(&stage->store);
        stage->store = before;
        say(stage, tf_format("failed: %s", tf_failure_of_call().why));
        return;
    }
    tf_store_free(&before);
    write_down(stage, &out);
}

static const char *text_of(const tf_json *event, const char *key, const char *otherwise) {
    const char *text = tf_text_of(tf_get(event, key));
    return text ? text : otherwise;
}

/* What is no key of the envelope is data. */
static const tf_json *data_of(const tf_json *event) {
    static const char *const ENVELOPE[] = {"id", "source", "type", "subject", "time", "severity", "tags", "text", "data"};
    tf_json *data = tf_object();
    TF_EACH(value, tf_get(event, "data")) tf_put(data, value->key, value);
    TF_EACH(value, event) {
        bool is_data = true;
        for (size_t i = 0; i < sizeof ENVELOPE / sizeof *ENVELOPE; i++) is_data = is_data && strcmp(ENVELOPE[i], value->key);
        if (is_data) tf_put(data, value->key, value);
    }
    return data;
}

void tf_stage_event(tf_stage *stage, const char *text) {
    tf_begin();
    const char *why;
    const tf_json *given = tf_json_read(text, &why);
    if (!given) give_up("event", ++stage->delivered, why, "JSON\n", text);
    const char *severity = text_of(given, "severity", NULL), *time = text_of(given, "time", NULL);
    tf_event event = {
        .id = text_of(given, "id", tf_format("e%d", ++stage->delivered)),
        .source = text_of(given, "source", "test"),
        .type = text_of(given, "type", "event"),
        .subject = text_of(given, "subject", NULL),
        .time = stage->store.now,
        .received = stage->store.now,
        .severity = severity ? tf_severity_of(severity) : TF_UNSAID,
        .effect = TF_UNSAID,
        .origin = TF_UNSAID,
        .text = text_of(given, "text", ""),
        .data = data_of(given),
    };
    if (time && !tf_read_moment(time, &event.time)) give_up("event", stage->delivered, "no time", "RFC 3339\n", time);
    TF_EACH(tag, tf_get(given, "tags")) tf_add_text(&event.tags, tf_word(tag));
    call(stage, &(tf_trigger){.kind = TF_EVENT, .event = &event});
}

void tf_stage_clear(tf_stage *stage, const char *key) {
    tf_begin();
    call(stage, &(tf_trigger){.kind = TF_CLEARED, .cleared = key});
}

void tf_stage_pass(tf_stage *stage, const char *span) {
    int64_t ms;
    if (!tf_read_span(span, &ms)) give_up(span, 0, "no length of time", "such as 1h30m\n", span);
    tf_moment end = stage->store.now + ms;
    while (stage->wake != TF_UNSAID && stage->wake <= end) {
        tf_moment due = stage->wake;
        stage->wake = TF_UNSAID;
        if (due > stage->store.now) stage->store.now = due;
        tf_begin();
        call(stage, &(tf_trigger){.kind = TF_WAKE, .wake = due});
    }
    stage->store.now = end;
    tf_store_expire(&stage->store);
}

void tf_expect_at(tf_stage *stage, const char *lines, const char *file, int line) {
    if (strcmp(stage->lines, lines)) give_up(file, line, "other lines than expected", lines, stage->lines);
    *stage->lines = 0;
}

size_t tf_stage_state_count(const tf_stage *stage) { return stage->store.count; }
