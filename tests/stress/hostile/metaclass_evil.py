class M(type):

    def __getattribute__(c, n):
        raise KeyError(n) if on else type.__getattribute__(c, n)

    def __instancecheck__(c, o):
        return 5

    def __hash__(c):
        raise TypeError

    def __eq__(c, o):
        return True

    def __repr__(c):
        return 5

    def __call__(c, *a):
        return c

    def __prepare__(*a):
        return 5
on = []
try:

    class A(metaclass=M):
        pass
except TypeError as e:
    print(e)
A = type.__new__(M, 'A', (), {})
x = object.__new__(A)
on = [1]
for f in (lambda: x.a, lambda: repr(x), lambda: repr(A), lambda: isinstance(5, A), lambda: issubclass(int, A), lambda: A(),
        lambda: {A: 1}, lambda: A == 5, lambda: type('B', (A,), {}), lambda: A.x, lambda: x.__class__, lambda: super(A, x).a, lambda: x + x,
        lambda: x < x, lambda: len(x), lambda: list(x), lambda: setattr(x, 'a', 1), lambda: setattr(A, 'q', 1), lambda: delattr(A, 'q'),
        lambda: A.__name__, lambda: type.__dict__['__name__'].__get__(A), lambda: type.__subclasses__(A), lambda: type.mro(A),
        lambda: hash(x), lambda: dir(x), lambda: dir(A), lambda: vars(x), lambda: __import__('copy').copy(x),
        lambda: __import__('pickle').dumps(x), lambda: x(), lambda: format(x),
        lambda: __import__('functools').singledispatch(lambda a: a)(x),
        lambda: __import__('abc').ABCMeta.register(__import__('collections.abc').abc.Iterable, A),
        lambda: isinstance(x, __import__('collections.abc').abc.Iterable), lambda: exec('match x:\n case A(): pass', {'x': x, 'A': A}),
        lambda: exec('raise x', {'x': A}), lambda: exec('try: 1/0\nexcept A: pass', {'A': A})):
    try:
        f()
    except BaseException as e:
        pass
print('ok')
