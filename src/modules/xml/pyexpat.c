// `pyexpat`: Expat's parser with Python functions as its handlers.
//
// An exception in a handler switches all handlers off; Expat goes on to the end of its input without
// them, and then the exception leaves Parse(). A parser is used by one thread at a time and not from its
// own handlers: Expat's state would not survive it.
#include "modules/xml/xml.h"

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
#include "vm/frame.h"
#include "objects/type.h"
#include "objects/types.h"
#include "vm/runtime.h"

enum { BUFFER_SIZE = 8192, PIECE = 1 << 20, READ_SIZE = 2048 };

typedef enum HandlerIndex {
    START_ELEMENT,
    END_ELEMENT,
    PROCESSING_INSTRUCTION,
    CHARACTER_DATA,
    UNPARSED_ENTITY_DECL,
    NOTATION_DECL,
    START_NAMESPACE_DECL,
    END_NAMESPACE_DECL,
    COMMENT,
    START_CDATA_SECTION,
    END_CDATA_SECTION,
    DEFAULT,
    DEFAULT_EXPAND,
    NOT_STANDALONE,
    EXTERNAL_ENTITY_REF,
    START_DOCTYPE_DECL,
    END_DOCTYPE_DECL,
    ENTITY_DECL,
    XML_DECL,
    ELEMENT_DECL,
    ATTLIST_DECL,
    SKIPPED_ENTITY,
    HANDLERS,
} HandlerIndex;

// What a parser has outside of the heap. It is this that has to be finalized: were it the parser, all that its handlers
// hold, the tree that they build above all, would outlive the collection that finds it dead.
typedef struct ParserMemory {
    Object base;
    XML_Parser expat;
    char *text; // character data that is not reported yet; NULL: unbuffered
    struct ParserMemory *parent; // of the document that this one's entity stands in
    uint32_t children; // whose Expat parsers have to be freed before this one's
    bool dead;
} ParserMemory;

typedef struct Parser {
    Object base;
    ParserMemory *own;
    Object *intern;
    bool ordered_attributes, specified_attributes, namespace_prefixes, in_handler;
    int busy; // a thread is parsing
    int text_size, text_used;
    Object *handlers[HANDLERS];
} Parser;

static Type parser_type;
static Object *error_class; // a registered root

static Parser *parser_of(Object *self) {
    return (Parser *)self;
}

Object *xml_str(const XML_Char *text) {
    return text ? str_from_utf8(text, (ssize_t)strlen(text)) : NONE;
}

Object *xml_str_sized(const XML_Char *text, int length) {
    return text ? str_from_utf8(text, length) : NONE;
}

int xml_optional_text(Object *o, const char *function, const char *name, const char **text) {
    *text = NULL;
    if (!o || o == NONE) {
        return 0;
    }
    if (!str_check(o)) {
        raise_error(&exc_TypeError, "%s() argument '%s' must be str or None, not %.50s", function, name,
                    o->type->name);
        return -1;
    }
    ssize_t length;
    *text = str_utf8(o, &length);
    if (*text && strlen(*text) != (size_t)length) {
        raise_error(&exc_ValueError, "embedded null character");
        return -1;
    }
    return *text ? 0 : -1;
}

Object *xml_raise(enum XML_Error code, XML_Size line, XML_Size column) {
    const char *text = XML_ErrorString(code);
    Object *message = str_format("%s: line %zu, column %zu", text ? text : "unknown error", (size_t)line,
                                 (size_t)column);
    Object *error = message ? call1(error_class, message) : NULL;
    const struct {
        const char *name;
        int64_t value;
    } fields[] = {
        { "code", code },
        { "offset", (int64_t)column },
        { "lineno", (int64_t)line },
    };
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        Object *name = error ? str_intern_cstring(fields[i].name) : NULL,
               *value = int_from_i64(fields[i].value);
        if (!name || !value || object_setattr(error, name, value) < 0) {
            return NULL;
        }
    }
    return raise_exception(error);
}

static Object *raise_here(const Parser *p, enum XML_Error code) {
    return xml_raise(code, XML_GetErrorLineNumber(p->own->expat), XML_GetErrorColumnNumber(p->own->expat));
}

int xml_unknown_encoding(void *data, const XML_Char *name, XML_Encoding *info) {
    (void)data;
    if (error_occurred()) {
        return XML_STATUS_ERROR;
    }
    char all[256];
    for (int i = 0; i < 256; i++) {
        all[i] = (char)i;
    }
    Object *decoded = str_decode(all, 256, name, "replace");
    if (!decoded) {
        return XML_STATUS_ERROR;
    }
    if (str_length(decoded) != 256) {
        raise_error(&exc_ValueError, "multi-byte encodings are not supported");
        return XML_STATUS_ERROR;
    }
    for (ssize_t i = 0; i < 256; i++) {
        uint32_t c = str_read(decoded, i);
        info->map[i] = c == 0xfffd ? -1 : (int)c;
    }
    info->data = NULL;
    info->convert = NULL;
    info->release = NULL;
    return XML_STATUS_OK;
}

enum XML_Status xml_feed(XML_Parser parser, const char *data, size_t length, bool final) {
    while (length > PIECE) {
        enum XML_Status status = XML_Parse(parser, data, PIECE, 0);
        if (status != XML_STATUS_OK || error_occurred() || safepoint() < 0) {
            return status;
        }
        data += PIECE;
        length -= PIECE;
    }
    return XML_Parse(parser, data, (int)length, final);
}

// ---- from Expat to the handlers

static void switch_handlers(Parser *p, bool on);

// After an exception: no handler is called any more, and Expat gives up at the next external entity.
static int refuse_entity(XML_Parser parser, const XML_Char *context, const XML_Char *base,
                         const XML_Char *system_id, const XML_Char *public_id) {
    (void)parser, (void)context, (void)base, (void)system_id, (void)public_id;
    return 0;
}

static void give_up(Parser *p) {
    switch_handlers(p, false);
    for (int i = 0; i < HANDLERS; i++) {
        gc_store(p, &p->handlers[i], NULL);
    }
    XML_SetExternalEntityRefHandler(p->own->expat, refuse_entity);
}

