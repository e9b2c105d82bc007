// Printing tracebacks: what the top level, sys.excepthook and sys.unraisablehook show.
#include "vm/print_exception.h"

#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/code.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/set.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "vm/config.h"
#include "vm/frame.h"
#include "vm/runtime.h"
#include "vm/source_line.h"
#include "vm/suggestions.h"

enum { TRACEBACK_LIMIT = 1000, REPEATS_SHOWN = 3, GROUP_WIDTH = 15, GROUP_DEPTH = 10 };

static int write_text(Object *file, Object *text) {
    return text && call_method1(file, names.write, text) ? 0 : -1;
}

static int write_cstring(Object *file, const char *text) {
    return write_text(file, str_from_cstring(text));
}

static ssize_t leading_space(Object *line) {
    ssize_t i = 0;
    while (i < str_length(line)) {
        uint32_t c = str_read(line, i);
        if (c != ' ' && c != '\t' && c != '\f') {
            break;
        }
        i++;
    }
    return i;
}

int traceback_print_source_line(Object *file, Object *filename, int line, int indent) {
    Object *text = source_line(filename, line);
    if (!text) {
        return 0;
    }
    Object *stripped = str_substring(text, leading_space(text), str_length(text));
    Object *out = stripped ? str_format("%*s%U\n", indent, "", stripped) : NULL;
    return write_text(file, out);
}

// Characters before byte offset `offset` of the line's UTF-8 form.
static ssize_t characters_before(Object *line, int offset) {
    ssize_t bytes = 0, i = 0;
    for (; i < str_length(line) && bytes < offset; i++) {
        uint32_t c = str_read(line, i);
        bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    }
    return i;
}

// Where and how deep in exception groups a printer is: each line begins with the margin of its box.
typedef struct Printer {
    Object *file;
    Object *seen;     // a set of the addresses of the exceptions printed so far
    int64_t limit;    // of traceback entries
    int depth;        // nesting of boxes
    bool need_close;  // the innermost box is still open
} Printer;

static int emit(Printer *p, Object *text) {
    if (text && p->depth && write_text(p->file, str_format("%*s| ", 2 * p->depth, "")) < 0) {
        return -1;
    }
    return write_text(p->file, text);
}

static int emit_cstring(Printer *p, const char *text) {
    return emit(p, str_from_cstring(text));
}

static int print_chain(Printer *p, Object *exception);

// The source line and, unless they would mark all of it, the carets below it.
static int print_line_with_carets(Printer *p, Traceback *entry, Object *filename, int line) {
    Object *text = source_line(filename, line);
    if (!text) {
        return 0;
    }
    ssize_t start_of_text = leading_space(text), length = str_length(text);
    while (length > start_of_text && char_is_space(str_read(text, length - 1))) {
        length--;
    }
    Object *stripped = str_substring(text, start_of_text, length);
    if (!stripped || emit(p, str_format("    %U\n", stripped)) < 0) {
        return -1;
    }
    int from_line, to_line, column, end_column;
    code_position_at(frame_object_code(entry->frame), entry->last_instruction, &from_line, &to_line, &column,
                     &end_column);
    if (from_line != line || column < 0 || end_column < 0) {
        return 0;
    }
    ssize_t start = characters_before(text, column);
    ssize_t end = to_line == line ? characters_before(text, end_column) : length;
    start = start < start_of_text ? start_of_text : start;
    end = end > length ? length : end;
    Anchors anchors = { 0, 0 };
    bool anchored = start < end && to_line == line && anchors_find(text, start, end, &anchors);
    if (to_line == line && !column && !end_column) {
        return emit_cstring(p, "\n");  // where a function begins: a line of no carets
    }
    if (start >= end || (!anchored && start == start_of_text && end == length)) {
        return 0;
    }
    StrBuilder builder;
    str_builder_init(&builder, end + 8);
    str_builder_fill(&builder, ' ', 4 + start - start_of_text);
    if (anchored) {
        str_builder_fill(&builder, '~', anchors.left);
        str_builder_fill(&builder, '^', anchors.right - anchors.left);
        str_builder_fill(&builder, '~', end - start - anchors.right);
    } else {
        str_builder_fill(&builder, '^', end - start);
    }
    str_builder_char(&builder, '\n');
    return emit(p, str_builder_finish(&builder));
}

