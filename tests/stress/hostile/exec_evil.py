class D(dict):

    def __getitem__(s, k):
        s.clear()
        raise KeyError

    def __setitem__(s, k, v):
        raise ValueError

    def __missing__(s, k):
        return s
for g, l in (({}, D()), (D(), D()), (D(), {}), ({}, {1: 2}), ({'__builtins__': 5}, {}), ({'__builtins__': {}}, {}),
        ({'__builtins__': D()}, {}), ({'__builtins__': None}, {}),
        ({}, type('M', (), {'__getitem__': lambda s, k: k, '__setitem__': lambda s, k, v: None, '__delitem__': lambda s, k: 1})())):
    for s in ('a', 'a=1', 'del a', 'import os', 'class A: x=1', 'def f():return len\nf()', 'global q;q=1;q', 'from os import *',
            '[x for x in (1,2)]', 'print(len)', '__build_class__', 'assert 0', 'x:int=1', 'try: a\nexcept Exception as e: pass',
            'with a: pass', 'f"{a}"', 'match a:\n case int(): 0'):
        try:
            exec(s, g, l)
        except (Exception, SystemError) as e:
            pass
print('ok')
