# What has exactly one instance has no others, whichever way they are asked for.
import os
import sys
import time

for kind in (type(sys.flags), type(sys.version_info), type(sys.float_info), time.struct_time, os.stat_result):
    for make in (lambda: kind(), lambda: kind(()), lambda: kind((1, 2)), lambda: tuple.__new__(kind), lambda: tuple.__new__(kind, (1,)),
                 lambda: object.__new__(kind), lambda: kind.__new__(kind), lambda: type("Sub", (kind,), {})(),
                 lambda: kind.__reduce__((1, 2)), lambda: kind.__repr__(()), lambda: kind.n_fields.__get__(1)):
        try:
            print(make())
        except (TypeError, AttributeError) as error:
            print(type(error).__name__, error)

# A thread's own attributes have names that are texts.
import _thread

local = _thread._local()
for call in (local.__getattribute__, local.__delattr__, lambda name: local.__setattr__(name, 1)):
    for name in ((1,), 1, None):
        try:
            print(call(name))
        except TypeError as error:
            print(error)
