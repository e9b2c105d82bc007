// xml.etree.ElementTree.Element and its iterators.
//
// The children lie in a list of ours, so threads may change a tree as they may change a list. Attributes
// and children come into being when they are first needed.
#include "modules/xml/elementtree.h"

#include "heap/thread.h"
#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/containers.h"
#include "objects/dict.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/list.h"
#include "objects/names.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "objects/type.h"
#include "objects/types.h"
#include "vm/runtime.h"

Type element_type, element_iterator_type;

static Element *element_of(Object *self) {
    return (Element *)self;
}

static Object *read_field(Object **slot) {
    return or_none(field_read(slot));
}

// The container at `slot`, made when it is missing; threads agree on one.
static Object *container_at(Object *self, Object **slot, Object *(*make)(void)) {
    Object *present = field_read(slot);
    if (present) {
        return present;
    }
    Object *fresh = make();
    return fresh ? gc_publish(self, slot, fresh) : NULL;
}

static Object *make_list(void) {
    return list_new(0);
}

Object *element_children(Object *self) {
    return container_at(self, &element_of(self)->children, make_list);
}

static Object *attributes(Object *self) {
    return container_at(self, &element_of(self)->attrib, dict_new);
}

static ssize_t child_count(Object *self) {
    Object *children = field_read(&element_of(self)->children);
    return children ? list_size(children) : 0;
}

// Who goes from child to child waits for memory at each: elements of a large tree are in no cache.
static inline void prefetch_sibling(Object *children, ssize_t index) {
    Object *sibling = list_read(children, index);
    if (sibling) {
        __builtin_prefetch(&element_of(sibling)->tag);
    }
}

// The child at `index`; NULL without an exception behind the last one.
static Object *child_at(Object *self, ssize_t index) {
    Object *children = field_read(&element_of(self)->children);
    if (!children || index >= list_size(children)) {
        return NULL;
    }
    Object *child = list_read(children, index);
    if (LIKELY(child != NULL)) {
        prefetch_sibling(children, index + 4);
        return child;
    }
    child = list_get(children, index);
    if (!child) {
        error_clear_if(&exc_IndexError);
    }
    return child;
}

Object *element_new(Object *tag, Object *attrib) {
    Element *e = (Element *)object_alloc(&element_type);
    if (e) {
        gc_store(e, &e->tag, tag);
        gc_store(e, &e->attrib, attrib);
    }
    return (Object *)e;
}

static int not_an_element(Object *o, const char *format) {
    raise_error(&exc_TypeError, format, o->type->name);
    return -1;
}

int element_append(Object *self, Object *child) {
    Object *children = element_children(self);
    return children ? list_append(children, child) : -1;
}

// ---- making

// A dict of the keywords, over a copy of `attrib` (NULL: none). NULL without an exception: nothing.
static Object *attributes_from(Object *attrib, Object *const *values, Object *kwnames) {
    if (attrib && !(attrib = dict_copy(attrib))) {
        return NULL;
    }
    ssize_t count = kwnames ? tuple_size(kwnames) : 0;
    if (count && !attrib && !(attrib = dict_new())) {
        return NULL;
    }
    for (ssize_t i = 0; i < count; i++) {
        if (dict_set(attrib, tuple_get(kwnames, i), values[i]) < 0) {
            return NULL;
        }
    }
    return attrib;
}

// As above, where without a positional `attrib` a keyword of that name is taken for it.
static int bind_attributes(Object *attrib, Object *const *values, Object *kwnames, Object **result) {
    Object *keywords = attributes_from(NULL, values, kwnames);
    *result = NULL;
    if (!keywords && error_occurred()) {
        return -1;
    }
    if (!attrib && keywords) {
        Object *attrib_name = str_intern_cstring("attrib");
        if (!attrib_name) {
            return -1;
        }
        attrib = dict_get(keywords, attrib_name);
        if (attrib) {
            if (!dict_check(attrib)) {
                raise_error(&exc_TypeError, "attrib must be dict, not %.100s", attrib->type->name);
                return -1;
            }
            if (dict_delete(keywords, attrib_name) < 0) {
                return -1;
            }
        } else if (error_occurred()) {
            return -1;
        }
    }
    if (attrib) {
        attrib = dict_copy(attrib);
        if (!attrib || (keywords && dict_merge(attrib, keywords, 1) < 0)) {
            return -1;
        }
    }
    *result = attrib ? attrib : keywords;
    return 0;
}

