// The generated table behind docs.h: sorted by owner, then name.
#pragma once

#include "base/base.h"

typedef struct DocEntry {
    const char *owner, *name, *doc;
} DocEntry;

extern const DocEntry doc_table[];
extern const size_t doc_table_size;
