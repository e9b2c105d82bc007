# Trees made by hand: missing and wrong fields, None in lists, cycles, great depth are errors.
import ast
place = dict(lineno=1, col_offset=0, end_lineno=1, end_col_offset=1)
x, one = ast.Name('x', ast.Load(), **place), ast.Pass(**place)
none = ast.arguments([], [], None, [], [], None, [])
cycle = ast.UnaryOp(ast.USub(), None, **place); cycle.operand = cycle
loop = ast.If(x, [], [], **place); loop.body.append(loop)
deep = x
for _ in range(3000):
    deep = ast.Lambda(none, deep, **place)
trees = [ast.Import([None], **place), ast.FunctionDef('f', None, [one], [], None, **place),
         ast.Expr(ast.List(ctx=ast.Load(), **place), **place), ast.Expr(ast.NamedExpr(ast.Attribute(x, 'a', ast.Store(), **place), x, **place), **place),
         3, x, ast.Load(), ast.AST(), ast.Expr(cycle, **place), loop, ast.Expr(deep, **place), ast.Expr(ast.Name(None, ast.Load(), **place), **place),
         ast.Expr(ast.BinOp(x, ast.And(), x, **place), **place), ast.Expr(ast.Starred(x, ast.Load(), **place), **place), ast.If(x, [None], [], **place)]
for tree in trees:
    try:
        compile(ast.Module([tree], []), 'f', 'exec')
        print('compiled')
    except Exception as e:
        print(type(e).__name__, str(e).split(' at 0x')[0])
