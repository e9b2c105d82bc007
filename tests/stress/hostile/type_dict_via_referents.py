import gc
for t in (int, str, list, dict, object, type, tuple, Exception, property, staticmethod):
    for d in gc.get_referents(t.__dict__):
        if type(d) is dict:
            for k in ('__add__', 'append', '__init__', '__new__', '__getattribute__', '__eq__', '__hash__', '__repr__', '__len__',
                    '__class__', '__iter__'):
                if k in d:
                    d[k] = 5
for f in (lambda: 1 + 1, lambda: [].append(1), lambda: [1] + [2], lambda: len([1]), lambda: repr(5), lambda: {1: 2},
        lambda: 'a' == 'b', lambda: hash('a'), lambda: int('5'), lambda: [x for x in [1]], lambda: object(), lambda: type('A', (), {})):
    try:
        f()
    except BaseException as e:
        pass
