# A signal that comes while a thread is about to wait, and looks for dead objects first, ends the wait.
import os, select, signal, socket, tempfile, threading, time


class Closed:
    def __del__(self): pass


def handler(number, frame): raise ZeroDivisionError


signal.signal(signal.SIGALRM, handler)
a, b = socket.socketpair()
a.settimeout(60)
r, w = os.pipe()
lock = threading.Lock()
lock.acquire()
waits = {
    "recv": lambda: a.recv(1), "sleep": lambda: time.sleep(60), "select": lambda: select.select([r], [], [], 60),
    "read": lambda: os.read(r, 1), "lock": lambda: lock.acquire(timeout=60),
    "poll": lambda: select.poll().poll(60000),
}
for name, wait in waits.items():
    for milliseconds in (1, 3, 10, 15, 25, 50, 120):
        kept, start = [Closed() for _ in range(5)], time.monotonic()
        file = tempfile.TemporaryFile()
        del kept
        try:
            signal.setitimer(signal.ITIMER_REAL, milliseconds / 1000, 30)  # a second one, late, if the first is lost
            wait()
            print(name, milliseconds, "was not interrupted")
        except ZeroDivisionError:
            signal.setitimer(signal.ITIMER_REAL, 0)
            if time.monotonic() - start > 20:
                print(name, milliseconds, "was interrupted late")
        file.close()
    print(name)
