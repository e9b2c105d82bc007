// Binary search in the generated table of doc strings.
#include "objects/docs.h"
#include "objects/docs_table.h"

static const DocEntry *find(const char *owner, const char *name) {
    if (!owner) {
        return NULL;
    }
    if (!name) {
        name = "";
    }
    size_t low = 0, high = doc_table_size;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(owner, doc_table[middle].owner);
        if (!order) {
            order = strcmp(name, doc_table[middle].name);
        }
        if (!order) {
            return &doc_table[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

const char *doc_lookup(const char *owner, const char *name) {
    const DocEntry *entry = find(owner, name);
    return entry ? entry->doc : NULL;
}

bool doc_is_known(const char *owner, const char *name) {
    return find(owner, name) != NULL;
}
