// The front end: source text to AST.
//
// AST nodes are C structures in an arena (syntax/ast.h, generated at build time from Python.asdl as
// libpython3.11-dev installs it); names and constants in them are objects, kept alive by the arena
// (a registered root while it lives). Errors are raised as SyntaxError with CPython's text and
// positions. No input crashes or hangs it.
#pragma once

#include "objects/object.h"

typedef struct Arena Arena;
struct Mod;  // a module, interactive input, expression or function type: ast.h

typedef enum ParseMode { PARSE_FILE, PARSE_SINGLE, PARSE_EVAL, PARSE_FUNC_TYPE } ParseMode;

enum { PARSE_FROM_FILE = 1 << 28 }; // of a script: its encoding is checked, and errors in that have no place
enum { // compile() flags, CPython's values
    PARSE_DONT_IMPLY_DEDENT = 0x200,
    PARSE_ONLY_AST = 0x400,
    PARSE_IGNORE_COOKIE = 0x800,
    PARSE_TYPE_COMMENTS = 0x1000,
    PARSE_TOP_LEVEL_AWAIT = 0x2000,
    PARSE_INCOMPLETE_INPUT = 0x4000,
};

// Memory for nodes; everything in it goes at once. NULL with MemoryError.
Arena *arena_new(void);
void arena_free(Arena *arena);
void *arena_alloc(Arena *arena, size_t size); // zeroed, aligned to 8; NULL with MemoryError
int arena_keep(Arena *arena, Object *object); // keeps an object alive as long as the arena

// Parses bytes (encoding cookie and BOM respected) or, with PARSE_IGNORE_COOKIE, UTF-8 text.
// `flags` are the above and CO_FUTURE_… bits; feature_version is 11 for the current grammar. NULL
// with SyntaxError (or what the filename, the decoder or a warning filter raised).
struct Mod *parse_source(const char *source, size_t length, Object *filename, ParseMode mode, int flags,
                         int feature_version, Arena *arena);

// Reads one interactive statement, line by line: `readline` gives a str with its newline ("" at the end
// of input) or NULL with an exception; `first` tells whether a statement begins. NULL with an exception, or
// without one and *at_end set when the input ended before a statement.
struct Mod *parse_interactive(Object *(*readline)(bool first), Object *filename, int flags, Arena *arena,
                              bool *at_end);

// Line `line` (from 1) of the file of that name, decoded as `encoding` says (NULL: UTF-8); of a very long line
// its last part. NULL, without an exception, when there is none.
Object *source_line_from_file(Object *filename, int line, const char *encoding);
// Raises SyntaxError with `message` as its only argument and the place in its attributes (columns from 1; 0:
// None), the line's text from the file.
void raise_syntax_error_at(Object *message, Object *filename, int line, int column, int end_line,
                           int end_column);

// Between arena nodes and the classes of the `ast` module.
Object *ast_to_object(struct Mod *mod);
struct Mod *ast_from_object(Object *object, ParseMode mode, Arena *arena); // validates
bool ast_object_check(Object *object);