static Object *element_tp_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return object_alloc(type);
}

static int element_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    if (nargs < 1 || nargs > 2) {
        raise_error(&exc_TypeError,
                    nargs ? "Element() takes at most 2 arguments (%zu given)"
                          : "Element() takes at least 1 argument (%zu given)",
                    nargs);
        return -1;
    }
    if (nargs == 2 && !dict_check(args[1])) {
        return not_an_element(args[1], "Element() argument 2 must be dict, not %.50s");
    }
    Object *attrib;
    if (bind_attributes(nargs == 2 ? args[1] : NULL, args + nargs, kwnames, &attrib) < 0) {
        return -1;
    }
    Element *e = element_of(self);
    gc_store(e, &e->attrib, attrib);
    gc_store(e, &e->tag, args[0]);
    gc_store(e, &e->text, NULL);
    gc_store(e, &e->tail, NULL);
    return 0;
}

Object *element_sub_element(Object *module, Object *const *args, size_t nargs, Object *kwnames) {
    (void)module;
    if (nargs < 2 || nargs > 3) {
        return raise_error(&exc_TypeError,
                           nargs < 2 ? "SubElement() takes at least 2 arguments (%zu given)"
                                     : "SubElement() takes at most 3 arguments (%zu given)",
                           nargs);
    }
    if (!element_check(args[0])) {
        return raise_error(&exc_TypeError,
                           "SubElement() argument 1 must be xml.etree.ElementTree.Element, not %.50s",
                           args[0]->type->name);
    }
    if (nargs == 3 && !dict_check(args[2])) {
        return raise_error(&exc_TypeError, "SubElement() argument 3 must be dict, not %.50s",
                           args[2]->type->name);
    }
    Object *attrib;
    if (bind_attributes(nargs == 3 ? args[2] : NULL, args + nargs, kwnames, &attrib) < 0) {
        return NULL;
    }
    Object *child = element_new(args[1], attrib);
    return child && element_append(args[0], child) == 0 ? child : NULL;
}

static Object *element_makeelement(Object *self, Object *tag, Object *attrib) {
    (void)self;
    if (!dict_check(attrib)) {
        return raise_error(&exc_TypeError, "makeelement() argument 2 must be dict, not %.50s",
                           attrib->type->name);
    }
    attrib = dict_copy(attrib);
    return attrib ? element_new(tag, attrib) : NULL;
}

static Object *element_copy(Object *self) {
    Element *e = element_of(self),
            *copy = (Element *)element_new(read_field(&e->tag), field_read(&e->attrib));
    if (!copy) {
        return NULL;
    }
    gc_store(copy, &copy->text, field_read(&e->text));
    gc_store(copy, &copy->tail, field_read(&e->tail));
    Object *children = field_read(&e->children);
    if (children) {
        children = list_copy(children);
        if (!children) {
            return NULL;
        }
        gc_store(copy, &copy->children, children);
    }
    return (Object *)copy;
}

static Object *deep_copy_element(Object *self, Object *memo);

// copy.deepcopy, without asking it for what needs no copy.
static Object *deep_copy(Object *o, Object *memo) {
    if (!o || o == NONE || str_check_exact(o)) {
        return o;
    }
    if (o->type == &element_type) {
        return deep_copy_element(o, memo);
    }
    Object *module = import_module("copy");
    Object *function = module ? object_getattr_cstring(module, "deepcopy") : NULL;
    return function ? call2(function, o, memo) : NULL;
}

