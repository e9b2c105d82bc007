# Functions with *args, **kwargs, keyword-only parameters and defaults, and calls that unpack: what is bound where.
def plain(a, b=2, c=3):
    return a, b, c


def rest(a, *args):
    return a, args


def rest_default(a, b="b", *args, k="k"):
    return a, b, args, k


def names(a, **kwargs):
    kwargs["seen"] = len(kwargs)
    return a, kwargs


def everything(a, b=2, *args, k, m="m", **kwargs):
    return a, b, args, k, m, kwargs


def only(*, k=1, m):
    return k, m


def positional(a, b=5, /, c=6, **kwargs):
    return a, b, c, kwargs


def cells(a, *args, k=0, **kwargs):
    return lambda: (a, args, k, kwargs)


def generator(*args, **kwargs):
    yield args
    yield kwargs


class Class:
    def method(self, a, *args, k=None, **kwargs):
        return a, args, k, kwargs

    def short(self, a=1):
        return a

    @classmethod
    def of_class(cls, *args, **kwargs):
        return cls.__name__, args, kwargs


o = Class()
cases = [
    (plain, (1,), {}), (plain, (1, 5), {}), (plain, (), {"a": 1, "c": 9}), (plain, (1,), {"a": 1}), (plain, (), {}),
    (plain, (1, 2, 3, 4), {}), (plain, (1,), {"z": 1}),
    (rest, (1,), {}), (rest, (1, 2, 3), {}), (rest, (), {"a": 4}), (rest, (1, 2), {"a": 4}), (rest, (), {}),
    (rest_default, (1,), {}), (rest_default, (1, 2, 3), {"k": 4}), (rest_default, (1,), {"b": 7}),
    (names, (1,), {}), (names, (1,), {"b": 2, "c": 3}), (names, (), {"a": 2, "c": 3}), (names, (1,), {"a": 3}),
    (everything, (1,), {"k": 5}), (everything, (1, 2, 3, 4), {"k": 5, "x": 6, "m": 7}), (everything, (1,), {}),
    (everything, (), {"k": 1}),
    (only, (), {"m": 2}), (only, (), {"m": 2, "k": 4}), (only, (), {}), (only, (1,), {"m": 1}),
    (positional, (1,), {"a": 2, "b": 3}), (positional, (1, 2), {"c": 3, "d": 4}), (positional, (), {"a": 1}),
    (o.method, (1, 2, 3), {"k": 4, "z": 5}), (o.method, (), {"self": 1}), (o.method, (1,), {}), (o.short, (), {}),
    (o.short, (2,), {}), (o.short, (2, 3), {}), (o.of_class, (1,), {"a": 1}), (Class.of_class, (), {}),
    (rest, tuple(range(40)), {}), (names, (1,), {f"n{i}": i for i in range(30)}),
    (names, (1,), {1: 2}), (names, (1,), {"".join(["no", "n"]): 1, "a b": 2}),
]


def show(make):
    try:
        return make()
    except TypeError as error:
        return f"TypeError: {error}"


for turn in range(3):
    for function, args, kwargs in cases:
        results = [show(lambda: function(*args, **kwargs))]
        if not kwargs:
            results.append(show(lambda: function(*args)))
        if turn == 2:
            print(function.__name__, args[:5], sorted(map(str, kwargs))[:4], results)
    results = [everything(1, k=turn), everything(1, 2, 3, k=4, z=turn), rest(1), rest(1, 2), names(1, z=2), cells(1)(),
               cells(1, 2, k=3, z=4)(), list(generator(1, *[2, 3], a=4)), only(m=1), o.method(1, 2, k=3, q=4),
               positional(1, c=2, a=3), rest_default(*"abc", *"de", **{"k": 1}), plain(*(1,), **{"c": 2})]
print(results)


def depth(n, *args, **kwargs):
    return args if n == 0 else depth(n - 1, *args, n, **kwargs)


print(len(depth(300)), show(lambda: depth(1, z=1)))
try:
    depth(100000)
except RecursionError as error:
    print(error)
