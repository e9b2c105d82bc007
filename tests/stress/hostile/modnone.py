import sys
for k in list(sys.modules):
    sys.modules[k] = None
try:
    import os
except ImportError as e:
    print(e)