// What tracebacks say of the C function between the parser's method and a handler that fails: CPython's file, with
// the lines of 3.11.
static const struct {
    const char *name;
    int line;
} origins[HANDLERS] = {
    [START_ELEMENT] = { "StartElement", 417 },
    [END_ELEMENT] = { "EndElement", 469 },
    [PROCESSING_INSTRUCTION] = { "ProcessingInstruction", 473 },
    [CHARACTER_DATA] = { "CharacterData", 282 },
    [UNPARSED_ENTITY_DECL] = { "UnparsedEntityDecl", 479 },
    [NOTATION_DECL] = { "NotationDecl", 619 },
    [START_NAMESPACE_DECL] = { "StartNamespaceDecl", 629 },
    [END_NAMESPACE_DECL] = { "EndNamespaceDecl", 636 },
    [COMMENT] = { "Comment", 641 },
    [START_CDATA_SECTION] = { "StartCdataSection", 645 },
    [END_CDATA_SECTION] = { "EndCdataSection", 649 },
    [DEFAULT] = { "Default", 653 },
    [DEFAULT_EXPAND] = { "DefaultHandlerExpand", 657 },
    [NOT_STANDALONE] = { "NotStandalone", 662 },
    [EXTERNAL_ENTITY_REF] = { "ExternalEntityRef", 666 },
    [START_DOCTYPE_DECL] = { "StartDoctypeDecl", 681 },
    [END_DOCTYPE_DECL] = { "EndDoctypeDecl", 689 },
    [ENTITY_DECL] = { "EntityDecl", 491 },
    [XML_DECL] = { "XmlDecl", 508 },
    [ELEMENT_DECL] = { "ElementDecl", 583 },
    [ATTLIST_DECL] = { "AttlistDecl", 598 },
    [SKIPPED_ENTITY] = { "SkippedEntity", 611 },
};

static Object *run_handler(Parser *p, HandlerIndex index, Object *handler, Object *const *args,
                           size_t count) {
    bool outer = p->in_handler;
    p->in_handler = true;
    Object *result = call(handler, args, count, NULL);
    p->in_handler = outer;
    if (!result) {
        traceback_add_native("../Modules/pyexpat.c", origins[index].name, origins[index].line);
        give_up(p);
    }
    return result;
}

static void report_text(Parser *p, const char *text, int length) {
    Object *handler = p->handlers[CHARACTER_DATA];
    if (!handler) {
        return;
    }
    Object *data = xml_str_sized(text, length);
    if (!data) {
        give_up(p);
        return;
    }
    run_handler(p, CHARACTER_DATA, handler, &data, 1);
}

static int flush_text(Parser *p) {
    while (p->text_used && !error_occurred()) { // another thread may gather more while the handler runs
        int length = p->text_used;
        p->text_used = 0;
        report_text(p, p->own->text, length);
    }
    return error_occurred() ? -1 : 0;
}

// The handler to call; NULL when there is none, or something has failed.
static Object *begin(Parser *p, HandlerIndex index) {
    if (!p->handlers[index] || error_occurred() || flush_text(p) < 0) {
        return NULL;
    }
    return p->handlers[index];
}

// Calls it with `count` arguments, of which each may be NULL with an exception.
static Object *finish(Parser *p, HandlerIndex index, Object *handler, Object *const *args, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!args[i]) {
            give_up(p);
            return NULL;
        }
    }
    return run_handler(p, index, handler, args, count);
}

// A name as a str, the same object each time when there is a dict of names.
static Object *name_of(Parser *p, const XML_Char *text) {
    Object *name = xml_str(text);
    if (!name || name == NONE || !p->intern) {
        return name;
    }
    return dict_set_default(p->intern, name, name);
}

static void on_character_data(void *data, const XML_Char *text, int length) {
    Parser *p = data;
    if (error_occurred()) {
        return;
    }
    if (!p->own->text) {
        report_text(p, text, length);
        return;
    }
    if (length > p->text_size - p->text_used) {
        if (flush_text(p) < 0 || !p->handlers[CHARACTER_DATA]) {
            return;
        }
    }
    if (!p->own->text || length > p->text_size) {
        report_text(p, text, length);
        return;
    }
    memcpy(p->own->text + p->text_used, text, (size_t)length);
    p->text_used += length;
}

static void on_start_element(void *data, const XML_Char *name, const XML_Char **attributes) {
    Parser *p = data;
    Object *handler = begin(p, START_ELEMENT);
    if (!handler) {
        return;
    }
    int most = 0;
    if (p->specified_attributes) {
        most = XML_GetSpecifiedAttributeCount(p->own->expat);
    } else {
        while (attributes[most]) {
            most += 2;
        }
    }
    bool ordered = p->ordered_attributes;
    Object *container = ordered ? list_new(most) : dict_new();
    bool failed = !container;
    for (int i = 0; i < most && !failed; i += 2) {
        Object *key = name_of(p, attributes[i]), *value = key ? xml_str(attributes[i + 1]) : NULL;
        failed = !value || (ordered ? list_append(container, key) < 0 || list_append(container, value) < 0
                                    : dict_set(container, key, value) < 0);
    }
    Object *args[] = { failed ? NULL : name_of(p, name), container };
    finish(p, START_ELEMENT, handler, args, 2);
}

// For handlers whose arguments are names.
static void tell_names(Parser *p, HandlerIndex index, const XML_Char **texts, size_t count) {
    Object *handler = begin(p, index);
    if (handler) {
        Object *args[5];
        for (size_t i = 0; i < count; i++) {
            args[i] = name_of(p, texts[i]);
        }
        finish(p, index, handler, args, count);
    }
}

static void on_end_element(void *data, const XML_Char *name) {
    tell_names(data, END_ELEMENT, (const XML_Char *[]){ name }, 1);
}

static void on_processing_instruction(void *data, const XML_Char *target, const XML_Char *text) {
    Parser *p = data;
    Object *handler = begin(p, PROCESSING_INSTRUCTION);
    if (handler) {
        Object *args[] = { name_of(p, target), xml_str(text) };
        finish(p, PROCESSING_INSTRUCTION, handler, args, 2);
    }
}

static void on_unparsed_entity(void *data, const XML_Char *name, const XML_Char *base,
                               const XML_Char *system_id, const XML_Char *public_id,
                               const XML_Char *notation) {
    tell_names(data, UNPARSED_ENTITY_DECL, (const XML_Char *[]){ name, base, system_id, public_id, notation },
               5);
}