static int entry_line(Traceback *entry) {
    return entry->line >= 0 ? entry->line
                            : code_line_at(frame_object_code(entry->frame), entry->last_instruction);
}

static int print_repeats(Printer *p, ssize_t count) {
    count -= REPEATS_SHOWN;
    return write_text(p->file, str_format(count > 1 ? "  [Previous line repeated %zd more times]\n"
                                                    : "  [Previous line repeated %zd more time]\n",
                                          count));
}

static int print_entries(Printer *p, Traceback *traceback) {
    int64_t depth = 0;
    for (Traceback *t = traceback; t; t = t->next) {
        depth++;
    }
    for (; traceback && depth > p->limit; depth--) {
        traceback = traceback->next;
    }
    Object *last_file = NULL, *last_name = NULL;
    int last_line = -1;
    ssize_t repeats = 0;
    for (; traceback; traceback = traceback->next) {
        Code *code = frame_object_code(traceback->frame);
        int line = entry_line(traceback);
        if (last_file && str_equal(last_file, code->filename) && line == last_line &&
            str_equal(last_name, code->name)) {
            repeats++;
        } else {
            if (repeats > REPEATS_SHOWN && print_repeats(p, repeats) < 0) {
                return -1;
            }
            repeats = 1;
            last_file = code->filename;
            last_name = code->name;
            last_line = line;
        }
        if (repeats > REPEATS_SHOWN) {
            continue;
        }
        Object *text = str_format("  File \"%U\", line %d, in %U\n", code->filename, line, code->name);
        if (emit(p, text) < 0 || print_line_with_carets(p, traceback, code->filename, line) < 0 ||
            safepoint() < 0) {
            return -1;
        }
    }
    return repeats > REPEATS_SHOWN ? print_repeats(p, repeats) : 0;
}

// An attribute of an exception, which Python code that is called in between, or another thread, may assign.
static inline Object *attribute_now(Object *const *place) {
    return __atomic_load_n(place, __ATOMIC_ACQUIRE);
}
static int64_t int_attribute(Object *const *place, int64_t otherwise) {
    Object *value = attribute_now(place);
    int overflow;
    return value && int_check(value) ? int_as_i64(value, &overflow) : otherwise;
}

static int print_syntax_location(Printer *p, SyntaxError *error) {
    Object *filename = attribute_now(&error->filename);
    filename = filename && filename != NONE ? object_str(filename) : str_from_cstring("<string>");
    if (!filename) {
        error_clear();
        filename = str_from_cstring("<string>");
    }
    int64_t line = int_attribute(&error->lineno, 0);
    if (emit(p, str_format("  File \"%U\", line %d\n", filename, (int)line)) < 0) {
        return -1;
    }
    Object *text = attribute_now(&error->text);
    if (!text || !str_check(text)) {
        return 0;
    }
    int64_t offset = int_attribute(&error->offset, 0);
    // Of several lines the one that the offset falls into, without the newline at its end.
    ssize_t first = 0, length = str_length(text);
    for (ssize_t i = 0; i < length - 1 && i + 1 < offset; i++) {
        first = str_read(text, i) == '\n' ? i + 1 : first;
    }
    if (length > first && str_read(text, length - 1) == '\n') {
        length--;
    }
    text = str_substring(text, first, length);
    if (!text) {
        return -1;
    }
    length = str_length(text);
    ssize_t start = leading_space(text);
    Object *stripped = str_substring(text, start, length);
    if (!stripped || write_text(p->file, str_format("    %U\n", stripped)) < 0) {
        return -1;
    }
    int64_t end = int_attribute(&error->end_offset, offset),
            end_line = int_attribute(&error->end_lineno, line);
    if (offset < 1) {
        return 0;
    }
    offset -= first;
    end -= first;
    if (end_line > line) {
        end = length;
    }
    int64_t caret = offset - 1 - start, width = end > offset ? end - offset : 1;
    if (caret < 0) {
        return 0;
    }
    caret = caret > length - start ? length - start : caret;
    if (caret + width > length - start) {
        width = length - start - caret > 1 ? length - start - caret : 1;
    }
    StrBuilder builder;
    str_builder_init(&builder, 16);
    str_builder_fill(&builder, ' ', 4 + caret);
    str_builder_fill(&builder, '^', width);
    str_builder_char(&builder, '\n');
    return write_text(p->file, str_builder_finish(&builder));
}

