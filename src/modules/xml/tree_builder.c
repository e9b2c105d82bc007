// xml.etree.ElementTree.TreeBuilder: makes a tree of what a parser reports.
//
// Text is gathered until the next event and then becomes the text of the last element that was opened,
// or the tail of the last one that was closed (or of a comment that was inserted).
#include "modules/xml/elementtree.h"

#include "objects/abstract.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/types.h"

typedef struct Builder {
    Object base;
    Object *root, *last;          // NULL: none
    Object *last_for_tail;        // whose tail the text becomes; NULL: it is `last`'s text
    Object *stack;                // a list of the open elements
    Object *data;                 // a list of texts, or NULL
    Object *element_factory, *comment_factory, *pi_factory;  // NULL: the usual
    Object *append;               // of the list of events; NULL: nobody wants them
    Object *events[BUILDER_EVENTS];
    bool insert_comments, insert_pis;
} Builder;

Type builder_type;
static Object *default_factories[2];  // registered roots: Comment and ProcessingInstruction of the library
enum { COMMENT_FACTORY, PI_FACTORY };

static Builder *builder_of(Object *self) {
    return (Builder *)self;
}

int builder_init(void) {
    static bool registered;
    if (!registered) {
        heap_add_root(default_factories, 2);
        registered = true;
    }
    return 0;
}

Object *builder_set_factories(Object *module, Object *comment, Object *pi) {
    (void)module;
    if (comment != NONE && !object_callable(comment)) {
        return raise_error(&exc_TypeError, "Comment factory must be callable, not %.100s",
                           comment->type->name);
    }
    if (pi != NONE && !object_callable(pi)) {
        return raise_error(&exc_TypeError, "PI factory must be callable, not %.100s", pi->type->name);
    }
    Object *old = tuple_pack(2, or_none(default_factories[COMMENT_FACTORY]),
                             or_none(default_factories[PI_FACTORY]));
    default_factories[COMMENT_FACTORY] = comment == NONE ? NULL : comment;
    default_factories[PI_FACTORY] = pi == NONE ? NULL : pi;
    return old;
}

static Object *builder_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    Builder *b = (Builder *)object_alloc(type);
    Object *stack = b ? list_new(20) : NULL;
    if (!stack) {
        return NULL;
    }
    gc_store(b, &b->stack, stack);
    return (Object *)b;
}

static int builder_tp_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *bound[5];
    if (signature_bind(
            &signature, "TreeBuilder",
            "|(element_factory=None, *, comment_factory=None, pi_factory=None, insert_comments=False, "
            "insert_pis=False)",
            args, nargs, kwnames, bound) < 0) {
        return -1;
    }
    int comments = bound[3] ? object_is_true(bound[3]) : 0, pis = bound[4] ? object_is_true(bound[4]) : 0;
    if (comments < 0 || pis < 0) {
        return -1;
    }
    Builder *b = builder_of(self);
    gc_store(b, &b->element_factory, bound[0] == NONE ? NULL : bound[0]);
    gc_store(b, &b->comment_factory,
             bound[1] && bound[1] != NONE ? bound[1] : default_factories[COMMENT_FACTORY]);
    gc_store(b, &b->pi_factory, bound[2] && bound[2] != NONE ? bound[2] : default_factories[PI_FACTORY]);
    b->insert_comments = comments;
    b->insert_pis = pis;
    return 0;
}

// Adds `text` to what `element` has as its text or tail already.
static int extend_field(Object *element, bool tail, Object *text) {
    if (element->type == &element_type) {
        Element *e = (Element *)element;
        Object **slot = tail ? &e->tail : &e->text, *before = field_read(slot);
        if (before && before != NONE) {
            text = number_add(before, text);
            if (!text) {
                return -1;
            }
        }
        gc_store(e, slot, text);
        return 0;
    }
    Object *name = str_intern_cstring(tail ? "tail" : "text"),
           *before = name ? object_getattr(element, name) : NULL;
    if (!before) {
        return -1;
    }
    if (before != NONE) {
        text = number_add(before, text);
    }
    return text ? object_setattr(element, name, text) : -1;
}

static int flush_data(Builder *b) {
    Object *data = b->data;
    if (!data) {
        return 0;
    }
    gc_store(b, &b->data, NULL);
    Object *text;
    if (list_size(data) == 1) {
        text = list_get(data, 0);
    } else {
        Object *empty = str_empty();
        text = empty ? str_join(empty, data) : NULL;
    }
    if (!text) {
        return -1;
    }
    Object *tail_of = b->last_for_tail, *last = b->last;
    return tail_of ? extend_field(tail_of, true, text) : last ? extend_field(last, false, text) : 0;
}

static int add_child(Object *parent, Object *child) {
    if (parent->type == &element_type && element_check(child)) {
        return element_append(parent, child);
    }
    Object *name = str_intern_cstring("append");
    return name && call_method1(parent, name, child) ? 0 : -1;
}

static Object *innermost(const Builder *b) {
    ssize_t depth = list_size(b->stack);
    return depth ? list_get(b->stack, depth - 1) : NULL;
}

void builder_report(Object *self, Object *append, Object *const wanted[BUILDER_EVENTS]) {
    Builder *b = builder_of(self);
    gc_store(b, &b->append, append);
    for (int i = 0; i < BUILDER_EVENTS; i++) {
        gc_store(b, &b->events[i], wanted[i]);
    }
}

