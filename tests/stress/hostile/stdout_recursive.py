import sys

class W:

    def write(s, x):
        print(x)

    def flush(s):
        print(1)
sys.stdout = W()
print(1)
