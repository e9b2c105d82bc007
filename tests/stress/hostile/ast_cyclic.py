import ast
b = ast.BinOp()
b.left = b
b.right = b
b.op = ast.Add()
b.lineno = b.col_offset = b.end_lineno = b.end_col_offset = 1
for t in (ast.Expression(b),):
    for f in (lambda: compile(t, 'x', 'eval'), lambda: ast.dump(t), lambda: ast.unparse(t), lambda: ast.fix_missing_locations(t)):
        try:
            f()
        except RecursionError:
            print('r')
l = []
l.append(ast.If(ast.Constant(1), l, l, lineno=1, col_offset=0))
try:
    compile(ast.Module(l, []), 'x', 'exec')
except Exception as e:
    print(type(e))

class L(list):

    def __iter__(s):
        s.clear()
        return iter([])

    def __len__(s):
        return 5
try:
    compile(ast.Module(L([ast.Pass()]), []), 'x', 'exec')
except Exception as e:
    print(type(e))

class P(ast.Pass):

    @property
    def lineno(s):
        m.body.clear()
        return 1
m = ast.Module([P(col_offset=0) for i in range(9)], [])
try:
    compile(m, 'x', 'exec')
except Exception as e:
    print(type(e))
