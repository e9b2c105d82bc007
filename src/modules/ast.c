// `_ast`: the classes of syntax trees, and the way from arena nodes to their instances and back.
//
// The classes are made from the table (syntax/ast_table.h) when they are first needed. Instances keep
// everything in their __dict__, as in CPython. Constructors without fields (Load, Add …) have one
// instance each, which all trees share.
#include <limits.h>

#include "compile/depth.h"
#include "modules/ast_validate.h"
#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/exception.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/module.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/types.h"
#include "syntax/ast_table.h"

typedef struct AstObject {
    Object base;
    Object *dict;
} AstObject;

static Type ast_type;

// For each definition its class, for each constructor its class and, when it has no fields, its instance.
enum { MOST_CLASSES = 200 };
typedef struct Classes {
    Object *of_definition[MOST_CLASSES], *of_constructor[MOST_CLASSES], *instance[MOST_CLASSES];
    int first_constructor[MOST_CLASSES];  // of a definition
} Classes;
static Classes *classes;          // published when complete
static Object *class_roots;       // a list that keeps all of them

// ---- ast.AST

static Object *type_fields(Object *self) {
    Object *fields;
    if (object_getattr_optional((Object *)self->type, names._fields, &fields) < 0) {
        return NULL;
    }
    return fields ? fields : tuple_empty();
}

// Arguments are __init__'s, which subclasses may define with others.
static Object *ast_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return object_alloc(type);
}

static int ast_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    Object *fields = type_fields(self);
    ssize_t count = fields ? object_length(fields) : -1;
    if (count < 0) {
        return -1;
    }
    if ((size_t)count < nargs) {
        raise_error(&exc_TypeError, "%.400s constructor takes at most %zd positional argument%s",
                    type_short_name(self->type), count, count == 1 ? "" : "s");
        return -1;
    }
    for (size_t i = 0; i < nargs; i++) {
        Object *name = sequence_getitem(fields, (ssize_t)i);
        if (!name || object_setattr(self, name, args[i]) < 0) {
            return -1;
        }
    }
    for (ssize_t i = 0; kwnames && i < tuple_size(kwnames); i++) {
        Object *name = tuple_get(kwnames, i);
        int known = sequence_contains(fields, name);
        if (known < 0) {
            return -1;
        }
        if (known) {
            ssize_t position = sequence_index(fields, name);
            if (position < 0) {
                return -1;
            }
            if ((size_t)position < nargs) {
                raise_error(&exc_TypeError, "%.400s got multiple values for argument '%U'",
                            type_short_name(self->type), name);
                return -1;
            }
        }
        if (object_setattr(self, name, args[nargs + (size_t)i]) < 0) {
            return -1;
        }
    }
    return 0;
}

static Object *ast_reduce(Object *self) {
    Object *dict;
    if (object_getattr_optional(self, names.__dict__, &dict) < 0) {
        return NULL;
    }
    return dict ? tuple_pack(3, self->type, tuple_empty(), dict) : tuple_pack(2, self->type, tuple_empty());
}

static BuiltinDef ast_methods[] = {
    BUILTIN("__reduce__", ast_reduce, "-($self, /)", 0, NULL),
    BUILTIN_END,
};

static Object *get_dict(Object *self, void *closure) {
    (void)closure;
    return instance_dict(self);
}

static int set_dict(Object *self, Object *value, void *closure) {
    (void)closure;
    return instance_set_dict(self, value);
}

static GetSetDef ast_getsets[] = {
    { "__dict__", get_dict, set_dict, NULL, NULL },
    { 0 },
};

static void ast_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((AstObject *)self)->dict);
}

static const TypeSpec ast_spec = {
    .name = "ast.AST",
    .basic_size = sizeof(AstObject),
    .dict_offset = offsetof(AstObject, dict),
    .flags = TF_BASE | TF_GC,
    .methods = ast_methods,
    .getsets = ast_getsets,
    .trace = ast_trace,
    .slots = { .new = ast_new,
               .init = ast_init,
               .getattr = object_generic_getattr,
               .setattr = object_generic_setattr },
};

// ---- the classes

static Object *field_names(const AstField *fields, int count) {
    Object *tuple = tuple_new(count);
    for (int i = 0; tuple && i < count; i++) {
        Object *name = str_intern_cstring(fields[i].name);
        if (!name) {
            return NULL;
        }
        tuple_init(tuple, i, name);
    }
    return tuple;
}

