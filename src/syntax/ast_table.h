// The shape of the AST as a table, for what treats all nodes alike: the classes of the `ast` module and the
// conversion between their instances and arena nodes. tools/gen_ast.py writes it from Python.asdl.
#pragma once

#include "syntax/ast.h"

typedef enum AstType { AST_IDENTIFIER, AST_STRING, AST_INT, AST_CONSTANT, AST_FIRST_DEFINITION } AstType;

typedef struct AstField {
    const char *name;
    int type;        // an AstType, or AST_FIRST_DEFINITION + the number of a definition
    char quantity;   // ' ' one, '?' one or None, '*' a list
    size_t offset;   // in the node
} AstField;

typedef struct AstConstructor {
    const char *name, *text;  // text: the doc string
    int kind;                 // what stands in the node's `kind`; 0 for products
    int field_count;
    const AstField *fields;
} AstConstructor;

typedef struct AstDefinition {
    const char *name, *text;
    bool is_sum, is_enum;
    size_t size;  // of a node
    int constructor_count;
    const AstConstructor *constructors;
    int attribute_count;
    const AstField *attributes;
} AstDefinition;

extern const AstDefinition ast_definitions[];
extern const int ast_definition_count;
