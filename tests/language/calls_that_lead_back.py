"""What calls itself without end is a RecursionError, also where no Python function is on the way."""
import functools
import io
import sys
import types


def show(use, *args):
    try:
        print("returned", use(*args))
    except RecursionError:
        print("RecursionError")


# A call in the last place takes no room on the C stack.
around_itself = staticmethod(len)
around_itself.__init__(around_itself)
show(around_itself)
show(around_itself, 1)
first = staticmethod(len)
second = staticmethod(first)
first.__init__(second)
show(second, 1, 2)


class Holder:
    method = around_itself


show(Holder.method)
show(Holder().method)


class Makes:
    pass


Makes.__new__ = Makes
show(Makes)


class MakesLater:
    pass


MakesLater.__new__ = functools.partial(MakesLater)
show(MakesLater)


class Error(Exception):
    pass


Error.__new__ = Error
show(Error)


# A method in C calls a method of what it wraps.
def decoder():
    wrapped = io.IncrementalNewlineDecoder(None, True)
    wrapped.__init__(wrapped, True)
    return wrapped


show(decoder().decode, b"a")
show(decoder().getstate)
show(decoder().setstate, (b"", 0))
show(decoder().reset)


class Mapping(dict):
    pass


proxy = types.MappingProxyType(Mapping())
Mapping.copy = staticmethod(proxy.copy)
show(proxy.copy)
Mapping.__or__ = types.MethodType(lambda proxy, other: proxy | other, proxy)
show(lambda: proxy | {})

sys.breakpointhook = breakpoint
show(breakpoint)
