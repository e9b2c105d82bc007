import warnings, sys
for a in (('x', 5), ('x', UserWarning, 2 ** 62), ('x', UserWarning, -2 ** 62), (5,), (UserWarning('x'), None, 1, 5),
        ('x', UserWarning, 1, sys)):
    try:
        warnings.warn(*a)
    except Exception as e:
        print(type(e))
for reg in (5, {}, {'version': 5}, {('x', UserWarning, 1): 5}):
    try:
        warnings.warn_explicit('x', UserWarning, 'f', 1, 'm', reg, {})
    except Exception as e:
        print(type(e))
for f in (5, [5], [(1, 2)], [('error', None, 5, None, 0)], [('error', None, UserWarning, None, 'x')], [(1, 2, 3, 4, 5)]):
    warnings.filters = f
    try:
        warnings.filters[:] = f
    except Exception:
        pass
    try:
        import _warnings
        _warnings._filters_mutated()
        _warnings.warn('x')
    except Exception as e:
        print(type(e))
warnings.onceregistry = 5
warnings.defaultaction = 5
warnings._showwarnmsg = 5
try:
    warnings.warn('y')
except Exception as e:
    print(type(e))
