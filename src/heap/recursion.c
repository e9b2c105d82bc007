// The guard against C recursion: a counter, which programs set, and the real stack, which they cannot.
#include "heap/thread.h"
#include "objects/errors.h"

int recursion_limit = 1000;

enum { HEADROOM = 50 };  // for handling the RecursionError itself

static int raise_recursion(Thread *self, const char *where) {
    self->recursion_headroom++;
    // Making the exception needs calls of its own. Meanwhile another thread may change the limit, and with it what is left.
    int lent = self->recursion_left < HEADROOM ? HEADROOM - self->recursion_left : 0;
    self->recursion_left += lent;
    raise_error(&exc_RecursionError, "maximum recursion depth exceeded%s", where ? where : "");
    self->recursion_left -= lent;
    self->recursion_headroom--;
    return -1;
}

int recursion_enter(const char *where) {
    Thread *self = thread_current;
    char here;
    int left = --self->recursion_left;
    if (LIKELY(left >= 0 && &here >= self->c_stack_limit)) {
        return 0;
    }
    if (self->recursion_headroom && left >= -HEADROOM && &here >= self->c_stack_limit) {
        return 0;
    }
    self->recursion_left++;
    return raise_recursion(self, where);
}

int stack_exhausted(void) {
    return raise_recursion(thread_current, NULL);
}

bool raise_c_stack_exhausted(void) {
    raise_recursion(thread_current, NULL);
    return false;
}

static void limit_change(Thread *thread, void *context) {
    thread->recursion_left += *(int *)context;
}

void recursion_set_limit(int limit) {
    world_stop(); // each thread counts without atomics
    int change = limit - recursion_limit;
    recursion_limit = limit;
    thread_each(limit_change, &change);
    world_start();
}
