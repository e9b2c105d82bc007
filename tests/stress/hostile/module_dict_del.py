import types
m = types.ModuleType('m')
for k in list(vars(m)):
    del vars(m)[k]
repr(m)
dir(m)
try:
    m.x
except AttributeError:
    pass
m2 = types.ModuleType.__new__(types.ModuleType)
for f in (lambda: m2.x, lambda: repr(m2), lambda: setattr(m2, 'a', 1), lambda: dir(m2), lambda: vars(m2), lambda: m2.__dict__,
        lambda: m2.__annotations__, lambda: delattr(m2, 'a')):
    try:
        f()
    except Exception as e:
        print(type(e).__name__)
m.__getattr__ = m.__getattr__ = lambda n: getattr(m, n)
try:
    m.zz
except RecursionError:
    print('r')
m.__spec__ = m
m.__spec__._initializing = 1
m.__name__ = 5
try:
    m.__dict__['__getattr__'] = 5
    m.qq
except Exception as e:
    print(type(e))