static Object *make_class(const char *name, Object *base, const AstField *fields, int count,
                          const char *text) {
    Object *dict = dict_new(), *tuple = field_names(fields, count), *module = str_intern_cstring("ast");
    Object *doc = str_from_cstring(text), *class_name = str_intern_cstring(name);
    Object *bases = base ? tuple_pack(1, base) : NULL;
    if (!dict || !tuple || !module || !doc || !class_name || !bases ||
        dict_set(dict, names._fields, tuple) < 0 || dict_set(dict, names.__match_args__, tuple) < 0 ||
        dict_set(dict, names.__module__, module) < 0 || dict_set(dict, names.__doc__, doc) < 0) {
        return NULL;
    }
    Object *class = type_new(&type_type, class_name, bases, dict, NULL, 0, NULL);
    return class && list_append(class_roots, class) == 0 ? class : NULL;
}

// What need not be given is None.
static int add_defaults(Object *class, const AstField *fields, int count) {
    for (int i = 0; i < count; i++) {
        Object *name = fields[i].quantity == '?' ? str_intern_cstring(fields[i].name) : NULL;
        if (fields[i].quantity == '?' && (!name || object_setattr(class, name, (Object *)NONE) < 0)) {
            return -1;
        }
    }
    return 0;
}

static int add_attributes(Object *class, const AstDefinition *d) {
    Object *tuple = field_names(d->attributes, d->attribute_count);
    return !tuple || object_setattr(class, names._attributes, tuple) < 0
               ? -1
               : add_defaults(class, d->attributes, d->attribute_count);
}

static int make_constructor(Classes *made, int number, const AstDefinition *d, const AstConstructor *c,
                            Object *base) {
    Object *class = make_class(c->name, base, c->fields, c->field_count, c->text);
    if (!class || add_defaults(class, c->fields, c->field_count) < 0) {
        return -1;
    }
    made->of_constructor[number] = class;
    if (d->is_enum) {
        Object *instance = call0(class);
        if (!instance || list_append(class_roots, instance) < 0) {
            return -1;
        }
        made->instance[number] = instance;
    }
    return 0;
}

static int make_classes(void) {
    Classes *made = calloc(1, sizeof *made);
    if (!made) {
        raise_memory_error();
        return -1;
    }
    if (!class_roots) {
        heap_add_root(&class_roots, 1);
        class_roots = list_new(0);
        Object *empty = tuple_empty();
        if (!class_roots || type_ready(&ast_type, &ast_spec) < 0 ||
            dict_set(ast_type.dict, names._fields, empty) < 0 ||
            dict_set(ast_type.dict, names.__match_args__, empty) < 0 ||
            dict_set(ast_type.dict, names._attributes, empty) < 0) {
            return -1;
        }
        type_modified(&ast_type, NULL);
    }
    int number = 0;
    for (int i = 0; i < ast_definition_count; i++) {
        const AstDefinition *d = &ast_definitions[i];
        made->first_constructor[i] = number;
        Object *class;
        if (d->is_sum) {
            class = make_class(d->name, (Object *)&ast_type, NULL, 0, d->text);
        } else {
            class = make_class(d->name, (Object *)&ast_type, d->constructors[0].fields,
                               d->constructors[0].field_count, d->text);
        }
        if (!class || add_attributes(class, d) < 0 ||
            (!d->is_sum &&
             add_defaults(class, d->constructors[0].fields, d->constructors[0].field_count) < 0)) {
            return -1;
        }
        made->of_definition[i] = class;
        for (int k = 0; k < d->constructor_count; k++, number++) {
            if (!d->is_sum) {
                made->of_constructor[number] = class;
            } else if (make_constructor(made, number, d, &d->constructors[k], class) < 0) {
                return -1;
            }
        }
    }
    __atomic_store_n(&classes, made, __ATOMIC_RELEASE);
    return 0;
}

// The classes, made at the first call. NULL with an exception.
static Classes *get_classes(void) {
    static Mutex mutex;
    Classes *made = __atomic_load_n(&classes, __ATOMIC_ACQUIRE);
    if (!made) {
        mutex_lock(&mutex);
        if (!classes) {
            make_classes();
        }
        mutex_unlock(&mutex);
        made = classes;
    }
    return made;
}

