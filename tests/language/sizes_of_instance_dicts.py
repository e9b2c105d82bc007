# sys.getsizeof: the __dict__ of an instance holds values alone, because its class has the keys; __slots__ count.
import sys


class C:
    pass


class D:
    def __init__(self):
        self.x, self.y, self.z = 1, 2, 3


[C() for _ in range(100)]
[D() for _ in range(100)]
print(sys.getsizeof(C().__dict__), sys.getsizeof(D().__dict__))
d = D().__dict__
before = sys.getsizeof(d)
d.popitem()
print(sys.getsizeof(d) > before)
d.clear()
print(sys.getsizeof(d))


class BA(bytearray):
    __slots__ = "a", "b", "c"


print(sys.getsizeof(BA()), sys.getsizeof(BA(b"abc")), BA.__basicsize__)
text = chr(0x4000) * 2
print(sys.getsizeof(text))
compile("#" + text, "<text>", "exec")
print(sys.getsizeof(text))
