# tracemalloc names the line of each allocation, and the caller's while a frame still makes its cells.
import tracemalloc

tracemalloc.start(2)


def closure(x):
    def inner():
        return x
    return inner


def place(o):
    return [frame.lineno for frame in tracemalloc.get_object_traceback(o)]


def pieces(count):
    first = b"a" * count
    second = (
        first
        + b"b")
    return place(first), place(second)


print(*pieces(40))
print(place(b"x" * (len(__name__) - 8)))
print(place(closure(0).__closure__[0]))
tracemalloc.stop()
print(tracemalloc.get_object_traceback(bytearray(5)))
