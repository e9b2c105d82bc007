# A view that nobody can reach any more does not keep its exporter from being resized; one that is in
# use does.
import array
import io
import re

b = bytearray(b"abc" * 10)
head = memoryview(b)[:4].tobytes()
del b[:4]
b += b"xx"
print(head, b)

a = array.array("i", [1, 2, 3])
print(memoryview(a)[0])
a.append(4)
print(a)

f = io.BytesIO(b"abc")
print(f.getbuffer()[0])
f.write(b"longer than before")
print(f.getvalue())


def consume(count):
    data = bytearray(b"0123456789")
    taken = []
    for _ in range(count):
        with_view = memoryview(data)
        taken.append(bytes(with_view[:2]))
        with_view = None
        del data[:2]
        data += b"ab"
    return b"".join(taken)


print(consume(20))

m = memoryview(b)
for resize in (lambda: b.append(1), lambda: b.pop(), lambda: b.clear(), lambda: b.extend(b"xy")):
    try:
        resize()
    except BufferError as e:
        print(e)
print(len(m))
m.release()
b.append(1)
print(len(b))

it = re.finditer(b"a", b)
try:
    b.extend(b"x")
except BufferError as e:
    print(e)
print(len(list(it)))
b.extend(b"x")
print(len(b))
