// Reading from a terminal: input() there, and the interactive interpreter.
#include "vm/interactive.h"

#include <errno.h>
#include <unistd.h>

#include "compile/compile.h"
#include "heap/heap.h"
#include "heap/thread.h"
#include "objects/abstract.h"
#include "objects/errors.h"
#include "objects/names.h"
#include "objects/str.h"
#include "vm/interpreter.h"
#include "vm/line_editor.h"
#include "vm/runtime.h"

enum {
    FUTURE_FLAGS = CO_FUTURE_DIVISION | CO_FUTURE_ABSOLUTE_IMPORT | CO_FUTURE_WITH_STATEMENT |
                   CO_FUTURE_PRINT_FUNCTION | CO_FUTURE_UNICODE_LITERALS | CO_FUTURE_BARRY_AS_BDFL |
                   CO_FUTURE_GENERATOR_STOP | CO_FUTURE_ANNOTATIONS,
};

typedef struct LineRead {
    char *data;
    size_t size, capacity;
    int error;
} LineRead;

// Reads bytes one by one: what follows the line stays for others that read the descriptor.
static void *read_line(void *context) {
    LineRead *l = context;
    for (;;) {
        if (l->size + 2 > l->capacity) {
            size_t capacity = l->capacity ? l->capacity * 2 : 256;
            char *larger = realloc(l->data, capacity);
            if (!larger) {
                l->error = ENOMEM;
                return NULL;
            }
            l->data = larger;
            l->capacity = capacity;
        }
        ssize_t count = read(0, l->data + l->size, 1);
        if (count <= 0) {
            l->error = count < 0 ? errno : 0;
            return NULL;
        }
        if (l->data[l->size++] == '\n') {
            l->error = 0;
            return NULL;
        }
    }
}

// The next line of standard input, "" at its end (and, unless `strict`, when it cannot be read).
static Object *next_line(const char *errors, bool strict) {
    LineRead line = { 0 };
    for (;;) {
        int status = heap_before_blocking();
        if (status == 0) {
            blocking_call(read_line, &line);
        }
        if (status < 0 || safepoint() < 0) {
            free(line.data);
            return NULL;
        }
        if (line.error != EINTR) {
            break;
        }
    }
    Object *text = NULL;
    if (line.error == ENOMEM) {
        raise_memory_error();
    } else if (line.error && strict) {
        raise_os_error(line.error, NULL, NULL);
    } else {
        text = str_decode_utf8(line.data ? line.data : "", (ssize_t)line.size, errors);
    }
    free(line.data);
    return text;
}

static void write_prompt(const char *text, size_t length) {
    fflush(stdout);
    fwrite(text, 1, length, stderr);
    fflush(stderr);
}

Object *interactive_read_line(Object *stdin_file, Object *stdout_file, Object *prompt) {
    if (!call_method0(stdout_file, names.flush)) {
        error_clear();
    }
    bool editor = line_editor_usable();
    if (editor || prompt) {
        Object *text = prompt ? object_str(prompt) : str_empty();
        ssize_t length;
        const char *utf8 = text ? str_utf8(text, &length) : NULL;
        if (!utf8) {
            return NULL;
        }
        if (editor) {
            return line_editor_read(utf8, "", false, NULL);
        }
        write_prompt(utf8, (size_t)length);
    }
    return next_line("surrogateescape", true);
}

// What the line editor has given and the parser has not asked for yet, and where its names are completed.
static struct {
    Object *text, *namespace;
} edited;
static ssize_t edited_from;

static Object *take_edited_line(void) {
    ssize_t length = str_length(edited.text);
    ssize_t newline = str_find_char(edited.text, '\n', edited_from, length, 1);
    ssize_t end = newline < 0 ? length : newline + 1;
    Object *line = str_substring(edited.text, edited_from, end);
    edited_from = end;
    if (end == length) {
        edited.text = NULL;
    }
    return line;
}

static const char *prompt_text(const char *name) {
    Object *prompt = sys_get(name);
    Object *text = prompt ? object_str(prompt) : NULL;
    const char *utf8 = text ? str_utf8(text, NULL) : NULL;
    if (!utf8) {
        error_clear();
    }
    return utf8 ? utf8 : "";
}

