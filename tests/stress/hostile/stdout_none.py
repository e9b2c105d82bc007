import sys
sys.stdout = None
sys.stderr = None
sys.stdin = None
print(1)
try:
    input()
except RuntimeError:
    pass
1 / 0
