// Generating code: control flow. `if`, loops, `try` and `with`, and what `break`, `continue` and `return` have to
// leave on their way out.
#include "compile/codegen.h"

#include "objects/errors.h"
#include "objects/int.h"
#include "objects/names.h"

int generate_if(Generator *g, Stmt *s) {
    Block *end = new_block(g), *next = s->v.If.orelse->count ? new_block(g) : end;
    if (!end || !next || generate_jump_if(g, s->v.If.test, next, false) < 0 ||
        generate_stmts(g, s->v.If.body, 0) < 0) {
        return -1;
    }
    if (s->v.If.orelse->count) {
        if (emit_jump_no_line(g, JUMP, end) < 0) {
            return -1;
        }
        use_block(g, next);
        if (generate_stmts(g, s->v.If.orelse, 0) < 0) {
            return -1;
        }
    }
    use_block(g, end);
    return 0;
}

int generate_for(Generator *g, Stmt *s) {
    Block *start = new_block(g), *body = new_block(g), *cleanup = new_block(g), *end = new_block(g);
    if (!start || !body || !cleanup || !end ||
        push_frame_block(g, (FrameBlock){ BLOCK_FOR, start, end }) < 0 ||
        generate_expr(g, s->v.For.iter) < 0 || emit(g, GET_ITER) < 0) {
        return -1;
    }
    use_block(g, start);
    if (emit_jump(g, FOR_ITER, cleanup) < 0) {
        return -1;
    }
    use_block(g, body);
    if (generate_expr(g, s->v.For.target) < 0 || generate_stmts(g, s->v.For.body, 0) < 0) {
        return -1;
    }
    set_location(g, NO_LOCATION);
    if (emit_jump(g, JUMP, start) < 0) {
        return -1;
    }
    use_block(g, cleanup);
    pop_frame_block(g);
    if (generate_stmts(g, s->v.For.orelse, 0) < 0) {
        return -1;
    }
    use_block(g, end);
    return 0;
}

int generate_async_for(Generator *g, Stmt *s) {
    Block *start = new_block(g), *except = new_block(g), *end = new_block(g);
    if (!start || !except || !end || generate_expr(g, s->v.AsyncFor.iter) < 0 || emit(g, GET_AITER) < 0) {
        return -1;
    }
    use_block(g, start);
    if (push_frame_block(g, (FrameBlock){ BLOCK_FOR, start, end }) < 0 ||
        emit_jump(g, SETUP_FINALLY, except) < 0 || emit(g, GET_ANEXT) < 0 ||
        emit_constant(g, (Object *)NONE) < 0 || emit_yield_from(g, true) < 0 || emit(g, POP_BLOCK) < 0 ||
        generate_expr(g, s->v.AsyncFor.target) < 0 || generate_stmts(g, s->v.AsyncFor.body, 0) < 0) {
        return -1;
    }
    set_location(g, NO_LOCATION);
    if (emit_jump(g, JUMP, start) < 0) {
        return -1;
    }
    pop_frame_block(g);
    use_block(g, except);
    // It belongs to the iteration, not to the body's last line.
    set_location(g, LOCATION(s->v.AsyncFor.iter));
    if (emit(g, END_ASYNC_FOR) < 0 || generate_stmts(g, s->v.AsyncFor.orelse, 0) < 0) {
        return -1;
    }
    use_block(g, end);
    return 0;
}

int generate_while(Generator *g, Stmt *s) {
    Block *loop = new_block(g), *body = new_block(g), *anchor = new_block(g), *end = new_block(g);
    if (!loop || !body || !anchor || !end) {
        return -1;
    }
    use_block(g, loop);
    if (push_frame_block(g, (FrameBlock){ BLOCK_WHILE, loop, end }) < 0 ||
        generate_jump_if(g, s->v.While.test, anchor, false) < 0) {
        return -1;
    }
    use_block(g, body);
    if (generate_stmts(g, s->v.While.body, 0) < 0) {
        return -1;
    }
    set_location(g, LOCATION(s));
    if (generate_jump_if(g, s->v.While.test, body, true) < 0) {
        return -1;
    }
    pop_frame_block(g);
    use_block(g, anchor);
    if (generate_stmts(g, s->v.While.orelse, 0) < 0) {
        return -1;
    }
    use_block(g, end);
    return 0;
}

