import os, sys, signal
r, w = os.pipe()
os.close(r)
os.dup2(w, 1)
try:
    print('x' * 100000)
    sys.stdout.flush()
except BrokenPipeError:
    print('b', file=sys.stderr)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
