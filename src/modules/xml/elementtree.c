// `_elementtree`: xml.etree.ElementTree.XMLParser over Expat, and the module.
//
// With a TreeBuilder as its target the parser calls the builder directly and gathers text before it
// becomes a str. An exception stays in flight until Expat returns; handlers do nothing meanwhile.
#include "modules/xml/elementtree.h"

#include <limits.h>
#include <string.h>

#include "heap/thread.h"
#include "modules/modules.h"
#include "objects/abstract.h"
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

typedef enum TargetMethod {
    TARGET_START_NS,
    TARGET_END_NS,
    TARGET_START,
    TARGET_DATA,
    TARGET_END,
    TARGET_COMMENT,
    TARGET_PI,
    TARGET_CLOSE,
    TARGET_DOCTYPE,
    TARGET_METHODS,
} TargetMethod;
static const char *const target_names[] = {
    "start_ns", "end_ns", "start", "data", "end", "comment", "pi", "close", "doctype",
};

// A name as Expat gives it, and as the tree has it: "uri}tag" and "{uri}tag".
typedef struct NameEntry {
    uint64_t hash;  // 32 bits: never an address
    Object *key;    // bytes
    Object *name;
} NameEntry;

// What a parser has outside of the heap. It is this that has to be finalized: were it the parser, each tree would outlive
// the collection that finds it and its parser dead.
typedef struct ParserMemory {
    Object base;
    XML_Parser expat;
    char *text; // gathered for a builder, not handed on yet
    size_t text_used, text_size;
} ParserMemory;

typedef struct XmlParser {
    Object base;
    ParserMemory *own;
    Object *target, *entity;
    Object *methods[TARGET_METHODS];
    NameEntry *names; // a CELL_POINTERS cell
    size_t name_mask, name_count;
    int busy;
} XmlParser;

Type xml_parser_type;
static Type parser_memory_type;
Object *parse_error_class; // a registered root

static XmlParser *parser_of(Object *self) {
    return (XmlParser *)self;
}

Object *parse_error_raise(enum XML_Error code, XML_Size line, XML_Size column, const char *message) {
    const char *text = message ? message : XML_ErrorString(code);
    Object *full = str_format("%s: line %zu, column %zu", text ? text : "unknown error", (size_t)line,
                              (size_t)column);
    Object *error = full ? call1(parse_error_class, full) : NULL;
    Object *code_object = int_from_i64(code), *line_object = int_from_u64(line),
           *column_object = int_from_u64(column);
    Object *position = line_object && column_object ? tuple_pack(2, line_object, column_object) : NULL;
    Object *code_name = str_intern_cstring("code"), *position_name = str_intern_cstring("position");
    if (!error || !code_object || !position || !code_name || !position_name ||
        object_setattr(error, code_name, code_object) < 0 ||
        object_setattr(error, position_name, position) < 0) {
        return NULL;
    }
    return raise_exception(error);
}

// ---- names

static uint32_t hash_of(const char *text, size_t length) {
    return (uint32_t)hash_bytes(text, length);
}

static int names_grow(XmlParser *p) {
    size_t capacity = p->names ? (p->name_mask + 1) * 2 : 32;
    NameEntry *fresh = heap_alloc(capacity * sizeof(NameEntry), CELL_POINTERS);
    if (!fresh) {
        return -1;
    }
    for (size_t i = 0; p->names && i <= p->name_mask; i++) {
        if (p->names[i].key) {
            size_t at = p->names[i].hash & (capacity - 1);
            while (fresh[at].key) {
                at = (at + 1) & (capacity - 1);
            }
            fresh[at].hash = p->names[i].hash;
            gc_store(fresh, &fresh[at].key, p->names[i].key);
            gc_store(fresh, &fresh[at].name, p->names[i].name);
        }
    }
    gc_store(p, &p->names, fresh);
    p->name_mask = capacity - 1;
    return 0;
}