// `name = None; del name` at a handler's end.
static int forget_name(Generator *g, Object *name) {
    return emit_constant(g, (Object *)NONE) < 0 || generate_name(g, name, CTX_Store) < 0
               ? -1
               : generate_name(g, name, CTX_Del);
}

static int call_exit_with_nones(Generator *g) {
    for (int i = 0; i < 3; i++) {
        if (emit_constant(g, (Object *)NONE) < 0) {
            return -1;
        }
    }
    return emit_arg(g, PRECALL, 2) < 0 ? -1 : emit_arg(g, CALL, 2);
}

// Code that leaves one block early; with keep_top the value on top of the stack survives.
static int unwind_block(Generator *g, const FrameBlock *block, bool keep_top) {
    switch (block->kind) {
    case BLOCK_WHILE:
    case BLOCK_HANDLER:
    case BLOCK_GROUP_HANDLER:
    case BLOCK_ASYNC_COMPREHENSION: return 0;
    case BLOCK_FOR:
    case BLOCK_POP_VALUE: return (keep_top && emit_arg(g, SWAP, 2) < 0) ? -1 : emit(g, POP_TOP);
    case BLOCK_TRY: return emit(g, POP_BLOCK);
    case BLOCK_FINALLY:
        if (emit(g, POP_BLOCK) < 0 ||
            (keep_top && push_frame_block(g, (FrameBlock){ BLOCK_POP_VALUE }) < 0) ||
            generate_stmts(g, block->final, 0) < 0) {
            return -1;
        }
        if (keep_top) {
            pop_frame_block(g);
        }
        // What follows appears to be done by the statement that leaves, later than the finally block.
        set_location(g, NO_LOCATION);
        return 0;
    case BLOCK_FINALLY_END:
        if ((keep_top && emit_arg(g, SWAP, 2) < 0) || emit(g, POP_TOP) < 0 ||
            (keep_top && emit_arg(g, SWAP, 2) < 0)) {
            return -1;
        }
        return emit(g, POP_BLOCK) < 0 ? -1 : emit(g, POP_EXCEPT);
    case BLOCK_WITH:
    case BLOCK_ASYNC_WITH:
        set_location(g, LOCATION(block->with));
        if (emit(g, POP_BLOCK) < 0 || (keep_top && emit_arg(g, SWAP, 2) < 0) || call_exit_with_nones(g) < 0 ||
            (block->kind == BLOCK_ASYNC_WITH && emit_await(g, 2) < 0) || emit(g, POP_TOP) < 0) {
            return -1;
        }
        set_location(g, NO_LOCATION);
        return 0;
    case BLOCK_HANDLER_CLEANUP:
        if ((block->name && emit(g, POP_BLOCK) < 0) || (keep_top && emit_arg(g, SWAP, 2) < 0) ||
            emit(g, POP_BLOCK) < 0 || emit(g, POP_EXCEPT) < 0) {
            return -1;
        }
        return block->name ? forget_name(g, block->name) : 0;
    }
    return 0;
}

// Leaves all blocks up to the function's end or, when `loop` is given, up to the innermost loop, which is
// copied there (its kind: BLOCK_HANDLER when there is no loop).
static int unwind(Generator *g, bool keep_top, FrameBlock *loop) {
    Scoped *s = g->current;
    if (!s->frame_block_count) {
        return 0;
    }
    FrameBlock top = s->frame_blocks[s->frame_block_count - 1];
    if (top.kind == BLOCK_GROUP_HANDLER) {
        return compile_error(g, "'break', 'continue' and 'return' cannot appear in an except* block", NULL);
    }
    if (loop && (top.kind == BLOCK_WHILE || top.kind == BLOCK_FOR)) {
        *loop = top;
        return 0;
    }
    s->frame_block_count--;
    if (unwind_block(g, &top, keep_top) < 0 || unwind(g, keep_top, loop) < 0) {
        return -1;
    }
    s->frame_blocks[s->frame_block_count++] = top;
    return 0;
}

