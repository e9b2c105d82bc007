class I:

    def __init__(s, v=1):
        s.v = v

    def __index__(s):
        m.release()

    def __float__(s):
        m.release()
        return 1.0
for op in (lambda: m[I()], lambda: m.__setitem__(I(), 1), lambda: m.__setitem__(1, I()), lambda: m[I():I()],
        lambda: m.cast('B', [I(), I()]), lambda: m.__eq__(I()), lambda: m.tobytes(order=I()), lambda: m.hex(I(), I())):
    b = bytearray(b'abcdefgh' * 4)
    m = memoryview(b)
    try:
        op()
    except Exception as e:
        print(type(e).__name__)
    b.clear() if 0 else 0
for fmt in 'bhilqfd?c':
    b = bytearray(b'abcdefgh' * 4)
    m = memoryview(b).cast(fmt)

    class J:

        def __index__(s):
            m.release()
            return 1
        __float__ = lambda s: (m.release(), 1.0)[1]
        __bool__ = lambda s: m.release() or True
    try:
        m[0] = J()
    except Exception as e:
        print(type(e).__name__)