static Object *name_of(XmlParser *p, const XML_Char *text) {
    size_t length = strlen(text);
    uint32_t hash = hash_of(text, length);
    if ((!p->names || p->name_count * 2 > p->name_mask) && names_grow(p) < 0) {
        return NULL;
    }
    size_t at = hash & p->name_mask;
    for (NameEntry *e; (e = &p->names[at])->key; at = (at + 1) & p->name_mask) {
        if (e->hash == hash && (size_t)bytes_length(e->key) == length &&
            !memcmp(bytes_data(e->key), text, length)) {
            return e->name;
        }
    }
    Object *key = bytes_from(text, (ssize_t)length),
           *name = key ? str_from_utf8(text, (ssize_t)length) : NULL;
    if (name && strchr(text, '}')) {
        name = str_format("{%U", name);
    }
    name = name ? str_intern(name) : NULL;
    if (!name) {
        return NULL;
    }
    NameEntry *e = &p->names[at];
    e->hash = hash;
    gc_store(p->names, &e->name, name);
    gc_store(p->names, &e->key, key);
    p->name_count++;
    return name;
}

// ---- from Expat to the target

static Object *builder_target(const XmlParser *p) {
    return p->target && p->target->type == &builder_type ? p->target : NULL;
}

// Hands the gathered text to the builder. -1 with an exception, also when one is in flight already.
static int flush_text(XmlParser *p) {
    if (error_occurred()) {
        return -1;
    }
    if (!p->own->text_used) {
        return 0;
    }
    Object *text = str_from_utf8(p->own->text, (ssize_t)p->own->text_used);
    p->own->text_used = 0;
    return text && builder_data(p->target, text) ? 0 : -1;
}

static void on_text(void *data, const XML_Char *text, int length) {
    XmlParser *p = data;
    if (error_occurred()) {
        return;
    }
    if (builder_target(p)) {
        size_t need = p->own->text_used + (size_t)length;
        if (need > p->own->text_size) {
            char *larger = realloc(p->own->text, need * 2);
            if (!larger) {
                raise_memory_error();
                return;
            }
            p->own->text = larger;
            p->own->text_size = need * 2;
        }
        memcpy(p->own->text + p->own->text_used, text, (size_t)length);
        p->own->text_used = need;
        return;
    }
    Object *handler = p->methods[TARGET_DATA];
    if (handler) {
        Object *s = xml_str_sized(text, length);
        if (s) {
            call1(handler, s);
        }
    }
}

static void on_start(void *data, const XML_Char *name, const XML_Char **attributes) {
    XmlParser *p = data;
    if (flush_text(p) < 0) {
        return;
    }
    Object *builder = builder_target(p), *handler = p->methods[TARGET_START];
    if (!builder && !handler) {
        return;
    }
    Object *tag = name_of(p, name), *attrib = NULL;
    if (tag && (*attributes || !builder)) {
        attrib = dict_new();
        for (; attrib && *attributes; attributes += 2) {
            Object *key = name_of(p, attributes[0]), *value = key ? xml_str(attributes[1]) : NULL;
            if (!value || dict_set(attrib, key, value) < 0) {
                return;
            }
        }
    }
    if (error_occurred()) {
        return;
    }
    if (builder) {
        builder_start(builder, tag, attrib);
    } else {
        call2(handler, tag, attrib);
    }
}

static void on_end(void *data, const XML_Char *name) {
    XmlParser *p = data;
    if (flush_text(p) < 0) {
        return;
    }
    Object *builder = builder_target(p);
    if (builder) {
        builder_end(builder, NONE);
    } else if (p->methods[TARGET_END]) {
        Object *tag = name_of(p, name);
        if (tag) {
            call1(p->methods[TARGET_END], tag);
        }
    }
}

static Object *str_or_empty(const XML_Char *text) {
    return text ? xml_str(text) : str_empty();
}

static void on_start_namespace(void *data, const XML_Char *prefix, const XML_Char *uri) {
    XmlParser *p = data;
    if (flush_text(p) < 0) {
        return;
    }
    Object *builder = builder_target(p), *handler = p->methods[TARGET_START_NS];
    if (!builder && !handler) {
        return;
    }
    Object *a = str_or_empty(prefix), *b = a ? str_or_empty(uri) : NULL;
    if (!b) {
        return;
    }
    if (!builder) {
        call2(handler, a, b);
        return;
    }
    Object *pair = tuple_pack(2, a, b);
    if (pair) {
        builder_event(builder, EVENT_START_NS, pair);
    }
}