int generate_break(Generator *g, bool is_continue) {
    Location where = g->current->where;
    FrameBlock loop = { BLOCK_HANDLER };
    if (emit(g, NOP) < 0 || unwind(g, false, &loop) < 0) {
        return -1;
    }
    if (loop.kind == BLOCK_HANDLER) {
        set_location(g, where);
        return compile_error(g, is_continue ? "'continue' not properly in loop" : "'break' outside loop",
                             NULL);
    }
    if (is_continue) {
        return emit_jump(g, JUMP, loop.start);
    }
    return unwind_block(g, &loop, false) < 0 ? -1 : emit_jump(g, JUMP, loop.exit);
}

int generate_return(Generator *g, Stmt *s) {
    Expr *value = s->v.Return.value;
    bool keep_top = value && value->kind != EXPR_Constant;
    const Scope *scope = g->current->scope;
    if (!in_function(g)) {
        return compile_error(g, "'return' outside function", NULL);
    }
    if (value && scope->coroutine && scope->generator) {
        return compile_error(g, "'return' with value in async generator", NULL);
    }
    if (keep_top) {
        if (generate_expr(g, value) < 0) {
            return -1;
        }
    } else if (value) {
        set_location(g, LOCATION(value));
        if (emit(g, NOP) < 0) {
            return -1;
        }
    }
    if (!value || value->lineno != s->lineno) {
        set_location(g, LOCATION(s));
        if (emit(g, NOP) < 0) {
            return -1;
        }
    }
    if (unwind(g, keep_top, NULL) < 0 ||
        (!keep_top && emit_constant(g, value ? value->v.Constant.value : (Object *)NONE) < 0)) {
        return -1;
    }
    return emit(g, RETURN_VALUE);
}

// ---- try and with

static int pop_except_and_reraise(Generator *g) {
    return emit_arg(g, COPY, 3) < 0 || emit(g, POP_EXCEPT) < 0 ? -1 : emit_arg(g, RERAISE, 1);
}

// One handler of try: from its type's test to the jump to the end; `next` is tried when it does not match.
static int generate_handler(Generator *g, ExceptHandler *handler, Block *next, Block *end) {
    Expr *type = handler->v.ExceptHandler.type;
    Object *name = handler->v.ExceptHandler.name;
    set_location(g, LOCATION(handler));
    if (type && (generate_expr(g, type) < 0 || emit(g, CHECK_EXC_MATCH) < 0 ||
                 emit_jump(g, POP_JUMP_IF_FALSE, next) < 0)) {
        return -1;
    }
    Block *cleanup_body = new_block(g), *cleanup_end = new_block(g);
    if (!cleanup_body || !cleanup_end ||
        (name ? generate_name(g, name, CTX_Store) < 0 || emit_jump(g, SETUP_CLEANUP, cleanup_end) < 0
              : emit(g, POP_TOP) < 0)) {
        return -1;
    }
    use_block(g, cleanup_body);
    if (push_frame_block(g, (FrameBlock){ BLOCK_HANDLER_CLEANUP, cleanup_body, .name = name }) < 0 ||
        generate_stmts(g, handler->v.ExceptHandler.body, 0) < 0) {
        return -1;
    }
    pop_frame_block(g);
    set_location(g, NO_LOCATION);
    if ((name && emit(g, POP_BLOCK) < 0) || emit(g, POP_BLOCK) < 0 || emit(g, POP_EXCEPT) < 0 ||
        (name && forget_name(g, name) < 0) || emit_jump(g, JUMP, end) < 0) {
        return -1;
    }
    if (name) {
        use_block(g, cleanup_end);
        set_location(g, NO_LOCATION);
        if (forget_name(g, name) < 0 || emit_arg(g, RERAISE, 1) < 0) {
            return -1;
        }
    }
    return 0;
}