// A line from what is no terminal that can be edited at. What stands behind a NUL is lost, as in CPython, and so is the end
// of that line: the next one is joined to it. A last line without an end asks in vain for more.
static bool ended; // where the line before had no end
static Object *read_plain_line(bool first) {
    Object *line = next_line(NULL, false);
    while (line) {
        ssize_t length = str_length(line), nul = str_find_char(line, 0, 0, length, 1);
        if (nul >= 0) {
            line = str_substring(line, 0, nul);
            length = nul;
        }
        if (!line || (length && str_read(line, length - 1) == '\n')) {
            return line;
        }
        Object *more = length || nul >= 0 ? next_line(NULL, false) : line;
        if (!more) {
            return NULL;
        }
        if (!str_length(more)) {
            break;
        }
        line = str_concat(line, more);
    }
    ended = line && str_length(line);
    if (ended) {
        const char *prompt = prompt_text("ps2");
        write_prompt(prompt, strlen(prompt));
    }
    if (line && (str_length(line) || !first)) {
        write_prompt("\n", 1);
    }
    return line;
}

static Object *read_statement_line(bool first) {
    if (edited.text) {
        return take_edited_line();
    }
    const char *prompt = prompt_text(first ? "ps1" : "ps2");
    if (!line_editor_usable()) {
        if (!first && ended) {
            ended = false;
            return str_empty();
        }
        write_prompt(prompt, strlen(prompt));
        return read_plain_line(first);
    }
    char *copy = strdup(prompt); // the other prompt's __str__ may run anything
    Object *text = copy ? line_editor_read(copy, prompt_text("ps2"), first, edited.namespace)
                        : raise_memory_error();
    free(copy);
    if (!text || !str_length(text)) {
        return text;
    }
    edited.text = text;
    edited_from = 0;
    return take_edited_line();
}

static int default_prompt(const char *name, const char *text) {
    if (sys_get(name)) {
        return 0;
    }
    error_clear();
    Object *prompt = str_from_cstring(text);
    return prompt ? sys_set(name, prompt) : -1;
}

static void flush_streams(void) {
    const char *streams[] = { "stderr", "stdout" };
    for (size_t i = 0; i < COUNT_OF(streams); i++) {
        Object *stream = sys_get(streams[i]);
        if (!stream || stream == NONE || !call_method0(stream, names.flush)) {
            error_clear();
        }
    }
}

// So many statements in a row that end for want of memory end the interpreter, which would print errors without end.
enum { MEMORY_ERRORS_MOST = 16 };

InteractiveEnd interactive_run(Object *dict) {
    int memory_errors = 0;
    bool unread = false; // the last statement could not even be read
    Object *filename = str_intern_cstring("<stdin>");
    int flags = PARSE_IGNORE_COOKIE;
    if (!filename || default_prompt("ps1", ">>> ") < 0 || default_prompt("ps2", "... ") < 0) {
        return INTERACTIVE_EXIT;
    }
    static bool rooted;
    bool history = !config.isolated && !config.no_site && line_editor_usable();
    if (!rooted) {
        rooted = true;
        heap_add_root(&edited, sizeof edited / sizeof(Object *));
        if (history) {
            line_editor_load_history();
        }
    }
    edited.namespace = dict;
    for (;;) {
        bool at_end = false;
        Arena *arena = arena_new();
        struct Mod *mod = arena ? parse_interactive(read_statement_line, filename, flags, arena, &at_end)
                                : NULL;
        Code *code = mod ? (Code *)compile_ast(mod, filename, flags, config.optimize, arena) : NULL;
        if (arena) {
            arena_free(arena);
        }
        if (at_end) {
            write_prompt("\n", 1);
            if (history) {
                line_editor_save_history();
            }
            return unread ? INTERACTIVE_NO_MEMORY : INTERACTIVE_END;
        }
        if (code) {
            // `from __future__` holds for the rest of the input.
            flags |= code->flags & FUTURE_FLAGS;
        }
        if (!code || !eval_code((Object *)code, dict, dict, NULL)) {
            edited.text = NULL;
            bool exits = error_matches(&exc_SystemExit);
            bool no_memory = error_matches(&exc_MemoryError);
            memory_errors = no_memory ? memory_errors + 1 : 0;
            unread = no_memory && !code;
            if (memory_errors > MEMORY_ERRORS_MOST) {
                error_clear();
                return INTERACTIVE_NO_MEMORY;
            }
            if (exits || error_print()) {
                if (history) {
                    line_editor_save_history();
                }
                return INTERACTIVE_EXIT;
            }
        } else {
            memory_errors = 0;
            unread = false;
        }
        flush_streams();
    }
}

void interactive_banner(void) {
    Object *version = sys_get("version"), *platform = sys_get("platform");
    const char *v = version ? str_utf8(version, NULL) : NULL, *p = platform ? str_utf8(platform, NULL) : NULL;
    fprintf(stderr, "Python %s on %s\n", v ? v : "", p ? p : "");
    if (!config.no_site) {
        fprintf(stderr, "Type \"help\", \"copyright\", \"credits\" or \"license\" for more information.\n");
    }
}
