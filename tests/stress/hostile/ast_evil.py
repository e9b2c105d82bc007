import ast

class E:
    pass
for cls in [getattr(ast, n) for n in dir(ast) if isinstance(getattr(ast, n), type) and issubclass(getattr(ast, n), ast.AST)]:
    for v in (None, 5, 'x', [], [None], [5], ['x'], E(), cls, ast.Load(), ast.Name('x', ast.Load()), ast.Name('None', ast.Load()),
            ast.Constant(...), ast.Constant(E()), ast.Constant((1, [2])), [ast.Name('x', ast.Store())] * 3, 2 ** 70, -1,
            [ast.Pass(lineno=2 ** 40, col_offset=-5)]):
        try:
            n = cls(**{f: v for f in cls._fields}, lineno=1, col_offset=0)
        except Exception:
            continue
        for m, w in (('exec', lambda x: ast.Module([x], [])), ('eval', ast.Expression),
                ('exec', lambda x: ast.Module([ast.Expr(x)], [])), ('single', lambda x: ast.Interactive([x])), ('exec', lambda x: x),
                ('exec', lambda x: ast.Module([ast.Assign([x], ast.Constant(1))], [])),
                ('exec', lambda x: ast.Module([ast.Match(ast.Constant(1), [ast.match_case(x, None, [ast.Pass()])])], [])),
                ('exec', lambda x: ast.Module([ast.FunctionDef('f', x, [ast.Pass()], [])], []))):
            try:
                t = ast.fix_missing_locations(w(n))
                c = compile(t, 'x', m)
            except (TypeError, ValueError, SyntaxError, RecursionError, AttributeError, OverflowError) as e:
                pass
            except BaseException as e:
                print(cls, v, type(e), e)
            try:
                ast.unparse(n)
                ast.dump(n)
            except Exception:
                pass
print('ok')