static void on_end_namespace(void *data, const XML_Char *prefix) {
    XmlParser *p = data;
    if (flush_text(p) < 0) {
        return;
    }
    Object *builder = builder_target(p), *handler = p->methods[TARGET_END_NS];
    if (builder) {
        builder_event(builder, EVENT_END_NS, NONE);
    } else if (handler) {
        Object *a = str_or_empty(prefix);
        if (a) {
            call1(handler, a);
        }
    }
}

static void on_comment(void *data, const XML_Char *text) {
    XmlParser *p = data;
    if (flush_text(p) < 0) {
        return;
    }
    Object *builder = builder_target(p), *handler = p->methods[TARGET_COMMENT];
    Object *comment = builder || handler ? xml_str(text) : NULL;
    if (comment && builder) {
        builder_comment(builder, comment);
    } else if (comment) {
        call1(handler, comment);
    }
}

static void on_pi(void *data, const XML_Char *target, const XML_Char *text) {
    XmlParser *p = data;
    if (flush_text(p) < 0) {
        return;
    }
    Object *builder = builder_target(p), *handler = p->methods[TARGET_PI];
    if (!builder && !handler) {
        return;
    }
    Object *name = xml_str(target), *rest = name ? xml_str(text) : NULL;
    if (rest && builder) {
        builder_pi(builder, name, rest);
    } else if (rest) {
        call2(handler, name, rest);
    }
}

static void on_start_doctype(void *data, const XML_Char *name, const XML_Char *system_id,
                             const XML_Char *public_id, int has_internal_subset) {
    (void)has_internal_subset;
    XmlParser *p = data;
    if (flush_text(p) < 0) {
        return;
    }
    Object *doctype = name_of(p, name), *system = doctype ? xml_str(system_id) : NULL;
    Object *public = system ? xml_str(public_id) : NULL;
    if (!public) {
        return;
    }
    if (p->methods[TARGET_DOCTYPE]) {
        call3(p->methods[TARGET_DOCTYPE], doctype, public, system);
        return;
    }
    Object *method, *attribute = str_intern_cstring("doctype");
    if (attribute && object_getattr_optional((Object *)p, attribute, &method) >= 0 && method) {
        warn(&exc_RuntimeWarning, 1,
             "The doctype() method of XMLParser is ignored.  "
             "Define doctype() method on the TreeBuilder target.");
    }
}

// What Expat does not understand: an entity that the document does not declare.
static void on_default(void *data, const XML_Char *text, int length) {
    XmlParser *p = data;
    if (length < 2 || text[0] != '&' || flush_text(p) < 0) {
        return;
    }
    Object *key = str_from_utf8(text + 1, length - 2);
    Object *value = key && p->entity ? dict_get(p->entity, key) : NULL;
    if (value) {
        if (builder_target(p)) {
            builder_data(p->target, value);
        } else if (p->methods[TARGET_DATA]) {
            call1(p->methods[TARGET_DATA], value);
        }
    } else if (key && !error_occurred()) {
        Object *message = str_format("undefined entity &%U;", key);
        const char *utf8 = message ? str_utf8(message, NULL) : NULL;
        if (utf8) {
            parse_error_raise(XML_ERROR_UNDEFINED_ENTITY, XML_GetErrorLineNumber(p->own->expat),
                              XML_GetErrorColumnNumber(p->own->expat), utf8);
        }
    }
}

// ---- making and feeding

static Object *parser_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    Object *self = object_alloc(type), *own = self ? object_alloc(&parser_memory_type) : NULL;
    if (!own) {
        return NULL;
    }
    gc_store(self, &parser_of(self)->own, own);
    return self;
}

