// Generating code for calls, displays and comprehensions: all that gathers many values.
#include "compile/codegen.h"

#include "objects/errors.h"
#include "objects/names.h"
#include "objects/set.h"
#include "objects/str.h"
#include "objects/tuple.h"

// ---- displays

static bool all_constant(ExprSeq *expressions, ssize_t begin, ssize_t end) {
    for (ssize_t i = begin; i < end; i++) {
        if (!expressions->items[i] || expressions->items[i]->kind != EXPR_Constant) {
            return false;
        }
    }
    return true;
}

static Object *constant_tuple(ExprSeq *expressions, ssize_t begin, ssize_t end) {
    Object *tuple = tuple_new(end - begin);
    for (ssize_t i = begin; tuple && i < end; i++) {
        tuple_init(tuple, i - begin, expressions->items[i]->v.Constant.value);
    }
    return tuple;
}

static const struct {
    int build, add, extend;
} sequence_opcodes[] = {
    [SEQUENCE_LIST] = { BUILD_LIST, LIST_APPEND, LIST_EXTEND },
    [SEQUENCE_TUPLE] = { BUILD_LIST, LIST_APPEND, LIST_EXTEND },
    [SEQUENCE_SET] = { BUILD_SET, SET_ADD, SET_UPDATE },
};

// Constant elements are loaded at once.
static int generate_constant_sequence(Generator *g, ExprSeq *elements, int pushed, SequenceKind kind) {
    Object *folded = constant_tuple(elements, 0, elements->count);
    if (!folded) {
        return -1;
    }
    if (kind == SEQUENCE_TUPLE && !pushed) {
        return emit_constant(g, folded);
    }
    if (kind == SEQUENCE_SET && !(folded = frozenset_new(folded))) {
        return -1;
    }
    if (emit_arg(g, sequence_opcodes[kind].build, pushed) < 0 || emit_constant(g, folded) < 0 ||
        emit_arg(g, sequence_opcodes[kind].extend, 1) < 0) {
        return -1;
    }
    return pushed && kind == SEQUENCE_TUPLE ? emit(g, LIST_TO_TUPLE) : 0;
}

// The elements, of which `pushed` are on the stack already, as one list, tuple or set.
int generate_sequence(Generator *g, ExprSeq *elements, int pushed, SequenceKind kind) {
    ssize_t count = elements->count;
    if (count > 2 && all_constant(elements, 0, count)) {
        return generate_constant_sequence(g, elements, pushed, kind);
    }
    bool big = count + pushed > STACK_USE_GUIDELINE, star = false;
    for (ssize_t i = 0; i < count; i++) {
        star |= elements->items[i]->kind == EXPR_Starred;
    }
    int build = sequence_opcodes[kind].build;
    if (!star && !big) {
        return generate_exprs(g, elements) < 0
                   ? -1
                   : emit_arg(g, kind == SEQUENCE_TUPLE ? BUILD_TUPLE : build, (int)count + pushed);
    }
    bool built = big;
    if (big && emit_arg(g, build, pushed) < 0) {
        return -1;
    }
    for (ssize_t i = 0; i < count; i++) {
        Expr *element = elements->items[i];
        if (element->kind == EXPR_Starred) {
            if (!built && emit_arg(g, build, (int)i + pushed) < 0) {
                return -1;
            }
            built = true;
            if (generate_expr(g, element->v.Starred.value) < 0 ||
                emit_arg(g, sequence_opcodes[kind].extend, 1) < 0) {
                return -1;
            }
        } else if (generate_expr(g, element) < 0 ||
                   (built && emit_arg(g, sequence_opcodes[kind].add, 1) < 0)) {
            return -1;
        }
    }
    return kind == SEQUENCE_TUPLE ? emit(g, LIST_TO_TUPLE) : 0;
}