// Whether a syntax error knows its place: then that is printed apart from the message.
static bool has_place(Object *exception) {
    if (!type_is_subtype(exception->type, &exc_SyntaxError)) {
        return false;
    }
    SyntaxError *error = (SyntaxError *)exception;
    const Object *offset = attribute_now(&error->offset), *line = attribute_now(&error->lineno);
    return line && int_check(line) && (!offset || offset == NONE || int_check(offset));
}

// Each line of a note with a margin of its own. What is no sequence is shown by its repr, and no newline.
static int print_notes(Printer *p, Object *exception) {
    Object *name = str_intern_cstring("__notes__"), *notes = NULL;
    int found = name ? object_getattr_optional(exception, name, &notes) : -1;
    if (found <= 0) {
        return found;
    }
    if (!sequence_check(notes)) {
        Object *text = object_repr(notes);
        if (!text) {
            error_clear();
            text = str_from_cstring("<__notes__ repr() failed>");
        }
        return emit(p, text);
    }
    notes = sequence_list(notes);
    // str's own: a note's text may be of a subclass, whose method gives what it likes.
    Object *splitlines = notes ? object_getattr_cstring((Object *)&str_type, "splitlines") : NULL;
    if (!splitlines) {
        return -1;
    }
    for (ssize_t i = 0; i < list_size(notes); i++) {
        Object *text = object_str(list_read(notes, i));
        if (!text) {
            error_clear();
            text = str_from_cstring("<note str() failed>");
        }
        Object *lines = text ? call2(splitlines, text, TRUE_OBJECT) : NULL;
        if (!lines) {
            return -1;
        }
        for (ssize_t j = 0; j < list_size(lines); j++) {
            if (emit(p, list_read(lines, j)) < 0) {
                return -1;
            }
        }
        if (write_cstring(p->file, "\n") < 0) {
            return -1;
        }
    }
    return 0;
}

// "module.Name: text" and the notes.
static int print_message(Printer *p, Object *exception) {
    Type *type = exception->type;
    if (has_place(exception) && print_syntax_location(p, (SyntaxError *)exception) < 0) {
        return -1;
    }
    Object *module = type_module(type), *name = type_qualname(type);
    if (!name) {
        return -1;
    }
    error_clear();
    bool plain = module && str_check(module) &&
                 (str_equal_cstring(module, "builtins") || str_equal_cstring(module, "__main__"));
    Object *head = plain                         ? name
                   : module && str_check(module) ? str_format("%U.%U", module, name)
                                                 : str_format("<unknown>.%U", name);
    Object *message = has_place(exception) ? attribute_now(&((SyntaxError *)exception)->message) : NULL;
    Object *text = object_str(message ? message : exception);
    if (!text) {
        error_clear();
        text = str_from_cstring("<exception str() failed>");
    }
    Object *suggestion = head && text ? exception_suggestion(exception) : NULL;
    Object *line = !head || !text ? NULL : str_length(text) ? str_format("%U: %U", head, text) : head;
    if (!line || emit(p, suggestion ? str_format("%U. Did you mean: %R?\n", line, suggestion)
                                    : str_format("%U\n", line)) < 0) {
        return -1;
    }
    return print_notes(p, exception);
}

