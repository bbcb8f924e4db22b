/* How the plugin is tested natively: events go in, and what people would be told comes out as lines. */

#include "tellify_testing.h"

int main(void) {
    tf_stage *stage = tf_stage_new("{\"key\": \"job\", \"limit\": 2}");
    tf_stage_event(stage, "{\"job\": \"backup\", \"status\": \"fail\"}");
    tf_expect(stage, "");
    tf_stage_event(stage, "{\"job\": \"backup\", \"status\": \"fail\"}");
    tf_expect(stage, "error firing backup: backup failed 2 times in a row\n");
    tf_stage_event(stage, "{\"job\": \"backup\", \"status\": \"good\"}");
    tf_expect(stage, "error resolved backup: backup works again after 2 failures\n");
    return 0;
}
