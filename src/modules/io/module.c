// The module `_io`: its classes, open(), open_code() and text_encoding().
#include "modules/io/io.h"
#include "modules/posix/posix.h"
#include "objects/dict.h"
#include "vm/runtime.h"

static Object *bad_mode(const char *text) {
    return raise_error(&exc_ValueError, "%s", text);
}

static Object *io_open(Object *file, const char *mode, int buffering, Object *encoding, Object *errors,
                       Object *newline, bool closefd, Object *opener) {
    if (!number_check_index(file) && !float_check(file) && !(file = posix_fspath(NULL, file))) {
        return NULL;
    }
    bool create = false, read = false, write = false, append = false, plus = false, text = false,
         binary = false;
    for (const char *m = mode; *m; m++) {
        bool *flag = *m == 'x'   ? &create
                     : *m == 'r' ? &read
                     : *m == 'w' ? &write
                     : *m == 'a' ? &append
                     : *m == '+' ? &plus
                     : *m == 't' ? &text
                     : *m == 'b' ? &binary
                                 : NULL;
        if (!flag || *flag) {
            return raise_error(&exc_ValueError, "invalid mode: '%s'", mode);
        }
        *flag = true;
    }
    if (text && binary) {
        return bad_mode("can't have text and binary mode at once");
    }
    if (create + read + write + append != 1) {
        return bad_mode(!(create + read + write + append) && !plus
                            ? "Must have exactly one of create/read/write/append mode and at most one plus"
                            : "must have exactly one of create/read/write/append mode");
    }
    if (binary && encoding != NONE) {
        return bad_mode("binary mode doesn't take an encoding argument");
    }
    if (binary && errors != NONE) {
        return bad_mode("binary mode doesn't take an errors argument");
    }
    if (binary && newline != NONE) {
        return bad_mode("binary mode doesn't take a newline argument");
    }
    if (binary && buffering == 1 &&
        warn(&exc_RuntimeWarning, 1,
             "line buffering (buffering=1) isn't supported in binary mode, the default "
             "buffer size will be used") < 0) {
        return NULL;
    }
    char raw_mode[4] = { create ? 'x' : read ? 'r' : write ? 'w' : 'a', plus ? '+' : 0, 0 };
    Object *raw = fileio_open(file, raw_mode, closefd, opener);
    if (!raw) {
        return NULL;
    }
    Object *result = raw;
    Object *tty = buffering < 0 ? call_method0(raw, names.isatty) : FALSE_OBJECT;
    if (!tty) {
        goto fail;
    }
    bool line_buffering = buffering == 1 || (buffering < 0 && tty == TRUE_OBJECT);
    if (buffering == 1 || buffering < 0) {
        int block = fileio_block_size(raw);
        buffering = block > 1 ? block : IO_BUFFER_SIZE;
    }
    if (buffering == 0) {
        if (!binary) {
            bad_mode("can't have unbuffered text I/O");
            goto fail;
        }
        return raw;
    }
    Object *size = int_from_i64(buffering);
    Type *type = plus                        ? &buffered_random_type
                 : create || write || append ? &buffered_writer_type
                                             : &buffered_reader_type;
    result = size ? call2((Object *)type, raw, size) : NULL;
    if (!result) {
        result = raw;
        goto fail;
    }
    if (binary) {
        return result;
    }
    Object *buffered = result;
    Object *args[5] = { buffered, encoding, errors, newline, bool_from(line_buffering) };
    result = call((Object *)&textio_type, args, 5, NULL);
    if (!result) {
        result = buffered;
        goto fail;
    }
    Object *mode_object = str_from_cstring(mode);
    if (!mode_object || object_setattr(result, names.mode, mode_object) < 0) {
        goto fail;
    }
    return result;
fail:;
    Object *error = error_take();
    call_method0(result, names.close);
    error_restore(error);
    return NULL;
}

