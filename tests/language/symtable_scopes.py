# The symbol table: locals, cells, free and global names, class closures, comprehensions, errors.
import _symtable


def show(table, depth=0):
    print("  " * depth, table.name, table.type, table.nested, table.lineno,
          sorted(table.symbols.items()), table.varnames)
    for child in table.children:
        show(child, depth + 1)


show(_symtable.symtable('''
import a.b as c, d.e
x: int = 1
def f(p, /, q=1, *r, s, **t):
    global g
    def h():
        nonlocal p
        p = q + g
        return [i * j for i in r for j in s if (k := i)]
    return lambda: (h, super)
class C(B, metaclass=M):
    __private = x
    def method(self):
        return __class__, self.__private
async def co():
    return {await v async for v in w}
''', "f", "exec"))
for source in ("def f(a, a): pass", "def f():\n x = 1\n global x", "nonlocal x",
               "def f():\n nonlocal y", "class C:\n [y := 1 for z in w]", "[x := 1 for x in y]",
               "def f(): from m import *", "[(yield) for x in y]", "[x for x in (y := z)]"):
    try:
        _symtable.symtable(source, "f", "exec")
    except SyntaxError as error:
        print(error.msg, error.lineno, error.offset, error.end_lineno, error.end_offset)
