import threading
b = bytearray(b'a' * 1000)

def w():
    for i in range(4000):
        for op in (lambda: b.append(1), lambda: b.extend(b), lambda: b.__delitem__(slice(100, None)), lambda: memoryview(b)[5],
                lambda: b.replace(b'a', b'bb'), lambda: b.split(b'a'), b.reverse, lambda: b.find(b'z'),
                lambda: b.__setitem__(slice(0, 5), b[:3]), lambda: b + b, lambda: b.pop(), lambda: b.insert(3, 5), lambda: bytes(b),
                lambda: b.decode('latin-1'), lambda: b == b[:], lambda: b.join([b, b]), lambda: b.translate(None, b'a'), lambda: b.hex(),
                lambda: b % (), lambda: b'%s' % b, lambda: b.clear() if i % 100 == 0 else 0, lambda: b.__imul__(2) if len(b) < 1000 else 0,
                lambda: repr(b), lambda: int(b), lambda: hash(bytes(b)), lambda: list(b), lambda: b.splitlines(), lambda: b.title(),
                lambda: b.copy(), lambda: b.count(97), lambda: b.remove(97)):
            try:
                op()
            except (BufferError, ValueError, TypeError, IndexError):
                pass
ts = [threading.Thread(target=w) for i in range(4)]
[t.start() for t in ts]
[t.join() for t in ts]
print('ok')