bool ast_object_check(Object *object) {
    return ast_type.info && object_is_instance(object, &ast_type);
}

// ---- from nodes to objects

typedef struct Writer {
    const Classes *classes;
} Writer;

static Object *node_object(Writer *w, int type, const void *place);

static Object *list_object(Writer *w, int type, const AnySeq *seq) {
    Object *list = list_new(seq->count);
    for (ssize_t i = 0; list && i < seq->count; i++) {
        const AstDefinition *d = type >= AST_FIRST_DEFINITION ? &ast_definitions[type - AST_FIRST_DEFINITION]
                                                              : NULL;
        // Enumerators stand in their sequence as ints.
        const void *place = d && d->is_enum ? (const void *)&((const IntSeq *)seq)->items[i]
                                            : (const void *)&seq->items[i];
        Object *item = node_object(w, type, place);
        if (!item || list_append(list, item) < 0) {
            return NULL;
        }
    }
    return list;
}

static int set_fields(Writer *w, Object *self, const AstField *fields, int count, const char *node) {
    for (int i = 0; i < count; i++) {
        const char *place = node + fields[i].offset;
        Object *value = fields[i].quantity == '*' ? list_object(w, fields[i].type, *(AnySeq *const *)place)
                                                  : node_object(w, fields[i].type, place);
        Object *name = value ? str_intern_cstring(fields[i].name) : NULL;
        if (!name || object_setattr(self, name, value) < 0) {
            return -1;
        }
    }
    return 0;
}

// The object for what stands at `place`: a pointer to a node or to an object, an int, or an enumerator.
static Object *node_object(Writer *w, int type, const void *place) {
    if (type == AST_INT) {
        return int_from_i64(*(const int *)place);
    }
    if (type < AST_FIRST_DEFINITION) {
        Object *value = *(Object *const *)place;
        return value ? value : (Object *)NONE;
    }
    const AstDefinition *d = &ast_definitions[type - AST_FIRST_DEFINITION];
    int first = w->classes->first_constructor[type - AST_FIRST_DEFINITION];
    if (d->is_enum) {
        return w->classes->instance[first + *(const int *)place - 1];
    }
    const char *node = *(const char *const *)place;
    if (!node) {
        return (Object *)NONE;
    }
    int which = d->is_sum ? *(const int *)node - 1 : 0;
    const AstConstructor *c = &d->constructors[which];
    Object *class = w->classes->of_constructor[first + which];
    if (depth_enter("ast construction") < 0) {
        return NULL;
    }
    Object *self = object_alloc((Type *)class);
    if (self && (set_fields(w, self, c->fields, c->field_count, node) < 0 ||
                 set_fields(w, self, d->attributes, d->attribute_count, node) < 0)) {
        self = NULL;
    }
    compile_leave();
    return self;
}

Object *ast_to_object(Mod *mod) {
    Writer w = { get_classes() };
    return w.classes ? node_object(&w, AST_FIRST_DEFINITION, &mod) : NULL;  // mod is the first definition
}

// ---- from objects to nodes

typedef struct Reader {
    Classes *classes;
    Arena *arena;
} Reader;

static int read_node(Reader *r, int type, Object *object, void *place);

static int read_int(Object *object, int *place) {
    if (!int_check(object)) {
        raise_error(&exc_ValueError, "invalid integer value: %R", object);
        return -1;
    }
    *place = int_to_c_int(object);
    return *place == -1 && error_occurred() ? -1 : 0;
}

// A value in a field of `owner`, one of the nodes that `kind` names.
static int read_value(Reader *r, int type, const char *kind, Object *object, void *place) {
    char where[64];
    snprintf(where, sizeof where, " while traversing '%s' node", kind);
    if (recursion_enter(where) < 0) {
        return -1;
    }
    int status = read_node(r, type, object, place);
    recursion_leave();
    return status;
}