static int generate_try_except(Generator *g, Stmt *s) {
    Block *body = new_block(g), *except = new_block(g), *end = new_block(g), *cleanup = new_block(g);
    if (!body || !except || !end || !cleanup || emit_jump(g, SETUP_FINALLY, except) < 0) {
        return -1;
    }
    use_block(g, body);
    if (push_frame_block(g, (FrameBlock){ BLOCK_TRY, body }) < 0 || generate_stmts(g, s->v.Try.body, 0) < 0) {
        return -1;
    }
    pop_frame_block(g);
    if (emit_no_line(g, POP_BLOCK) < 0 || generate_stmts(g, s->v.Try.orelse, 0) < 0 ||
        emit_jump_no_line(g, JUMP, end) < 0) {
        return -1;
    }
    use_block(g, except);
    set_location(g, NO_LOCATION);
    if (emit_jump(g, SETUP_CLEANUP, cleanup) < 0 || emit(g, PUSH_EXC_INFO) < 0 ||
        push_frame_block(g, (FrameBlock){ BLOCK_HANDLER }) < 0) {
        return -1;
    }
    ssize_t count = s->v.Try.handlers->count;
    for (ssize_t i = 0; i < count; i++) {
        ExceptHandler *handler = s->v.Try.handlers->items[i];
        set_location(g, LOCATION(handler));
        if (!handler->v.ExceptHandler.type && i < count - 1) {
            return compile_error(g, "default 'except:' must be last", NULL);
        }
        Block *next = new_block(g);
        if (!next || generate_handler(g, handler, next, end) < 0) {
            return -1;
        }
        use_block(g, next);
    }
    pop_frame_block(g);
    if (emit_arg(g, RERAISE, 0) < 0) {
        return -1;
    }
    use_block(g, cleanup);
    if (pop_except_and_reraise(g) < 0) {
        return -1;
    }
    use_block(g, end);
    return 0;
}

// except*: the handlers see parts of the group; what they raise and what none of them took is gathered in
// a list and raised at the end (PEP 654).
static int generate_star_handler(Generator *g, ExceptHandler *handler, bool first, bool last, Block *next,
                                 Block *reraise_star) {
    Expr *type = handler->v.ExceptHandler.type;
    Object *name = handler->v.ExceptHandler.name;
    Block *match = new_block(g), *cleanup_end = new_block(g), *cleanup_body = new_block(g);
    set_location(g, LOCATION(handler));
    if (!match || !cleanup_end || !cleanup_body ||
        (first && (emit_arg(g, COPY, 1) < 0 || emit_arg(g, BUILD_LIST, 0) < 0 || emit_arg(g, SWAP, 2) < 0))) {
        return -1;
    }
    if (type && (generate_expr(g, type) < 0 || emit(g, CHECK_EG_MATCH) < 0 || emit_arg(g, COPY, 1) < 0 ||
                 emit_jump(g, POP_JUMP_IF_NOT_NONE, match) < 0 || emit(g, POP_TOP) < 0 ||
                 emit_jump(g, JUMP, next) < 0)) {
        return -1;
    }
    use_block(g, match);
    if ((name ? generate_name(g, name, CTX_Store) : emit(g, POP_TOP)) < 0 ||
        emit_jump(g, SETUP_CLEANUP, cleanup_end) < 0) {
        return -1;
    }
    use_block(g, cleanup_body);
    if (push_frame_block(g, (FrameBlock){ BLOCK_HANDLER_CLEANUP, cleanup_body, .name = name }) < 0 ||
        generate_stmts(g, handler->v.ExceptHandler.body, 0) < 0) {
        return -1;
    }
    pop_frame_block(g);
    set_location(g, NO_LOCATION);
    if (emit(g, POP_BLOCK) < 0 || (name && forget_name(g, name) < 0) || emit_jump(g, JUMP, next) < 0) {
        return -1;
    }
    use_block(g, cleanup_end);
    set_location(g, NO_LOCATION);
    if ((name && forget_name(g, name) < 0) || emit_arg(g, LIST_APPEND, 3) < 0 || emit(g, POP_TOP) < 0 ||
        emit_jump(g, JUMP, next) < 0) {
        return -1;
    }
    use_block(g, next);
    // What no handler took joins the list.
    return last && (emit_arg(g, LIST_APPEND, 1) < 0 || emit_jump(g, JUMP, reraise_star) < 0) ? -1 : 0;
}

