# Handlers run in the main thread, between bytecodes, and interrupt waits.
import signal, os, time, _thread, threading
seen = []
old = signal.signal(signal.SIGUSR1, lambda n, f: seen.append((n, f is not None)))
print(old == signal.SIG_DFL, signal.getsignal(signal.SIGUSR1) is not None)
os.kill(os.getpid(), signal.SIGUSR1)
for _ in range(1000):
    if seen: break
print(seen)
signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.setitimer(signal.ITIMER_REAL, 0.05)
start = time.monotonic()
try:
    while True:
        pass
except KeyboardInterrupt:
    print("interrupted", time.monotonic() - start < 0.5)
lock = _thread.allocate_lock()
lock.acquire()
signal.setitimer(signal.ITIMER_REAL, 0.05)
try:
    lock.acquire()
except KeyboardInterrupt:
    print("lock interrupted")
for f in (lambda: signal.signal(99, signal.SIG_IGN), lambda: signal.signal(signal.SIGUSR1, 3), lambda: signal.getsignal(0)):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
print(signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2]))
signal.raise_signal(signal.SIGUSR2)
print(signal.sigpending(), signal.sigwait([signal.SIGUSR2]))
print(signal.strsignal(signal.SIGINT), len(signal.valid_signals()), signal.getitimer(signal.ITIMER_REAL))