// The items of a dict display from `begin` to `end` as a dict.
static int generate_dict_part(Generator *g, Expr *e, ssize_t begin, ssize_t end) {
    ExprSeq *keys = e->v.Dict.keys, *values = e->v.Dict.values;
    ssize_t count = end - begin;
    bool big = count * 2 > STACK_USE_GUIDELINE;
    if (count > 1 && !big && all_constant(keys, begin, end)) {
        for (ssize_t i = begin; i < end; i++) {
            if (generate_expr(g, values->items[i]) < 0) {
                return -1;
            }
        }
        return emit_constant(g, constant_tuple(keys, begin, end)) < 0
                   ? -1
                   : emit_arg(g, BUILD_CONST_KEY_MAP, (int)count);
    }
    if (big && emit_arg(g, BUILD_MAP, 0) < 0) {
        return -1;
    }
    for (ssize_t i = begin; i < end; i++) {
        if (generate_expr(g, keys->items[i]) < 0 || generate_expr(g, values->items[i]) < 0 ||
            (big && emit_arg(g, MAP_ADD, 1) < 0)) {
            return -1;
        }
    }
    return big ? 0 : emit_arg(g, BUILD_MAP, (int)count);
}

static int merge_dict_part(Generator *g, Expr *e, ssize_t begin, ssize_t end, bool *have_dict) {
    if (generate_dict_part(g, e, begin, end) < 0 || (*have_dict && emit_arg(g, DICT_UPDATE, 1) < 0)) {
        return -1;
    }
    *have_dict = true;
    return 0;
}

int generate_dict(Generator *g, Expr *e) {
    ExprSeq *keys = e->v.Dict.keys;
    ssize_t count = e->v.Dict.values->count, pending = 0;
    bool have_dict = false;
    for (ssize_t i = 0; i < count; i++) {
        if (keys->items[i]) {
            if (pending * 2 > STACK_USE_GUIDELINE) {
                if (merge_dict_part(g, e, i - pending, i + 1, &have_dict) < 0) {
                    return -1;
                }
                pending = 0;
            } else {
                pending++;
            }
            continue;
        }
        if (pending && merge_dict_part(g, e, i - pending, i, &have_dict) < 0) {
            return -1;
        }
        pending = 0;
        if (!have_dict && emit_arg(g, BUILD_MAP, 0) < 0) {
            return -1;
        }
        have_dict = true;
        if (generate_expr(g, e->v.Dict.values->items[i]) < 0 || emit_arg(g, DICT_UPDATE, 1) < 0) {
            return -1;
        }
    }
    if (pending && merge_dict_part(g, e, count - pending, count, &have_dict) < 0) {
        return -1;
    }
    return have_dict ? 0 : emit_arg(g, BUILD_MAP, 0);
}

// ---- calls

static int check_keywords(Generator *g, KeywordSeq *keywords) {
    for (ssize_t i = 0; i < keywords->count; i++) {
        Keyword *keyword = keywords->items[i];
        if (!keyword->arg) {
            continue;
        }
        if (check_name(g, keyword->arg, CTX_Store) < 0) {
            return -1;
        }
        for (ssize_t j = i + 1; j < keywords->count; j++) {
            Keyword *other = keywords->items[j];
            if (keyword->arg == other->arg) {  // names are interned
                set_location(g, LOCATION(other));
                return compile_error(g, "keyword argument repeated: %U", keyword->arg);
            }
        }
    }
    return 0;
}

static Object *keyword_names(KeywordSeq *keywords, ssize_t begin, ssize_t end) {
    Object *tuple = tuple_new(end - begin);
    for (ssize_t i = begin; tuple && i < end; i++) {
        tuple_init(tuple, i - begin, keywords->items[i]->arg);
    }
    return tuple;
}

// Keyword arguments by name, and KW_NAMES.
static int generate_named_arguments(Generator *g, KeywordSeq *keywords) {
    for (ssize_t i = 0; i < keywords->count; i++) {
        if (generate_expr(g, keywords->items[i]->value) < 0) {
            return -1;
        }
    }
    Object *tuple = keyword_names(keywords, 0, keywords->count);
    int number = tuple ? unit_add_constant(&g->current->unit, tuple) : -1;
    return number < 0 ? -1 : emit_arg(g, KW_NAMES, number);
}

static bool has_unpacking(ExprSeq *args, KeywordSeq *keywords) {
    for (ssize_t i = 0; i < args->count; i++) {
        if (args->items[i]->kind == EXPR_Starred) {
            return true;
        }
    }
    for (ssize_t i = 0; i < keywords->count; i++) {
        if (!keywords->items[i]->arg) {
            return true;
        }
    }
    return false;
}