static int read_list(Reader *r, const AstField *field, const char *owner, const char *kind, Object *object,
                     char *node) {
    if (!list_check(object)) {
        raise_error(&exc_TypeError, "%s field \"%s\" must be a list, not a %.200s", owner, field->name,
                    object->type->name);
        return -1;
    }
    const AstDefinition *d = field->type >= AST_FIRST_DEFINITION
                                 ? &ast_definitions[field->type - AST_FIRST_DEFINITION]
                                 : NULL;
    bool ints = d && d->is_enum;
    ssize_t count = list_size(object);
    AnySeq *seq = ints && count ? int_seq_new(count, r->arena) : seq_new(count, r->arena);
    if (!seq) {
        return -1;
    }
    for (ssize_t i = 0; i < count; i++) {
        Object *item = list_read(object, i);
        if (!item || list_size(object) != count) {
            raise_error(&exc_RuntimeError, "%s field \"%s\" changed size during iteration", owner,
                        field->name);
            return -1;
        }
        void *place = ints ? (void *)&((IntSeq *)seq)->items[i] : (void *)&seq->items[i];
        if (read_value(r, field->type, kind, item, place) < 0) {
            return -1;
        }
        if (field->type == AST_IDENTIFIER && !seq->items[i]) {
            raise_error(&exc_ValueError, "None disallowed in identifier list");
            return -1;
        }
    }
    *(AnySeq **)(node + field->offset) = seq;
    return 0;
}

// Whether None may stand there; which field it is, for the error.
static int read_field(Reader *r, const AstField *field, const char *owner, const char *kind, Object *self,
                      char *node) {
    Object *name = str_intern_cstring(field->name), *value;
    if (!name || object_getattr_optional(self, name, &value) < 0) {
        return -1;
    }
    char *place = node + field->offset;
    if (field->quantity == '?' && (!value || value == (Object *)NONE)) {
        return 0;
    }
    if (!value) {
        raise_error(&exc_TypeError, "required field \"%s\" missing from %s", field->name, owner);
        return -1;
    }
    if (field->quantity == '*') {
        return read_list(r, field, owner, kind, value, node);
    }
    if (read_value(r, field->type, kind, value, place) < 0) {
        return -1;
    }
    bool pointer = field->type >= AST_FIRST_DEFINITION &&
                   !ast_definitions[field->type - AST_FIRST_DEFINITION].is_enum;
    bool required = pointer || field->type == AST_IDENTIFIER || field->type == AST_STRING;
    if (required && !*(void **)place) {
        raise_error(&exc_ValueError, "field '%s' is required for %s", field->name, owner);
        return -1;
    }
    return 0;
}

// Attributes that were not given: the end is where the beginning is.
static void complete_end(const AstDefinition *d, char *node) {
    int *line = NULL, *column = NULL, *end_line = NULL, *end_column = NULL;
    for (int i = 0; i < d->attribute_count; i++) {
        int *value = (int *)(node + d->attributes[i].offset);
        const char *name = d->attributes[i].name;
        if (!strcmp(name, "lineno")) {
            line = value;
        } else if (!strcmp(name, "col_offset")) {
            column = value;
        } else if (!strcmp(name, "end_lineno")) {
            end_line = value;
        } else {
            end_column = value;
        }
    }
    if (end_line && *end_line == INT_MIN) {
        *end_line = *line;
    }
    if (end_column && *end_column == INT_MIN) {
        *end_column = *column;
    }
}

static int read_attributes(Reader *r, const AstDefinition *d, Object *object, char *node) {
    for (int i = 0; i < d->attribute_count; i++) {
        if (d->attributes[i].quantity == '?') {
            *(int *)(node + d->attributes[i].offset) = INT_MIN;
        }
        // Attributes are the definition's: errors name it.
        if (read_field(r, &d->attributes[i], d->name, d->name, object, node) < 0) {
            return -1;
        }
    }
    complete_end(d, node);
    return 0;
}

static int read_fields(Reader *r, const AstDefinition *d, const AstConstructor *c, Object *object,
                       char *node) {
    for (int i = 0; i < c->field_count; i++) {
        if (read_field(r, &c->fields[i], c->name, d->name, object, node) < 0) {
            return -1;
        }
    }
    return 0;
}

