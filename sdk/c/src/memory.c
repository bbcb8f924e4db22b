/* Memory that lives for a call, texts in it, and why a call failed. */

#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

/* Blocks of the call under way, the newest first. */
typedef struct block {
    struct block *before;
    size_t used, size;
    max_align_t bytes[];
} block;

static block *blocks;
static tf_failure failure;

enum { BLOCK_BYTES = 64 << 10 };

void tf_begin(void) {
    while (blocks) {
        block *before = blocks->before;
        free(blocks);
        blocks = before;
    }
    failure = (tf_failure){TF_WELL, NULL, TF_UNSAID};
}

void *tf_alloc(size_t bytes) {
    size_t wanted = (bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (!blocks || blocks->size - blocks->used < wanted) {
        size_t size = wanted > BLOCK_BYTES ? wanted : BLOCK_BYTES;
        block *more = calloc(1, sizeof(block) + size);
        if (!more) abort();
        *more = (block){blocks, 0, size};
        blocks = more;
    }
    void *found = (char *)blocks->bytes + blocks->used;
    blocks->used += wanted;
    return found;
}

void *tf_grown(void *elements, size_t count, size_t *room, size_t element_bytes) {
    if (count < *room) return elements;
    *room = *room ? *room * 2 : 8;
    void *grown = tf_alloc(*room * element_bytes);
    if (count) memcpy(grown, elements, count * element_bytes);
    return grown;
}

const char *tf_copy(const char *text, size_t length) {
    char *copy = tf_alloc(length + 1);
    memcpy(copy, text, length);
    return copy;
}

const char *tf_vformat(const char *form, va_list values) {
    va_list again;
    va_copy(again, values);
    int length = vsnprintf(NULL, 0, form, values);
    char *text = tf_alloc((size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, form, again);
    va_end(again);
    return text;
}

const char *tf_format(const char *form, ...) {
    va_list values;
    va_start(values, form);
    const char *text = tf_vformat(form, values);
    va_end(values);
    return text;
}

static bool fail(tf_failure_kind kind, int64_t after_ms, const char *form, va_list values) {
    if (failure.kind == TF_WELL) failure = (tf_failure){kind, tf_vformat(form, values), after_ms};
    return false;
}

#define FAILING(name, kind)             \
    bool name(const char *form, ...) {  \
        va_list values;                 \
        va_start(values, form);         \
        fail(kind, TF_UNSAID, form, values); \
        va_end(values);                 \
        return false;                   \
    }
FAILING(tf_fail, TF_FAILED)
FAILING(tf_bad_config, TF_BAD_CONFIG)

bool tf_retry(int64_t after_ms, const char *form, ...) {
    va_list values;
    va_start(values, form);
    fail(TF_RETRY, after_ms, form, values);
    va_end(values);
    return false;
}

bool tf_has_failed(void) { return failure.kind != TF_WELL; }

tf_failure tf_failure_of_call(void) { return failure; }

void tf_problem(tf_problems *problems, const char *pointer, const char *form, ...) {
    va_list values;
    va_start(values, form);
    problems->at = tf_grown(problems->at, problems->count, &problems->room, sizeof *problems->at);
    problems->at[problems->count].pointer = pointer;
    problems->at[problems->count++].message = tf_vformat(form, values);
    va_end(values);
}

#define LOGGING(name, level)            \
    void name(const char *form, ...) {  \
        va_list values;                 \
        va_start(values, form);         \
        tf_host_log(level, tf_vformat(form, values)); \
        va_end(values);                 \
    }
LOGGING(tf_log_debug, TF_LOG_DEBUG)
LOGGING(tf_log_info, TF_LOG_INFO)
LOGGING(tf_log_warn, TF_LOG_WARN)
LOGGING(tf_log_error, TF_LOG_ERROR)
