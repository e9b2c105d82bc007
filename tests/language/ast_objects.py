# Trees as objects: dump, compile, unparse, literal_eval, pickle, copy.
import ast, sys, pickle, copy
src=open(ast.__file__).read()
t=ast.parse(src)
print(len(ast.dump(t,include_attributes=True)))
print(ast.dump(ast.parse("x: int = f(*a, **b)[1:2] if not c else d.e\nmatch a:\n case [1,*_, {'a':b, **c}]: pass"),include_attributes=True))
c=compile(t,'f','exec'); c2=compile(src,'f','exec'); print(c.co_code==c2.co_code, c==c2)
print(ast.unparse(ast.parse("def f(a,/,b=1,*c,d:int=3,**e)->int: return f'{a!r:>{w}}'")))
print(ast.literal_eval("[1,-2,{'a':(3,4j)}]"))
n=ast.Name('a'); print(n._fields,n.__dict__,pickle.loads(pickle.dumps(n)).id, copy.deepcopy(t).body[0].end_lineno)
print(ast.Add.__doc__, ast.expr.__doc__[:60], ast.BinOp.__match_args__, ast.FunctionDef._attributes)
print(eval(compile(ast.Expression(ast.fix_missing_locations(ast.BinOp(ast.Constant(1),ast.Add(),ast.Constant(2)))),'f','eval')))
print(ast.dump(ast.parse('(int,str)->a',mode='func_type')))
print(ast.dump(ast.parse('x=1 # type: int',type_comments=True)))
# Older grammars
def parsed(source, version):
    try:
        return type(ast.parse(source, feature_version=(3, version), type_comments=True).body[0]).__name__
    except SyntaxError as e:
        return e.args[0], e.offset
for source in ("f'{x=}'", '1_0', 'x: int = 3', '(x:=3)', 'def f(a, /): 1', 'async def f():\n # type: () -> int\n await x', 'async = 1',
               'match x:\n case 3: 1', 'x[*a]', 'def f(*a: *b): 3', 'with (a as b, c as d): 1', 'try: 1\nexcept* y: 2', '@(x)\ndef f(): 4'):
    print(source, [parsed(source, version) for version in (4, 5, 6, 7, 8, 9, 10, 11)])