// A parser is used by one thread at a time, and not from its own handlers.
static int parser_claim(XmlParser *p) {
    int expected = 0;
    if (!__atomic_compare_exchange_n(&p->busy, &expected, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        raise_error(&exc_RuntimeError, "the parser is being used already");
        return -1;
    }
    return 0;
}
static void parser_let_go(XmlParser *p) {
    __atomic_store_n(&p->busy, 0, __ATOMIC_RELEASE);
}

static int parser_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[2];
    if (signature_bind(&signature, "XMLParser", "|(*, target=None, encoding=None)", args, nargs, kwnames,
                       bound) < 0) {
        return -1;
    }
    XmlParser *p = parser_of(self);
    const char *encoding;
    if (xml_optional_text(bound[1], "XMLParser", "encoding", &encoding) < 0) {
        return -1;
    }
    Object *entity = dict_new();
    Object *target = bound[0] && bound[0] != NONE ? bound[0] : entity ? call0((Object *)&builder_type) : NULL;
    if (!entity || !target) {
        return -1;
    }
    Object *methods[TARGET_METHODS];
    for (int i = 0; i < TARGET_METHODS; i++) {
        Object *name = str_intern_cstring(target_names[i]);
        if (!name || object_getattr_optional(target, name, &methods[i]) < 0) {
            return -1;
        }
    }
    XML_Parser expat = XML_ParserCreate_MM(encoding, NULL, "}");
    if (!expat) {
        raise_memory_error();
        return -1;
    }
    XML_SetHashSalt(expat, (unsigned long)hash_bytes("_elementtree", 12)); // keyed by the process
    XML_SetUserData(expat, p);
    XML_SetElementHandler(expat, on_start, on_end);
    XML_SetDefaultHandlerExpand(expat, on_default);
    XML_SetCharacterDataHandler(expat, on_text);
    if (methods[TARGET_START_NS]) {
        XML_SetStartNamespaceDeclHandler(expat, on_start_namespace);
    }
    if (methods[TARGET_END_NS]) {
        XML_SetEndNamespaceDeclHandler(expat, on_end_namespace);
    }
    if (methods[TARGET_COMMENT]) {
        XML_SetCommentHandler(expat, on_comment);
    }
    if (methods[TARGET_PI]) {
        XML_SetProcessingInstructionHandler(expat, on_pi);
    }
    XML_SetStartDoctypeDeclHandler(expat, on_start_doctype);
    XML_SetUnknownEncodingHandler(expat, xml_unknown_encoding, NULL);
    XML_Parser old = expat;
    CriticalSection section; // beside _setevents()
    critical_section_begin(&section, p);
    bool claimed = parser_claim(p) == 0;
    if (claimed) {
        old = p->own->expat;
        p->own->expat = expat;
        p->own->text_used = 0;
        gc_store(p, &p->entity, entity);
        gc_store(p, &p->target, target);
        for (int i = 0; i < TARGET_METHODS; i++) {
            gc_store(p, &p->methods[i], methods[i]);
        }
        parser_let_go(p);
    }
    if (old) {
        XML_ParserFree(old);
    }
    critical_section_end(&section);
    return claimed ? 0 : -1;
}

static int parser_take(XmlParser *p) {
    if (parser_claim(p) < 0) {
        return -1;
    }
    if (!p->own->expat) {
        raise_error(&exc_ValueError, "XMLParser.__init__() wasn't called");
    } else if (recursion_enter(" while parsing XML") == 0) {
        return 0;
    }
    parser_let_go(p);
    return -1;
}

static Object *parser_leave(XmlParser *p, Object *result) {
    recursion_leave();
    parser_let_go(p);
    return result;
}

static int feed(XmlParser *p, const char *data, size_t length, bool final) {
    enum XML_Status status = xml_feed(p->own->expat, data, length, final);
    if (error_occurred()) {
        return -1;
    }
    if (status == XML_STATUS_ERROR) {
        parse_error_raise(XML_GetErrorCode(p->own->expat), XML_GetErrorLineNumber(p->own->expat),
                          XML_GetErrorColumnNumber(p->own->expat), NULL);
        return -1;
    }
    return flush_text(p);
}

static int feed_object(XmlParser *p, Object *data) {
    if (str_check(data)) {
        ssize_t length;
        const char *text = str_utf8(data, &length);
        if (!text) {
            return -1;
        }
        (void)XML_SetEncoding(p->own->expat, "utf-8");
        return feed(p, text, (size_t)length, false);
    }
    Buffer view;
    if (object_get_steady_buffer(data, &view) < 0) {
        return -1;
    }
    int result = feed(p, view.data, (size_t)view.length, false);
    buffer_release(&view);
    return result;
}

