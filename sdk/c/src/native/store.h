/* The stand-in of the host's store. */
#ifndef TF_STORE_H
#define TF_STORE_H

#include "../internal.h"

typedef struct tf_row_kept {
    char *key, *value;
    tf_moment until;
} tf_row_kept;
typedef struct tf_store {
    tf_moment now;
    tf_row_kept *rows; /* by their keys */
    size_t count;
} tf_store;

/* The store of the call under way. */
extern tf_store *tf_the_store;

void tf_store_free(tf_store *store);
tf_store tf_store_copy(const tf_store *store);
/* Forgets what has expired by now. */
void tf_store_expire(tf_store *store);

#endif