static void on_notation(void *data, const XML_Char *name, const XML_Char *base, const XML_Char *system_id,
                        const XML_Char *public_id) {
    tell_names(data, NOTATION_DECL, (const XML_Char *[]){ name, base, system_id, public_id }, 4);
}

static void on_start_namespace(void *data, const XML_Char *prefix, const XML_Char *uri) {
    tell_names(data, START_NAMESPACE_DECL, (const XML_Char *[]){ prefix, uri }, 2);
}

static void on_end_namespace(void *data, const XML_Char *prefix) {
    tell_names(data, END_NAMESPACE_DECL, (const XML_Char *[]){ prefix }, 1);
}

static void on_comment(void *data, const XML_Char *text) {
    Parser *p = data;
    Object *handler = begin(p, COMMENT);
    if (handler) {
        Object *args[] = { xml_str(text) };
        finish(p, COMMENT, handler, args, 1);
    }
}

static void on_bare(Parser *p, HandlerIndex index) {
    Object *handler = begin(p, index);
    if (handler) {
        finish(p, index, handler, NULL, 0);
    }
}
static void on_start_cdata(void *data) {
    on_bare(data, START_CDATA_SECTION);
}
static void on_end_cdata(void *data) {
    on_bare(data, END_CDATA_SECTION);
}
static void on_end_doctype(void *data) {
    on_bare(data, END_DOCTYPE_DECL);
}

static void on_text_of(Parser *p, HandlerIndex index, const XML_Char *text, int length) {
    Object *handler = begin(p, index);
    if (handler) {
        Object *args[] = { xml_str_sized(text, length) };
        finish(p, index, handler, args, 1);
    }
}
static void on_default(void *data, const XML_Char *text, int length) {
    on_text_of(data, DEFAULT, text, length);
}
static void on_default_expand(void *data, const XML_Char *text, int length) {
    on_text_of(data, DEFAULT_EXPAND, text, length);
}

// What a handler answers to Expat: an int.
static int answer(Parser *p, Object *result) {
    if (!result) {
        return 0;
    }
    int value = int_to_c_int(result);
    if (value == -1 && error_occurred()) {
        give_up(p);
        return 0;
    }
    return value;
}

static int on_not_standalone(void *data) {
    Parser *p = data;
    Object *handler = begin(p, NOT_STANDALONE);
    return handler ? answer(p, finish(p, NOT_STANDALONE, handler, NULL, 0)) : 0;
}

static int on_external_entity(XML_Parser parser, const XML_Char *context, const XML_Char *base,
                              const XML_Char *system_id, const XML_Char *public_id) {
    Parser *p = XML_GetUserData(parser);
    Object *handler = begin(p, EXTERNAL_ENTITY_REF);
    if (!handler) {
        return 0;
    }
    Object *args[] = { xml_str(context), name_of(p, base), name_of(p, system_id), name_of(p, public_id) };
    return answer(p, finish(p, EXTERNAL_ENTITY_REF, handler, args, 4));
}

static void on_start_doctype(void *data, const XML_Char *name, const XML_Char *system_id,
                             const XML_Char *public_id, int has_internal_subset) {
    Parser *p = data;
    Object *handler = begin(p, START_DOCTYPE_DECL);
    if (handler) {
        Object *args[] = { name_of(p, name), name_of(p, system_id), name_of(p, public_id),
                           int_from_i64(has_internal_subset) };
        finish(p, START_DOCTYPE_DECL, handler, args, 4);
    }
}

static void on_entity(void *data, const XML_Char *name, int is_parameter, const XML_Char *value,
                      int value_length, const XML_Char *base, const XML_Char *system_id,
                      const XML_Char *public_id, const XML_Char *notation) {
    Parser *p = data;
    Object *handler = begin(p, ENTITY_DECL);
    if (handler) {
        Object *args[] = {
            name_of(p, name),    int_from_i64(is_parameter), xml_str_sized(value, value_length),
            name_of(p, base),    name_of(p, system_id),      name_of(p, public_id),
            name_of(p, notation)
        };
        finish(p, ENTITY_DECL, handler, args, 7);
    }
}

static void on_xml_declaration(void *data, const XML_Char *version, const XML_Char *encoding,
                               int standalone) {
    Parser *p = data;
    Object *handler = begin(p, XML_DECL);
    if (handler) {
        Object *args[] = { xml_str(version), xml_str(encoding), int_from_i64(standalone) };
        finish(p, XML_DECL, handler, args, 3);
    }
}

// (type, quantifier, name, (children, ...))
static Object *model_tuple(Parser *p, const XML_Content *model) {
    if (recursion_enter(" in conv_content_model") < 0) {
        return NULL;
    }
    Object *children = tuple_new((ssize_t)model->numchildren), *result = NULL;
    if (children) {
        unsigned i = 0;
        for (; i < model->numchildren; i++) {
            Object *child = model_tuple(p, &model->children[i]);
            if (!child) {
                break;
            }
            tuple_init(children, (ssize_t)i, child);
        }
        Object *type = int_from_i64(model->type), *quantifier = int_from_i64(model->quant);
        Object *name = i == model->numchildren ? xml_str(model->name) : NULL;
        result = type && quantifier && name ? tuple_pack(4, type, quantifier, name, children) : NULL;
    }
    recursion_leave();
    return result;
}

static void on_element_declaration(void *data, const XML_Char *name, XML_Content *model) {
    Parser *p = data;
    Object *handler = begin(p, ELEMENT_DECL);
    if (handler) {
        Object *tuple = model_tuple(p, model);
        Object *args[] = { tuple ? name_of(p, name) : NULL, tuple };
        finish(p, ELEMENT_DECL, handler, args, 2);
    }
    XML_FreeContentModel(p->own->expat, model);
}

static void on_attribute_list(void *data, const XML_Char *element, const XML_Char *attribute,
                              const XML_Char *type, const XML_Char *otherwise, int required) {
    Parser *p = data;
    Object *handler = begin(p, ATTLIST_DECL);
    if (handler) {
        Object *args[] = { name_of(p, element), name_of(p, attribute), xml_str(type), xml_str(otherwise),
                           int_from_i64(required) };
        finish(p, ATTLIST_DECL, handler, args, 5);
    }
}

static void on_skipped_entity(void *data, const XML_Char *name, int is_parameter) {
    Parser *p = data;
    Object *handler = begin(p, SKIPPED_ENTITY);
    if (handler) {
        Object *args[] = { name_of(p, name), int_from_i64(is_parameter) };
        finish(p, SKIPPED_ENTITY, handler, args, 2);
    }
}