static Object *parser_feed(Object *self, Object *data) {
    XmlParser *p = parser_of(self);
    if (parser_take(p) < 0) {
        return NULL;
    }
    return parser_leave(p, feed_object(p, data) < 0 ? NULL : NONE);
}

static Object *finish(XmlParser *p) {
    if (feed(p, "", 0, true) < 0) {
        return NULL;
    }
    Object *builder = builder_target(p);
    return builder ? builder_close(builder) : NONE;
}

static Object *parser_close(Object *self) {
    XmlParser *p = parser_of(self);
    if (parser_take(p) < 0) {
        return NULL;
    }
    Object *result = parser_leave(p, finish(p));
    return result && !builder_target(p) && p->methods[TARGET_CLOSE] ? call0(p->methods[TARGET_CLOSE])
                                                                    : result;
}

static Object *parse_whole(XmlParser *p, Object *read) {
    Object *size = int_from_i64(64 * 1024);
    for (;;) {
        Object *data = size ? call1(read, size) : NULL;
        if (!data) {
            return NULL;
        }
        if (str_check_exact(data)) {
            if (!str_length(data)) {
                break;
            }
            // Expat gets text with surrogates too, and complains about its position itself.
            data = str_encode(data, "utf-8", "surrogatepass");
            if (!data) {
                return NULL;
            }
            if (feed(p, bytes_data(data), (size_t)bytes_length(data), false) < 0) {
                return NULL;
            }
        } else {
            if (data->type != &bytes_type || !bytes_length(data)) {
                break;
            }
            if (feed(p, bytes_data(data), (size_t)bytes_length(data), false) < 0) {
                return NULL;
            }
        }
        if (safepoint() < 0) {
            return NULL;
        }
    }
    return finish(p);
}

static Object *parser_parse_whole(Object *self, Object *file) {
    XmlParser *p = parser_of(self);
    Object *read = p->own->expat ? object_getattr(file, names.read) : NULL;
    if ((p->own->expat && !read) || parser_take(p) < 0) {
        return NULL;
    }
    return parser_leave(p, parse_whole(p, read));
}

static Object *parser_setevents(Object *self, Object *queue, Object *wanted) {
    static const char *const event_names[] = { "start", "end", "start-ns", "end-ns", "comment", "pi" };
    XmlParser *p = parser_of(self);
    if (!p->own->expat) {
        return raise_error(&exc_ValueError, "XMLParser.__init__() wasn't called");
    }
    Object *builder = builder_target(p);
    if (!builder) {
        return raise_error(&exc_TypeError,
                           "event handling only supported for ElementTree.TreeBuilder targets");
    }
    Object *append = object_getattr_cstring(queue, "append"), *events[BUILDER_EVENTS] = { 0 };
    if (!append) {
        return NULL;
    }
    if (!wanted || wanted == NONE) {
        events[EVENT_END] = str_intern_cstring("end");
        builder_report(builder, append, events);
        return NONE;
    }
    Object *sequence = sequence_fast(wanted, "events must be a sequence");
    sequence = sequence ? sequence_tuple(sequence) : NULL;
    if (!sequence) {
        return NULL;
    }
    for (ssize_t i = 0; i < tuple_size(sequence); i++) {
        Object *event = tuple_get(sequence, i);
        const char *name = str_check(event)     ? str_utf8(event, NULL)
                           : bytes_check(event) ? bytes_data(event)
                                                : NULL;
        if (!name) {
            error_clear();
            return raise_error(&exc_ValueError, "invalid events sequence");
        }
        size_t k = 0;
        while (k < COUNT_OF(event_names) && strcmp(name, event_names[k]) != 0) {
            k++;
        }
        CriticalSection section; // beside __init__, which gives it another one
        critical_section_begin(&section, p);
        switch (k) {
        case EVENT_START_NS: XML_SetStartNamespaceDeclHandler(p->own->expat, on_start_namespace); break;
        case EVENT_END_NS: XML_SetEndNamespaceDeclHandler(p->own->expat, on_end_namespace); break;
        case EVENT_COMMENT: XML_SetCommentHandler(p->own->expat, on_comment); break;
        case EVENT_PI: XML_SetProcessingInstructionHandler(p->own->expat, on_pi); break;
        }
        critical_section_end(&section);
        if (k == BUILDER_EVENTS) {
            return raise_error(&exc_ValueError, "unknown event '%s'", name);
        }
        events[k] = event;
    }
    builder_report(builder, append, events);
    return NONE;
}