// Keyword arguments from `begin` to `end` as a dict.
static int generate_keyword_dict(Generator *g, KeywordSeq *keywords, ssize_t begin, ssize_t end) {
    ssize_t count = end - begin;
    bool big = count * 2 > STACK_USE_GUIDELINE;
    if (count > 1 && !big) {
        for (ssize_t i = begin; i < end; i++) {
            if (generate_expr(g, keywords->items[i]->value) < 0) {
                return -1;
            }
        }
        return emit_constant(g, keyword_names(keywords, begin, end)) < 0
                   ? -1
                   : emit_arg(g, BUILD_CONST_KEY_MAP, (int)count);
    }
    Location where = g->current->where;
    if (big) {
        set_location(g, NO_LOCATION);
        if (emit_arg(g, BUILD_MAP, 0) < 0) {
            return -1;
        }
        set_location(g, where);
    }
    for (ssize_t i = begin; i < end; i++) {
        if (emit_constant(g, keywords->items[i]->arg) < 0 ||
            generate_expr(g, keywords->items[i]->value) < 0) {
            return -1;
        }
        if (big) {
            set_location(g, NO_LOCATION);
            if (emit_arg(g, MAP_ADD, 1) < 0) {
                return -1;
            }
            set_location(g, where);
        }
    }
    return big ? 0 : emit_arg(g, BUILD_MAP, (int)count);
}

static int merge_keyword_dict(Generator *g, KeywordSeq *keywords, ssize_t begin, ssize_t end,
                              bool *have_dict) {
    if (generate_keyword_dict(g, keywords, begin, end) < 0 ||
        (*have_dict && emit_arg(g, DICT_MERGE, 1) < 0)) {
        return -1;
    }
    *have_dict = true;
    return 0;
}

// A call through a tuple and a dict.
static int generate_call_ex(Generator *g, int pushed, ExprSeq *args, KeywordSeq *keywords) {
    if (!pushed && args->count == 1 && args->items[0]->kind == EXPR_Starred) {
        if (generate_expr(g, args->items[0]->v.Starred.value) < 0) {
            return -1;
        }
    } else if (generate_sequence(g, args, pushed, SEQUENCE_TUPLE) < 0) {
        return -1;
    }
    bool have_dict = false;
    ssize_t pending = 0, count = keywords->count;
    for (ssize_t i = 0; i < count; i++) {
        if (keywords->items[i]->arg) {
            pending++;
            continue;
        }
        if (pending && merge_keyword_dict(g, keywords, i - pending, i, &have_dict) < 0) {
            return -1;
        }
        pending = 0;
        if (!have_dict && emit_arg(g, BUILD_MAP, 0) < 0) {
            return -1;
        }
        have_dict = true;
        if (generate_expr(g, keywords->items[i]->value) < 0 || emit_arg(g, DICT_MERGE, 1) < 0) {
            return -1;
        }
    }
    if (pending && merge_keyword_dict(g, keywords, count - pending, count, &have_dict) < 0) {
        return -1;
    }
    return emit_arg(g, CALL_FUNCTION_EX, count > 0);
}

// The arguments (`pushed` of them are on the stack already) and the call.
int generate_arguments(Generator *g, int pushed, ExprSeq *args, KeywordSeq *keywords) {
    if (check_keywords(g, keywords) < 0) {
        return -1;
    }
    if (args->count + keywords->count * 2 > STACK_USE_GUIDELINE || has_unpacking(args, keywords)) {
        return generate_call_ex(g, pushed, args, keywords);
    }
    int count = (int)(pushed + args->count + keywords->count);
    if (generate_exprs(g, args) < 0 || (keywords->count && generate_named_arguments(g, keywords) < 0)) {
        return -1;
    }
    return emit_arg(g, PRECALL, count) < 0 ? -1 : emit_arg(g, CALL, count);
}

// Whether the module's own scope imports the name: functions of modules are no methods.
static bool is_imported(const Generator *g, Expr *e) {
    return e->kind == EXPR_Name && (symbol_flags(g->top, e->v.Name.id) & DEF_IMPORT);
}

static bool is_method_call(const Generator *g, Expr *e) {
    Expr *function = e->v.Call.func;
    ssize_t args = e->v.Call.args->count, keywords = e->v.Call.keywords->count;
    return function->kind == EXPR_Attribute && function->v.Attribute.ctx == CTX_Load &&
           !is_imported(g, function->v.Attribute.value) &&
           args + keywords + (keywords != 0) < STACK_USE_GUIDELINE &&
           !has_unpacking(e->v.Call.args, e->v.Call.keywords);
}

