# dumps and loads that run inside each other, in threads, and beyond what a short pickle needs.
import gc
import pickle
import threading


class Nested:
    def __init__(self, depth):
        self.depth = depth
        self.rest = [f"text{depth}", (depth, [depth])]

    def __reduce__(self):
        inner = Nested(self.depth - 1) if self.depth else None
        return make, (self.depth, pickle.dumps(inner), self.rest)

    def __eq__(self, other):
        return self.depth == other.depth and self.rest == other.rest


def make(depth, inner, rest):
    gc.collect(0)
    found = pickle.loads(inner)
    assert (found is None) == (depth == 0)
    made = Nested(depth)
    made.rest = rest
    return made


class Failing:
    def __reduce__(self):
        raise ValueError("cannot")


class FailingLater:
    def __reduce__(self):
        return int, ("x",)


def attempt(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def again(value, protocol):
    return pickle.loads(pickle.dumps(value, protocol))


wide = {f"key{i}": (i, [i], {i: str(i)}) for i in range(100)}
deep = ()
for i in range(60):
    deep = (deep, [i])
shared = ["shared"]
values = [None, "a", 1 << 100, wide, deep, [shared] * 40, Nested(5), [Nested(i) for i in range(3)], list(range(200)), {1: {2: {3: {4: {}}}}}]
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    print(protocol, [again(value, protocol) == value for value in values], again([shared, shared], protocol)[0] is again([shared], protocol)[0])
    x = again([shared, shared], protocol)
    print(x[0] is x[1], attempt(again, [1, Failing()], protocol), attempt(again, [wide, FailingLater()], protocol))
marks = b"(" * 50 + b"I1\n" + b"l" * 50 + b"."
print(pickle.loads(marks), len(pickle.loads(b"\x80\x04" + b"N" * 100 + b"(" + b"K\x01" * 100 + b"t.")))
for damaged in (b"", b".", b"(", b"N", b"K", b"t.", b"0.", b"(.", b"N\x94" * 40 + b".", b"h\x05.", b"\x80\x04\x95\xff\0\0\0\0\0\0\0N.", b"N" * 40 + b"1.", b"(" * 30):
    print(damaged[:12], attempt(pickle.loads, damaged))
print(attempt(pickle.loads, "text"), attempt(pickle.loads, b"N.", encoding=5), attempt(pickle.dumps, 1, 9), attempt(pickle.dumps, 1, 3, buffer_callback=print))
print(attempt(pickle.loads, b"N.", buffers=5), pickle.loads(bytearray(b"K\x05.")), pickle.loads(memoryview(b"K\x05.")))
buffers = []
data = pickle.dumps([pickle.PickleBuffer(bytearray(b"abc")) for _ in range(3)], 5, buffer_callback=buffers.append)
print([bytes(b) for b in pickle.loads(data, buffers=buffers)], attempt(pickle.loads, data), attempt(pickle.loads, data, buffers=buffers[:2]))

wrong = []


def work(n):
    for i in range(20):
        value = [n, i, {"n": n}, Nested(2), ("x",) * 20]
        if again(value, i % 6) != value:
            wrong.append((n, i))


threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(wrong)