static Object *get_version(Object *self, void *closure) {
    (void)self, (void)closure;
    return str_format("Expat %d.%d.%d", XML_MAJOR_VERSION, XML_MINOR_VERSION, XML_MICRO_VERSION);
}

static BuiltinDef parser_methods[] = {
    BUILTIN("feed", parser_feed, "($self, data, /)", 0, NULL),
    BUILTIN("close", parser_close, "($self, /)", 0, NULL),
    BUILTIN("_parse_whole", parser_parse_whole, "($self, file, /)", 0, NULL),
    BUILTIN("_setevents", parser_setevents, "($self, events_queue, events_to_report=None, /)", 0, NULL),
    BUILTIN_END,
};

static GetSetDef parser_getsets[] = {
    { "version", get_version, NULL, NULL, NULL },
    { 0 },
};

static MemberDef parser_members[] = {
    { "entity", MEMBER_OBJECT, offsetof(XmlParser, entity), MEMBER_READONLY, NULL },
    { "target", MEMBER_OBJECT, offsetof(XmlParser, target), MEMBER_READONLY, NULL },
    { 0 },
};

static void parser_trace(Object *self, Tracer *tracer) {
    XmlParser *p = parser_of(self);
    trace_cell(tracer, p->own);
    trace_cell(tracer, p->target);
    trace_cell(tracer, p->entity);
    trace_range(tracer, (void *const *)p->methods, TARGET_METHODS);
    trace_cell(tracer, p->names);
}

static void parser_memory_finalize(Object *self) {
    ParserMemory *own = (ParserMemory *)self;
    if (own->expat) {
        XML_ParserFree(own->expat);
        own->expat = NULL;
    }
    free(own->text);
    own->text = NULL;
    own->text_size = own->text_used = 0;
}

static const TypeSpec parser_memory_spec = {
    .name = "xml.etree.ElementTree._ParserMemory",
    .frees_only = true,
    .is_internal = true,
    .basic_size = sizeof(ParserMemory),
    .slots = { .finalize = parser_memory_finalize },
};

const TypeSpec xml_parser_spec = {
    .name = "xml.etree.ElementTree.XMLParser",
    .basic_size = sizeof(XmlParser),
    .flags = TF_BASE,
    .methods = parser_methods,
    .getsets = parser_getsets,
    .members = parser_members,
    .trace = parser_trace,
    .slots = { .new = parser_new, .init = parser_init },
};

// ---- the module

static BuiltinDef functions[] = {
    BUILTIN("SubElement", element_sub_element, NULL, 0, NULL),
    BUILTIN("_set_factories", builder_set_factories, "($module, comment_factory, pi_factory, /)", 0, NULL),
    BUILTIN_END,
};

static int elementtree_exec(Object *module) {
    if (!parse_error_class) {
        heap_add_root(&parse_error_class, 1);
        parse_error_class = exception_class_new("xml.etree.ElementTree.ParseError", &exc_SyntaxError);
    }
    return !parse_error_class || builder_init() < 0 ||
                   module_add(module, "ParseError", parse_error_class) < 0 ||
                   type_ready(&element_iterator_type, &element_iterator_spec) < 0 ||
                   type_ready(&parser_memory_type, &parser_memory_spec) < 0 ||
                   module_add_type(module, &element_type, &element_spec) < 0 ||
                   module_add_type(module, &builder_type, &builder_spec) < 0 ||
                   module_add_type(module, &xml_parser_type, &xml_parser_spec) < 0
               ? -1
               : 0;
}

const ModuleSpec module_elementtree = { "_elementtree", NULL, functions, elementtree_exec };
