# What `_` was lives until the next value is shown.
import sys
import weakref


class Shown:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"<{self.name}>"

    def __del__(self):
        print("gone", self.name)


lines = """
Shown(1)
Shown(2)
3
Shown(4); None
kept = _
5
six = values["a"] = Shown(6)
values["a"]
del six
7
"a" in values
_
kept
8
sys.displayhook = lambda value: print("hook", value)
9
sys.displayhook = sys.__displayhook__
10
"""
values = weakref.WeakValueDictionary()
for line in lines.strip().split("\n"):
    print(">>>", line)
    exec(compile(line, "<test>", "single"))