static Object *deep_copy_guarded(Object *self, Object *memo) {
    Element *e = element_of(self), *copy = (Element *)element_new(NULL, NULL);
    if (!copy) {
        return NULL;
    }
    const struct {
        Object **from, **to;
    } fields[] = {
        { &e->tag, &copy->tag },
        { &e->text, &copy->text },
        { &e->tail, &copy->tail },
        { &e->attrib, &copy->attrib },
    };
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        Object *value = field_read(fields[i].from), *made = value ? deep_copy(value, memo) : NULL;
        if (value && !made) {
            return NULL;
        }
        gc_store(copy, fields[i].to, made);
    }
    Object *child;
    for (ssize_t i = 0; (child = child_at(self, i)); i++) {
        child = deep_copy(child, memo);
        if (!child) {
            return NULL;
        }
        if (!element_check(child)) {
            not_an_element(child, "expected an Element, not \"%.200s\"");
            return NULL;
        }
        if (element_append((Object *)copy, child) < 0) {
            return NULL;
        }
    }
    if (error_occurred()) {
        return NULL;
    }
    Object *id = int_from_u64((uint64_t)(uintptr_t)self);
    return id && dict_set(memo, id, (Object *)copy) == 0 ? (Object *)copy : NULL;
}

static Object *deep_copy_element(Object *self, Object *memo) {
    if (recursion_enter(" in __deepcopy__") < 0) {
        return NULL;
    }
    Object *result = deep_copy_guarded(self, memo);
    recursion_leave();
    return result;
}

static Object *element_deepcopy(Object *self, Object *memo) {
    if (!dict_check(memo)) {
        return raise_error(&exc_TypeError, "__deepcopy__() argument must be dict, not %.50s",
                           memo->type->name);
    }
    return deep_copy_element(self, memo);
}

static const char *const state_names[] = { "tag", "_children", "attrib", "text", "tail" };

static Object *element_getstate(Object *self) {
    Element *e = element_of(self);
    Object *children = field_read(&e->children), *attrib = attributes(self);
    children = children ? list_copy(children) : list_new(0);
    Object *state = children && attrib ? dict_new() : NULL;
    Object *values[] = { read_field(&e->tag), children, attrib, read_field(&e->text), read_field(&e->tail) };
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        if (!state || dict_set_cstring(state, state_names[i], values[i]) < 0) {
            return NULL;
        }
    }
    return state;
}

static Object *element_setstate(Object *self, Object *state) {
    if (!dict_check_exact(state)) {
        return raise_error(&exc_TypeError, "Don't know how to unpickle \"%.200R\" as an Element", state);
    }
    Object *key, *value, *values[COUNT_OF(state_names)] = { 0 };
    for (ssize_t position = 0; dict_next(state, &position, &key, &value, NULL);) {
        size_t i = 0;
        while (i < COUNT_OF(state_names) && !(str_check(key) && str_equal_cstring(key, state_names[i]))) {
            i++;
        }
        if (i == COUNT_OF(state_names)) {
            return str_check(key) ? raise_error(&exc_TypeError,
                                                "'%U' is an invalid keyword argument for this function", key)
                                  : raise_error(&exc_TypeError, "keywords must be strings");
        }
        values[i] = value;
    }
    if (!values[0]) {
        return raise_error(&exc_TypeError, "tag may not be NULL");
    }
    Object *children = NULL;
    if (values[1]) {
        if (!list_check(values[1])) {
            return raise_error(&exc_TypeError, "'_children' is not a list");
        }
        children = list_copy(values[1]);
        for (ssize_t i = 0; children && i < list_size(children); i++) {
            if (!element_check(list_read(children, i))) {
                not_an_element(list_read(children, i), "expected an Element, not \"%.200s\"");
                return NULL;
            }
        }
        if (!children) {
            return NULL;
        }
    }
    if (values[2] && !dict_check(values[2])) {
        return raise_error(&exc_TypeError, "attrib must be dict, not %.200s", values[2]->type->name);
    }
    Element *e = element_of(self);
    gc_store(e, &e->tag, values[0]);
    gc_store(e, &e->children, children);
    gc_store(e, &e->attrib, values[2]);
    gc_store(e, &e->text, values[3]);
    gc_store(e, &e->tail, values[4]);
    return NONE;
}

