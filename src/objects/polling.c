// Searching, counting and copying with a look at signals between stretches.
#include "objects/polling.h"

#include <string.h>

ssize_t search_polling(int kind, const void *text, ssize_t n, const void *needle, ssize_t m, int direction) {
    // A long needle makes longer stretches, so that it is not prepared again and again for short ones.
    ssize_t stretch = m < POLL_STRETCH / 4 ? POLL_STRETCH : 4 * m;
    if (LIKELY(n <= stretch)) {
        return search_text(kind, text, n, needle, m, direction);
    }
    for (ssize_t done = 0; done + m <= n; done += stretch) {
        ssize_t length = n - done < stretch + m - 1 ? n - done : stretch + m - 1;
        ssize_t at = direction > 0 ? done : n - done - length;
        ssize_t found = search_text(kind, (const char *)text + at * kind, length, needle, m, direction);
        if (found >= 0) {
            return at + found;
        }
        if (safepoint() < 0) {
            return -2;
        }
    }
    return -1;
}

static uint32_t unit_at(int kind, const void *text) {
    return kind == 1 ? *(const uint8_t *)text : kind == 2 ? *(const uint16_t *)text : *(const uint32_t *)text;
}

ssize_t count_polling(int kind, const void *text, ssize_t n, const void *needle, ssize_t m, ssize_t most) {
    ssize_t count = 0, at = 0;
    if (m == 1 && most == SSIZE_LIMIT) {
        for (; at < n; at += POLL_STRETCH) {
            count += search_count_unit(kind, (const char *)text + at * kind,
                                       n - at < POLL_STRETCH ? n - at : POLL_STRETCH, unit_at(kind, needle));
            if (n - at > POLL_STRETCH && safepoint() < 0) {
                return -1;
            }
        }
        return count;
    }
    if (n <= POLL_STRETCH / 4) {
        return search_count(kind, text, n, needle, m, most);
    }
    enum { POLL_EVERY = 1 << 16 };
    while (count < most) {
        ssize_t found = search_polling(kind, (const char *)text + at * kind, n - at, needle, m, 1);
        if (found < 0) {
            return found == -2 ? -1 : count;
        }
        count++;
        at += found + m;
        if (UNLIKELY(count % POLL_EVERY == 0) && safepoint() < 0) {
            return -1;
        }
    }
    return count;
}

int copy_in_stretches(void *target, const void *source, size_t size) {
    for (size_t done = 0; done < size; done += POLL_STRETCH) {
        memcpy((char *)target + done, (const char *)source + done, size_min(size - done, POLL_STRETCH));
        if (safepoint() < 0) {
            return -1;
        }
    }
    return 0;
}
