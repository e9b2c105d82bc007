// The line editor: a buffer of UTF-8 with a cursor, keys that change it, and a picture of it on the screen.
#include "vm/line_editor.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "objects/abstract.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/str.h"
#include "vm/line_history.h"
#include "vm/line_syntax.h"
#include "vm/runtime.h"

// ---- bytes that grow

typedef struct Bytes {
    char *data;
    size_t size, room;
    bool failed;
} Bytes;

static void bytes_insert(Bytes *b, size_t at, const char *text, size_t size) {
    if (b->size + size + 1 > b->room) {
        size_t room = (b->size + size + 1) * 2;
        char *larger = realloc(b->data, room);
        if (!larger) {
            b->failed = true;
            return;
        }
        b->data = larger;
        b->room = room;
    }
    memmove(b->data + at + size, b->data + at, b->size - at);
    memcpy(b->data + at, text, size);
    b->size += size;
    b->data[b->size] = 0;
}

static void bytes_add(Bytes *b, const char *text, size_t size) {
    bytes_insert(b, b->size, text, size);
}

static void bytes_text(Bytes *b, const char *text) {
    bytes_add(b, text, strlen(text));
}

static void bytes_delete(Bytes *b, size_t at, size_t size) {
    memmove(b->data + at, b->data + at + size, b->size - at - size);
    b->size -= size;
    b->data[b->size] = 0;
}

// ---- the editor

typedef enum Key {
    KEY_NONE = 256,
    KEY_UP,
    KEY_DOWN,
    KEY_LEFT,
    KEY_RIGHT,
    KEY_HOME,
    KEY_END,
    KEY_DELETE,
    KEY_WORD_LEFT,
    KEY_WORD_RIGHT,
    KEY_KILL_WORD,
    KEY_KILL_WORD_BACK,
    KEY_PASTE,
    KEY_INTERRUPTED,
    KEY_END_OF_INPUT,
    KEY_FAILED,
    KEY_FIRST,
    KEY_LAST,
} Key;

typedef struct Editor {
    const char *prompt, *more;
    bool statement, colour;
    Object *namespace;
    Bytes text, saved;      // saved: what was being written before the history was looked at
    size_t cursor;
    int entry;              // of the history; history_count(): none
    int cursor_row, columns;
    bool listed;            // the last key was a Tab that had several matches
} Editor;

static Bytes killed;   // what ^Y brings back
static Bytes pending;  // pasted lines that the next reads get

bool line_editor_usable(void) {
    const char *terminal = getenv("TERM");
    return terminal && *terminal && strcmp(terminal, "dumb") != 0 && isatty(0) && isatty(1);
}

static bool use_colour(void) {
    const char *no = getenv("NO_COLOR");
    return !no || !*no;
}

// ---- the terminal

static bool terminal_raw(struct termios *before) {
    if (tcgetattr(0, before) < 0) {
        return false;
    }
    struct termios raw = *before;
    raw.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | IXON | ISTRIP);
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    raw.c_cc[VSUSP] = _POSIX_VDISABLE;  // ^Z comes as a key: the terminal has to be put back first
    return tcsetattr(0, TCSANOW, &raw) == 0;
}

static void *write_all(void *context) {
    Bytes *b = context;
    for (size_t done = 0; done < b->size;) {
        ssize_t n = write(1, b->data + done, b->size - done);
        if (n < 0 && errno == EAGAIN) {
            poll(&(struct pollfd){ 1, POLLOUT, 0 }, 1, 1000);
        } else if (n < 0 && errno != EINTR) {
            break;
        } else if (n > 0) {
            done += (size_t)n;
        }
    }
    return NULL;
}

static void send(Bytes *out) {
    if (out->size) {
        blocking_call(write_all, out);
    }
    free(out->data);
    *out = (Bytes){ 0 };
}

static void send_text(const char *text) {
    Bytes out = { 0 };
    bytes_text(&out, text);
    send(&out);
}

typedef struct ByteRead {
    int milliseconds;  // to wait for it; -1: for ever
    int value;         // the byte, or a Key
    sigset_t mask; // in force while it waits: signals are held back before, so that none slips in between
} ByteRead;

