"""What readinto() is called with: views of plain memory without an owner, by pickle, marshal and the buffered readers."""
import io
import marshal
import pickle


class Told:
    def __init__(self, data):
        self.file = io.BytesIO(data)
        self.told = []

    def read(self, n):
        self.told.append(("read", n))
        return self.file.read(n)

    def readline(self):
        self.told.append("readline")
        return self.file.readline()

    def readinto(self, view):
        self.told.append(("readinto", len(view), type(view).__name__, view.readonly, view.format, view.obj))
        return self.file.readinto(view)


class Peeking(Told):
    def peek(self, n):
        at = self.file.tell()
        self.told.append(("peek", n))
        return self.file.getvalue()[at:at + n]


values = [b"x" * 10, b"y" * 300, b"z" * 70000, bytearray(b"q" * 10), bytearray(b"r" * 70000), "text" * 100, 12, b"", b"p" * 300000]
for value in values:
    for protocol in 3, 5:
        for kind in Told, Peeking:
            file = kind(pickle.dumps(value, protocol))
            print(type(value).__name__, protocol, kind.__name__, pickle.load(file) == value, file.told)

file = Told(marshal.dumps([1, "abc", b"xyz", 2.5, (None, 1 << 70)]))
print(marshal.load(file), file.told)


class Short(Told):
    def readinto(self, view):
        return len(view) - 1


class Long(Told):
    def readinto(self, view):
        return len(view) + 1


class Failing(Told):
    def readinto(self, view):
        if len(self.told) == self.fails_at:
            raise KeyError("no more")
        return super().readinto(view)


class Keeping(Told):
    kept = None

    def readinto(self, view):
        count = super().readinto(view)
        self.kept = view
        return count


for kind in Short, Long:
    for load, data in (marshal.load, marshal.dumps("text")), (pickle.load, pickle.dumps(b"x" * 300)):
        try:
            print(kind.__name__, load(kind(data))[:5])
        except Exception as e:
            print(kind.__name__, type(e).__name__, e)
for Failing.fails_at in range(1, 12):
    try:
        marshal.load(Failing(marshal.dumps([1 << 40, "text"])))
    except Exception as e:
        print(type(e).__name__, e)
file = Keeping(pickle.dumps(bytearray(b"0123456789" * 7000), 5))
array = pickle.load(file)
file.kept[0] = 65
print(array[:5], bytes(file.kept[:5]))
array.clear()
print(array, len(file.kept))


class Raw(io.RawIOBase):
    views = []

    def readable(self):
        return True

    def readinto(self, view):
        self.views.append((type(view).__name__, len(view), getattr(view, "obj", "itself")))
        if isinstance(view, memoryview):
            view[:3] = b"abc"
            view.release()
        return 3


print(io.BufferedReader(Raw()).read(2), io.BufferedReader(Raw(), 10).read1(5), len(Raw().read(7)), Raw.views)


class Letters(io.RawIOBase):
    left = b"one\ntwo\n\nlast"

    def read(self, n):
        piece, self.left = self.left[:n], self.left[n:]
        return piece


letters = Letters()
print(letters.readline(), letters.readline(2), letters.readline(0), letters.readlines())
