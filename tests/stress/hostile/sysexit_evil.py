import sys

class C:

    def __str__(s):
        raise SystemExit(s)

    def __index__(s):
        1 / 0
sys.exit(C())