static int generate_try_star(Generator *g, Stmt *s) {
    Block *body = new_block(g), *except = new_block(g), *orelse = new_block(g), *end = new_block(g),
          *cleanup = new_block(g), *reraise_star = new_block(g), *reraise = new_block(g);
    if (!body || !except || !orelse || !end || !cleanup || !reraise_star || !reraise ||
        emit_jump(g, SETUP_FINALLY, except) < 0) {
        return -1;
    }
    use_block(g, body);
    if (push_frame_block(g, (FrameBlock){ BLOCK_TRY, body }) < 0 ||
        generate_stmts(g, s->v.TryStar.body, 0) < 0) {
        return -1;
    }
    pop_frame_block(g);
    if (emit_no_line(g, POP_BLOCK) < 0 || emit_jump_no_line(g, JUMP, orelse) < 0) {
        return -1;
    }
    use_block(g, except);
    set_location(g, NO_LOCATION);
    if (emit_jump(g, SETUP_CLEANUP, cleanup) < 0 || emit(g, PUSH_EXC_INFO) < 0 ||
        push_frame_block(g, (FrameBlock){ BLOCK_GROUP_HANDLER }) < 0) {
        return -1;
    }
    ssize_t count = s->v.TryStar.handlers->count;
    for (ssize_t i = 0; i < count; i++) {
        Block *next = new_block(g);
        if (!next || generate_star_handler(g, s->v.TryStar.handlers->items[i], i == 0, i == count - 1, next,
                                           reraise_star) < 0) {
            return -1;
        }
    }
    pop_frame_block(g);
    use_block(g, reraise_star);
    if (emit(g, PREP_RERAISE_STAR) < 0 || emit_arg(g, COPY, 1) < 0 ||
        emit_jump(g, POP_JUMP_IF_NOT_NONE, reraise) < 0 || emit(g, POP_TOP) < 0 || emit(g, POP_BLOCK) < 0 ||
        emit(g, POP_EXCEPT) < 0 || emit_jump(g, JUMP, end) < 0) {
        return -1;
    }
    use_block(g, reraise);
    if (emit(g, POP_BLOCK) < 0 || emit_arg(g, SWAP, 2) < 0 || emit(g, POP_EXCEPT) < 0 ||
        emit_arg(g, RERAISE, 0) < 0) {
        return -1;
    }
    use_block(g, cleanup);
    if (pop_except_and_reraise(g) < 0) {
        return -1;
    }
    use_block(g, orelse);
    if (generate_stmts(g, s->v.TryStar.orelse, 0) < 0) {
        return -1;
    }
    use_block(g, end);
    return 0;
}

