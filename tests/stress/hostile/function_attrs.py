def f(a, b=1, *, c=2):
    return a
for k in ('__code__', '__defaults__', '__kwdefaults__', '__closure__', '__globals__', '__dict__', '__name__', '__annotations__',
        '__builtins__'):
    for v in (None, 5, (), (1, 2, 3), {}, {'c': 1}, {1: 2}, 'x', f.__code__, [1]):
        try:
            setattr(f, k, v)
        except (TypeError, AttributeError, ValueError):
            pass
        try:
            f(1)
        except Exception:
            pass
        try:
            f()
        except Exception:
            pass
        try:
            delattr(f, k)
        except Exception:
            pass
print('ok')