static int generate_method_call(Generator *g, Expr *e) {
    Expr *method = e->v.Call.func;
    int count = (int)(e->v.Call.args->count + e->v.Call.keywords->count);
    if (generate_expr(g, method->v.Attribute.value) < 0) {
        return -1;
    }
    set_location(g, LOCATION(method));
    locate_attribute(g, method);
    if (emit_name(g, LOAD_METHOD, method->v.Attribute.attr) < 0 ||
        check_keywords(g, e->v.Call.keywords) < 0 || generate_exprs(g, e->v.Call.args) < 0 ||
        (e->v.Call.keywords->count && generate_named_arguments(g, e->v.Call.keywords) < 0)) {
        return -1;
    }
    set_location(g, LOCATION(e));
    locate_attribute(g, method);
    return emit_arg(g, PRECALL, count) < 0 ? -1 : emit_arg(g, CALL, count);
}

int generate_call(Generator *g, Expr *e) {
    if (is_method_call(g, e)) {
        return generate_method_call(g, e);
    }
    if (check_caller(g, e->v.Call.func) < 0) {
        return -1;
    }
    set_location(g, LOCATION(e->v.Call.func));
    if (emit(g, PUSH_NULL) < 0) {
        return -1;
    }
    set_location(g, LOCATION(e));
    return generate_expr(g, e->v.Call.func) < 0
               ? -1
               : generate_arguments(g, 0, e->v.Call.args, e->v.Call.keywords);
}

// ---- comprehensions

typedef struct Comprehended {
    ComprehensionKind kind;
    ComprehensionSeq *generators;
    Expr *element, *value;  // value: of a dict
} Comprehended;

static int generate_clause(Generator *g, const Comprehended *c, ssize_t index, int depth);

// What stands inside of a clause: conditions, then the next clause or the element.
static int generate_clause_body(Generator *g, const Comprehended *c, ssize_t index, int depth, Block *skip) {
    Comprehension *clause = c->generators->items[index];
    for (ssize_t i = 0; i < clause->ifs->count; i++) {
        if (generate_jump_if(g, clause->ifs->items[i], skip, false) < 0) {
            return -1;
        }
    }
    if (index + 1 < c->generators->count) {
        return generate_clause(g, c, index + 1, depth);
    }
    if (generate_expr(g, c->element) < 0 || (c->value && generate_expr(g, c->value) < 0)) {
        return -1;
    }
    switch (c->kind) {
    case LIST_COMPREHENSION: return emit_arg(g, LIST_APPEND, depth + 1);
    case SET_COMPREHENSION: return emit_arg(g, SET_ADD, depth + 1);
    case DICT_COMPREHENSION: return emit_arg(g, MAP_ADD, depth + 1);
    default: return emit_yield(g) < 0 ? -1 : emit(g, POP_TOP);
    }
}

// The iterable of the first clause is the comprehension's argument; the others are evaluated inside.
static int generate_clause_iterable(Generator *g, Comprehension *clause, ssize_t index, int get_iterator) {
    if (index == 0) {
        g->current->unit.argcount = 1;
        return emit_arg(g, LOAD_FAST, 0);
    }
    return generate_expr(g, clause->iter) < 0 ? -1 : emit(g, get_iterator);
}

static int generate_sync_clause(Generator *g, const Comprehended *c, ssize_t index, int depth) {
    Comprehension *clause = c->generators->items[index];
    Block *start = new_block(g), *skip = new_block(g), *anchor = new_block(g);
    if (!start || !skip || !anchor) {
        return -1;
    }
    // `for y in [f(x)]` is an assignment, not a loop.
    bool assignment = false;
    if (index > 0 && (clause->iter->kind == EXPR_List || clause->iter->kind == EXPR_Tuple)) {
        ExprSeq *elements = clause->iter->v.List.elts;  // a tuple has the same field
        if (elements->count == 1 && elements->items[0]->kind != EXPR_Starred) {
            assignment = true;
            if (generate_expr(g, elements->items[0]) < 0) {
                return -1;
            }
        }
    }
    if (!assignment) {
        if (generate_clause_iterable(g, clause, index, GET_ITER) < 0) {
            return -1;
        }
        depth++;
        use_block(g, start);
        if (emit_jump(g, FOR_ITER, anchor) < 0) {
            return -1;
        }
    }
    if (generate_expr(g, clause->target) < 0 || generate_clause_body(g, c, index, depth, skip) < 0) {
        return -1;
    }
    use_block(g, skip);
    if (!assignment) {
        if (emit_jump(g, JUMP, start) < 0) {
            return -1;
        }
        use_block(g, anchor);
    }
    return 0;
}

