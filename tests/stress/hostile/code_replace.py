def f(a, b=1, *c, d=2, **e):
    try:
        x = [a for a in c]
    except:
        pass
    return x
import itertools
co = f.__code__
for k, vs in dict(co_argcount=(0, 5, -1, 2 ** 31 - 1), co_posonlyargcount=(0, 100, -1), co_kwonlyargcount=(0, 100, -5),
        co_nlocals=(0, 1, 100), co_stacksize=(0, 1, 2 ** 31 - 1, -1), co_flags=(0, 4, 8, 32, 128, 512, 2 ** 30, -1),
        co_firstlineno=(0, -5, 2 ** 31 - 1), co_code=(b'', b'\x00', b'\x97\x00' * 5, b'\xff' * 20, bytes(range(100)) * 2),
        co_consts=((), (1,)), co_names=((), ('a',)), co_varnames=((), ('a', 'b')), co_freevars=(('q',),), co_cellvars=(('a',), ('z',)),
        co_exceptiontable=(b'', b'\xff' * 10, b'\x00\x00\x00\x00', b'abc'), co_linetable=(b'', b'\xff' * 10, b'\x00')).items():
    for v in vs:
        try:
            g = co.replace(**{k: v})
            f.__code__ = g
            list(g.co_lines())
            list(g.co_positions())
            repr(g)
            f(1, 2, 3)
        except Exception as e:
            pass
        except SystemError:
            pass
print('ok')