// A sum's class decides; a product is whatever has the fields.
static int read_definition(Reader *r, const AstDefinition *d, int first, Object *object, void *place) {
    char *node = d->is_enum ? NULL : arena_alloc(r->arena, d->size);
    if (!d->is_enum && !node) {
        return -1;
    }
    if (!d->is_sum) {
        *(void **)place = node;
        return read_fields(r, d, &d->constructors[0], object, node) < 0 ? -1
                                                                        : read_attributes(r, d, object, node);
    }
    if (!d->is_enum && read_attributes(r, d, object, node) < 0) {
        return -1;
    }
    for (int k = 0; k < d->constructor_count; k++) {
        int is = object_is_instance_of(object, r->classes->of_constructor[first + k]);
        if (is < 0) {
            return -1;
        }
        if (!is) {
            continue;
        }
        const AstConstructor *c = &d->constructors[k];
        if (d->is_enum) {
            *(int *)place = c->kind;
            return 0;
        }
        *(int *)node = c->kind;
        *(void **)place = node;
        return read_fields(r, d, c, object, node);
    }
    raise_error(&exc_TypeError, "expected some sort of %s, but got %R", d->name, object);
    return -1;
}

static int read_node(Reader *r, int type, Object *object, void *place) {
    switch (type) {
    case AST_INT: return read_int(object, place);
    case AST_IDENTIFIER:
        if (object != (Object *)NONE) {
            if (!str_check_exact(object)) {
                raise_error(&exc_TypeError, "AST identifier must be of type str");
                return -1;
            }
            object = str_intern(object);
            if (!object || arena_keep(r->arena, object) < 0) {
                return -1;
            }
            *(Object **)place = object;
        }
        return 0;
    case AST_STRING:
        if (object != (Object *)NONE) {
            if (!str_check_exact(object) && object->type != &bytes_type) {
                raise_error(&exc_TypeError, "AST string must be of type str");
                return -1;
            }
            *(Object **)place = object;
        }
        return arena_keep(r->arena, object);
    case AST_CONSTANT: *(Object **)place = object; return arena_keep(r->arena, object);
    default: {
        const AstDefinition *d = &ast_definitions[type - AST_FIRST_DEFINITION];
        if (object == (Object *)NONE && d->is_sum && !d->is_enum) {
            *(void **)place = NULL;
            return 0;
        }
        return read_definition(r, d, r->classes->first_constructor[type - AST_FIRST_DEFINITION], object,
                               place);
    }
    }
}

Mod *ast_from_object(Object *object, ParseMode mode, Arena *arena) {
    Reader r = { get_classes(), arena };
    if (!r.classes) {
        return NULL;
    }
    // In the order of ParseMode.
    static const struct {
        const char *name;
        int kind;
    } wanted[] = {
        { "Module", MOD_Module },
        { "Interactive", MOD_Interactive },
        { "Expression", MOD_Expression },
        { "FunctionType", MOD_FunctionType },
    };
    int is = object_is_instance_of(object, r.classes->of_constructor[wanted[mode].kind - 1]);
    if (is < 0) {
        return NULL;
    }
    if (!is) {
        raise_error(&exc_TypeError, "expected %s node, got %.400s", wanted[mode].name,
                    type_short_name(object->type));
        return NULL;
    }
    Mod *mod = NULL;
    if (read_node(&r, AST_FIRST_DEFINITION, object, &mod) < 0 || ast_validate(mod) < 0) {
        return NULL;
    }
    return mod;
}

// ---- the module

static int ast_exec(Object *module) {
    Classes *made = get_classes();
    if (!made || module_add(module, "AST", (Object *)&ast_type) < 0 ||
        module_add_int(module, "PyCF_ALLOW_TOP_LEVEL_AWAIT", PARSE_TOP_LEVEL_AWAIT) < 0 ||
        module_add_int(module, "PyCF_ONLY_AST", PARSE_ONLY_AST) < 0 ||
        module_add_int(module, "PyCF_TYPE_COMMENTS", PARSE_TYPE_COMMENTS) < 0) {
        return -1;
    }
    for (int i = 0; i < ast_definition_count; i++) {
        const AstDefinition *d = &ast_definitions[i];
        if (module_add(module, d->name, made->of_definition[i]) < 0) {
            return -1;
        }
        for (int k = 0; d->is_sum && k < d->constructor_count; k++) {
            if (module_add(module, d->constructors[k].name,
                           made->of_constructor[made->first_constructor[i] + k]) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

const ModuleSpec module_ast = { "_ast", NULL, NULL, ast_exec };