int builder_event(Object *self, BuilderEvent event, Object *what) {
    Builder *b = builder_of(self);
    Object *name = b->events[event];
    if (!b->append || !name) {
        return 0;
    }
    Object *pair = tuple_pack(2, name, what);
    return pair && call1(b->append, pair) ? 1 : -1;
}

Object *builder_start(Object *self, Object *tag, Object *attrib) {
    Builder *b = builder_of(self);
    if (flush_data(b) < 0) {
        return NULL;
    }
    Object *element;
    if (b->element_factory) {
        attrib = attrib ? attrib : dict_new();
        element = attrib ? call2(b->element_factory, tag, attrib) : NULL;
    } else {
        element = element_new(tag, attrib);
    }
    if (!element) {
        return NULL;
    }
    gc_store(b, &b->last_for_tail, NULL);
    Object *parent = innermost(b);
    if (parent) {
        if (add_child(parent, element) < 0) {
            return NULL;
        }
    } else {
        if (b->root) {
            return raise_error((Type *)parse_error_class, "multiple elements on top level");
        }
        gc_store(b, &b->root, element);
    }
    if (list_append(b->stack, element) < 0) {
        return NULL;
    }
    gc_store(b, &b->last, element);
    return builder_event(self, EVENT_START, element) < 0 ? NULL : element;
}

Object *builder_end(Object *self, Object *tag) {
    (void)tag;
    Builder *b = builder_of(self);
    if (flush_data(b) < 0) {
        return NULL;
    }
    if (!list_size(b->stack)) {
        return raise_error(&exc_IndexError, "pop from empty stack");
    }
    Object *element = list_pop(b->stack, -1);
    if (!element) {
        return NULL;
    }
    gc_store(b, &b->last, element);
    gc_store(b, &b->last_for_tail, element);
    return builder_event(self, EVENT_END, element) < 0 ? NULL : element;
}

Object *builder_data(Object *self, Object *data) {
    Builder *b = builder_of(self);
    if (!b->last) {
        return NONE;  // before the first element
    }
    if (!b->data) {
        Object *list = list_new(1);
        if (!list) {
            return NULL;
        }
        gc_store(b, &b->data, list);
    }
    return list_append(b->data, data) < 0 ? NULL : NONE;
}

// Inserts a comment or processing instruction into the innermost element, when there is one.
static int insert_single(Builder *b, Object *single) {
    Object *parent = innermost(b);
    if (parent) {
        if (add_child(parent, single) < 0) {
            return -1;
        }
        gc_store(b, &b->last_for_tail, single);
    }
    return 0;
}

Object *builder_comment(Object *self, Object *text) {
    Builder *b = builder_of(self);
    if (flush_data(b) < 0) {
        return NULL;
    }
    Object *comment = text;
    if (b->comment_factory) {
        comment = call1(b->comment_factory, text);
        if (!comment || (b->insert_comments && insert_single(b, comment) < 0)) {
            return NULL;
        }
    }
    return builder_event(self, EVENT_COMMENT, comment) < 0 ? NULL : comment;
}

Object *builder_pi(Object *self, Object *target, Object *text) {
    Builder *b = builder_of(self);
    text = or_none(text);
    if (flush_data(b) < 0) {
        return NULL;
    }
    Object *pi;
    if (b->pi_factory) {
        pi = call2(b->pi_factory, target, text);
        if (!pi || (b->insert_pis && insert_single(b, pi) < 0)) {
            return NULL;
        }
    } else {
        pi = tuple_pack(2, target, text);
        if (!pi) {
            return NULL;
        }
    }
    return builder_event(self, EVENT_PI, pi) < 0 ? NULL : pi;
}

Object *builder_close(Object *self) {
    return or_none(builder_of(self)->root);
}

static Object *start_method(Object *self, Object *tag, Object *attrs) {
    if (!dict_check(attrs)) {
        return raise_error(&exc_TypeError, "start() argument 2 must be dict, not %.50s", attrs->type->name);
    }
    return builder_start(self, tag, attrs);
}

static BuiltinDef builder_methods[] = {
    BUILTIN("data", builder_data, "($self, data, /)", 0, NULL),
    BUILTIN("start", start_method, "($self, tag, attrs, /)", 0, NULL),
    BUILTIN("end", builder_end, "($self, tag, /)", 0, NULL),
    BUILTIN("comment", builder_comment, "($self, text, /)", 0, NULL),
    BUILTIN("pi", builder_pi, "($self, target, text=None, /)", 0, NULL),
    BUILTIN("close", builder_close, "($self, /)", 0, NULL),
    BUILTIN_END,
};

static void builder_trace(Object *self, Tracer *tracer) {
    Builder *b = builder_of(self);
    trace_range(tracer, (void *const *)&b->root,
                offsetof(Builder, insert_comments) / sizeof(void *) -
                    offsetof(Builder, root) / sizeof(void *));
}

const TypeSpec builder_spec = {
    .name = "xml.etree.ElementTree.TreeBuilder",
    .basic_size = sizeof(Builder),
    .flags = TF_BASE,
    .methods = builder_methods,
    .trace = builder_trace,
    .slots = { .new = builder_new, .init = builder_tp_init },
};