static Object *element_repr(Object *self) {
    ReprGuard guard;
    if (repr_enter(&guard, self)) {
        return raise_error(&exc_RuntimeError, "reentrant call inside xml.etree.ElementTree.Element.__repr__");
    }
    Object *name = object_getattr((Object *)self->type, names.__name__);
    Object *result = name
                         ? str_format("<%U %R at %p>", name, read_field(&element_of(self)->tag), (void *)self)
                         : NULL;
    repr_leave(&guard);
    return result;
}

// ---- fields

static Object *get_field(Object *self, void *offset) {
    return read_field((Object **)((char *)self + (size_t)offset));
}

static int set_field(Object *self, Object *value, void *offset) {
    if (!value) {
        raise_error(&exc_AttributeError, "can't delete element attribute");
        return -1;
    }
    gc_store(self, (char *)self + (size_t)offset, value);
    return 0;
}

static Object *get_attrib(Object *self, void *closure) {
    (void)closure;
    return attributes(self);
}

static int set_attrib(Object *self, Object *value, void *offset) {
    if (value && !dict_check(value)) {
        return not_an_element(value, "attrib must be dict, not %.200s");
    }
    return set_field(self, value, offset);
}

static Object *element_get(Object *self, Object *key, Object *otherwise) {
    Object *attrib = field_read(&element_of(self)->attrib), *value = attrib ? dict_get(attrib, key) : NULL;
    return value ? value : error_occurred() ? NULL : otherwise ? otherwise : NONE;
}

static Object *element_set(Object *self, Object *key, Object *value) {
    Object *attrib = attributes(self);
    return attrib && dict_set(attrib, key, value) == 0 ? NONE : NULL;
}

static Object *element_keys(Object *self) {
    Object *attrib = field_read(&element_of(self)->attrib);
    return attrib ? dict_keys_list(attrib) : list_new(0);
}

static Object *element_items(Object *self) {
    Object *attrib = field_read(&element_of(self)->attrib);
    return attrib ? dict_items_list(attrib) : list_new(0);
}

static Object *element_clear(Object *self) {
    Element *e = element_of(self);
    gc_store(e, &e->attrib, NULL);
    gc_store(e, &e->children, NULL);
    gc_store(e, &e->text, NULL);
    gc_store(e, &e->tail, NULL);
    return NONE;
}

// As CPython accounts for it: one block for attributes and up to four children, another array for more of
// these, which grows by an eighth.
static Object *element_sizeof(Object *self) {
    Object *children = field_read(&element_of(self)->children);
    ssize_t size = self->type->basic_size, room = 4, count = children ? list_size(children) : 0;
    if (count || field_read(&element_of(self)->attrib)) {
        size += 8 * (ssize_t)sizeof(void *);
    }
    while (room < count) {
        ssize_t next = room + 1;
        room = next + (next >> 3) + (next < 9 ? 3 : 6);
    }
    return int_from_ssize(size + (room > 4 ? room * (ssize_t)sizeof(void *) : 0));
}

// ---- the children as a sequence

static ssize_t element_length(Object *self) {
    return child_count(self);
}

static Object *element_append_method(Object *self, Object *child) {
    if (!element_check(child)) {
        return raise_error(&exc_TypeError,
                           "append() argument must be xml.etree.ElementTree.Element, not %.50s",
                           child->type->name);
    }
    return element_append(self, child) == 0 ? NONE : NULL;
}