// The exceptions of a group, each in a box; below `p->depth` margins.
static int print_members(Printer *p, Object *exceptions) {
    ssize_t count = tuple_size(exceptions), shown = count;
    if (count > GROUP_WIDTH) {
        shown = GROUP_WIDTH + 1;
    }
    p->need_close = false;
    int status = 0;
    for (ssize_t i = 0; i < shown && status == 0; i++) {
        bool last = i == shown - 1, cut = i == GROUP_WIDTH;
        if (last) {
            p->need_close = true;
        }
        const char *corner = i ? "  " : "+-";
        status = write_text(p->file, cut ? str_format("%*s%s+---------------- ... ----------------\n",
                                                      2 * p->depth, "", corner)
                                         : str_format("%*s%s+---------------- %zd ----------------\n",
                                                      2 * p->depth, "", corner, i + 1));
        p->depth++;
        if (status == 0) {
            status = !cut ? print_chain(p, tuple_get(exceptions, i))
                          : emit(p, str_format("and %zd more exception%s\n", count - GROUP_WIDTH,
                                               count - GROUP_WIDTH > 1 ? "s" : ""));
        }
        // A nested group that came last has closed this box with its own.
        if (status == 0 && last && p->need_close) {
            status = write_text(p->file,
                                str_format("%*s+------------------------------------\n", 2 * p->depth, ""));
            p->need_close = false;
        }
        p->depth--;
    }
    return status;
}

static int print_group(Printer *p, Object *exception) {
    if (p->depth > GROUP_DEPTH) {
        return emit(p, str_format("... (max_group_depth is %d)\n", GROUP_DEPTH));
    }
    bool outermost = p->depth == 0;
    if (outermost) {
        p->depth = 1;
    }
    int status = 0;
    Object *traceback = ((BaseException *)exception)->traceback;
    if (traceback && traceback != NONE && p->limit > 0) {
        const char *header = "Exception Group Traceback (most recent call last):\n";
        status = outermost ? write_text(p->file, str_format("  + %s", header))
                           : emit(p, str_from_cstring(header));
        if (status == 0) {
            status = print_entries(p, (Traceback *)traceback);
        }
    }
    if (status == 0) {
        status = print_message(p, exception);
    }
    if (status == 0) {
        status = print_members(p, ((ExceptionGroup *)exception)->exceptions);
    }
    if (outermost) {
        p->depth = 0;
    }
    return status;
}

static int print_chain(Printer *p, Object *exception) {
    if (recursion_enter(" while printing an exception") < 0) {
        return -1;
    }
    int status = -1;
    BaseException *e = (BaseException *)exception;
    Object *id = int_from_u64((uintptr_t)exception);
    if (!id || set_add(p->seen, id) < 0) {
        goto done;
    }
    Object *cause = attribute_now(&e->cause), *context = attribute_now(&e->context);
    Object *earlier = cause && cause != NONE                               ? cause
                      : context && context != NONE && !e->suppress_context ? context
                                                                           : NULL;
    if (earlier) {
        Object *earlier_id = int_from_u64((uintptr_t)earlier);
        if (earlier_id && set_contains(p->seen, earlier_id) == 0) {
            if (print_chain(p, earlier) < 0 || emit_cstring(p, "\n") < 0 ||
                emit_cstring(p,
                             earlier == cause
                                 ? "The above exception was the direct cause of the following exception:\n"
                                 : "During handling of the above exception, another exception occurred:\n") <
                    0 ||
                emit_cstring(p, "\n") < 0) {
                goto done;
            }
        }
    }
    if (type_is_subtype(exception->type, &exc_BaseExceptionGroup)) {
        status = print_group(p, exception);
        goto done;
    }
    Object *traceback = e->traceback;
    if (traceback && traceback != NONE && p->limit > 0) {
        if (emit_cstring(p, "Traceback (most recent call last):\n") < 0 ||
            print_entries(p, (Traceback *)traceback) < 0) {
            goto done;
        }
    }
    status = print_message(p, exception);
done:
    recursion_leave();
    return status;
}