// Both forms of try have the same fields.
int generate_try(Generator *g, Stmt *s) {
    int (*inner)(Generator *, Stmt *) = s->kind == STMT_Try ? generate_try_except : generate_try_star;
    StmtSeq *final = s->v.Try.finalbody;
    if (!final->count) {
        return inner(g, s);
    }
    Block *body = new_block(g), *end = new_block(g), *exit = new_block(g), *cleanup = new_block(g);
    if (!body || !end || !exit || !cleanup || emit_jump(g, SETUP_FINALLY, end) < 0) {
        return -1;
    }
    use_block(g, body);
    if (push_frame_block(g, (FrameBlock){ BLOCK_FINALLY, body, end, .final = final }) < 0 ||
        (s->v.Try.handlers->count ? inner(g, s) : generate_stmts(g, s->v.Try.body, 0)) < 0 ||
        emit_no_line(g, POP_BLOCK) < 0) {
        return -1;
    }
    pop_frame_block(g);
    if (generate_stmts(g, final, 0) < 0 || emit_jump_no_line(g, JUMP, exit) < 0) {
        return -1;
    }
    use_block(g, end);
    if (push_frame_block(g, (FrameBlock){ BLOCK_FINALLY_END, end }) < 0) {
        return -1;
    }
    set_location(g, NO_LOCATION);
    if (emit_jump(g, SETUP_CLEANUP, cleanup) < 0 || emit(g, PUSH_EXC_INFO) < 0 ||
        generate_stmts(g, final, 0) < 0 || emit_arg(g, RERAISE, 0) < 0) {
        return -1;
    }
    pop_frame_block(g);
    use_block(g, cleanup);
    if (pop_except_and_reraise(g) < 0) {
        return -1;
    }
    use_block(g, exit);
    return 0;
}

static int finish_with_except(Generator *g, Block *cleanup) {
    Block *suppress = new_block(g);
    if (!suppress || emit_jump(g, POP_JUMP_IF_TRUE, suppress) < 0 || emit_arg(g, RERAISE, 2) < 0) {
        return -1;
    }
    use_block(g, cleanup);
    set_location(g, NO_LOCATION);
    if (pop_except_and_reraise(g) < 0) {
        return -1;
    }
    use_block(g, suppress);
    return emit(g, POP_TOP) < 0 || emit(g, POP_BLOCK) < 0 || emit(g, POP_EXCEPT) < 0 || emit(g, POP_TOP) < 0
               ? -1
               : emit(g, POP_TOP);
}

// The item at `position` and those after it.
int generate_with(Generator *g, Stmt *s, ssize_t position, bool is_async) {
    WithItem *item = s->v.With.items->items[position]; // both kinds have the same fields
    Block *block = new_block(g), *final = new_block(g), *exit = new_block(g), *cleanup = new_block(g);
    if (is_async && check_async(g, "'async with' outside async function") < 0) {
        return -1;
    }
    if (!block || !final || !exit || !cleanup || generate_expr(g, item->context_expr) < 0 ||
        emit(g, is_async ? BEFORE_ASYNC_WITH : BEFORE_WITH) < 0 || (is_async && emit_await(g, 1) < 0) ||
        emit_jump(g, SETUP_WITH, final) < 0) {
        return -1;
    }
    use_block(g, block);
    FrameBlock frame_block = { is_async ? BLOCK_ASYNC_WITH : BLOCK_WITH, block, final, .with = s };
    if (push_frame_block(g, frame_block) < 0 ||
        (item->optional_vars ? generate_expr(g, item->optional_vars) : emit(g, POP_TOP)) < 0) {
        return -1;
    }
    if ((position + 1 == s->v.With.items->count ? generate_stmts(g, s->v.With.body, 0)
                                                : generate_with(g, s, position + 1, is_async)) < 0) {
        return -1;
    }
    pop_frame_block(g);
    if (!is_async) {
        set_location(g, NO_LOCATION);
    }
    if (emit(g, POP_BLOCK) < 0) {
        return -1;
    }
    set_location(g, LOCATION(s));
    if (call_exit_with_nones(g) < 0 || (is_async && emit_await(g, 2) < 0) || emit(g, POP_TOP) < 0 ||
        emit_jump(g, JUMP, exit) < 0) {
        return -1;
    }
    use_block(g, final);
    if (emit_jump(g, SETUP_CLEANUP, cleanup) < 0 || emit(g, PUSH_EXC_INFO) < 0 ||
        emit(g, WITH_EXCEPT_START) < 0 || (is_async && emit_await(g, 2) < 0) ||
        finish_with_except(g, cleanup) < 0) {
        return -1;
    }
    use_block(g, exit);
    return 0;
}