static Object *element_insert(Object *self, Object *index_object, Object *child) {
    ssize_t index = number_to_ssize(index_object);
    if (index == -1 && error_occurred()) {
        return NULL;
    }
    if (!element_check(child)) {
        return raise_error(&exc_TypeError,
                           "insert() argument 2 must be xml.etree.ElementTree.Element, not %.50s",
                           child->type->name);
    }
    Object *children = element_children(self);
    return children && list_insert(children, index, child) == 0 ? NONE : NULL;
}

static Object *element_extend(Object *self, Object *elements) {
    if (!object_iter(elements)) {
        if (!error_clear_if(&exc_TypeError)) {
            return NULL;
        }
        return raise_error(&exc_TypeError, "expected sequence, not \"%.200s\"", elements->type->name);
    }
    Object *sequence = sequence_tuple(elements), *children = sequence ? element_children(self) : NULL;
    if (!children) {
        return NULL;
    }
    for (ssize_t i = 0; i < tuple_size(sequence); i++) {
        Object *child = tuple_get(sequence, i);
        if (!element_check(child)) {
            not_an_element(child, "expected an Element, not \"%.200s\"");
            return NULL;
        }
        if (list_append(children, child) < 0) {
            return NULL;
        }
    }
    return NONE;
}

static Object *element_remove(Object *self, Object *child) {
    if (!element_check(child)) {
        return raise_error(&exc_TypeError,
                           "remove() argument must be xml.etree.ElementTree.Element, not %.50s",
                           child->type->name);
    }
    Object *children = element_children(self), *present;
    if (!children) {
        return NULL;
    }
    ssize_t i = 0;
    while ((present = child_at(self, i)) && present != child) {
        i++;
    }
    for (i = present ? i : 0; !present && (present = child_at(self, i)); i++) {
        int same = object_compare_bool(present, child, CMP_EQ);
        if (same < 0) {
            return NULL;
        }
        if (same) {
            break;
        }
        present = NULL;
    }
    if (!present) {
        return error_occurred() ? NULL : raise_error(&exc_ValueError, "list.remove(x): x not in list");
    }
    return list_set_slice(children, i, i + 1, NULL) < 0 ? NULL : NONE;
}

static int index_error(const char *what) {
    raise_error(&exc_IndexError, what);
    return -1;
}

// The position that `key` means; -1 with an exception.
static ssize_t position_of(Object *self, Object *key, const char *error) {
    ssize_t index = number_as_ssize(key, &exc_IndexError);
    if (index == -1 && error_occurred()) {
        return -1;
    }
    ssize_t count = child_count(self);
    index += index < 0 ? count : 0;
    return index < 0 || index >= count ? index_error(error) : index;
}

static Object *element_getitem(Object *self, Object *key) {
    if (number_check_index(key)) {
        ssize_t i = position_of(self, key, "child index out of range");
        Object *child = i < 0 ? NULL : child_at(self, i);
        return child || error_occurred() ? child : raise_error(&exc_IndexError, "child index out of range");
    }
    if (key->type != &slice_type) {
        return raise_error(&exc_TypeError, "element indices must be integers");
    }
    Object *children = element_children(self);
    return children ? object_getitem(children, key) : NULL;
}

static int element_setitem(Object *self, Object *key, Object *value) {
    Object *children = element_children(self);
    if (!children) {
        return -1;
    }
    if (number_check_index(key)) {
        ssize_t i = position_of(self, key, "child assignment index out of range");
        if (i < 0) {
            return -1;
        }
        if (!value) {
            return list_set_slice(children, i, i + 1, NULL);
        }
        if (!element_check(value)) {
            return not_an_element(value, "expected an Element, not \"%.200s\"");
        }
        return list_set(children, i, value);
    }
    if (key->type != &slice_type) {
        raise_error(&exc_TypeError, "element indices must be integers");
        return -1;
    }
    if (value) {
        if (!object_iter(value)) {
            if (error_clear_if(&exc_TypeError)) {
                raise_error(&exc_TypeError, "expected sequence, not \"%.200s\"", value->type->name);
            }
            return -1;
        }
        value = sequence_list(value);
        for (ssize_t i = 0; value && i < list_size(value); i++) {
            if (!element_check(list_read(value, i))) {
                return not_an_element(list_read(value, i), "expected an Element, not \"%.200s\"");
            }
        }
        if (!value) {
            return -1;
        }
    }
    return object_setitem(children, key, value);
}

