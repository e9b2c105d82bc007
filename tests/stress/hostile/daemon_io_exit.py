import threading, time, os, socket, sys
a, b = socket.socketpair()
r, w_ = os.pipe()
for f in (lambda: a.recv(1), lambda: os.read(r, 1), lambda: time.sleep(1000), lambda: sys.stdout.write('x' * 10 ** 6),
        lambda: threading.Lock().acquire() and 0, lambda: __import__('queue').Queue().get(),
        lambda: __import__('select').select([r], [], []), lambda: __import__('subprocess').run(['sleep', '0.3'])):
    threading.Thread(target=f, daemon=True).start()
time.sleep(0.1)
