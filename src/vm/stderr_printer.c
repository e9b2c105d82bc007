// See stderr_printer.h.
#include "vm/stderr_printer.h"

#include <unistd.h>

#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/str.h"
#include "objects/type.h"

enum { PRINTER_DESCRIPTOR = 2 };

static Object *printer_write(Object *self, Object *text) {
    if (!str_check(text)) {
        return raise_error(&exc_TypeError, "write() argument must be str, not %.50s", text->type->name);
    }
    Object *bytes = str_encode(text, "utf-8", "backslashreplace");
    if (!bytes) {
        return NULL;
    }
    ssize_t written = write(PRINTER_DESCRIPTOR, bytes_data(bytes), (size_t)bytes_length(bytes));
    return int_from_ssize(written < 0 ? 0 : written);
}

static Object *printer_nothing(Object *self) {
    return NONE;
}

static Object *printer_fileno(Object *self) {
    return int_from_i64(PRINTER_DESCRIPTOR);
}

static Object *printer_isatty(Object *self) {
    return bool_from(isatty(PRINTER_DESCRIPTOR) != 0);
}

static Object *printer_repr(Object *self) {
    return str_format("<stdprinter(fd=%d) object at %p>", (int)PRINTER_DESCRIPTOR, self);
}

static Object *get_closed(Object *self, void *closure) {
    return FALSE_OBJECT;
}
static Object *get_encoding(Object *self, void *closure) {
    return NONE;
}
static Object *get_mode(Object *self, void *closure) {
    return str_from_cstring("w");
}

static BuiltinDef methods[] = {
    BUILTIN("close", printer_nothing, "($self, /)", 0, NULL),
    BUILTIN("flush", printer_nothing, "($self, /)", 0, NULL),
    BUILTIN("fileno", printer_fileno, "($self, /)", 0, NULL),
    BUILTIN("isatty", printer_isatty, "($self, /)", 0, NULL),
    BUILTIN("write", printer_write, "($self, text, /)", 0, NULL),
    BUILTIN_END,
};

static GetSetDef getsets[] = {
    { "closed", get_closed, NULL, NULL, NULL },
    { "encoding", get_encoding, NULL, NULL, NULL },
    { "mode", get_mode, NULL, NULL, NULL },
    { 0 },
};

static Type printer_type;
static const TypeSpec printer_spec = {
    .name = "stderrprinter",
    .basic_size = 24,
    .flags = TF_DISALLOW_INSTANTIATION,
    .methods = methods,
    .getsets = getsets,
    .slots = { .repr = printer_repr },
};

Object *stderr_printer_new(void) {
    return type_ready(&printer_type, &printer_spec) < 0 ? NULL : object_alloc(&printer_type);
}
