// The parts of `_elementtree`: elements, the builder of trees, the parser.
#pragma once

#include "modules/xml/xml.h"
#include "objects/builtin.h"

typedef struct Element {
    Object base;
    Object *tag, *text, *tail;
    Object *attrib;    // a dict; NULL: none yet
    Object *weaklist;  // where CPython's ends, what follows is not in the size that programs see
    Object *children;  // a list of elements; NULL: none yet
} Element;

extern Type element_type, builder_type;
extern const TypeSpec element_spec, element_iterator_spec, builder_spec, xml_parser_spec;
extern Type element_iterator_type, xml_parser_type;

static inline bool element_check(const Object *o) {
    return object_is_instance(o, &element_type);
}
Object *element_new(Object *tag, Object *attrib);  // attrib NULL: none yet
int element_append(Object *self, Object *child);
// The children as a list that lives on with the element (NULL with MemoryError).
Object *element_children(Object *self);
Object *element_sub_element(Object *module, Object *const *args, size_t nargs, Object *kwnames);

// ---- the builder

typedef enum BuilderEvent {
    EVENT_START,
    EVENT_END,
    EVENT_START_NS,
    EVENT_END_NS,
    EVENT_COMMENT,
    EVENT_PI,
    BUILDER_EVENTS,
} BuilderEvent;

Object *builder_start(Object *self, Object *tag, Object *attrib);  // attrib NULL: none
Object *builder_end(Object *self, Object *tag);
Object *builder_data(Object *self, Object *data);
Object *builder_comment(Object *self, Object *text);
Object *builder_pi(Object *self, Object *target, Object *text);
Object *builder_close(Object *self);
// Reports through `append` those events that `wanted` names (each NULL or the event's name).
void builder_report(Object *self, Object *append, Object *const wanted[BUILDER_EVENTS]);
// 1: reported; 0: not wanted; -1 with an exception.
int builder_event(Object *self, BuilderEvent event, Object *what);
Object *builder_set_factories(Object *module, Object *comment, Object *pi);
int builder_init(void);

// xml.etree.ElementTree.ParseError with its attributes. NULL.
Object *parse_error_raise(enum XML_Error code, XML_Size line, XML_Size column, const char *message);
extern Object *parse_error_class;
