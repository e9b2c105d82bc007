import sys

class W:

    def write(s, x):
        raise ValueError(x)

    def flush(s):
        1 / 0
sys.stderr = W()
sys.excepthook = 5
1 / 0
