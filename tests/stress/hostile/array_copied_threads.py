# An array that other threads enlarge and shrink, copied as a whole: bytes, text, slices.
import array, threading, time
end = time.monotonic() + 2
others = []
a = array.array('u', 'ab' * 4)
big = array.array('u', 'x' * 3_000_000)
wide = array.array('u'); wide.frombytes(b'\x00\x01\x01\x00' * 1000)
def run(*fs):
    def f():
        while time.monotonic() < end:
            for g in fs:
                try: g()
                except (ValueError, IndexError, BufferError): pass
    return f
def swap():
    global a
    a = array.array('u', 'ab' * 4)
    x = a
    x.extend(big)
    del x[10:]
    x.extend(wide)
fs = [run(swap), run(lambda: a.tobytes(), lambda: a.tounicode().upper(), lambda: a[:]), run(lambda: a.__copy__(), lambda: wide[1:0].__setitem__(slice(0, 0), a), lambda: repr(a)[:0])]
ts = [threading.Thread(target=f) for f in fs]
[t.start() for t in ts]
[t.join() for t in ts]
print('ok')
