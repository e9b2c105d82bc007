// History in memory and on disk. The main thread alone reads and writes it.
#include "vm/line_history.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HISTORY_MOST = 10000 };

static char **entries;
static int count, capacity, saved;

int history_count(void) {
    return count;
}

const char *history_entry(int i) {
    return entries[i];
}

void history_add(const char *text, size_t size) {
    while (size && (text[size - 1] == '\n' || text[size - 1] == ' ')) {
        size--;
    }
    if (!size || memchr(text, 0, size) ||
        (count && strlen(entries[count - 1]) == size && !memcmp(entries[count - 1], text, size))) {
        return;
    }
    if (count == HISTORY_MOST) {
        free(entries[0]);
        memmove(entries, entries + 1, sizeof *entries * (size_t)--count);
        saved -= saved > 0;
    }
    if (count == capacity) {
        int room = capacity ? capacity * 2 : 64;
        char **larger = realloc(entries, sizeof *entries * (size_t)room);
        if (!larger) {
            return;
        }
        entries = larger;
        capacity = room;
    }
    char *copy = strndup(text, size);
    if (copy) {
        entries[count++] = copy;
    }
}

static int open_history(int flags) {
    const char *home = getenv("HOME");
    struct passwd *user = home && *home ? NULL : getpwuid(getuid());
    home = user ? user->pw_dir : home;
    char path[4096];
    int size = home && *home ? snprintf(path, sizeof path, "%s/.python_history", home) : 0;
    return size > 0 && size < (int)sizeof path ? open(path, flags | O_CLOEXEC, 0600) : -1;
}

void history_load(void) {
    int fd = open_history(O_RDONLY);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!file) {
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    while ((size = getline(&line, &room, file)) > 0) {
        if (strcmp(line, "_HiStOrY_V2_\n") != 0) {  // libedit's first line
            history_add(line, (size_t)size);
        }
    }
    free(line);
    fclose(file);
    saved = count;
}

void history_save(void) {
    int fd = saved < count ? open_history(O_WRONLY | O_APPEND | O_CREAT) : -1;
    FILE *file = fd >= 0 ? fdopen(fd, "a") : NULL;
    if (!file) {
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    for (; saved < count; saved++) {
        fprintf(file, "%s\n", entries[saved]);
    }
    fclose(file);
}