// Tells Expat which handlers there are.
static void switch_handler(Parser *p, HandlerIndex index, bool on) {
    XML_Parser x = p->own->expat;
    switch (index) {
    case START_ELEMENT: XML_SetStartElementHandler(x, on ? on_start_element : NULL); break;
    case END_ELEMENT: XML_SetEndElementHandler(x, on ? on_end_element : NULL); break;
    case PROCESSING_INSTRUCTION:
        XML_SetProcessingInstructionHandler(x, on ? on_processing_instruction : NULL);
        break;
    case CHARACTER_DATA: XML_SetCharacterDataHandler(x, on ? on_character_data : NULL); break;
    case UNPARSED_ENTITY_DECL: XML_SetUnparsedEntityDeclHandler(x, on ? on_unparsed_entity : NULL); break;
    case NOTATION_DECL: XML_SetNotationDeclHandler(x, on ? on_notation : NULL); break;
    case START_NAMESPACE_DECL: XML_SetStartNamespaceDeclHandler(x, on ? on_start_namespace : NULL); break;
    case END_NAMESPACE_DECL: XML_SetEndNamespaceDeclHandler(x, on ? on_end_namespace : NULL); break;
    case COMMENT: XML_SetCommentHandler(x, on ? on_comment : NULL); break;
    case START_CDATA_SECTION: XML_SetStartCdataSectionHandler(x, on ? on_start_cdata : NULL); break;
    case END_CDATA_SECTION: XML_SetEndCdataSectionHandler(x, on ? on_end_cdata : NULL); break;
    case DEFAULT: XML_SetDefaultHandler(x, on ? on_default : NULL); break;
    case DEFAULT_EXPAND: XML_SetDefaultHandlerExpand(x, on ? on_default_expand : NULL); break;
    case NOT_STANDALONE: XML_SetNotStandaloneHandler(x, on ? on_not_standalone : NULL); break;
    case EXTERNAL_ENTITY_REF: XML_SetExternalEntityRefHandler(x, on ? on_external_entity : NULL); break;
    case START_DOCTYPE_DECL: XML_SetStartDoctypeDeclHandler(x, on ? on_start_doctype : NULL); break;
    case END_DOCTYPE_DECL: XML_SetEndDoctypeDeclHandler(x, on ? on_end_doctype : NULL); break;
    case ENTITY_DECL: XML_SetEntityDeclHandler(x, on ? on_entity : NULL); break;
    case XML_DECL: XML_SetXmlDeclHandler(x, on ? on_xml_declaration : NULL); break;
    case ELEMENT_DECL: XML_SetElementDeclHandler(x, on ? on_element_declaration : NULL); break;
    case ATTLIST_DECL: XML_SetAttlistDeclHandler(x, on ? on_attribute_list : NULL); break;
    case SKIPPED_ENTITY: XML_SetSkippedEntityHandler(x, on ? on_skipped_entity : NULL); break;
    case HANDLERS: break;
    }
}

static void switch_handlers(Parser *p, bool on) {
    for (int i = 0; i < HANDLERS; i++) {
        if (p->handlers[i]) {
            switch_handler(p, (HandlerIndex)i, on);
        }
    }
}

// ---- parsing

// What uses Expat's state is one step but for what handlers do: another thread may ask where the parser is, or give it another
// buffer. Parsers of a document's entities share some of it.
static void state_begin(CriticalSection *section, const Parser *p) {
    const ParserMemory *document = p->own;
    while (document->parent) {
        document = document->parent;
    }
    critical_section_begin(section, document);
}