// ---- finding

// Whether `path` is more than a tag: then xml.etree.ElementPath interprets it.
static bool is_path(Object *path) {
    Object *text = path;
    if (bytes_check(path)) {
        text = str_from_latin1((const uint8_t *)bytes_data(path), bytes_length(path));
        if (!text) {
            error_clear();
            return true;
        }
    } else if (!str_check(path)) {
        return true;
    }
    ssize_t length = str_length(text);
    if (length >= 3 && str_read(text, 0) == '{' &&
        (str_read(text, 1) == '}' || (str_read(text, 1) == '*' && str_read(text, 2) == '}'))) {
        return true;
    }
    bool outside = true;
    for (ssize_t i = 0; i < length; i++) {
        uint32_t c = str_read(text, i);
        if (c == '{') {
            outside = false;
        } else if (c == '}') {
            outside = true;
        } else if (outside && (c == '/' || c == '*' || c == '[' || c == '@' || c == '.')) {
            return true;
        }
    }
    return false;
}

static Object *by_path(const char *function, Object *const *args, size_t count) {
    Object *module = import_module("xml.etree.ElementPath");
    Object *found = module ? object_getattr_cstring(module, function) : NULL;
    return found ? call(found, args, count, NULL) : NULL;
}

// 1: the next child with the tag, from *index on, in *child; 0: none; -1.
static int next_match(Object *self, Object *tag, ssize_t *index, Object **child) {
    while ((*child = child_at(self, *index))) {
        ++*index;
        Object *own = read_field(&element_of(*child)->tag);
        int same = own == tag                                     ? 1
                   : str_check_exact(own) && str_check_exact(tag) ? str_equal(own, tag)
                                                                  : object_compare_bool(own, tag, CMP_EQ);
        if (same) {
            return same;
        }
    }
    return error_occurred() ? -1 : 0;
}

static Object *element_find(Object *self, Object *path, Object *namespaces) {
    namespaces = namespaces ? namespaces : NONE;
    if (is_path(path) || namespaces != NONE) {
        return by_path("find", (Object *[]){ self, path, namespaces }, 3);
    }
    ssize_t i = 0;
    Object *child;
    int found = next_match(self, path, &i, &child);
    return found < 0 ? NULL : found ? child : NONE;
}

static Object *element_findtext(Object *self, Object *path, Object *otherwise, Object *namespaces) {
    otherwise = otherwise ? otherwise : NONE;
    namespaces = namespaces ? namespaces : NONE;
    if (is_path(path) || namespaces != NONE) {
        return by_path("findtext", (Object *[]){ self, path, otherwise, namespaces }, 4);
    }
    ssize_t i = 0;
    Object *child;
    int found = next_match(self, path, &i, &child);
    if (found <= 0) {
        return found < 0 ? NULL : otherwise;
    }
    Object *text = read_field(&element_of(child)->text);
    return text == NONE ? str_empty() : text;
}

static Object *element_findall(Object *self, Object *path, Object *namespaces) {
    namespaces = namespaces ? namespaces : NONE;
    if (is_path(path) || namespaces != NONE) {
        return by_path("findall", (Object *[]){ self, path, namespaces }, 3);
    }
    Object *result = list_new(0), *child;
    int found = 0;
    for (ssize_t i = 0; result && (found = next_match(self, path, &i, &child)) > 0;) {
        if (!list_append_in_place(result, child) && list_append(result, child) < 0) {
            return NULL;
        }
    }
    return found < 0 ? NULL : result;
}

