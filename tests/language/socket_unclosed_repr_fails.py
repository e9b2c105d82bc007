"""A socket or a scandir iterator that is dropped open reports a failing warning, but not what its repr raises."""
import gc
import os
import socket
import sys
import warnings

sys.unraisablehook = lambda report: print(report.exc_type.__name__)


class WithoutRepr(socket.socket):
    def __repr__(self):
        raise KeyError("no repr")


for action in ("ignore", "error"):
    warnings.simplefilter(action)
    for make in (socket.socket, WithoutRepr, lambda: os.scandir("/")):
        print(action, getattr(make, "__name__", ""))
        for _ in range(2):
            make()
            gc.collect()