static int parser_take(Parser *p, CriticalSection *section) {
    int expected = 0;
    if (!__atomic_compare_exchange_n(&p->busy, &expected, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        raise_error(&exc_RuntimeError, "the parser is being used already");
        return -1;
    }
    if (recursion_enter(" while parsing XML") < 0) {
        __atomic_store_n(&p->busy, 0, __ATOMIC_RELEASE);
        return -1;
    }
    state_begin(section, p);
    return 0;
}

static void parser_leave(Parser *p, CriticalSection *section) {
    critical_section_end(section);
    recursion_leave();
    __atomic_store_n(&p->busy, 0, __ATOMIC_RELEASE);
}

static Object *result_of(Parser *p, enum XML_Status status) {
    if (error_occurred()) {
        return NULL;
    }
    if (status == XML_STATUS_ERROR) {
        return raise_here(p, XML_GetErrorCode(p->own->expat));
    }
    return flush_text(p) < 0 ? NULL : int_from_i64(status);
}

static Object *parse_buffer(Parser *p, Object *data, int final) {
    if (str_check(data)) {
        ssize_t length;
        const char *text = str_utf8(data, &length);
        if (!text) {
            return NULL;
        }
        (void)XML_SetEncoding(p->own->expat, "utf-8");
        return result_of(p, xml_feed(p->own->expat, text, (size_t)length, final));
    }
    Buffer view;
    if (object_get_steady_buffer(data, &view) < 0) {
        return NULL;
    }
    Object *result = result_of(p, xml_feed(p->own->expat, view.data, (size_t)view.length, final));
    buffer_release(&view);
    return result;
}

static Object *parser_parse(Object *self, Object *data, Object *final_object) {
    Parser *p = parser_of(self);
    int final = final_object ? object_is_true(final_object) : 0;
    if (final < 0) {
        return NULL;
    }
    CriticalSection section;
    if (parser_take(p, &section) < 0) {
        return NULL;
    }
    Object *result = parse_buffer(p, data, final);
    parser_leave(p, &section);
    return result;
}

static Object *parse_from(Parser *p, Object *read) {
    Object *size = int_from_i64(READ_SIZE);
    for (;;) {
        Object *data = size ? call1(read, size) : NULL;
        if (!data) {
            return NULL;
        }
        if (!bytes_check(data) && !bytearray_check(data)) {
            return raise_error(&exc_TypeError, "read() did not return a bytes object (type=%.400s)",
                               data->type->name);
        }
        Buffer view;
        if (object_get_steady_buffer(data, &view) < 0) {
            return NULL;
        }
        ssize_t length = view.length;
        if (length > READ_SIZE) {
            buffer_release(&view);
            return raise_error(&exc_ValueError,
                               "read() returned too much data: %i bytes requested, %zd returned", READ_SIZE,
                               length);
        }
        enum XML_Status status = XML_Parse(p->own->expat, view.data, (int)length, length == 0);
        buffer_release(&view);
        if (error_occurred() || safepoint() < 0) {
            return NULL;
        }
        if (status != XML_STATUS_OK || !length) {
            return result_of(p, status);
        }
    }
}

static Object *parser_parse_file(Object *self, Object *file) {
    Object *read;
    if (object_getattr_optional(file, names.read, &read) < 0) {
        return NULL;
    }
    if (!read) {
        return raise_error(&exc_TypeError, "argument must have 'read' attribute");
    }
    Parser *p = parser_of(self);
    CriticalSection section;
    if (parser_take(p, &section) < 0) {
        return NULL;
    }
    Object *result = parse_from(p, read);
    parser_leave(p, &section);
    return result;
}

static Object *parser_set_base(Object *self, Object *base) {
    if (!str_check(base)) {
        return raise_error(&exc_TypeError, "SetBase() argument must be str, not %.50s", base->type->name);
    }
    ssize_t length;
    const char *text = str_utf8(base, &length);
    if (!text) {
        return NULL;
    }
    if (strlen(text) != (size_t)length) {
        return raise_error(&exc_ValueError, "embedded null character");
    }
    CriticalSection section;
    state_begin(&section, parser_of(self));
    bool set = XML_SetBase(parser_of(self)->own->expat, text) != XML_STATUS_ERROR;
    critical_section_end(&section);
    return set ? NONE : raise_memory_error();
}

static Object *parser_get_base(Object *self) {
    CriticalSection section;
    state_begin(&section, parser_of(self));
    Object *base = xml_str(XML_GetBase(parser_of(self)->own->expat));
    critical_section_end(&section);
    return base;
}

static Object *parser_get_input_context(Object *self) {
    Parser *p = parser_of(self);
    if (!p->in_handler) {
        return NONE;
    }
    int offset, size;
    CriticalSection section;
    state_begin(&section, p);
    const char *buffer = XML_GetInputContext(p->own->expat, &offset, &size);
    Object *result = buffer ? bytes_from(buffer + offset, size - offset) : NONE;
    critical_section_end(&section);
    return result;
}

static Parser *parser_alloc(void);

static Object *make_child(Parser *p, Parser *child, const char *context, const char *encoding) {
    child->text_size = p->text_size;
    child->ordered_attributes = p->ordered_attributes;
    child->specified_attributes = p->specified_attributes;
    child->namespace_prefixes = p->namespace_prefixes;
    gc_store(child, &child->intern, p->intern);
    if (p->own->text && !(child->own->text = malloc((size_t)child->text_size))) {
        return raise_memory_error();
    }
    child->own->expat = XML_ExternalEntityParserCreate(p->own->expat, context, encoding);
    if (!child->own->expat) {
        return raise_memory_error();
    }
    gc_store(child->own, &child->own->parent, p->own);
    __atomic_fetch_add(&p->own->children, 1, __ATOMIC_RELAXED);
    XML_SetUserData(child->own->expat, child);
    for (int i = 0; i < HANDLERS; i++) {
        gc_store(child, &child->handlers[i], p->handlers[i]);
    }
    switch_handlers(child, true);
    return (Object *)child;
}

static Object *parser_external_entity_parser_create(Object *self, Object *context_object,
                                                    Object *encoding_object) {
    Parser *p = parser_of(self);
    const char *context = NULL, *encoding = NULL;
    if (context_object != NONE) {
        if (!str_check(context_object)) {
            return raise_error(&exc_TypeError,
                               "ExternalEntityParserCreate() argument 1 must be str or None, not %.50s",
                               context_object->type->name);
        }
        context = str_utf8(context_object, NULL);
    }
    if (encoding_object) {
        if (!str_check(encoding_object)) {
            return raise_error(&exc_TypeError,
                               "ExternalEntityParserCreate() argument 2 must be str, not %.50s",
                               encoding_object->type->name);
        }
        encoding = str_utf8(encoding_object, NULL);
    }
    Parser *child = error_occurred() ? NULL : parser_alloc();
    if (!child) {
        return NULL;
    }
    CriticalSection section;
    state_begin(&section, p);
    Object *made = make_child(p, child, context, encoding);
    critical_section_end(&section);
    return made;
}

static Object *parser_set_param_entity_parsing(Object *self, Object *flag_object) {
    int flag = int_to_c_int(flag_object);
    if (flag == -1 && error_occurred()) {
        return NULL;
    }
    CriticalSection section;
    state_begin(&section, parser_of(self));
    int set = XML_SetParamEntityParsing(parser_of(self)->own->expat, (enum XML_ParamEntityParsing)flag);
    critical_section_end(&section);
    return int_from_i64(set);
}

static Object *parser_use_foreign_dtd(Object *self, Object *flag_object) {
    int flag = flag_object ? object_is_true(flag_object) : 1;
    if (flag < 0) {
        return NULL;
    }
    CriticalSection section;
    state_begin(&section, parser_of(self));
    enum XML_Error error = XML_UseForeignDTD(parser_of(self)->own->expat, flag ? XML_TRUE : XML_FALSE);
    Object *result = error != XML_ERROR_NONE ? raise_here(parser_of(self), error) : NONE;
    critical_section_end(&section);
    return result;
}

// ---- attributes

static Object *get_handler(Object *self, void *index) {
    Object *handler = __atomic_load_n(&parser_of(self)->handlers[(size_t)index], __ATOMIC_ACQUIRE);
    return handler ? handler : NONE;
}

static int set_handler(Object *self, Object *value, void *closure) {
    Parser *p = parser_of(self);
    HandlerIndex index = (HandlerIndex)(size_t)closure;
    if (!value) {
        raise_error(&exc_RuntimeError, "Cannot delete attribute");
        return -1;
    }
    CriticalSection section;
    state_begin(&section, p);
    // What was gathered belongs to the handler that was set then.
    int status = index == CHARACTER_DATA ? flush_text(p) : 0;
    if (status == 0) {
        // Expat must be able to go on reporting text during a handler of text.
        gc_store(p, &p->handlers[index], value == NONE ? NULL : value);
        switch_handler(p, index, value != NONE || (index == CHARACTER_DATA && p->in_handler));
    }
    critical_section_end(&section);
    return status;
}

typedef XML_Size (*PositionFn)(XML_Parser parser);
static XML_Size byte_index(XML_Parser parser) {
    return (XML_Size)XML_GetCurrentByteIndex(parser);
}
static XML_Size error_code(XML_Parser parser) {
    return (XML_Size)XML_GetErrorCode(parser);
}
static Object *get_number(Object *self, void *function) {
    CriticalSection section;
    state_begin(&section, parser_of(self));
    XML_Size number = ((PositionFn)function)(parser_of(self)->own->expat);
    critical_section_end(&section);
    return int_from_i64((int64_t)number);
}

static Object *get_buffer_text(Object *self, void *closure) {
    (void)closure;
    return bool_from(parser_of(self)->own->text != NULL);
}

static int set_buffer_text(Object *self, Object *value, void *closure) {
    (void)closure;
    Parser *p = parser_of(self);
    if (!value) {
        raise_error(&exc_RuntimeError, "Cannot delete attribute");
        return -1;
    }
    int on = object_is_true(value);
    if (on < 0) {
        return -1;
    }
    CriticalSection section;
    state_begin(&section, p);
    int status = 0;
    if (on && !p->own->text) {
        p->text_used = 0;
        p->own->text = malloc((size_t)p->text_size);
        if (!p->own->text) {
            raise_memory_error();
            status = -1;
        }
    } else if (!on && p->own->text) {
        status = flush_text(p);
        if (status == 0) {
            free(p->own->text);
            p->own->text = NULL;
        }
    }
    critical_section_end(&section);
    return status;
}

static Object *get_buffer_size(Object *self, void *closure) {
    (void)closure;
    return int_from_i64(parser_of(self)->text_size);
}

static int set_buffer_size(Object *self, Object *value, void *closure) {
    (void)closure;
    Parser *p = parser_of(self);
    if (!value) {
        raise_error(&exc_RuntimeError, "Cannot delete attribute");
        return -1;
    }
    if (!int_check(value)) {
        raise_error(&exc_TypeError, "buffer_size must be an integer");
        return -1;
    }
    int64_t size = int_to_i64(value);
    if (size == -1 && error_occurred()) {
        return -1;
    }
    if (size == p->text_size) {
        return 0;
    }
    if (size <= 0 || size > INT_MAX) {
        raise_error(&exc_ValueError,
                    size <= 0 ? "buffer_size must be greater than zero"
                              : "buffer_size must not be greater than %i",
                    INT_MAX);
        return -1;
    }
    CriticalSection section;
    state_begin(&section, p);
    int status = p->own->text ? flush_text(p) : 0;
    if (status == 0 && p->own->text) {
        char *text = malloc((size_t)size);
        if (text) {
            free(p->own->text);
            p->own->text = text;
        } else {
            raise_memory_error();
            status = -1;
        }
    }
    if (status == 0) {
        p->text_size = (int)size;
    }
    critical_section_end(&section);
    return status;
}

static Object *get_buffer_used(Object *self, void *closure) {
    (void)closure;
    return int_from_i64(parser_of(self)->text_used);
}

enum { ORDERED, SPECIFIED, PREFIXES };

static bool *flag_of(Object *self, void *which) {
    Parser *p = parser_of(self);
    switch ((size_t)which) {
    case ORDERED: return &p->ordered_attributes;
    case SPECIFIED: return &p->specified_attributes;
    default: return &p->namespace_prefixes;
    }
}

static Object *get_flag(Object *self, void *which) {
    return bool_from(*flag_of(self, which));
}

static int set_flag(Object *self, Object *value, void *which) {
    if (!value) {
        raise_error(&exc_RuntimeError, "Cannot delete attribute");
        return -1;
    }
    int on = object_is_true(value);
    if (on < 0) {
        return -1;
    }
    *flag_of(self, which) = on;
    if ((size_t)which == PREFIXES) {
        CriticalSection section;
        state_begin(&section, parser_of(self));
        XML_SetReturnNSTriplet(parser_of(self)->own->expat, on);
        critical_section_end(&section);
    }
    return 0;
}

#define NUMBER(name, function) { name, get_number, NULL, NULL, (void *)(function) }
#define FLAG(name, which) { name, get_flag, set_flag, NULL, (void *)(size_t)(which) }
#define HANDLER(name, index) { name, get_handler, set_handler, NULL, (void *)(size_t)(index) }
static GetSetDef parser_getsets[] = {
    NUMBER("ErrorCode", error_code),
    NUMBER("ErrorLineNumber", XML_GetErrorLineNumber),
    NUMBER("ErrorColumnNumber", XML_GetErrorColumnNumber),
    NUMBER("ErrorByteIndex", byte_index),
    NUMBER("CurrentLineNumber", XML_GetCurrentLineNumber),
    NUMBER("CurrentColumnNumber", XML_GetCurrentColumnNumber),
    NUMBER("CurrentByteIndex", byte_index),
    { "buffer_size", get_buffer_size, set_buffer_size, NULL, NULL },
    { "buffer_text", get_buffer_text, set_buffer_text, NULL, NULL },
    { "buffer_used", get_buffer_used, NULL, NULL, NULL },
    FLAG("namespace_prefixes", PREFIXES),
    FLAG("ordered_attributes", ORDERED),
    FLAG("specified_attributes", SPECIFIED),
    HANDLER("StartElementHandler", START_ELEMENT),
    HANDLER("EndElementHandler", END_ELEMENT),
    HANDLER("ProcessingInstructionHandler", PROCESSING_INSTRUCTION),
    HANDLER("CharacterDataHandler", CHARACTER_DATA),
    HANDLER("UnparsedEntityDeclHandler", UNPARSED_ENTITY_DECL),
    HANDLER("NotationDeclHandler", NOTATION_DECL),
    HANDLER("StartNamespaceDeclHandler", START_NAMESPACE_DECL),
    HANDLER("EndNamespaceDeclHandler", END_NAMESPACE_DECL),
    HANDLER("CommentHandler", COMMENT),
    HANDLER("StartCdataSectionHandler", START_CDATA_SECTION),
    HANDLER("EndCdataSectionHandler", END_CDATA_SECTION),
    HANDLER("DefaultHandler", DEFAULT),
    HANDLER("DefaultHandlerExpand", DEFAULT_EXPAND),
    HANDLER("NotStandaloneHandler", NOT_STANDALONE),
    HANDLER("ExternalEntityRefHandler", EXTERNAL_ENTITY_REF),
    HANDLER("StartDoctypeDeclHandler", START_DOCTYPE_DECL),
    HANDLER("EndDoctypeDeclHandler", END_DOCTYPE_DECL),
    HANDLER("EntityDeclHandler", ENTITY_DECL),
    HANDLER("XmlDeclHandler", XML_DECL),
    HANDLER("ElementDeclHandler", ELEMENT_DECL),
    HANDLER("AttlistDeclHandler", ATTLIST_DECL),
    HANDLER("SkippedEntityHandler", SKIPPED_ENTITY),
    { 0 },
};
#undef NUMBER
#undef FLAG
#undef HANDLER

static BuiltinDef parser_methods[] = {
    BUILTIN("Parse", parser_parse, "($self, data, isfinal=False, /)", 0, NULL),
    BUILTIN("ParseFile", parser_parse_file, "($self, file, /)", 0, NULL),
    BUILTIN("SetBase", parser_set_base, "($self, base, /)", 0, NULL),
    BUILTIN("GetBase", parser_get_base, "($self, /)", 0, NULL),
    BUILTIN("GetInputContext", parser_get_input_context, "($self, /)", 0, NULL),
    BUILTIN("ExternalEntityParserCreate", parser_external_entity_parser_create,
            "($self, context, encoding=<unrepresentable>, /)", 0, NULL),
    BUILTIN("SetParamEntityParsing", parser_set_param_entity_parsing, "($self, flag, /)", 0, NULL),
    BUILTIN("UseForeignDTD", parser_use_foreign_dtd, "($self, flag=True, /)", 0, NULL),
    BUILTIN_END,
};

static MemberDef parser_members[] = {
    { "intern", MEMBER_OBJECT, offsetof(Parser, intern), MEMBER_READONLY, NULL },
    { 0 },
};

static void parser_trace(Object *self, Tracer *tracer) {
    Parser *p = parser_of(self);
    trace_cell(tracer, p->own);
    trace_cell(tracer, p->intern);
    trace_range(tracer, (void *const *)p->handlers, HANDLERS);
}

static const TypeSpec parser_spec = {
    .name = "pyexpat.xmlparser",
    .basic_size = sizeof(Parser),
    .methods = parser_methods,
    .getsets = parser_getsets,
    .members = parser_members,
    .trace = parser_trace,
};

static void parser_memory_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, ((ParserMemory *)self)->parent);
}

