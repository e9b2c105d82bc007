# io's base classes take any arguments: __init__ of a subclass knows what they mean.
import io


class A(io.RawIOBase):
    def __init__(self, a, b=1):
        self.sum = a + b


class B(io.IOBase):
    pass


print(A(1).sum, A(1, b=3).sum, type(B(1, 2, x=3)).__name__, type(io.BufferedIOBase(7)).__name__)
