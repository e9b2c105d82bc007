import symtable
for s in ('def f():\n global a; nonlocal a', 'nonlocal x', 'class A:\n nonlocal x', 'def f(a,a):0', 'lambda a,a:0',
        '[x:=1 for x in y]', 'class A: [x:=1 for y in z]', 'def f():\n from x import *', 'x:int=1;global x', 'def f():\n x=1\n global x',
        'import __debug__', 'def f(__debug__):0', '*a', '*a=1', 'a,*b,*c=1', 'del f()', 'f()=1', 'None=1', 'for None in x:0', 'yield',
        'await x', 'return', 'break', 'continue', 'async def f():\n yield from x', 'async def f():\n yield\n return 1',
        'def f():\n async with a:0', 'with a as f():0', 'try:0\nexcept:0\nexcept a:0', 'match x:\n case a|b:0',
        'match x:\n case {**a,**b}:0', 'match x:\n case a(b=1,b=2):0', 'match x:\n case [*a,*b]:0', 'match x:\n case a:0\n case b:0',
        'f(**a,*b)', 'f(a=1,a=1)', 'def f(*):0', 'def f(a=1,b):0', '"\\ud800"', 'x="\\ud800"; x', 'class A(a=1,a=2):0',
        'try:0\nexcept* a:return', 'for x in y:\n try:0\n except* a:break', '(yield)=1', 'a:=1', '(a:=1)=2', '{a:1}=1', '[a for a in b]=1',
        'lambda:(yield)', '[(yield) for a in b]', '(await a for b in c)',
        'async def f():\n [await a for b in c]\n (await x async for y in z)', 'print 1', 'exec "a"', '<>', 'a<>b',
        'from __future__ import braces', 'from __future__ import foo', 'from __future__ import barry_as_FLUFL\n1!=2',
        'x=1\nfrom __future__ import annotations', 'def f():\n' + ''.join((' ' * i + 'def f():\n' for i in range(2, 95))) + ' ' * 96 + '0',
        ''.join((' ' * i + 'if 1:\n' for i in range(99))) + ' ' * 99 + '0',
        ''.join((' ' * i + 'for a in b:\n' for i in range(22))) + ' ' * 22 + '0',
        ''.join((' ' * i + 'class a:\n' for i in range(99))) + ' ' * 99 + '0'):
    for m in ('exec', 'eval', 'single'):
        try:
            compile(s, 'x', m)
        except (SyntaxError, UnicodeEncodeError, RecursionError):
            pass
        try:
            symtable.symtable(s, 'x', m)
        except (SyntaxError, UnicodeEncodeError, RecursionError):
            pass
print('ok')