// With the world stopped. Those that die together come in any order, but Expat wants children to be freed first.
static void parser_memory_finalize(Object *self) {
    ParserMemory *own = (ParserMemory *)self;
    free(own->text);
    own->text = NULL;
    own->dead = true;
    while (own && own->dead && !own->children) {
        if (own->expat) {
            XML_ParserFree(own->expat);
            own->expat = NULL;
        }
        own = own->parent;
        if (own) {
            own->children--;
        }
    }
}

static Type parser_memory_type;
static const TypeSpec parser_memory_spec = {
    .name = "pyexpat._ParserMemory",
    .frees_only = true,
    .is_internal = true,
    .basic_size = sizeof(ParserMemory),
    .trace = parser_memory_trace,
    .slots = { .finalize = parser_memory_finalize },
};

static Parser *parser_alloc(void) {
    Parser *p = (Parser *)object_alloc(&parser_type);
    Object *own = p ? object_alloc(&parser_memory_type) : NULL;
    if (!own) {
        return NULL;
    }
    gc_store(p, &p->own, own);
    p->text_size = BUFFER_SIZE;
    return p;
}

// ---- the module

static Object *pyexpat_parser_create(Object *module, Object *encoding_object, Object *separator_object,
                                     Object *intern) {
    (void)module;
    const char *encoding, *separator;
    if (xml_optional_text(encoding_object, "ParserCreate", "encoding", &encoding) < 0 ||
        xml_optional_text(separator_object, "ParserCreate", "namespace_separator", &separator) < 0) {
        return NULL;
    }
    if (separator && strlen(separator) > 1) {
        return raise_error(&exc_ValueError,
                           "namespace_separator must be at most one character, omitted, or None");
    }
    if (intern == NONE) {
        intern = NULL;
    } else if (!intern) {
        intern = dict_new();
        if (!intern) {
            return NULL;
        }
    } else if (!dict_check(intern)) {
        return raise_error(&exc_TypeError, "intern must be a dictionary");
    }
    Parser *p = parser_alloc();
    if (!p) {
        return NULL;
    }
    gc_store(p, &p->intern, intern);
    p->own->expat = XML_ParserCreate_MM(encoding, NULL, separator);
    if (!p->own->expat) {
        return raise_memory_error();
    }
    XML_SetHashSalt(p->own->expat, (unsigned long)hash_bytes("pyexpat", 7)); // keyed by the process
    XML_SetUserData(p->own->expat, p);
    XML_SetUnknownEncodingHandler(p->own->expat, xml_unknown_encoding, NULL);
    return (Object *)p;
}