static Object *open_function(Object *module, Object **b) {
    const char *mode = "r";
    if (b[1]) {
        if (!str_check(b[1])) {
            return raise_error(&exc_TypeError, "open() argument 'mode' must be str, not %s",
                               type_name_or_none(b[1]));
        }
        mode = mode_text_of(b[1]);
    }
    int buffering = b[2] ? int_to_c_int(b[2]) : -1;
    if (!mode || (buffering == -1 && error_occurred())) {
        return NULL;
    }
    static const char *const labels[3] = { "encoding", "errors", "newline" };
    for (int i = 3; i < 6; i++) {
        if (b[i] && b[i] != NONE && !str_check(b[i])) {
            return raise_error(&exc_TypeError, "open() argument '%s' must be str or None, not %K",
                               labels[i - 3], b[i]);
        }
    }
    int closefd = b[6] ? object_is_true(b[6]) : 1;
    if (closefd < 0) {
        return NULL;
    }
    return io_open(b[0], mode, buffering, b[3] ? b[3] : NONE, b[4] ? b[4] : NONE, b[5] ? b[5] : NONE, closefd,
                   b[7] ? b[7] : NONE);
}

static Object *open_code(Object *module, Object *path) {
    if (!str_check(path)) {
        return raise_error(&exc_TypeError, "open_code() argument 'path' must be str, not %K", path);
    }
    return io_open(path, "rb", -1, NONE, NONE, NONE, true, NONE);
}

static Object *text_encoding(Object *module, Object *encoding, Object *stack_level) {
    if (encoding != NONE) {
        return encoding;
    }
    if (config.warn_default_encoding &&
        warn(&exc_EncodingWarning, stack_level ? int_to_c_int(stack_level) : 2,
             "'encoding' argument not specified") < 0) {
        return NULL;
    }
    return str_intern_cstring(config.utf8_mode ? "utf-8" : "locale");
}

static int add_abstract(Object *module) {
    static const struct {
        Type *type;
        const TypeSpec *spec;
    } types[] = {
        { &iobase_type, &iobase_spec },
        { &rawiobase_type, &rawiobase_spec },
        { &bufferediobase_type, &bufferediobase_spec },
        { &textiobase_type, &textiobase_spec },
        { &fileio_type, &fileio_spec },
        { &bytesio_type, &bytesio_spec },
        { &stringio_type, &stringio_spec },
        { &buffered_reader_type, &buffered_reader_spec },
        { &buffered_writer_type, &buffered_writer_spec },
        { &buffered_rwpair_type, &buffered_rwpair_spec },
        { &buffered_random_type, &buffered_random_spec },
        { &textio_type, &textio_spec },
        { &newline_decoder_type, &newline_decoder_spec },
    };
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (module_add_type(module, types[i].type, types[i].spec) < 0) {
            return -1;
        }
    }
    return 0;
}

static BuiltinDef functions[] = {
    BUILTIN("open", open_function,
            "($module, /, file, mode='r', buffering=-1, encoding=None,\n"
            "     errors=None, newline=None, closefd=True, opener=None)",
            0, NULL),
    BUILTIN("text_encoding", text_encoding, "($module, encoding, stacklevel=2, /)", 0, NULL),
    BUILTIN("open_code", open_code, "($module, /, path)", 0, NULL),
    BUILTIN_END,
};

// The module and its functions say that they are of `io`: what pickles refer to.
static int add_functions(Object *module) {
    Object *io = str_intern_cstring("io");
    if (!io || dict_set(module_dict(module), names.__name__, io) < 0) {
        return -1;
    }
    for (BuiltinDef *def = functions; def->name; def++) {
        if (module_add(module, def->name, builtin_function_new(def, module, io)) < 0) {
            return -1;
        }
    }
    return 0;
}

static int io_exec(Object *module) {
    static bool rooted;
    if (!rooted) {
        rooted = true;
        heap_add_root(&io_unsupported, 1);
    }
    if (!io_unsupported) {
        Object *bases = tuple_pack(2, &exc_OSError, &exc_ValueError), *dict = dict_new();
        Object *name = str_intern_cstring("UnsupportedOperation"), *io = str_intern_cstring("io");
        if (!bases || !dict || !name || !io || dict_set_cstring(dict, "__module__", io) < 0) {
            return -1;
        }
        io_unsupported = type_new(&type_type, name, bases, dict, NULL, 0, NULL);
    }
    if (module_add_int(module, "DEFAULT_BUFFER_SIZE", IO_BUFFER_SIZE) < 0 ||
        module_add(module, "UnsupportedOperation", io_unsupported) < 0 ||
        module_add(module, "BlockingIOError", (Object *)&exc_BlockingIOError) < 0) {
        return -1;
    }
    return add_functions(module) < 0 ? -1 : add_abstract(module);
}

const ModuleSpec module_io = { "_io", NULL, NULL, io_exec };