static int64_t traceback_limit(void) {
    int64_t limit = TRACEBACK_LIMIT;
    Object *limit_object = sys_get("tracebacklimit");
    if (limit_object && int_check(limit_object)) {
        int overflow;
        limit = int_as_i64(limit_object, &overflow);
        if (overflow) {
            limit = overflow > 0 ? INT64_MAX : 0;
        }
    }
    return limit;
}

int exception_print(Object *file, Object *exception) {
    Printer printer = { .file = file, .seen = set_new(NULL), .limit = traceback_limit() };
    return printer.seen ? print_chain(&printer, exception) : -1;
}

int exception_print_alone(Object *file, Object *type, Object *value, Object *traceback) {
    Printer printer = { .file = file, .limit = traceback_limit() };
    if (traceback->type == &traceback_type && printer.limit > 0 &&
        (write_cstring(file, "Traceback (most recent call last):\n") < 0 ||
         print_entries(&printer, (Traceback *)traceback) < 0)) {
        return -1;
    }
    if (!type_check(type)) {
        return 0;
    }
    Object *name = object_getattr(type, names.__qualname__);
    if (!name || !str_check(name)) {
        error_clear();
        name = str_from_cstring("<unknown>");
    }
    Object *module = object_getattr(type, names.__module__);
    if (!module || !str_check(module)) {
        error_clear();
        name = name ? str_format("<unknown>.%U", name) : NULL;
    } else if (!str_equal_cstring(module, "builtins") && !str_equal_cstring(module, "__main__")) {
        name = name ? str_format("%U.%U", module, name) : NULL;
    }
    if (write_text(file, name) < 0) {
        return -1;
    }
    if (value != NONE) {
        Object *text = object_str(value);
        if (!text) {
            error_clear();
            text = str_from_cstring("<exception str() failed>");
        }
        if (write_text(file, text ? str_format(": %U", text) : NULL) < 0) {
            return -1;
        }
    }
    return write_cstring(file, "\n");
}

// ---- the top level

int handle_system_exit(void) {
    Object *exception = error_take();
    Object *code = object_getattr_cstring(exception, "code"); // a subclass may have its own
    if (!code) {
        error_clear();
        code = exception;
    }
    if (code == NONE) {
        return 0;
    }
    if (int_check(code)) {
        int overflow;
        int64_t value = int_as_i64(code, &overflow);
        return overflow ? 255 : (int)(value & 0xff);
    }
    Object *errors = sys_get("stderr");
    Object *text = object_str(code);
    if (errors && errors != NONE && text) {
        if (!call_method1(errors, names.write, text) ||
            !call_method1(errors, names.write, str_from_char('\n'))) {
            error_clear();
        }
    }
    error_clear();
    return 1;
}

bool error_print(void) {
    Object *exception = error_take();
    if (!exception) {
        return false;
    }
    Object *traceback = exception_traceback(exception);
    traceback = traceback ? traceback : NONE;
    sys_set("last_type", (Object *)exception->type);
    sys_set("last_value", exception);
    sys_set("last_traceback", traceback);
    Object *hook = sys_get("excepthook");
    if (audit("sys.excepthook", "OOOO", hook ? hook : NONE, (Object *)exception->type, exception, traceback) <
        0) {
        error_clear();
        return false;
    }
    Object *errors = sys_get("stderr");
    if (hook && hook != NONE) {
        if (call3(hook, (Object *)exception->type, exception, traceback)) {
            return false;
        }
        if (error_matches(&exc_SystemExit) && !config.inspect) {
            return true;
        }
        Object *second = error_take();
        errors = sys_get("stderr");
        if (errors && errors != NONE) {
            write_cstring(errors, "Error in sys.excepthook:\n");
            exception_print(errors, second);
            write_cstring(errors, "\nOriginal exception was:\n");
        }
    } else if (errors && errors != NONE) {
        write_cstring(errors, "sys.excepthook is missing\n");
    }
    errors = sys_get("stderr");
    // Where memory is full, the class's name has to do.
    if (!errors || errors == NONE ||
        (exception_print(errors, exception) < 0 && error_matches(&exc_MemoryError))) {
        fprintf(stderr, "%s\n", exception->type->name);
    }
    error_clear();
    return false;
}