static int generate_async_clause(Generator *g, const Comprehended *c, ssize_t index, int depth) {
    Comprehension *clause = c->generators->items[index];
    Block *start = new_block(g), *except = new_block(g), *skip = new_block(g);
    if (!start || !except || !skip || generate_clause_iterable(g, clause, index, GET_AITER) < 0) {
        return -1;
    }
    use_block(g, start);
    if (push_frame_block(g, (FrameBlock){ BLOCK_ASYNC_COMPREHENSION, start }) < 0 ||
        emit_jump(g, SETUP_FINALLY, except) < 0 || emit(g, GET_ANEXT) < 0 ||
        emit_constant(g, (Object *)NONE) < 0 || emit_yield_from(g, true) < 0 || emit(g, POP_BLOCK) < 0 ||
        generate_expr(g, clause->target) < 0 || generate_clause_body(g, c, index, depth + 1, skip) < 0) {
        return -1;
    }
    use_block(g, skip);
    if (emit_jump(g, JUMP, start) < 0) {
        return -1;
    }
    pop_frame_block(g);
    use_block(g, except);
    return emit(g, END_ASYNC_FOR);
}

static int generate_clause(Generator *g, const Comprehended *c, ssize_t index, int depth) {
    return c->generators->items[index]->is_async ? generate_async_clause(g, c, index, depth)
                                                 : generate_sync_clause(g, c, index, depth);
}

int generate_comprehension(Generator *g, Expr *e) {
    Comprehended c;
    Object *name;
    int build = 0;
    switch (e->kind) {
    case EXPR_ListComp:
        c = (Comprehended){ LIST_COMPREHENSION, e->v.ListComp.generators, e->v.ListComp.elt };
        name = names.listcomp;
        build = BUILD_LIST;
        break;
    case EXPR_SetComp:
        c = (Comprehended){ SET_COMPREHENSION, e->v.SetComp.generators, e->v.SetComp.elt };
        name = names.setcomp;
        build = BUILD_SET;
        break;
    case EXPR_DictComp:
        c = (Comprehended){ DICT_COMPREHENSION, e->v.DictComp.generators, e->v.DictComp.key,
                            e->v.DictComp.value };
        name = names.dictcomp;
        build = BUILD_MAP;
        break;
    default:
        c = (Comprehended){ GENERATOR_EXPRESSION, e->v.GeneratorExp.generators, e->v.GeneratorExp.elt };
        name = names.genexpr;
        break;
    }
    bool top_level = top_level_await(g);
    ScopedKind outer = g->current->kind;
    Scoped scoped;
    if (scoped_enter(g, &scoped, name, IN_COMPREHENSION, e, e->lineno) < 0) {
        return -1;
    }
    set_location(g, LOCATION(e));
    bool is_async = scoped.scope->coroutine;
    if (is_async && c.kind != GENERATOR_EXPRESSION && outer != IN_ASYNC_FUNCTION &&
        outer != IN_COMPREHENSION && !top_level) {
        return compile_error(g, "asynchronous comprehension outside of an asynchronous function", NULL);
    }
    if ((build && emit_arg(g, build, 0) < 0) || generate_clause(g, &c, 0, 0) < 0 ||
        (build && emit(g, RETURN_VALUE) < 0)) {
        return -1;
    }
    Object *code = scoped_leave(g, true);
    if (top_level && is_async) {
        g->current->scope->coroutine = true;
    }
    Comprehension *first = c.generators->items[0];
    if (!code || generate_closure(g, code, 0) < 0 || generate_expr(g, first->iter) < 0 ||
        emit(g, first->is_async ? GET_AITER : GET_ITER) < 0 || emit_arg(g, PRECALL, 0) < 0 ||
        emit_arg(g, CALL, 0) < 0) {
        return -1;
    }
    return is_async && c.kind != GENERATOR_EXPRESSION ? emit_await(g, 0) : 0;
}
