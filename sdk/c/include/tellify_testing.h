/*
 * A handler natively, without WebAssembly, over a list of events and a clock. Whatever is not as expected
 * ends the test with a word on standard error. Tests of the built component, with the daemon's limits,
 * are `tellify plugin test`.
 */
#ifndef TELLIFY_TESTING_H
#define TELLIFY_TESTING_H

#include "tellify.h"

/* When every stage begins: 2026-11-20, ten o'clock UTC. */
#define TF_BEGIN INT64_C(1795168800000)

/* One subscription of the plugin, with a clock, a store and a pending wake-up of its own. */
typedef struct tf_stage tf_stage;

/* With this configuration, in JSON, which the plugin has to take. */
tf_stage *tf_stage_new(const char *config);
void tf_stage_free(tf_stage *stage);
/*
 * Delivers an event in the native form: envelope keys, and all others are data. Its time is now, unless it
 * says otherwise. Requirements are the daemon's to check, and tellify plugin test has it do so.
 */
void tf_stage_event(tf_stage *stage, const char *event);
/* Somebody clears the alert with this key. */
void tf_stage_clear(tf_stage *stage, const char *key);
/* Time passes, such as `90s` or `1h30m`, with all that falls due on the way. */
void tf_stage_pass(tf_stage *stage, const char *span);
/*
 * What was told since this was last asked must be these lines: `error firing /a: /a is full`, and for an
 * event `emitted disk.full /a: …` with its subject and text. A call that fails is `failed: …`.
 */
#define tf_expect(stage, lines) tf_expect_at(stage, lines, __FILE__, __LINE__)
void tf_expect_at(tf_stage *stage, const char *lines, const char *file, int line);
/* The number of things that the plugin keeps. */
size_t tf_stage_state_count(const tf_stage *stage);
/* The problems that the plugin finds with a configuration, as lines `/pointer: message`. */
#define tf_expect_problems(config, lines) tf_expect_problems_at(config, lines, __FILE__, __LINE__)
void tf_expect_problems_at(const char *config, const char *lines, const char *file, int line);

#endif
