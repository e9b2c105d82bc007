# Some types written in C take attributes (heap types in CPython); instances and subclasses see them, operators included.
import _ast
import _random
import ast
import select

_ast.AST.foo = 1
print(_ast.AST().foo, ast.parse("1").foo)
del _ast.AST.foo
print(hasattr(ast.parse("1"), "foo"))
ast.AST.__repr__ = lambda self: "R" + type(self).__name__
print(ast.parse("1"), ast.AST())
del ast.AST.__repr__
print(repr(ast.AST())[:10])
ast.AST.__eq__ = lambda a, b: True
print(ast.AST() == ast.parse("2"), ast.AST() == 3)
del ast.AST.__eq__
print(ast.AST() == 3)
ast.AST.__hash__ = lambda self: 5
print(hash(ast.AST()), hash(ast.parse("3")))
del ast.AST.__hash__
ast.AST.__bool__ = lambda self: False
print(bool(ast.parse("1")))
del ast.AST.__bool__
print(bool(ast.parse("1")))
ast.AST.__getattr__ = lambda self, name: name
print(ast.parse("1").zork)
del ast.AST.__getattr__
_random.Random.random = lambda self: 0.5
print(_random.Random(3).random(), _random.Random().__module__)
for kind in int, type(ast), _random.Random().random.__class__, select.epoll:
    try:
        kind.foo = 1
        print("set", kind)
    except TypeError as error:
        print(error)