static Object *element_iterfind(Object *self, Object *path, Object *namespaces) {
    return by_path("iterfind", (Object *[]){ self, path, namespaces ? namespaces : NONE }, 3);
}

// ---- iterating over the whole tree

typedef struct Visit {
    Object *element;
    size_t next;  // the position of its next child; never an address
} Visit;

typedef struct ElementIterator {
    Object base;
    Object *root;   // not visited yet
    Visit *visits;  // a CELL_POINTERS cell: from the root to where the walk is
    size_t depth, room;
    Object *tag;    // NONE: any
    bool texts;
} ElementIterator;

static Object *iterator_new(Object *self, Object *tag, bool texts) {
    ElementIterator *it = (ElementIterator *)object_alloc(&element_iterator_type);
    if (it) {
        gc_store(it, &it->root, self);
        gc_store(it, &it->tag, tag);
        it->texts = texts;
    }
    return (Object *)it;
}

static Object *element_iter(Object *self, Object *tag) {
    tag = tag ? tag : NONE;
    bool any = (str_check(tag) && str_equal_cstring(tag, "*")) ||
               (bytes_check(tag) && bytes_length(tag) == 1 && *bytes_data(tag) == '*');
    return iterator_new(self, any ? NONE : tag, false);
}

static Object *element_itertext(Object *self) {
    return iterator_new(self, NONE, true);
}

static Object *enter_element(ElementIterator *it, Object *element) {
    if (it->depth == it->room) {
        size_t room = it->room ? it->room * 2 : 8;
        Visit *larger = heap_alloc(room * sizeof(Visit), CELL_POINTERS);
        if (!larger) {
            return NULL;
        }
        gc_store_range(larger, larger, it->visits, it->depth * 2);
        gc_store(it, &it->visits, larger);
        it->room = room;
    }
    Visit *visit = &it->visits[it->depth++];
    gc_store(it->visits, &visit->element, element);
    visit->next = 0;
    return element;
}

// The next element of the walk, or (itertext) the element whose tail comes now: *is_tail. NULL at the end.
static Object *step(ElementIterator *it, bool *is_tail) {
    *is_tail = false;
    if (it->root) {
        Object *root = it->root;
        gc_store(it, &it->root, NULL);
        return enter_element(it, root);
    }
    while (it->depth) {
        Visit *visit = &it->visits[it->depth - 1];
        Object *element = visit->element, *child = child_at(element, (ssize_t)visit->next);
        if (child) {
            visit->next++;
            return enter_element(it, child);
        }
        if (error_occurred()) {
            return NULL;
        }
        visit->element = NULL;
        if (--it->depth && it->texts) {
            *is_tail = true;
            return element;
        }
    }
    return NULL;
}

static Object *iterator_next(Object *self) {
    ElementIterator *it = (ElementIterator *)self;
    for (;;) {
        bool is_tail;
        CriticalSection section; // not a lock: the list of children has one
        critical_section_begin(&section, it);
        Object *element = step(it, &is_tail);
        critical_section_end(&section);
        if (!element) {
            return NULL;
        }
        if (it->texts) {
            Element *e = element_of(element);
            Object *text = read_field(is_tail ? &e->tail : &e->text);
            int is_true = text == NONE            ? 0
                          : str_check_exact(text) ? str_length(text) > 0
                                                  : object_is_true(text);
            if (is_true) {
                return is_true < 0 ? NULL : text;
            }
            continue;
        }
        if (it->tag == NONE) {
            return element;
        }
        Object *own = read_field(&element_of(element)->tag);
        int same = own == it->tag ? 1
                   : str_check_exact(own) && str_check_exact(it->tag)
                       ? str_equal(own, it->tag)
                       : object_compare_bool(own, it->tag, CMP_EQ);
        if (same) {
            return same < 0 ? NULL : element;
        }
    }
}

