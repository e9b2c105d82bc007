"""lark's parsers, pyparsing and pycparser on expressions and a piece of C."""
import pyparsing
from lark import Lark
from pycparser import c_generator, c_parser

GRAMMAR = r"""
start: sum
?sum: product | sum "+" product -> add | sum "-" product -> subtract
?product: atom | product "*" atom -> multiply
?atom: NUMBER -> number | "-" atom -> negative | "(" sum ")"
%import common.NUMBER
%import common.WS_INLINE
%ignore WS_INLINE
"""
C = "int f(int a, char *b) { for (int i = 0; i < a; i++) { if (b[i] == 3) return i; } return -1; } struct s { double y[3]; };"

for parser in ("earley", "lalr"):
    lark = Lark(GRAMMAR, parser=parser)
    print(lark.parse("1 + 2 * (3 - 4) * -5").pretty())
    try:
        lark.parse("1 + + 2")
    except Exception as error:
        print(type(error).__name__, error)
number = pyparsing.pyparsing_common.number
expression = pyparsing.infix_notation(number, [("*", 2, pyparsing.OpAssoc.LEFT), ("+", 2, pyparsing.OpAssoc.LEFT)])
print(expression.parse_string("1+2*(3+4)*5").as_list())
print(c_generator.CGenerator().visit(c_parser.CParser().parse(C * 20)))