static Object *pyexpat_error_string(Object *module, Object *code_object) {
    (void)module;
    int64_t code = int_to_i64(code_object);
    return code == -1 && error_occurred() ? NULL : xml_str(XML_ErrorString((enum XML_Error)code));
}

static BuiltinDef functions[] = {
    BUILTIN("ParserCreate", pyexpat_parser_create,
            "($module, /, encoding=None, namespace_separator=None, intern=<unrepresentable>)", 0, NULL),
    BUILTIN("ErrorString", pyexpat_error_string, "($module, code, /)", 0, NULL),
    BUILTIN_END,
};

#define E(name) { #name, name }
static const struct {
    const char *name;
    int code;
} error_codes[] = {
    E(XML_ERROR_NO_MEMORY),
    E(XML_ERROR_SYNTAX),
    E(XML_ERROR_NO_ELEMENTS),
    E(XML_ERROR_INVALID_TOKEN),
    E(XML_ERROR_UNCLOSED_TOKEN),
    E(XML_ERROR_PARTIAL_CHAR),
    E(XML_ERROR_TAG_MISMATCH),
    E(XML_ERROR_DUPLICATE_ATTRIBUTE),
    E(XML_ERROR_JUNK_AFTER_DOC_ELEMENT),
    E(XML_ERROR_PARAM_ENTITY_REF),
    E(XML_ERROR_UNDEFINED_ENTITY),
    E(XML_ERROR_RECURSIVE_ENTITY_REF),
    E(XML_ERROR_ASYNC_ENTITY),
    E(XML_ERROR_BAD_CHAR_REF),
    E(XML_ERROR_BINARY_ENTITY_REF),
    E(XML_ERROR_ATTRIBUTE_EXTERNAL_ENTITY_REF),
    E(XML_ERROR_MISPLACED_XML_PI),
    E(XML_ERROR_UNKNOWN_ENCODING),
    E(XML_ERROR_INCORRECT_ENCODING),
    E(XML_ERROR_UNCLOSED_CDATA_SECTION),
    E(XML_ERROR_EXTERNAL_ENTITY_HANDLING),
    E(XML_ERROR_NOT_STANDALONE),
    E(XML_ERROR_UNEXPECTED_STATE),
    E(XML_ERROR_ENTITY_DECLARED_IN_PE),
    E(XML_ERROR_FEATURE_REQUIRES_XML_DTD),
    E(XML_ERROR_CANT_CHANGE_FEATURE_ONCE_PARSING),
    E(XML_ERROR_UNBOUND_PREFIX),
    E(XML_ERROR_UNDECLARING_PREFIX),
    E(XML_ERROR_INCOMPLETE_PE),
    E(XML_ERROR_XML_DECL),
    E(XML_ERROR_TEXT_DECL),
    E(XML_ERROR_PUBLICID),
    E(XML_ERROR_SUSPENDED),
    E(XML_ERROR_NOT_SUSPENDED),
    E(XML_ERROR_ABORTED),
    E(XML_ERROR_FINISHED),
    E(XML_ERROR_SUSPEND_PE),
    E(XML_ERROR_RESERVED_PREFIX_XML),
    E(XML_ERROR_RESERVED_PREFIX_XMLNS),
    E(XML_ERROR_RESERVED_NAMESPACE_URI),
    E(XML_ERROR_INVALID_ARGUMENT),
    E(XML_ERROR_NO_BUFFER),
    E(XML_ERROR_AMPLIFICATION_LIMIT_BREACH),
};
static const struct {
    const char *name;
    int code;
} model_codes[] = {
    E(XML_CTYPE_EMPTY), E(XML_CTYPE_ANY),   E(XML_CTYPE_MIXED), E(XML_CTYPE_NAME), E(XML_CTYPE_CHOICE),
    E(XML_CTYPE_SEQ),   E(XML_CQUANT_NONE), E(XML_CQUANT_OPT),  E(XML_CQUANT_REP), E(XML_CQUANT_PLUS),
};
#undef E

