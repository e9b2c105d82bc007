// The streams that hold data which is not yet written: nothing of it may be lost.
//
// With reference counts a dropped file is flushed at once, and a program may count on it: it writes
// through `open(p, "w").write(x)` and reads `p` in the next line. So whoever is about to look at a file
// by its name asks here first, and at exit everything is flushed. The registry does not keep its entries
// alive; a collection drops those that died (a dirty one has been flushed by its finalizer by then).
#include <sys/stat.h>

#include "modules/io/io.h"

typedef struct Entry {
    Object *stream;
    const IoWriterKind *kind;
} Entry;

static Entry *entries;
static size_t entry_count, entry_capacity;
static Mutex lock;  // nothing is allocated in the heap while it is held

static inline IoWriter *writer_of(Entry *e) {
    return (IoWriter *)((char *)e->stream + e->kind->offset);
}

static void drop(size_t i) {
    entries[i] = entries[--entry_count];
    if (i < entry_count) {
        writer_of(&entries[i])->place = i + 1;
    }
}

// With the world stopped; nobody is parked inside of the lock.
static void forget_dead(void) {
    for (size_t i = 0; i < entry_count;) {
        if (heap_is_dead(entries[i].stream)) {
            drop(i);
        } else {
            i++;
        }
    }
}

int io_writer_add(Object *stream, const IoWriterKind *kind) {
    static bool known;
    Entry e = { stream, kind };
    mutex_lock(&lock);
    if (!known) {
        known = true;
        heap_add_cache(forget_dead);
    }
    bool failed = false;
    if (!writer_of(&e)->place) {
        if (entry_count == entry_capacity) {
            size_t capacity = entry_capacity ? entry_capacity * 2 : 32;
            Entry *grown = realloc(entries, capacity * sizeof(Entry));
            if (grown) {
                entries = grown;
                entry_capacity = capacity;
            }
            failed = !grown;
        }
        if (!failed) {
            entries[entry_count++] = e;
            writer_of(&e)->place = entry_count;
        }
    }
    mutex_unlock(&lock);
    if (failed) {
        raise_memory_error();
    }
    return failed ? -1 : 0;
}

void io_writer_remove(Object *stream, const IoWriterKind *kind) {
    Entry e = { stream, kind };
    mutex_lock(&lock);
    if (writer_of(&e)->place) {
        size_t i = writer_of(&e)->place - 1;
        writer_of(&e)->place = 0;
        drop(i);
    }
    mutex_unlock(&lock);
}

// The next dirty stream at or after *place; NULL: no more.
static Object *next_dirty(size_t *place, const IoWriterKind **kind) {
    Object *found = NULL;
    mutex_lock(&lock);
    while (!found && *place < entry_count) {
        Entry *e = &entries[(*place)++];
        if (e->kind->is_dirty(e->stream)) {
            found = e->stream;
            *kind = e->kind;
        }
    }
    mutex_unlock(&lock);
    return found;
}

bool io_any_dirty(void) {
    size_t place = 0;
    const IoWriterKind *kind;
    return __atomic_load_n(&entry_count, __ATOMIC_RELAXED) && next_dirty(&place, &kind);
}

// The descriptor that the stream writes to in the end, -1 when it is none.
static int descriptor(Object *stream, const IoWriterKind *kind) {
    Object *under = kind->file(stream);
    for (int depth = 0; under && depth < 3; depth++) {
        if (object_is_instance(under, &fileio_type)) {
            return fileio_descriptor(under);
        }
        if (under->type != &buffered_writer_type && under->type != &buffered_random_type) {
            return -1;
        }
        under = io_buffered_raw(under);
    }
    return -1;
}

static void flush(Object *stream, const IoWriterKind *kind) {
    Object *saved = error_take();
    if (kind->flush_idle(stream) < 0) {
        error_clear();
    }
    error_restore(saved);
}

void io_flush_file(const struct stat *status) {
    const IoWriterKind *kind;
    for (size_t place = 0;;) {
        Object *stream = next_dirty(&place, &kind);
        if (!stream) {
            return;
        }
        struct stat own;
        int fd = descriptor(stream, kind);
        if (fd >= 0 && fstat(fd, &own) == 0 && own.st_ino == status->st_ino && own.st_dev == status->st_dev) {
            flush(stream, kind);
        }
    }
}

void io_flush_path(const char *path) {
    struct stat status;
    if (io_any_dirty() && stat(path, &status) == 0 && S_ISREG(status.st_mode)) {
        io_flush_file(&status);
    }
}

// Text first: what it holds goes into the buffered streams below.
void io_flush_all(void) {
    for (int round = 0; round < 2; round++) {
        const IoWriterKind *kind;
        for (size_t place = 0;;) {
            Object *stream = next_dirty(&place, &kind);
            if (!stream) {
                break;
            }
            flush(stream, kind);
        }
    }
}
