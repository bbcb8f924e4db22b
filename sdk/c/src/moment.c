/* Moments and lengths of time. */

#include <stdlib.h>

#include "internal.h"

enum { DAY_S = 86400 };

/* Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so that the
 * leap day is the last of its year. */
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
    if (month <= 2) year--, month += 12;
    int64_t leap_days = year / 4 - year / 100 + year / 400;
    return year * 365 + leap_days + (153 * (month - 3) + 2) / 5 + day - 1 - 719468;
}

static void date_of(int64_t days, int *year, int *month, int *day) {
    days += 719468;
    int64_t era = days / 146097, of_era = days % 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

const char *tf_rfc3339(tf_moment at) {
    int64_t seconds = at / 1000, days = seconds / DAY_S, ms = at % 1000, s = seconds % DAY_S;
    int year, month, day;
    date_of(days, &year, &month, &day);
    return tf_format("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, day, (int)(s / 3600), (int)(s / 60 % 60),
                     (int)(s % 60), (int)ms);
}

/* So many digits as a number; -1: they are none. */
static int digits(const char *text, int count) {
    int number = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') return -1;
        number = number * 10 + text[i] - '0';
    }
    return number;
}

/* Minutes east of UTC. */
static bool read_offset(const char *zone, int *minutes) {
    *minutes = 0;
    if ((*zone | 0x20) == 'z') return zone[1] == 0;
    if ((*zone != '+' && *zone != '-') || strlen(zone) != 6 || zone[3] != ':') return false;
    int h = digits(zone + 1, 2), m = digits(zone + 4, 2);
    *minutes = (h * 60 + m) * (*zone == '-' ? -1 : 1);
    return h >= 0 && h < 24 && m >= 0 && m < 60;
}

bool tf_read_moment(const char *text, tf_moment *at) {
    static const char FORM[] = "0000-00-00T00:00:00";
    if (strlen(text) < sizeof FORM) return false;
    for (size_t i = 0; i < sizeof FORM - 1; i++) {
        bool is_digit = text[i] >= '0' && text[i] <= '9';
        bool is_blank = FORM[i] == 'T' && (text[i] == ' ' || text[i] == 't');
        if (FORM[i] == '0' ? !is_digit : text[i] != FORM[i] && !is_blank) return false;
    }
    int year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);
    int h = digits(text + 11, 2), m = digits(text + 14, 2), s = digits(text + 17, 2), offset;
    int64_t days = days_of(year, month, day), ms = 0;
    int same_year, same_month, same_day;
    date_of(days, &same_year, &same_month, &same_day);
    /* The 31st of a shorter month would come back as a day of the next. */
    if (month < 1 || same_month != month || same_day != day || h > 23 || m > 59 || s > 60) return false;
    const char *rest = text + sizeof FORM - 1;
    if (*rest == '.') {
        size_t decimals = strspn(rest + 1, "0123456789");
        if (!decimals) return false;
        for (size_t i = 0; i < 3; i++) ms = ms * 10 + (i < decimals ? rest[1 + i] - '0' : 0);
        rest += 1 + decimals;
    }
    if (!read_offset(rest, &offset)) return false;
    *at = days * DAY_S * 1000 + ((int64_t)(h * 60 + m - offset) * 60 + s) * 1000 + ms;
    return true;
}

/* In falling order, as they are written and read. */
static const struct {
    const char *name;
    int64_t ms;
} UNITS[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
enum { UNIT_COUNT = sizeof UNITS / sizeof *UNITS };

/* Ten years: longer ones are mistakes. */
static const int64_t SPAN_MAX_MS = INT64_C(3652) * 86400000;

bool tf_read_span(const char *text, int64_t *ms) {
    *ms = 0;
    if (!*text) return false;
    for (int unit = 0; *text; unit++) {
        size_t length = strspn(text, "0123456789");
        if (!length || length > 15) return false;
        int64_t number = strtoll(text, NULL, 10);
        text += length;
        size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyz");
        /* It goes on where the last unit stood, so order and uniqueness come by themselves. */
        while (unit < UNIT_COUNT && (strlen(UNITS[unit].name) != letters || strncmp(UNITS[unit].name, text, letters)))
            unit++;
        if (unit == UNIT_COUNT || number > SPAN_MAX_MS / UNITS[unit].ms) return false;
        *ms += number * UNITS[unit].ms;
        text += letters;
    }
    return *ms <= SPAN_MAX_MS;
}

const char *tf_span_text(int64_t ms) {
    if (!ms) return "0s";
    const char *text = "";
    for (int unit = 0; unit < UNIT_COUNT; unit++) {
        if (ms >= UNITS[unit].ms) text = tf_format("%s%lld%s", text, (long long)(ms / UNITS[unit].ms), UNITS[unit].name);
        ms %= UNITS[unit].ms;
    }
    return text;
}
