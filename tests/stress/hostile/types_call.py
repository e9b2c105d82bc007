import types
for t in [getattr(types, n) for n in dir(types) if isinstance(getattr(types, n), type)]:
    for a in ((), (1,), (1, 2), (1, 2, 3), ('a',) * 5, (None,) * 14, (b'',) * 18, ({},) * 3, ((),) * 4, ((f := (lambda: 0)), {})):
        try:
            t(*a)
        except Exception:
            pass
        try:
            t.__new__(t, *a)
        except Exception:
            pass
        try:
            x = t.__new__(t)
            repr(x)
            x.__init__(*a)
        except Exception:
            pass
print('ok')
