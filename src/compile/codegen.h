// The code generator's state, shared by its files: names and simple statements (codegen.c), functions and classes
// (codegen_function.c), control flow (codegen_flow.c), expressions (codegen_expr.c), calls and displays
// (codegen_call.c), comprehensions and patterns (codegen_pattern.c).
//
// One Generator serves a compilation; each function, class, lambda and comprehension being compiled has
// a Scoped, stacked on the C stack of the function that opened it. Functions return 0, or -1 with an
// exception. `where` is the place that emitted instructions get; generating a statement or expression sets it.
#pragma once

#include "compile/compile.h"
#include "compile/flow.h"
#include "compile/symtable.h"
#include "syntax/ast.h"

typedef enum ScopedKind {
    IN_MODULE,
    IN_CLASS,
    IN_FUNCTION,
    IN_ASYNC_FUNCTION,
    IN_LAMBDA,
    IN_COMPREHENSION,
} ScopedKind;

typedef enum FrameBlockKind { // what `break`, `continue` and `return` have to leave
    BLOCK_WHILE,
    BLOCK_FOR,
    BLOCK_TRY,
    BLOCK_FINALLY,
    BLOCK_FINALLY_END,
    BLOCK_WITH,
    BLOCK_ASYNC_WITH,
    BLOCK_HANDLER_CLEANUP,
    BLOCK_POP_VALUE,
    BLOCK_HANDLER,
    BLOCK_GROUP_HANDLER,
    BLOCK_ASYNC_COMPREHENSION,
} FrameBlockKind;

typedef struct FrameBlock {
    FrameBlockKind kind;
    Block *start, *exit;
    Stmt *with; // of BLOCK_WITH and BLOCK_ASYNC_WITH
    StmtSeq *final; // of BLOCK_FINALLY
    Object *name; // of BLOCK_HANDLER_CLEANUP, may be NULL
} FrameBlock;

enum { MOST_FRAME_BLOCKS = 20, STACK_USE_GUIDELINE = 30 };

typedef struct Scoped {
    Unit unit;
    Block *block; // where instructions go
    Scope *scope;
    ScopedKind kind;
    struct Scoped *parent;
    Object *class_name; // for mangling, or NULL
    FrameBlock frame_blocks[MOST_FRAME_BLOCKS];
    int frame_block_count;
    Location where;
} Scoped;

typedef struct Generator {
    Arena *arena;
    Object *filename;
    Object *merged; // for the units
    Scoped *current;
    Scope *top;
    int flags; // compile() flags with those of the module's future statements
    int optimize;
    int future_line; // of the last future statement, -1 if there is none
    int depth; // of Scoped
    bool interactive;
} Generator;

typedef enum SequenceKind { SEQUENCE_LIST, SEQUENCE_TUPLE, SEQUENCE_SET } SequenceKind;

#define LOCATION(node) \
    ((Location){ (node)->lineno, (node)->end_lineno, (node)->col_offset, (node)->end_col_offset })
static inline void set_location(Generator *g, Location where) {
    g->current->where = where;
}

// ---- emitting
int emit(Generator *g, int opcode);
int emit_no_line(Generator *g, int opcode);
int emit_arg(Generator *g, int opcode, int argument);
int emit_jump(Generator *g, int opcode, Block *target);
int emit_jump_no_line(Generator *g, int opcode, Block *target);
int emit_constant(Generator *g, Object *value);
int emit_name(Generator *g, int opcode, Object *name); // mangled, numbered among co_names
int emit_yield_from(Generator *g, bool await); // None and the awaitable are on the stack
int emit_await(Generator *g, int argument); // GET_AWAITABLE, None and the loop
int emit_yield(Generator *g);
int emit_compare(Generator *g, CmpOp op);
int emit_binary(Generator *g, Operator op, bool in_place);
Block *new_block(Generator *g);
void use_block(Generator *g, Block *block);

// ---- errors: at the current location
int compile_error(Generator *g, const char *format, Object *argument);
int compile_warn(Generator *g, const char *format, const char *a, const char *b);
int check_name(Generator *g, Object *name, ExprContext context); // __debug__ cannot be assigned

// ---- scopes
int scoped_enter(Generator *g, Scoped *scoped, Object *name, ScopedKind kind, const void *node, int line);
Object *scoped_leave(Generator *g, bool return_none); // the code object
int push_frame_block(Generator *g, FrameBlock block);
void pop_frame_block(Generator *g);
int generate_name(Generator *g, Object *name, ExprContext context);
int generate_closure(Generator *g, Object *code, int flags);
bool in_function(const Generator *g);
bool top_level_await(const Generator *g);
// Whether async syntax is allowed here; SyntaxError otherwise.
int check_async(Generator *g, const char *message);
Object *name_number(Generator *g, Object *dict, Object *name);

// ---- expressions, statements, patterns
int generate_expr(Generator *g, Expr *e);
int generate_exprs(Generator *g, ExprSeq *expressions);
int generate_stmts(Generator *g, StmtSeq *statements, ssize_t from);
int generate_function(Generator *g, Stmt *s, bool is_async);
int generate_class(Generator *g, Stmt *s);
int generate_body(Generator *g, StmtSeq *body); // of a module or class
bool has_annotations(StmtSeq *statements); // of variables, nested statements included
int generate_annotation_value(Generator *g, Expr *annotation);
int generate_if(Generator *g, Stmt *s);
int generate_for(Generator *g, Stmt *s);
int generate_async_for(Generator *g, Stmt *s);
int generate_while(Generator *g, Stmt *s);
int generate_break(Generator *g, bool is_continue);
int generate_return(Generator *g, Stmt *s);
int generate_try(Generator *g, Stmt *s);
int generate_with(Generator *g, Stmt *s, ssize_t position, bool is_async);
int generate_jump_if(Generator *g, Expr *e, Block *target, bool condition);
int check_caller(Generator *g, Expr *e); // warns when it cannot be called
int generate_call(Generator *g, Expr *e);
int generate_arguments(Generator *g, int pushed, ExprSeq *args, KeywordSeq *keywords);
int generate_sequence(Generator *g, ExprSeq *elements, int pushed, SequenceKind kind);
int generate_dict(Generator *g, Expr *e);
int generate_comprehension(Generator *g, Expr *e);
int generate_lambda(Generator *g, Expr *e);
int generate_defaults(Generator *g, Arguments *args); // the MAKE_FUNCTION flags, or -1
int check_parameters(Generator *g, Arguments *args);
void count_parameters(Scoped *scoped, Arguments *args);
int generate_match(Generator *g, Stmt *s);
void locate_attribute(Generator *g, Expr *attribute);
// The source text of an annotation (PEP 563). NULL with an exception.
Object *expr_unparse(Expr *e, Arena *arena);
// Future statements of a module: their CO_FUTURE_… bits and the last one's line. -1 with SyntaxError.
int future_features(Mod *mod, Object *filename, int *last_line);
// A new tuple of constants' or names' values, kept by the arena.
Object *kept_tuple(Generator *g, Object *const *items, ssize_t count);