static void *read_byte(void *context) {
    ByteRead *r = context;
    unsigned char c;
    struct timespec limit = { .tv_nsec = r->milliseconds * 1000000L };
    int ready = ppoll(&(struct pollfd){ 0, POLLIN, 0 }, 1, r->milliseconds >= 0 ? &limit : NULL, &r->mask);
    if (ready <= 0) {
        r->value = ready < 0 && r->milliseconds < 0 ? KEY_INTERRUPTED : KEY_NONE;
        return NULL;
    }
    ssize_t n = read(0, &c, 1);
    if (n < 0 && errno == EAGAIN) {
        poll(&(struct pollfd){ 0, POLLIN, 0 }, 1, 1000);
        r->value = KEY_NONE;
    } else {
        r->value = n == 1           ? c
                   : n == 0         ? KEY_END_OF_INPUT
                   : errno == EINTR ? KEY_INTERRUPTED
                                    : KEY_END_OF_INPUT;
    }
    return NULL;
}

static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT };

// The next byte, or a Key.
static int next_byte(int milliseconds) {
    if (pending.size) {
        int c = (unsigned char)pending.data[0];
        bytes_delete(&pending, 0, 1);
        return c;
    }
    ByteRead r = { .milliseconds = milliseconds };
    sigset_t held;
    sigfillset(&held);
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        sigdelset(&held, faults[i]);
    }
    pthread_sigmask(SIG_BLOCK, &held, &r.mask);
    int pending_failed = safepoint();
    if (pending_failed == 0) {
        blocking_call(read_byte, &r);
    }
    pthread_sigmask(SIG_SETMASK, &r.mask, NULL);
    return pending_failed < 0 || safepoint() < 0 ? KEY_FAILED : r.value;
}

// Behind ESC: what the sequence means.
static int read_escape(void) {
    int c = next_byte(60);
    switch (c) {
    case 'b': return KEY_WORD_LEFT;
    case 'f': return KEY_WORD_RIGHT;
    case 'd': return KEY_KILL_WORD;
    case '<': return KEY_FIRST;
    case '>': return KEY_LAST;
    case 127:
    case 8: return KEY_KILL_WORD_BACK;
    case KEY_FAILED: return c;
    case '[':
    case 'O': break;
    default: return KEY_NONE;
    }
    int number = 0, modifier = 0, *digits = &number;
    for (;;) {
        c = next_byte(60);
        if (c >= '0' && c <= '9') {
            *digits = *digits < 1000 ? *digits * 10 + c - '0' : *digits;
        } else if (c == ';') {
            digits = &modifier;
        } else {
            break;
        }
    }
    bool word = modifier == 5 || modifier == 3;
    switch (c) {
    case 'A': return KEY_UP;
    case 'B': return KEY_DOWN;
    case 'C': return word ? KEY_WORD_RIGHT : KEY_RIGHT;
    case 'D': return word ? KEY_WORD_LEFT : KEY_LEFT;
    case 'H': return KEY_HOME;
    case 'F': return KEY_END;
    case '~':
        switch (number) {
        case 1:
        case 7: return KEY_HOME;
        case 4:
        case 8: return KEY_END;
        case 3: return word ? KEY_KILL_WORD : KEY_DELETE;
        case 200: return KEY_PASTE;
        }
        return KEY_NONE;
    default: return c == KEY_FAILED ? c : KEY_NONE;
    }
}

// ---- characters

static size_t next_character(const Bytes *b, size_t at) {
    if (at < b->size) {
        at++;
        while (at < b->size && ((uint8_t)b->data[at] & 0xc0) == 0x80) {
            at++;
        }
    }
    return at;
}

static size_t previous_character(const Bytes *b, size_t at) {
    while (at > 0 && ((uint8_t)b->data[--at] & 0xc0) == 0x80) {
    }
    return at;
}

