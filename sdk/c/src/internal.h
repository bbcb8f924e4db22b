/* What the parts of the kit share. */
#ifndef TF_INTERNAL_H
#define TF_INTERNAL_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tellify.h"

/* Why a call failed; the first one counts. */
typedef enum {
    TF_WELL,
    TF_FAILED,
    TF_BAD_CONFIG,
    TF_RETRY,
} tf_failure_kind;
typedef struct tf_failure {
    tf_failure_kind kind;
    const char *why;
    int64_t after_ms;
} tf_failure;

/* A call begins: what was allocated before is gone. */
void tf_begin(void);
tf_failure tf_failure_of_call(void);
const char *tf_vformat(const char *form, va_list values);
const char *tf_copy(const char *text, size_t length);
/* Makes room for one more element. */
void *tf_grown(void *elements, size_t count, size_t *room, size_t element_bytes);

struct tf_problems {
    struct {
        const char *pointer, *message;
    } *at;
    size_t count, room;
};

typedef struct tf_requirement {
    const char *field;
    enum { TF_PRESENT, TF_EQUALS, TF_NUMBER_AT_LEAST, TF_NUMBER_AT_MOST } condition;
    const tf_json *scalars;
    double bound;
} tf_requirement;
struct tf_requirements {
    tf_requirement *at;
    size_t count, room;
};

/* Configurations: the schema, the struct (NULL: it does not read), and all that is wrong with it. */
tf_json *tf_schema(const tf_about *about);
void *tf_read_config(const tf_about *about, const char *json, tf_problems *problems);
void tf_validate(const tf_about *about, const char *username, const char *json, tf_problems *problems);
const char *tf_title(const tf_about *about, const char *json);
const char *tf_summary(const tf_about *about, const char *json);
/* The struct; what does not read fails the call. */
void *tf_config_of_call(const tf_about *about, const char *json);

/* Renderings; NULL: the host's own. */
const char *tf_gang_line(const tf_gang *gang, const tf_alert_item *items, size_t count);
const char *tf_gang_lines(const tf_gang *gang, const tf_alert_item *items, size_t count);
const char *tf_gang_list(const tf_gang *gang, const tf_alert_item *items, size_t count);

const char *tf_template_mistake(const char *text);
bool tf_spelled_number(const tf_json *value, double *number);
int tf_severity_of(const char *word);

/* The host itself: imports of a component, or the stand-in of a test. */
typedef enum { TF_LOG_TRACE, TF_LOG_DEBUG, TF_LOG_INFO, TF_LOG_WARN, TF_LOG_ERROR } tf_level;
typedef enum { TF_DONE, TF_TOO_BIG, TF_QUOTA, TF_NOT_A_NUMBER } tf_refusal;
void tf_host_log(tf_level level, const char *message);
/* NULL: there is nothing. */
const char *tf_host_get(const char *key);
tf_refusal tf_host_set(const char *key, const char *value, int64_t ttl_s);
void tf_host_delete(const char *key);
tf_refusal tf_host_increment(const char *key, double by, int64_t ttl_s, double *sum);
tf_texts tf_host_keys(const char *prefix, const char *after, uint32_t limit);

#endif
