import sys

class X:

    def __getattr__(s, n):
        raise MemoryError

    def __str__(s):
        raise KeyError
for k in list(vars(sys)):
    if k.startswith('__'):
        continue
    try:
        setattr(sys, k, X())
    except Exception:
        pass
import json
1 / 0
