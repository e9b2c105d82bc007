"""Reads an ASDL file (Python.asdl) into plain objects, for the generators of the AST's C code.

`parse(path)` gives a list of Definition, in file order:
  Definition.name        "expr"
  Definition.is_sum      True for `a = B | C`, False for products `a = (…)`
  Definition.is_enum     True for sums none of whose constructors have fields (operator, …)
  Definition.attributes  fields that every constructor has (lineno …)
  Definition.constructors  list of Constructor(name, fields); a product has one of its own name
  Field(type, name, kind)  kind is '' (required), '?' (optional) or '*' (sequence)
  Definition.text        the definition on one line as doc strings show it
"""
import re
from dataclasses import dataclass, field

BUILTIN_TYPES = ("identifier", "string", "int", "constant")


@dataclass
class Field:
    type: str
    name: str
    kind: str

    def __str__(self):
        return f"{self.type}{self.kind} {self.name}"


@dataclass
class Constructor:
    name: str
    fields: list

    def __str__(self):
        return f"{self.name}({', '.join(map(str, self.fields))})" if self.fields else self.name


@dataclass
class Definition:
    name: str
    is_sum: bool
    constructors: list
    attributes: list = field(default_factory=list)

    @property
    def is_enum(self):
        return (self.is_sum and not self.attributes
                and not any(c.fields for c in self.constructors))

    @property
    def text(self):
        if self.is_sum:
            indent = " " * len(self.name)
            if self.is_enum:
                return f"{self.name} = " + " | ".join(map(str, self.constructors))
            return f"{self.name} = " + f"\n{indent} | ".join(map(str, self.constructors))
        return str(self.constructors[0])


def parse(path):
    with open(path) as source:
        text = re.sub(r"--[^\n]*", "", source.read())
    tokens = re.findall(r"\w+|[{}()=|*?,]", text)
    at = 0

    def peek():
        return tokens[at]

    def take(expected=None):
        nonlocal at
        token = tokens[at]
        if expected is not None and token != expected:
            raise SyntaxError(f"expected {expected!r}, got {token!r}")
        at += 1
        return token

    def fields():
        result = []
        take("(")
        while peek() != ")":
            type_name, kind = take(), ""
            if peek() in ("*", "?"):
                kind = take()
            result.append(Field(type_name, take(), kind))
            if peek() == ",":
                take()
        take(")")
        return result

    take("module"), take(), take("{")
    definitions = []
    while peek() != "}":
        name = take()
        take("=")
        if peek() == "(":
            definition = Definition(name, False, [Constructor(name, fields())])
        else:
            definition = Definition(name, True, [])
            while True:
                constructor = Constructor(take(), [])
                if peek() == "(":
                    constructor.fields = fields()
                definition.constructors.append(constructor)
                if peek() != "|":
                    break
                take()
        if peek() == "attributes":
            take()
            definition.attributes = fields()
        definitions.append(definition)
    return definitions
