import threading
from array import array
for tc in 'bHiqdu':
    b = array(tc, 'a' * 50 if tc == 'u' else [1] * 50)
    one = 'a' if tc == 'u' else 1

    def w():
        for i in range(800):
            for op in (lambda: b.append(one), lambda: b.extend(b), lambda: b.__delitem__(slice(100, None)),
                    lambda: memoryview(b)[5], b.reverse, lambda: b.__setitem__(slice(0, 5), b[:3]), lambda: b + b, lambda: b.pop(),
                    lambda: b.insert(3, one), lambda: bytes(b), lambda: b == b[:], lambda: b.fromlist([one] * 5), lambda: b.tolist(),
                    lambda: b.tobytes(), lambda: b.frombytes(b.tobytes()), lambda: b.byteswap() if tc != 'u' else 0,
                    lambda: b.__imul__(0) if i % 100 == 0 else 0, lambda: repr(b), lambda: list(b), lambda: b.count(one),
                    lambda: b.remove(one), lambda: b.buffer_info(), lambda: b.index(one), lambda: b < b[:], lambda: b.__reduce_ex__(4)):
                try:
                    op()
                except (BufferError, ValueError, TypeError, IndexError):
                    pass
    ts = [threading.Thread(target=w) for i in range(4)]
    [t.start() for t in ts]
    [t.join() for t in ts]
print('ok')