static void iterator_trace(Object *self, Tracer *tracer) {
    ElementIterator *it = (ElementIterator *)self;
    trace_cell(tracer, it->root);
    trace_cell(tracer, it->visits);
    trace_cell(tracer, it->tag);
}

static Object *iterator_self(Object *self) {
    return self;
}

const TypeSpec element_iterator_spec = {
    .name = "_elementtree._element_iterator",
    .basic_size = sizeof(ElementIterator),
    .trace = iterator_trace,
    .slots = { .iter = iterator_self, .next = iterator_next },
};

// ---- the type

static BuiltinDef element_methods[] = {
    BUILTIN("clear", element_clear, "($self, /)", 0, NULL),
    BUILTIN("get", element_get, "($self, /, key, default=None)", 0, NULL),
    BUILTIN("set", element_set, "($self, key, value, /)", 0, NULL),
    BUILTIN("find", element_find, "($self, /, path, namespaces=None)", 0, NULL),
    BUILTIN("findtext", element_findtext, "($self, /, path, default=None, namespaces=None)", 0, NULL),
    BUILTIN("findall", element_findall, "($self, /, path, namespaces=None)", 0, NULL),
    BUILTIN("append", element_append_method, "($self, subelement, /)", 0, NULL),
    BUILTIN("extend", element_extend, "($self, elements, /)", 0, NULL),
    BUILTIN("insert", element_insert, "($self, index, subelement, /)", 0, NULL),
    BUILTIN("remove", element_remove, "($self, subelement, /)", 0, NULL),
    BUILTIN("iter", element_iter, "($self, /, tag=None)", 0, NULL),
    BUILTIN("itertext", element_itertext, "($self, /)", 0, NULL),
    BUILTIN("iterfind", element_iterfind, "($self, /, path, namespaces=None)", 0, NULL),
    BUILTIN("items", element_items, "($self, /)", 0, NULL),
    BUILTIN("keys", element_keys, "($self, /)", 0, NULL),
    BUILTIN("makeelement", element_makeelement, "($self, tag, attrib, /)", 0, NULL),
    BUILTIN("__copy__", element_copy, "($self, /)", 0, NULL),
    BUILTIN("__deepcopy__", element_deepcopy, "($self, memo, /)", 0, NULL),
    BUILTIN("__getstate__", element_getstate, "($self, /)", 0, NULL),
    BUILTIN("__setstate__", element_setstate, "($self, state, /)", 0, NULL),
    BUILTIN("__sizeof__", element_sizeof, "($self, /)", 0, NULL),
    BUILTIN_END,
};

static GetSetDef element_getsets[] = {
    { "tag", get_field, set_field, NULL, (void *)offsetof(Element, tag) },
    { "text", get_field, set_field, NULL, (void *)offsetof(Element, text) },
    { "tail", get_field, set_field, NULL, (void *)offsetof(Element, tail) },
    { "attrib", get_attrib, set_attrib, NULL, (void *)offsetof(Element, attrib) },
    { 0 },
};

static void element_trace(Object *self, Tracer *tracer) {
    Element *e = element_of(self);
    trace_range(tracer, (void *const *)&e->tag,
                (offsetof(Element, weaklist) - offsetof(Element, tag)) / sizeof(void *));
    trace_cell(tracer, e->children);
}

const TypeSpec element_spec = {
    .name = "xml.etree.ElementTree.Element",
    .basic_size = offsetof(Element, children),
    .instance_size = sizeof(Element),
    .flags = TF_BASE,
    .is_sequence = true,
    .weaklist_offset = offsetof(Element, weaklist),
    .methods = element_methods,
    .getsets = element_getsets,
    .trace = element_trace,
    .slots = { .getattr = object_generic_getattr,
               .new = element_tp_new,
               .init = element_init,
               .repr = element_repr,
               .length = element_length,
               .getitem = element_getitem,
               .setitem = element_setitem },
};
