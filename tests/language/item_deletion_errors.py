# What an object without item assignment says of it depends on the key for deletions: sequences have a text of their own.
import types, collections, itertools
class C: pass
class D(int): pass
for o in [None, 5, 1.5, 1j, True, "a", b"a", (), frozenset(), {1}, range(3), len, C(), C, D(), object(), {}.keys(), {}.items(), {}.values(),
          types.MappingProxyType({}), (i for i in ()), iter([]), itertools.count(), slice(1), ..., NotImplemented, list[int], int|str, type, Exception(),
          zip(), map(len, []), types.SimpleNamespace(), print, C.__init__, property(), classmethod(len), memoryview(b"abc"), collections.deque([1]),
          super(D, D()), collections.OrderedDict().keys(), __import__("sys").flags, __import__("os").stat("/")]:
    for key in 0, "a", 1.5, None, True:
        try:
            del o[key]
        except Exception as e:
            print(type(o).__name__, repr(key), type(e).__name__, e)
        try:
            o[key] = 1
        except Exception as e:
            print(type(o).__name__, repr(key), type(e).__name__, e)
