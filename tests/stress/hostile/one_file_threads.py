import threading, os, io
for mode, arg in (('w+', {}), ('wb+', {}), ('wb+', {'buffering': 0})):
    f = open('scr', mode, **arg)
    x = 'ab\n' if 'b' not in mode else b'ab\n'

    def w():
        for i in range(300):
            for op in (lambda: f.write(x), lambda: f.seek(0), lambda: f.read(3), lambda: f.readline(), f.flush, f.tell,
                    lambda: f.truncate(), lambda: next(f, None), lambda: f.readinto(bytearray(3)) if 'b' in mode else 0,
                    lambda: f.detach() if i == 290 else 0, lambda: f.reconfigure(newline='') if hasattr(f, 'reconfigure') else 0,
                    lambda: f.close() if i == 295 else 0):
                try:
                    op()
                except (OSError, ValueError, UnicodeError, io.UnsupportedOperation, RuntimeError):
                    pass
    ts = [threading.Thread(target=w) for i in range(4)]
    [t.start() for t in ts]
    [t.join() for t in ts]
print('ok')