// How many columns the character at `s` takes; *size: its bytes. Control characters show as ^X.
static int width_of(const char *s, size_t left, size_t *size) {
    uint8_t c = (uint8_t)*s;
    size_t n = c < 0x80 ? 1 : c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (n > left) {
        n = 1;
    }
    uint32_t code = c < 0x80 ? c : n == 1 ? 0xfffd : c & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (((uint8_t)s[i] & 0xc0) != 0x80) {
            n = 1;
            code = 0xfffd;
            break;
        }
        code = code << 6 | ((uint8_t)s[i] & 0x3f);
    }
    *size = n;
    if (code < 32 || code == 127) {
        return 2;
    }
    if ((code >= 0x300 && code <= 0x36f) || (code >= 0x200b && code <= 0x200f) ||
        (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0x20d0 && code <= 0x20ff) ||
        (code >= 0x1ab0 && code <= 0x1aff)) {
        return 0;
    }
    bool wide = (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf && code != 0x303f) ||
                (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
                (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
                (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x1f300 && code <= 0x1f64f) ||
                (code >= 0x1f680 && code <= 0x1f6ff) || (code >= 0x1f900 && code <= 0x1f9ff) ||
                (code >= 0x20000 && code <= 0x3fffd);
    return wide ? 2 : 1;
}

static bool word_byte(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (uint8_t)c >= 128;
}

static size_t word_start(const Bytes *b, size_t at) {
    while (at > 0 && !word_byte(b->data[at - 1])) {
        at--;
    }
    while (at > 0 && word_byte(b->data[at - 1])) {
        at--;
    }
    return at;
}

static size_t word_end(const Bytes *b, size_t at) {
    while (at < b->size && !word_byte(b->data[at])) {
        at++;
    }
    while (at < b->size && word_byte(b->data[at])) {
        at++;
    }
    return at;
}

static size_t line_start(const Bytes *b, size_t at) {
    while (at > 0 && b->data[at - 1] != '\n') {
        at--;
    }
    return at;
}

static size_t line_end(const Bytes *b, size_t at) {
    while (at < b->size && b->data[at] != '\n') {
        at++;
    }
    return at;
}

// ---- the picture

typedef struct Place {
    int row, column;
} Place;

static void put(Bytes *out, Place *place, int columns, const char *text, size_t size, int width) {
    if (place->column + width > columns) {
        place->row++;
        place->column = 0;
    }
    bytes_add(out, text, size);
    place->column += width;
}

// A prompt: escape sequences, and what readline's \001 and \002 enclose, take no room.
static void put_prompt(const Editor *e, Bytes *out, Place *place, const char *prompt) {
    bool plain = !strchr(prompt, 27), hidden = false;
    if (e->colour && e->statement && plain) {
        bytes_text(out, "\33[1;35m");
    }
    for (const char *s = prompt, *end = prompt + strlen(prompt); s < end;) {
        if (*s == 1 || *s == 2) {
            hidden = *s++ == 1;
        } else if (*s == 27 && s[1] == '[') {
            const char *start = s;
            s += 2;
            while (s < end && (uint8_t)*s < 0x40) {
                s++;
            }
            s += s < end;
            bytes_add(out, start, (size_t)(s - start));
        } else if (hidden) {
            bytes_add(out, s++, 1);
        } else {
            size_t size;
            int width = width_of(s, (size_t)(end - s), &size);
            put(out, place, e->columns, s, size, width);
            s += size;
        }
    }
    if (e->colour && e->statement && plain) {
        bytes_text(out, "\33[0m");
    }
}

// Draws the text anew, from the row where it began, and puts the cursor where it belongs.
static void refresh(Editor *e) {
    struct winsize window;
    e->columns = ioctl(1, TIOCGWINSZ, &window) == 0 && window.ws_col > 1 ? window.ws_col : 80;
    Bytes out = { 0 };
    char code[32];
    if (e->cursor_row) {
        snprintf(code, sizeof code, "\33[%dA", e->cursor_row);
        bytes_text(&out, code);
    }
    bytes_text(&out, "\r\33[J");
    Place place = { 0 }, cursor = { 0 };
    put_prompt(e, &out, &place, e->prompt);
    Colouring colouring = { 0 };
    if (e->colour && e->statement) {
        colouring_init(&colouring, e->text.data ? e->text.data : "", e->text.size);
    }
    for (size_t i = 0; i < e->text.size;) {
        const char *s = e->text.data + i;
        const char *change = e->colour && e->statement ? colouring_at(&colouring, i) : NULL;
        if (change) {
            bytes_text(&out, change);
        }
        if (i == e->cursor) {
            cursor = place;
        }
        size_t size = 1;
        if (*s == '\n') {
            bytes_text(&out, place.column == e->columns ? "\r\n" : "\33[K\r\n");
            place = (Place){ place.row + 1, 0 };
            put_prompt(e, &out, &place, e->more);
            if (e->colour && e->statement) {
                bytes_text(&out, colouring_current(&colouring));
            }
        } else if ((uint8_t)*s < 32 || *s == 127) {
            put(&out, &place, e->columns, (char[]){ '^', (char)(*s ^ 64) }, 2, 2);
        } else {
            int width = width_of(s, e->text.size - i, &size);
            put(&out, &place, e->columns, s, size, width);
        }
        i += size;
    }
    if (e->cursor >= e->text.size) {
        cursor = place;
    }
    if (e->colour && e->statement) {
        bytes_text(&out, "\33[0m");
        colouring_free(&colouring);
    }
    if (place.column == e->columns) { // the terminal waits at the margin
        bytes_text(&out, "\r\n");
        place = (Place){ place.row + 1, 0 };
    }
    if (cursor.column == e->columns) {
        cursor = (Place){ cursor.row + 1, 0 };
    }
    if (place.row > cursor.row) {
        snprintf(code, sizeof code, "\33[%dA", place.row - cursor.row);
        bytes_text(&out, code);
    }
    bytes_text(&out, "\r");
    if (cursor.column) {
        snprintf(code, sizeof code, "\33[%dC", cursor.column);
        bytes_text(&out, code);
    }
    e->cursor_row = cursor.row;
    send(&out);
}

// Leaves the picture: the cursor goes to the line behind it.
static void leave_picture(Editor *e) {
    e->cursor = e->text.size;
    refresh(e);
    send_text("\r\n");
    e->cursor_row = 0;
}

// ---- changes

static void insert(Editor *e, const char *text, size_t size) {
    bytes_insert(&e->text, e->cursor, text, size);
    if (!e->text.failed) {
        e->cursor += size;
    }
}

static void delete_range(Editor *e, size_t from, size_t to, bool keep) {
    if (to <= from) {
        return;
    }
    if (keep) {
        killed.size = 0;
        bytes_add(&killed, e->text.data + from, to - from);
    }
    bytes_delete(&e->text, from, to - from);
    e->cursor = from;
}

static void replace_text(Editor *e, const char *text, size_t size) {
    e->text.size = 0;
    bytes_add(&e->text, text, size);
    e->cursor = e->text.size;
}

static void show_entry(Editor *e, int entry) {
    if (entry < 0 || entry > history_count() || entry == e->entry) {
        return;
    }
    if (e->entry == history_count()) {
        e->saved.size = 0;
        bytes_add(&e->saved, e->text.data ? e->text.data : "", e->text.size);
    }
    e->entry = entry;
    if (entry == history_count()) {
        replace_text(e, e->saved.data, e->saved.size);
    } else {
        replace_text(e, history_entry(entry), strlen(history_entry(entry)));
    }
}

// A line up or down within the text; false when there is none.
static bool move_line(Editor *e, int by) {
    size_t start = line_start(&e->text, e->cursor), column = e->cursor - start, target;
    if (by < 0) {
        if (!start) {
            return false;
        }
        target = line_start(&e->text, start - 1);
    } else {
        target = line_end(&e->text, e->cursor);
        if (target == e->text.size) {
            return false;
        }
        target++;
    }
    size_t end = line_end(&e->text, target);
    e->cursor = target + column < end ? target + column : end;
    while (e->cursor > target && e->cursor < end && ((uint8_t)e->text.data[e->cursor] & 0xc0) == 0x80) {
        e->cursor--;
    }
    return true;
}

static void transpose(Editor *e) {
    size_t right = e->cursor == e->text.size ? previous_character(&e->text, e->cursor) : e->cursor;
    if (!right || !e->text.size) {
        return;
    }
    size_t left = previous_character(&e->text, right), end = next_character(&e->text, right);
    char copy[16];
    size_t size = right - left;
    if (size > sizeof copy) {
        return;
    }
    memcpy(copy, e->text.data + left, size);
    memmove(e->text.data + left, e->text.data + right, end - right);
    memcpy(e->text.data + left + (end - right), copy, size);
    e->cursor = end;
}

// A bracketed paste: everything up to ESC [ 201 ~.
static int read_paste(Editor *e) {
    static const char terminator[] = "\33[201~";
    Bytes pasted = { 0 };
    for (;;) {
        int c = next_byte(-1);
        if (c == KEY_FAILED || c == KEY_END_OF_INPUT) {
            free(pasted.data);
            return c;
        }
        if (c >= KEY_NONE) {
            continue;
        }
        char byte = (char)(c == '\r' ? '\n' : c);
        bytes_add(&pasted, &byte, 1);
        size_t size = sizeof terminator - 1;
        if (pasted.size >= size && !memcmp(pasted.data + pasted.size - size, terminator, size)) {
            pasted.size -= size;
            break;
        }
        if (pasted.failed) {
            break;
        }
    }
    const char *newline = !e->statement && pasted.size ? memchr(pasted.data, '\n', pasted.size) : NULL;
    size_t now = newline ? (size_t)(newline - pasted.data) : pasted.size;
    insert(e, pasted.data ? pasted.data : "", now);
    if (newline) { // the lines after the first are typed, so to speak
        bytes_insert(&pending, 0, newline, pasted.size - now);
    }
    free(pasted.data);
    return KEY_NONE;
}

// ---- searching the history

static int find_entry(const Bytes *wanted, int from) {
    for (int i = from; i >= 0; i--) {
        if (strstr(history_entry(i), wanted->data ? wanted->data : "")) {
            return i;
        }
    }
    return -1;
}

// ^R: the text is what has been found. Returns the key that ended the search, to be obeyed.
static int search(Editor *e) {
    Bytes wanted = { 0 }, prompt = { 0 };
    const char *own_prompt = e->prompt;
    bool statement = e->statement;
    int found = history_count(), key;
    bytes_text(&wanted, "");
    bytes_insert(&wanted, 0, "", 0);
    bool failing = false;
    for (;;) {
        prompt.size = 0;
        bytes_text(&prompt, failing ? "(failed reverse-i-search)`" : "(reverse-i-search)`");
        bytes_add(&prompt, wanted.data ? wanted.data : "", wanted.size);
        bytes_text(&prompt, "': ");
        e->prompt = prompt.failed ? own_prompt : prompt.data;
        refresh(e);
        key = next_byte(-1);
        int from = found;
        if (key == 18) {
            from = found - 1;
        } else if (key == 127 || key == 8) {
            if (wanted.size) {
                size_t at = previous_character(&wanted, wanted.size);
                bytes_delete(&wanted, at, wanted.size - at);
            }
            from = history_count() - 1;
        } else if (key >= 32 && key < 256) {
            bytes_add(&wanted, (char[]){ (char)key }, 1);
            from = found < history_count() ? found : history_count() - 1;
        } else if (key == KEY_NONE || key == KEY_INTERRUPTED) {
            continue;
        } else {
            break;
        }
        int entry = wanted.size ? find_entry(&wanted, from) : -1;
        failing = wanted.size && entry < 0;
        if (entry >= 0) {
            found = entry;
            show_entry(e, entry);
            const char *at = strstr(e->text.data, wanted.data);
            e->cursor = at ? (size_t)(at - e->text.data) : 0;
        }
    }
    e->prompt = own_prompt;
    e->statement = statement;
    free(wanted.data);
    free(prompt.data);
    if (key == 7) { // ^G: as if nothing had been
        show_entry(e, history_count());
        return KEY_NONE;
    }
    return key == 27 ? read_escape() : key;
}

// ---- completion

static void list_matches(Editor *e, Object **matches, ssize_t count) {
    ssize_t widest = 0;
    for (ssize_t i = 0; i < count; i++) {
        ssize_t length = str_length(matches[i]);
        widest = length > widest ? length : widest;
    }
    int per_row = e->columns / (int)(widest < 200 ? widest + 2 : 202);
    per_row = per_row ? per_row : 1;
    size_t cursor = e->cursor;
    leave_picture(e);
    Bytes out = { 0 };
    for (ssize_t i = 0; i < count; i++) {
        ssize_t size;
        const char *text = str_utf8(matches[i], &size);
        if (!text) {
            error_clear();
            continue;
        }
        bytes_add(&out, text, (size_t)size);
        if ((i + 1) % per_row == 0 || i + 1 == count) {
            bytes_text(&out, "\r\n");
        } else {
            for (ssize_t pad = str_length(matches[i]); pad < widest + 2; pad++) {
                bytes_text(&out, " ");
            }
        }
    }
    send(&out);
    e->cursor = cursor;
}

// Tab. Whatever a completer raises means: no matches.
static void complete(Editor *e) {
    size_t start = e->cursor;
    while (start > 0 && !strchr(" \t\n`~!@#$%^&*()-=+[{]}\\|;:'\",<>/?", e->text.data[start - 1])) {
        start--;
    }
    size_t line = line_start(&e->text, e->cursor);
    bool blank = true;
    for (size_t i = line; i < e->cursor; i++) {
        blank &= e->text.data[i] == ' ' || e->text.data[i] == '\t';
    }
    if (blank || !e->namespace) {
        insert(e, "    ", blank && e->namespace ? 4 - (e->cursor - line) % 4 : 4);
        return;
    }
    enum { MOST = 500 };
    Object *matches[MOST];
    ssize_t count = 0;
    Object *class = import_get_attr("rlcompleter", "Completer");
    Object *completer = class ? call1(class, e->namespace) : NULL;
    Object *method = completer ? object_getattr_cstring(completer, "complete") : NULL;
    Object *word = method ? str_decode_utf8(e->text.data + start, (ssize_t)(e->cursor - start), "replace")
                          : NULL;
    while (word && count < MOST) {
        Object *state = int_from_ssize(count), *match = state ? call2(method, word, state) : NULL;
        if (!match || !str_check(match)) {
            break;
        }
        matches[count++] = match;
    }
    error_clear();
    if (!count) {
        return;
    }
    ssize_t size;
    const char *first = str_utf8(matches[0], &size);
    for (ssize_t i = 1; first && i < count; i++) {
        ssize_t other_size, common = 0;
        const char *other = str_utf8(matches[i], &other_size);
        while (other && common < size && common < other_size && first[common] == other[common]) {
            common++;
        }
        size = common;
    }
    if (!first) {
        error_clear();
        return;
    }
    while (size && ((uint8_t)first[size] & 0xc0) == 0x80) {
        size--;
    }
    if (size > (ssize_t)(e->cursor - start)) {
        delete_range(e, start, e->cursor, false);
        insert(e, first, (size_t)size);
    } else if (count > 1) {
        if (e->listed) {
            list_matches(e, matches, count);
        }
        e->listed = true;
    }
}

// ---- keys

typedef enum Outcome { GO_ON, ACCEPT, END_OF_INPUT, FAILED } Outcome;

// Enter: whether the text is done. A statement that is not goes on in another line, indented like the one before.
static bool accepts(Editor *e) {
    if (!e->statement) {
        return true;
    }
    bool at_last = line_end(&e->text, e->cursor) == e->text.size;
    if (at_last && statement_complete(e->text.data ? e->text.data : "", e->text.size)) {
        return true;
    }
    insert(e, "\n", 1);
    return false;
}

static void suspend(Editor *e, struct termios *before) {
    struct termios raw;
    leave_picture(e);
    tcgetattr(0, &raw);
    tcsetattr(0, TCSADRAIN, before);
    raise(SIGTSTP);
    tcsetattr(0, TCSADRAIN, &raw);
}

static Outcome obey(Editor *e, int key, struct termios *before) {
    bool listed = e->listed;
    Bytes *t = &e->text;
    if (key != 9) {
        e->listed = listed = false;
    }
    switch (key) {
    case '\r':
    case '\n': return accepts(e) ? ACCEPT : GO_ON;
    case 1:
    case KEY_HOME: e->cursor = line_start(t, e->cursor); break;
    case 5:
    case KEY_END: e->cursor = line_end(t, e->cursor); break;
    case 2:
    case KEY_LEFT: e->cursor = previous_character(t, e->cursor); break;
    case 6:
    case KEY_RIGHT: e->cursor = next_character(t, e->cursor); break;
    case KEY_WORD_LEFT: e->cursor = word_start(t, e->cursor); break;
    case KEY_WORD_RIGHT: e->cursor = word_end(t, e->cursor); break;
    case 4:
        if (!t->size) {
            return END_OF_INPUT;
        }
        [[fallthrough]];
    case KEY_DELETE: {
        size_t end = next_character(t, e->cursor);
        delete_range(e, e->cursor, end, false);
        break;
    }
    case 8:
    case 127: {
        size_t end = e->cursor;
        delete_range(e, previous_character(t, e->cursor), end, false);
        break;
    }
    case 11: {
        size_t end = line_end(t, e->cursor);
        delete_range(e, e->cursor, end == e->cursor ? next_character(t, end) : end, true);
        break;
    }
    case 21: delete_range(e, line_start(t, e->cursor), e->cursor, true); break;
    case 23:
    case KEY_KILL_WORD_BACK: delete_range(e, word_start(t, e->cursor), e->cursor, true); break;
    case KEY_KILL_WORD: delete_range(e, e->cursor, word_end(t, e->cursor), true); break;
    case 25: insert(e, killed.data ? killed.data : "", killed.size); break;
    case 20: transpose(e); break;
    case 12:
        send_text("\33[H\33[2J");
        e->cursor_row = 0;
        break;
    case 26: suspend(e, before); break;
    case 9: complete(e); break;
    case KEY_UP:
    case 16:
        if (key == 16 || !move_line(e, -1)) {
            show_entry(e, e->entry - 1);
        }
        break;
    case KEY_DOWN:
    case 14:
        if (key == 14 || !move_line(e, 1)) {
            show_entry(e, e->entry + 1);
        }
        break;
    case KEY_FIRST: show_entry(e, 0); break;
    case KEY_LAST: show_entry(e, history_count()); break;
    case KEY_PASTE: {
        int end = read_paste(e);
        if (end != KEY_NONE) {
            return end == KEY_FAILED ? FAILED : END_OF_INPUT;
        }
        break;
    }
    case KEY_END_OF_INPUT: return t->size ? ACCEPT : END_OF_INPUT;
    case KEY_FAILED: return FAILED;
    default:
        if (key >= 32 && key < 256) {
            insert(e, (char[]){ (char)key }, 1);
        }
    }
    return GO_ON;
}

static bool more_input(void) {
    return pending.size || poll(&(struct pollfd){ 0, POLLIN, 0 }, 1, 0) > 0;
}

static Outcome edit(Editor *e, struct termios *before) {
    for (;;) {
        if (e->text.failed) {
            raise_memory_error();
            return FAILED;
        }
        if (!more_input()) {
            refresh(e);
        }
        int key = next_byte(-1);
        if (key == 27) {
            key = read_escape();
        } else if (key == 18) {
            key = search(e);
        }
        Outcome outcome = obey(e, key, before);
        if (outcome != GO_ON) {
            return outcome;
        }
    }
}

Object *line_editor_read(const char *prompt, const char *more, bool statement, Object *namespace) {
    // Lines of the prompt before the last are written once.
    const char *last = strrchr(prompt, '\n');
    if (last) {
        Bytes out = { 0 };
        for (const char *s = prompt; s <= last; s++) {
            bytes_add(&out, *s == '\n' ? "\r\n" : s, *s == '\n' ? 2 : 1);
        }
        send(&out);
        prompt = last + 1;
    }
    Editor e = { .prompt = prompt,
                 .more = more,
                 .statement = statement,
                 .colour = use_colour(),
                 .namespace = namespace,
                 .entry = history_count(),
                 .columns = 80 };
    struct termios before;
    if (!terminal_raw(&before)) {
        return raise_os_error(errno, NULL, NULL);
    }
    send_text("\33[?2004h");
    Outcome outcome = edit(&e, &before);
    if (outcome == FAILED) {
        Object *error = error_take();
        leave_picture(&e);
        error_restore(error);
    } else if (outcome == ACCEPT) {
        leave_picture(&e);
    }
    send_text("\33[?2004l");
    tcsetattr(0, TCSANOW, &before);
    Object *result = NULL;
    if (outcome == ACCEPT) {
        if (e.text.size) {
            history_add(e.text.data, e.text.size);
        }
        bytes_text(&e.text, "\n");
        result = e.text.failed ? raise_memory_error()
                               : str_decode_utf8(e.text.data, (ssize_t)e.text.size, "surrogateescape");
    } else if (outcome == END_OF_INPUT) {
        result = str_empty();
    }
    free(e.text.data);
    free(e.saved.data);
    return result;
}

void line_editor_load_history(void) {
    history_load();
}

void line_editor_save_history(void) {
    history_save();
}
