"""Repeating, filling anew and shrinking one bytearray in threads writes nothing beyond what it has."""
import threading
import time
b = bytearray(b'ab' * 50)
others = []
end = time.monotonic() + 3


def grow():
    while time.monotonic() < end:
        for i in range(100):
            try:
                b.__imul__(3 if len(b) < 200 else 0)
                b.extend(b'ab' * 50)
            except BufferError:
                pass


def refill():
    while time.monotonic() < end:
        for i in range(100):
            try:
                b.__init__(300)
            except BufferError:
                pass


def shrink():
    while time.monotonic() < end:
        for i in range(100):
            try:
                del b[10:]
                b.remove(97)
            except (ValueError, BufferError):
                pass
            others.append(b'\1' * 20)
        if len(others) > 100000:
            assert all(x == b'\1' * 20 for x in others)
            del others[:]


ts = [threading.Thread(target=f) for f in (grow, refill, grow, shrink)]
[t.start() for t in ts]
[t.join() for t in ts]
assert all(x == b'\1' * 20 for x in others)
print('ok')
