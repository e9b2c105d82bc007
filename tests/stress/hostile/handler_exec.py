import signal, os

def h(s, f):
    f.f_locals
    f.f_back
    f.f_lineno
    exec('x=1', f.f_globals)
    os.kill(os.getpid(), s) if n.append(1) or len(n) < 500 else 0
n = []
signal.signal(signal.SIGUSR1, h)
os.kill(os.getpid(), signal.SIGUSR1)
