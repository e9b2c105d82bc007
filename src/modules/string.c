// _string: the parser of str.format for string.Formatter.
#include "objects/builtin.h"
#include "objects/module.h"
#include "objects/str_private.h"
#include "objects/type.h"

static Object *iterator_self(Object *self) {
    return self;
}

static void iterator_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((FormatterIterator *)self)->text);
}

Type formatter_iterator_type, fieldname_iterator_type;
static const TypeSpec formatter_spec = {
    .name = "formatteriterator",
    .basic_size = sizeof(FormatterIterator),
    .trace = iterator_trace,
    .slots = { .iter = iterator_self, .next = formatter_iterator_next },
};
static const TypeSpec fieldname_spec = {
    .name = "fieldnameiterator",
    .basic_size = sizeof(FormatterIterator),
    .trace = iterator_trace,
    .slots = { .iter = iterator_self, .next = fieldname_iterator_next },
};

static Object *parser(Object *module, Object *text) {
    return formatter_parser_new(text);
}

static Object *split(Object *module, Object *text) {
    return formatter_field_name_split(text);
}

static int exec(Object *module) {
    return type_ready(&formatter_iterator_type, &formatter_spec) < 0 ||
                   type_ready(&fieldname_iterator_type, &fieldname_spec) < 0
               ? -1
               : 0;
}

static BuiltinDef functions[] = {
    BUILTIN("formatter_field_name_split", split, "-($module, str, /)", 0, NULL),
    BUILTIN("formatter_parser", parser, "-($module, str, /)", 0, NULL),
    BUILTIN_END,
};

const ModuleSpec module_string = { .name = "_string", .functions = functions, .exec = exec };