// A module inside of `module`, entered into sys.modules as well.
static Object *submodule(Object *module, const char *name, const char *doc) {
    Object *full = str_format("pyexpat.%s", name), *sub = full ? module_new(full) : NULL;
    return sub && module_add(sub, "__doc__", str_from_cstring(doc)) == 0 &&
                   dict_set(sys_modules, full, sub) == 0 && module_add(module, name, sub) == 0
               ? sub
               : NULL;
}

static int add_errors(Object *module) {
    Object *errors = submodule(module, "errors", "Constants used to describe error conditions.");
    Object *codes = errors ? dict_new() : NULL, *messages = codes ? dict_new() : NULL;
    if (!messages) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(error_codes); i++) {
        Object *text = xml_str(XML_ErrorString((enum XML_Error)error_codes[i].code));
        Object *code = int_from_i64(error_codes[i].code);
        if (!text || !code || module_add(errors, error_codes[i].name, text) < 0 ||
            dict_set(codes, text, code) < 0 || dict_set(messages, code, text) < 0) {
            return -1;
        }
    }
    return module_add(errors, "codes", codes) < 0 || module_add(errors, "messages", messages) < 0 ? -1 : 0;
}

static int add_model(Object *module) {
    Object *model = submodule(module, "model", "Constants used to interpret content model information.");
    if (!model) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(model_codes); i++) {
        if (module_add_int(model, model_codes[i].name, model_codes[i].code) < 0) {
            return -1;
        }
    }
    return 0;
}

static Object *feature_list(void) {
    Object *list = list_new(0);
    for (const XML_Feature *f = XML_GetFeatureList(); list && f->feature != XML_FEATURE_END; f++) {
        Object *name = xml_str(f->name), *value = int_from_i64(f->value);
        Object *pair = name && value ? tuple_pack(2, name, value) : NULL;
        if (!pair || list_append(list, pair) < 0) {
            return NULL;
        }
    }
    return list;
}

static int pyexpat_exec(Object *module) {
    if (!error_class) {
        heap_add_root(&error_class, 1);
        error_class = exception_class_new("xml.parsers.expat.ExpatError", &exc_Exception);
    }
    if (!error_class || type_ready(&parser_memory_type, &parser_memory_spec) < 0 ||
        type_ready(&parser_type, &parser_spec) < 0) {
        return -1;
    }
    XML_Expat_Version version = XML_ExpatVersionInfo();
    Object *major = int_from_i64(version.major), *minor = int_from_i64(version.minor);
    Object *micro = int_from_i64(version.micro);
    Object *triple = major && minor && micro ? tuple_pack(3, major, minor, micro) : NULL;
    return module_add(module, "error", error_class) < 0 ||
                   module_add(module, "ExpatError", error_class) < 0 ||
                   module_add(module, "XMLParserType", (Object *)&parser_type) < 0 ||
                   module_add_string(module, "EXPAT_VERSION", XML_ExpatVersion()) < 0 ||
                   module_add(module, "version_info", triple) < 0 ||
                   module_add_string(module, "native_encoding", "UTF-8") < 0 ||
                   module_add(module, "features", feature_list()) < 0 ||
                   module_add_int(module, "XML_PARAM_ENTITY_PARSING_NEVER", XML_PARAM_ENTITY_PARSING_NEVER) <
                       0 ||
                   module_add_int(module, "XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE",
                                  XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE) < 0 ||
                   module_add_int(module, "XML_PARAM_ENTITY_PARSING_ALWAYS",
                                  XML_PARAM_ENTITY_PARSING_ALWAYS) < 0 ||
                   add_errors(module) < 0 || add_model(module) < 0
               ? -1
               : 0;
}

const ModuleSpec module_pyexpat = { "pyexpat", NULL, functions, pyexpat_exec };
